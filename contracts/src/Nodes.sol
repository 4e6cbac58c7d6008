// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {INodes, Keys} from "./interfaces/INodes.sol";
import {Permit, Tokens} from "./libraries/Tokens.sol";

/// @title Nodes
/// @notice Keeps members, their bonds and the whole history of their keys.
contract Nodes is INodes, EIP712, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace160;
    using Checkpoints for Checkpoints.Trace256;
    using SafeERC20 for IERC20;
    using Tokens for IERC20;

    /* STORAGE */

    bytes32 private constant POSSESSION_TYPE = keccak256("Possession(address account)");
    uint256 private constant LONGEST_FLOWER_KEY = 512;
    uint256 private constant REPORTERS_PART = 4;

    /// @inheritdoc INodes
    IERC20 public immutable token;

    /// @inheritdoc INodes
    uint256 public immutable minimumBond;

    /// @inheritdoc INodes
    uint64 public immutable unbondingDelay;

    /// @inheritdoc INodes
    address public immutable judge;

    /// @inheritdoc INodes
    mapping(address account => uint256 bond) public bondOf;

    /// @inheritdoc INodes
    mapping(address account => uint64 time) public withdrawableAt;

    /// @inheritdoc INodes
    mapping(address receiptKey => address account) public ownerOfReceiptKey;

    /// @inheritdoc INodes
    mapping(address account => uint256 amount) public owed;

    /// @inheritdoc INodes
    mapping(address receiptKey => uint64 time) public retiredAt;

    /// @inheritdoc INodes
    mapping(address account => bool slashed) public wasSlashed;

    mapping(bytes32 flowerKeyHash => address account) private _ownerOfFlowerKey;
    // By block, never rewritten: what a round reads as of its opening stays readable for ever.
    mapping(address account => Checkpoints.Trace160) private _receiptKeys;
    mapping(address account => Checkpoints.Trace256) private _flowerKeys;

    /* CONSTRUCTOR */

    constructor(IERC20 token_, uint256 minimumBond_, uint64 unbondingDelay_, address judge_)
        EIP712("Commonroot", "1")
    {
        // A bond of nothing answers for nothing: such a member could sign what it liked.
        if (minimumBond_ == 0) revert BondTooSmall(0, 1);
        token = token_;
        minimumBond = minimumBond_;
        unbondingDelay = unbondingDelay_;
        judge = judge_;
    }

    /* VIEWS */

    /// @inheritdoc INodes
    function receiptKeyAt(address account, uint256 blockNumber) public view returns (address) {
        return address(_receiptKeys[account].upperLookupRecent(uint96(blockNumber)));
    }

    /// @inheritdoc INodes
    function flowerKeyAt(address account, uint256 blockNumber) public view returns (bytes32) {
        return bytes32(_flowerKeys[account].upperLookupRecent(blockNumber));
    }

    /// @inheritdoc INodes
    function accountOfFlowerKey(bytes calldata flowerKey, uint256 blockNumber) external view returns (address) {
        bytes32 key = keccak256(flowerKey);
        address account = _ownerOfFlowerKey[key];
        return flowerKeyAt(account, blockNumber) == key ? account : address(0);
    }

    /// @inheritdoc INodes
    function memberAt(address account, uint256 blockNumber) public view returns (bool) {
        return receiptKeyAt(account, blockNumber) != address(0);
    }

    /// @inheritdoc INodes
    function possessionDigest(address account) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(POSSESSION_TYPE, account)));
    }

    /* MEMBERSHIP */

    /// @inheritdoc INodes
    function join(uint256 bond, Keys calldata keys) external nonReentrant {
        _join(bond, keys);
    }

    /// @inheritdoc INodes
    function joinWithPermit(uint256 bond, Keys calldata keys, Permit calldata permit) external nonReentrant {
        token.use(msg.sender, bond, permit);
        _join(bond, keys);
    }

    /// @inheritdoc INodes
    function rotate(Keys calldata keys) external {
        _requireMember();

        _setKeys(keys);
    }

    /// @inheritdoc INodes
    function resign() external {
        _requireMember();

        _clearKeys(msg.sender);
        uint64 earliest = uint64(block.timestamp) + unbondingDelay;
        withdrawableAt[msg.sender] = earliest;

        emit Left(msg.sender, earliest);
    }

    /// @inheritdoc INodes
    function withdraw(address to) external nonReentrant {
        uint256 bond = bondOf[msg.sender];
        uint64 earliest = withdrawableAt[msg.sender];
        if (memberAt(msg.sender, block.number)) revert AlreadyMember(msg.sender);
        if (bond == 0) revert NoBond(msg.sender);
        if (block.timestamp < earliest) revert StillUnbonding(earliest);

        bondOf[msg.sender] = 0;
        token.safeTransfer(to, bond);

        emit BondWithdrawn(msg.sender, to, bond);
    }

    function _join(uint256 bond, Keys calldata keys) private {
        if (wasSlashed[msg.sender]) revert WasSlashed(msg.sender);
        if (memberAt(msg.sender, block.number)) revert AlreadyMember(msg.sender);
        if (bondOf[msg.sender] != 0) revert BondStillHeld(msg.sender, withdrawableAt[msg.sender]);
        if (bond < minimumBond) revert BondTooSmall(bond, minimumBond);

        bondOf[msg.sender] = bond;
        withdrawableAt[msg.sender] = 0;
        _setKeys(keys);
        token.pull(msg.sender, bond);

        emit Joined(msg.sender, bond);
    }

    /* SLASHING */

    /// @inheritdoc INodes
    function slash(address account, address reporter) external {
        uint256 bond = bondOf[account];
        if (msg.sender != judge) revert OnlyJudge(msg.sender);
        if (bond == 0) revert NoBond(account);

        // What the reporter does not get stays here, owed to nobody: a transfer could fail and save the liar.
        uint256 reward = bond / REPORTERS_PART;
        bondOf[account] = 0;
        // For ever: two receipts that slashed it once would slash it again.
        wasSlashed[account] = true;
        owed[reporter] += reward;
        if (memberAt(account, block.number)) _clearKeys(account);

        emit Slashed(account, reporter, bond, reward);
    }

    /// @inheritdoc INodes
    function take(address to) external nonReentrant {
        uint256 amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);

        owed[msg.sender] = 0;
        token.safeTransfer(to, amount);

        emit RewardTaken(msg.sender, to, amount);
    }

    /* KEYS */

    function _setKeys(Keys calldata keys) private {
        bytes32 flowerKey = keccak256(keys.flower);
        if (keys.flower.length == 0 || keys.flower.length > LONGEST_FLOWER_KEY) {
            revert BadFlowerKey(keys.flower.length);
        }
        _requireFree(bytes32(uint256(uint160(keys.receipt))), ownerOfReceiptKey[keys.receipt]);
        _requireFree(flowerKey, _ownerOfFlowerKey[flowerKey]);
        _requirePossession(keys);

        _retire(msg.sender);
        retiredAt[keys.receipt] = 0;
        ownerOfReceiptKey[keys.receipt] = msg.sender;
        _ownerOfFlowerKey[flowerKey] = msg.sender;
        _receiptKeys[msg.sender].push(uint96(block.number), uint160(keys.receipt));
        _flowerKeys[msg.sender].push(block.number, uint256(flowerKey));

        emit KeysSet(msg.sender, keys.receipt, flowerKey, keys.flower);
    }

    function _clearKeys(address account) private {
        _retire(account);
        _receiptKeys[account].push(uint96(block.number), 0);
        _flowerKeys[account].push(block.number, 0);
    }

    function _retire(address account) private {
        address key = receiptKeyAt(account, block.number);
        if (key != address(0)) retiredAt[key] = uint64(block.timestamp);
    }

    function _requireFree(bytes32 key, address owner) private view {
        if (owner != address(0) && owner != msg.sender) revert KeyTaken(key, owner);
    }

    function _requirePossession(Keys calldata keys) private view {
        (address signer, ECDSA.RecoverError wrong,) =
            ECDSA.tryRecover(possessionDigest(msg.sender), keys.possession);
        if (wrong != ECDSA.RecoverError.NoError || signer != keys.receipt) revert KeyNotProved(keys.receipt);
    }

    function _requireMember() private view {
        if (!memberAt(msg.sender, block.number)) revert NotMember(msg.sender);
    }
}
