// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IModels} from "./IModels.sol";
import {IPrograms} from "./IPrograms.sol";
import {Point} from "../libraries/Points.sol";
import {Permit} from "../libraries/Tokens.sol";

/// @notice Terms under which a version is licensed.
/// @param duration Seconds a licence lasts; zero is for ever.
/// @param provider The account that may deliver keys beside the seller.
/// @param keyHash keccak256 of the version's content key; zero where the artifacts are open.
struct Offer {
    uint256 model;
    uint64 version;
    uint32 duration;
    uint128 price;
    address seller;
    bool retracted;
    address provider;
    bytes32 keyHash;
}

/// @notice How far a purchase has come.
enum PurchaseStage {
    None,
    Paid,
    Delivered,
    Accepted,
    Refunded
}

/// @notice A purchase; its number is the licence's number.
/// @param key The account of the buyer's one-time key.
/// @param delivery The hash of what was delivered.
struct Purchase {
    uint256 offer;
    address buyer;
    PurchaseStage stage;
    uint64 boughtAt;
    uint64 deliveredAt;
    address key;
    bytes32 delivery;
}

/// @notice A valid licence.
struct Licence {
    uint256 purchase;
    uint64 version;
    uint64 until;
}

/// @notice A model's income.
/// @param inbox What came in and was not settled yet.
/// @param shares How many shares of the model exist.
/// @param perShare What one share has earned since the beginning, scaled by 2^96.
/// @param carry What was too little to divide, scaled likewise.
/// @dev Warning: `perShare` may wrap around; only its differences have a meaning.
struct Income {
    uint256 inbox;
    uint256 shares;
    uint256 perShare;
    uint256 carry;
}

/// @title ILicences
/// @notice Sells licences, sees keys delivered without a trusted provider, and shares out what models earn.
interface ILicences {
    /// @notice Emitted when a version is offered.
    event Offered(
        uint256 indexed offer,
        uint256 indexed model,
        uint64 indexed version,
        uint128 price,
        uint32 duration,
        address seller,
        address provider,
        bytes32 keyHash
    );

    /// @notice Emitted when an offer is taken back.
    event Retracted(uint256 indexed offer);

    /// @notice Emitted when a licence is paid for; `key` is the one-time key to deliver to.
    event Bought(
        uint256 indexed purchase, uint256 indexed offer, address indexed buyer, uint256 model, uint128 price, Point key
    );

    /// @notice Emitted when the wrapped content key is there.
    event Delivered(uint256 indexed purchase, Point ephemeral, bytes32 wrapped);

    /// @notice Emitted when a sale is final and its price is the model's income.
    event Accepted(uint256 indexed purchase, uint256 indexed model, uint128 price);

    /// @notice Emitted when a buyer gets its money back.
    event PurchaseRefunded(uint256 indexed purchase, address indexed to, uint128 price);

    /// @notice Emitted when income moved one hop.
    event Settled(uint256 indexed model, uint256 toParent, uint256 toOwner, uint256 toShares);

    /// @notice Emitted when a contributor claimed its shares of a round.
    event SharesCredited(uint256 indexed model, uint64 indexed round, address indexed account, uint256 shares);

