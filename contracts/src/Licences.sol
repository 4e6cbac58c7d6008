// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILicences, Income, Licence, Offer, Purchase, PurchaseStage} from "./interfaces/ILicences.sol";
import {IModels} from "./interfaces/IModels.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";
import {Point, Points} from "./libraries/Points.sol";
import {Visibility} from "./libraries/Terms.sol";
import {Permit, Tokens} from "./libraries/Tokens.sol";

/// @title Licences
/// @notice Holds what buyers paid until they have their keys, and what models earned until it is withdrawn.
contract Licences is ILicences, ReentrancyGuardTransient {
    using Points for Point;
    using SafeERC20 for IERC20;
    using Tokens for IERC20;

    /* STORAGE */

    uint256 private constant WHOLE = 10_000;
    uint256 private constant SCALE = 2 ** 96;

    // What a model earned; how many shares it is for, Programs knows.
    struct Till {
        uint256 inbox;
        uint256 perShare;
        uint256 carry;
    }

    // What an account holds of a model's income: it is owed shares * perShare + balance, scaled. Each of the three may
    // wrap around; that sum, which never exceeds what came in, is right all the same.
    struct Position {
        uint256 shares;
        uint256 balance;
    }

    /// @inheritdoc ILicences
    IPrograms public immutable programs;

    /// @inheritdoc ILicences
    IModels public immutable models;

    /// @inheritdoc ILicences
    uint64 public immutable deliveryTime;

    /// @inheritdoc ILicences
    uint64 public immutable disputeTime;

    /// @inheritdoc ILicences
    uint256 public offerCount;

    /// @inheritdoc ILicences
    uint256 public purchaseCount;

    mapping(uint256 id => Offer) private _offers;
    mapping(uint256 id => Purchase) private _purchases;
    mapping(address account => uint256[] ids) private _purchasesOf;
    mapping(uint256 model => Till) private _tills;
    mapping(uint256 model => mapping(address account => Position)) private _positions;

    /* CONSTRUCTOR */

    constructor(IPrograms programs_, IModels models_, uint64 deliveryTime_, uint64 disputeTime_) {
        programs = programs_;
        models = models_;
        deliveryTime = deliveryTime_;
        disputeTime = disputeTime_;
    }

    /* VIEWS */

    /// @inheritdoc ILicences
    function offer(uint256 id) external view returns (Offer memory) {
        return _offers[id];
    }

    /// @inheritdoc ILicences
    function purchase(uint256 id) external view returns (Purchase memory) {
        return _purchases[id];
    }

    /// @inheritdoc ILicences
    function income(uint256 model) external view returns (Income memory) {
        Till storage own = _tills[model];
        return Income(own.inbox, programs.totalShares(model), own.perShare, own.carry);
    }

    /// @inheritdoc ILicences
    function purchasesOf(address account) external view returns (uint256[] memory) {
        return _purchasesOf[account];
    }

    /// @inheritdoc ILicences
    function licensed(uint256 model, address account) external view returns (Licence[] memory found) {
        uint256[] storage ids = _purchasesOf[account];
        Licence[] memory room = new Licence[](ids.length);
        uint256 valid = 0;
        for (uint256 i = 0; i < ids.length; i++) {
            uint64 until = _validUntil(_purchases[ids[i]]);
            Offer storage terms = _offers[_purchases[ids[i]].offer];
            if (terms.model != model || until <= block.timestamp) continue;
            room[valid++] = Licence(ids[i], terms.version, until);
        }
        found = new Licence[](valid);
        for (uint256 i = 0; i < valid; i++) found[i] = room[i];
    }

    /// @inheritdoc ILicences
    function sharesOf(uint256 model, address account) external view returns (uint256) {
        return _positions[model][account].shares;
    }

    /// @inheritdoc ILicences
    function pending(uint256 model, address account) external view returns (uint256) {
        return _owed(model, _positions[model][account]) / SCALE;
    }

    /* OFFERS */

    /// @inheritdoc ILicences
    function offerVersion(
        uint256 model,
        uint64 version,
        uint128 price,
        uint32 duration,
        address provider,
        bytes32 keyHash
    ) external returns (uint256 id) {
        if (_ownerOf(model) != msg.sender) revert NotTheModelOwner(model, msg.sender);
        if (version > models.head(model)) revert NoSuchVersion(model, version);
        (, Visibility visibility,) = programs.saleTerms(model);
        if ((keyHash == 0) != (visibility == Visibility.Open)) revert KeyHashDoesNotFit(keyHash);

        id = ++offerCount;
        _offers[id] = Offer({
            model: model,
            version: version,
            duration: duration,
            price: price,
            seller: msg.sender,
            retracted: false,
            provider: provider,
            keyHash: keyHash
        });

        emit Offered(id, model, version, price, duration, msg.sender, provider, keyHash);
    }

    /// @inheritdoc ILicences
    function retract(uint256 offerId) external {
        Offer storage terms = _openOffer(offerId);
        if (terms.seller != msg.sender) revert NotTheModelOwner(terms.model, msg.sender);

        terms.retracted = true;

        emit Retracted(offerId);
    }

    /* PURCHASES */

    /// @inheritdoc ILicences
    function buy(uint256 offerId, Point calldata key) external nonReentrant returns (uint256 id) {
        return _buy(offerId, key);
    }

    /// @inheritdoc ILicences
    function buyWithPermit(uint256 offerId, Point calldata key, Permit calldata permit)
        external
        nonReentrant
        returns (uint256 id)
    {
        Offer storage terms = _openOffer(offerId);
        _tokenOf(terms.model).use(msg.sender, terms.price, permit);
        return _buy(offerId, key);
    }

    /// @inheritdoc ILicences
    function deliver(uint256 purchaseId, Point calldata ephemeral, bytes32 wrapped) external {
        Purchase storage bought = _purchaseIn(purchaseId, PurchaseStage.Paid);
        Offer storage terms = _offers[bought.offer];
        if (msg.sender != terms.seller && msg.sender != terms.provider) {
            revert NotTheProvider(purchaseId, msg.sender);
        }
        uint64 deadline = bought.boughtAt + deliveryTime;
        if (block.timestamp > deadline) revert TooLate(deadline);
        ephemeral.check();

        bought.stage = PurchaseStage.Delivered;
        bought.deliveredAt = uint64(block.timestamp);
        bought.delivery = keccak256(abi.encode(ephemeral, wrapped));

        emit Delivered(purchaseId, ephemeral, wrapped);
    }

    /// @inheritdoc ILicences
    function dispute(uint256 purchaseId, Point calldata ephemeral, bytes32 wrapped, uint256 secret, address to)
        external
        nonReentrant
    {
        Purchase storage bought = _purchaseOfBuyer(purchaseId, PurchaseStage.Delivered);
        uint64 deadline = bought.deliveredAt + disputeTime;
        if (block.timestamp > deadline) revert TooLate(deadline);
        bytes32 delivery = keccak256(abi.encode(ephemeral, wrapped));
        if (delivery != bought.delivery) revert WrongDelivery(delivery, bought.delivery);
        address key = Points.accountOf(secret);
        if (key != bought.key) revert WrongSecret(key, bought.key);
        bytes32 contentKey = wrapped ^ keccak256(abi.encode(ephemeral.times(secret), purchaseId));
        bool right = keccak256(abi.encode(contentKey)) == _offers[bought.offer].keyHash;
        if (right) revert DeliveryWasRight(purchaseId);

        _payBack(purchaseId, bought, to);
    }

    /// @inheritdoc ILicences
    function accept(uint256 purchaseId) external {
        Purchase storage bought = _purchaseIn(purchaseId, PurchaseStage.Delivered);
        uint64 deadline = bought.deliveredAt + disputeTime;
        if (msg.sender != bought.buyer && block.timestamp <= deadline) revert TooEarly(deadline + 1);

        _accept(purchaseId, bought);
    }

    /// @inheritdoc ILicences
    function refund(uint256 purchaseId, address to) external nonReentrant {
        Purchase storage bought = _purchaseOfBuyer(purchaseId, PurchaseStage.Paid);
        uint64 deadline = bought.boughtAt + deliveryTime;
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1);

        _payBack(purchaseId, bought, to);
    }

    function _buy(uint256 offerId, Point calldata key) private returns (uint256 id) {
        Offer storage terms = _openOffer(offerId);
        key.check();

        id = ++purchaseCount;
        Purchase storage bought = _purchases[id];
        bought.offer = offerId;
        bought.buyer = msg.sender;
        bought.stage = PurchaseStage.Paid;
        bought.boughtAt = uint64(block.timestamp);
        bought.key = key.accountOf();
        _purchasesOf[msg.sender].push(id);

        emit Bought(id, offerId, msg.sender, terms.model, terms.price, key);
        // Where everything is public there is no key to wait for.
        if (terms.keyHash == 0) _accept(id, bought);
        _tokenOf(terms.model).pull(msg.sender, terms.price);
    }

    function _accept(uint256 purchaseId, Purchase storage bought) private {
        Offer storage terms = _offers[bought.offer];
        Till storage own = _tills[terms.model];
        bought.stage = PurchaseStage.Accepted;
        own.inbox += terms.price;

        emit Accepted(purchaseId, terms.model, terms.price);
        // At once: whoever makes the next round final should not pay for it.
        if (own.inbox != 0) _settle(terms.model, own);
    }

    function _payBack(uint256 purchaseId, Purchase storage bought, address to) private {
        Offer storage terms = _offers[bought.offer];
        bought.stage = PurchaseStage.Refunded;
        _tokenOf(terms.model).safeTransfer(to, terms.price);

        emit PurchaseRefunded(purchaseId, to, terms.price);
    }

    /* INCOME */

    /// @inheritdoc ILicences
    function settle(uint256 model) external returns (uint256 perShare) {
        Till storage own = _tills[model];
        if (own.inbox != 0) _settle(model, own);
        return own.perShare;
    }

    /// @inheritdoc ILicences
    function withdraw(uint256 model, address to) external nonReentrant returns (uint256 amount) {
        Position storage mine = _positions[model][msg.sender];
        amount = _owed(model, mine) / SCALE;
        if (amount == 0) revert NothingToWithdraw(model, msg.sender);

        unchecked {
            mine.balance -= amount * SCALE;
        }
        _tokenOf(model).safeTransfer(to, amount);

        emit IncomeWithdrawn(model, msg.sender, to, amount);
    }

    /// @inheritdoc ILicences
    function credit(uint256 model, uint64 round, address account, uint256 shares, uint256 since) external {
        _requirePrograms();

        Position storage position = _positions[model][account];
        position.shares += shares;
        unchecked {
            // Less what one share had earned before the round: not theirs.
            position.balance -= shares * since;
        }

        emit SharesCredited(model, round, account, shares);
    }

    function _settle(uint256 model, Till storage own) private {
        uint256 amount = own.inbox;
        uint256 shares = programs.totalShares(model);

        own.inbox = 0;
        uint256 parent = models.parentOf(model);
        uint256 toParent = parent == 0 ? 0 : amount * models.royaltyOf(parent) / WHOLE;
        if (toParent != 0) _tills[parent].inbox += toParent;
        (,, uint16 ownerCut) = programs.saleTerms(model);
        uint256 rest = amount - toParent;
        uint256 toOwner = shares == 0 ? rest : rest * ownerCut / WHOLE;
        unchecked {
            _positions[model][_ownerOf(model)].balance += toOwner * SCALE;
        }
        uint256 toShares = rest - toOwner;
        if (toShares != 0) _share(own, toShares, shares);

        emit Settled(model, toParent, toOwner, toShares);
    }

    function _share(Till storage own, uint256 amount, uint256 shares) private {
        uint256 scaled = amount * SCALE + own.carry;
        own.carry = scaled % shares;
        unchecked {
            own.perShare += scaled / shares;
        }
    }

    function _owed(uint256 model, Position storage position) private view returns (uint256) {
        unchecked {
            return position.shares * _tills[model].perShare + position.balance;
        }
    }

    /* LOOKING UP */

    function _openOffer(uint256 id) private view returns (Offer storage terms) {
        terms = _offers[id];
        if (terms.seller == address(0)) revert NoSuchOffer(id);
        if (terms.retracted || _ownerOf(terms.model) != terms.seller) revert OfferClosed(id);
    }

    function _purchaseIn(uint256 id, PurchaseStage expected) private view returns (Purchase storage bought) {
        bought = _purchases[id];
        if (bought.stage != expected) revert WrongPurchaseStage(id, bought.stage, expected);
    }

    function _purchaseOfBuyer(uint256 id, PurchaseStage expected) private view returns (Purchase storage bought) {
        bought = _purchaseIn(id, expected);
        if (bought.buyer != msg.sender) revert NotTheBuyer(id, msg.sender);
    }

    function _validUntil(Purchase storage bought) private view returns (uint64) {
        bool held = bought.stage == PurchaseStage.Delivered || bought.stage == PurchaseStage.Accepted;
        if (!held) return 0;
        uint32 duration = _offers[bought.offer].duration;
        uint64 since = bought.deliveredAt == 0 ? bought.boughtAt : bought.deliveredAt;
        return duration == 0 ? type(uint64).max : since + duration;
    }

    function _ownerOf(uint256 model) private view returns (address) {
        return IERC721(address(models)).ownerOf(model);
    }

    function _tokenOf(uint256 model) private view returns (IERC20 token) {
        (token,,) = programs.saleTerms(model);
    }

    function _requirePrograms() private view {
        if (msg.sender != address(programs)) revert OnlyPrograms(msg.sender);
    }
}