    /// @notice Emitted when an account takes its part of a model's income.
    event IncomeWithdrawn(uint256 indexed model, address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when anyone but the Programs contract writes shares.
    error OnlyPrograms(address caller);

    /// @notice Thrown when anyone but the model's owner sells it.
    error NotTheModelOwner(uint256 model, address caller);

    /// @notice Thrown when there is no such offer.
    error NoSuchOffer(uint256 offer);

    /// @notice Thrown when an offer was taken back, or its seller no longer owns the model.
    error OfferClosed(uint256 offer);

    /// @notice Thrown when a members' model is offered without a key, or an open one with one.
    error KeyHashDoesNotFit(bytes32 keyHash);

    /// @notice Thrown when a model does not have the version offered.
    error NoSuchVersion(uint256 model, uint64 version);

    /// @notice Thrown when a purchase is not in the state that a step needs.
    error WrongPurchaseStage(uint256 purchase, PurchaseStage given, PurchaseStage expected);

    /// @notice Thrown when anyone but the seller or its provider delivers.
    error NotTheProvider(uint256 purchase, address caller);

    /// @notice Thrown when anyone but the buyer does what is the buyer's.
    error NotTheBuyer(uint256 purchase, address caller);

    /// @notice Thrown when the time for a step is over.
    error TooLate(uint64 deadline);

    /// @notice Thrown when the time for a step has not come.
    error TooEarly(uint64 earliest);

    /// @notice Thrown when another delivery than the stored one is shown.
    error WrongDelivery(bytes32 given, bytes32 expected);

    /// @notice Thrown when a secret is not that of the purchase's one-time key.
    error WrongSecret(address given, address expected);

    /// @notice Thrown when the key that was delivered is the one the seller committed to.
    error DeliveryWasRight(uint256 purchase);

    /// @notice Thrown when nothing is owed.
    error NothingToWithdraw(uint256 model, address account);

    /// @notice The contract that alone adds and credits shares.
    function programs() external view returns (IPrograms);

    /// @notice Where owners, versions and lineage are looked up.
    function models() external view returns (IModels);

    /// @notice How many offers there are; they are numbered from one.
    function offerCount() external view returns (uint256);

    /// @notice How many purchases there are; they are numbered from one.
    function purchaseCount() external view returns (uint256);

    /// @notice Seconds in which a purchase must be delivered.
    function deliveryTime() external view returns (uint64);

    /// @notice Seconds in which a delivery can be disputed.
    function disputeTime() external view returns (uint64);

    /// @notice An offer; all zero where there is none.
    function offer(uint256 id) external view returns (Offer memory);

    /// @notice A purchase; all zero where there is none.
    function purchase(uint256 id) external view returns (Purchase memory);

    /// @notice A model's income.
    function income(uint256 model) external view returns (Income memory);

    /// @notice The purchases an account ever made.
    function purchasesOf(address account) external view returns (uint256[] memory);

    /// @notice The valid licences to a model that an account holds.
    function licensed(uint256 model, address account) external view returns (Licence[] memory);

    /// @notice The shares of a model that an account has claimed.
    function sharesOf(uint256 model, address account) external view returns (uint256);

    /// @notice What an account could withdraw of a model's settled income.
    function pending(uint256 model, address account) external view returns (uint256);

    /// @notice Offers one version of a model that the caller owns.
    function offerVersion(
        uint256 model,
        uint64 version,
        uint128 price,
        uint32 duration,
        address provider,
        bytes32 keyHash
    ) external returns (uint256 id);

    /// @notice Takes an offer back; what was bought stays bought.
    function retract(uint256 offerId) external;

    /// @notice Pays for a licence, held until the key is delivered to `key`.
    /// @param key A secp256k1 public key that was made for this purchase and will be used for nothing else.
    /// @dev Warning: in an open program the licence is a right, not an access control; it is final at once.
    function buy(uint256 offerId, Point calldata key) external returns (uint256 id);

    /// @notice Pays for a licence, the approval of its price coming along.
    function buyWithPermit(uint256 offerId, Point calldata key, Permit calldata permit) external returns (uint256 id);

    /// @notice Delivers the content key: `wrapped` is it, XOR keccak256(abi.encode(account of e*key, purchase)), where
    /// `ephemeral` is e times the generator.
    /// @dev Warning: garbage encrypted under the right key is not provable; compare the artifact's public digest.
    function deliver(uint256 purchaseId, Point calldata ephemeral, bytes32 wrapped) external;

    /// @notice Gets the buyer's money back by showing that the delivered key is not the one committed to.
    /// @param secret The secret of the purchase's one-time key, worthless from here on.
    function dispute(uint256 purchaseId, Point calldata ephemeral, bytes32 wrapped, uint256 secret, address to)
        external;

    /// @notice Makes a delivered sale final: the buyer at any time, anyone once it can no longer be disputed.
    function accept(uint256 purchaseId) external;

    /// @notice Pays an undelivered purchase back to an address the buyer names.
    function refund(uint256 purchaseId, address to) external;

    /// @notice Moves a model's income one hop: to its parent's inbox, its owner and its shares.
    /// @return perShare What one share has earned since the beginning, scaled.
    function settle(uint256 model) external returns (uint256 perShare);

    /// @notice Pays what the caller has of a model's settled income to an address it names.
    function withdraw(uint256 model, address to) external returns (uint256 amount);

    /// @notice Credits an account with shares of a finalized round, and with what they earned since; Programs alone.
    /// @param since What `settle` returned just before the round became final.
    function credit(uint256 model, uint64 round, address account, uint256 shares, uint256 since) external;
}
