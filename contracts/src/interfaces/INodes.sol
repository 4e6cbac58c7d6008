// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Permit} from "../libraries/Tokens.sol";

/// @notice The keys that speak for a node.
/// @param receipt The account whose key signs receipts.
/// @param flower The public key of its SuperNode, as DER (SubjectPublicKeyInfo).
/// @param possession The receipt key's signature over `Possession(address account)` in the domain of Nodes.
struct Keys {
    address receipt;
    bytes flower;
    bytes possession;
}

/// @title INodes
/// @notice Who is a member, with what bond, and which keys spoke for it at which block.
interface INodes {
    /// @notice Emitted when an account becomes a member.
    event Joined(address indexed node, uint256 bond);

    /// @notice Emitted when keys begin to speak for a member; its former keys no longer do.
    event KeysSet(address indexed node, address indexed receiptKey, bytes32 indexed flowerKeyHash, bytes flowerKey);

    /// @notice Emitted when a member leaves; its keys no longer speak for it.
    event Left(address indexed node, uint64 withdrawableAt);

    /// @notice Emitted when a former member takes its bond back.
    event BondWithdrawn(address indexed node, address indexed to, uint256 bond);

    /// @notice Emitted when a node is shown to have signed two deltas for one epoch; it is no member any more, a part
    /// of its bond is owed to the reporter, and the rest to nobody.
    event Slashed(address indexed node, address indexed reporter, uint256 bond, uint256 reward);

    /// @notice Emitted when a reporter takes what it is owed.
    event RewardTaken(address indexed reporter, address indexed to, uint256 amount);

    /// @notice Thrown when anyone but the judge slashes.
    error OnlyJudge(address caller);

    /// @notice Thrown when a reporter is owed nothing.
    error NothingOwed(address account);

    /// @notice Thrown when a bond is smaller than every member's must be.
    error BondTooSmall(uint256 given, uint256 minimum);

    /// @notice Thrown when a member joins again.
    error AlreadyMember(address account);

    /// @notice Thrown when an account joins that was slashed once; it would need new keys and another account.
    error WasSlashed(address account);

    /// @notice Thrown when an account acts that is no member.
    error NotMember(address account);

    /// @notice Thrown when an account joins again before it took its last bond back.
    error BondStillHeld(address account, uint64 withdrawableAt);

    /// @notice Thrown when a bond is asked for before the delay is over.
    error StillUnbonding(uint64 withdrawableAt);

    /// @notice Thrown when there is no bond to take back.
    error NoBond(address account);

    /// @notice Thrown when a key belongs, or ever belonged, to another account.
    error KeyTaken(bytes32 key, address owner);

    /// @notice Thrown when the receipt key did not sign for the account.
    error KeyNotProved(address receiptKey);

    /// @notice Thrown when the Flower key is empty or absurdly long.
    error BadFlowerKey(uint256 length);

    /// @notice The token that bonds are in.
    function token() external view returns (IERC20);

    /// @notice The least bond of a member.
    function minimumBond() external view returns (uint256);

    /// @notice Seconds between leaving and taking the bond back.
    function unbondingDelay() external view returns (uint64);

    /// @notice The contract that hears proofs against nodes.
    function judge() external view returns (address);

    /// @notice What an account may take for having reported nodes.
    function owed(address account) external view returns (uint256);

    /// @notice The bond that is held for an account.
    function bondOf(address account) external view returns (uint256);

    /// @notice When a former member may take its bond back; zero for members.
    function withdrawableAt(address account) external view returns (uint64);

    /// @notice The account a receipt key belongs to for ever, or zero.
    function ownerOfReceiptKey(address receiptKey) external view returns (address);

    /// @notice When a receipt key ceased to speak for its account; zero while it does, or never did.
    function retiredAt(address receiptKey) external view returns (uint64);

    /// @notice Whether an account was slashed; it never becomes a member again.
    function wasSlashed(address account) external view returns (bool);

    /// @notice The receipt key that speaks for an account at the end of a block, or zero.
    function receiptKeyAt(address account, uint256 blockNumber) external view returns (address);

    /// @notice The hash of the Flower key that speaks for an account at the end of a block, or zero.
    function flowerKeyAt(address account, uint256 blockNumber) external view returns (bytes32);

    /// @notice The account that a Flower key speaks for at the end of a block, or zero.
    function accountOfFlowerKey(bytes calldata flowerKey, uint256 blockNumber) external view returns (address);

    /// @notice Whether an account is a member at the end of a block.
    function memberAt(address account, uint256 blockNumber) external view returns (bool);

    /// @notice What a receipt key must sign to be registered by an account.
    function possessionDigest(address account) external view returns (bytes32);

    /// @notice Makes the caller a member.
    /// @dev Warning: possession of the Flower key is not proved. Who registers another's keeps that node out until it
    /// takes a new one, and gains nothing: receipts are signed by the receipt key.
    function join(uint256 bond, Keys calldata keys) external;

    /// @notice Makes the caller a member, its approval of the bond coming along.
    function joinWithPermit(uint256 bond, Keys calldata keys, Permit calldata permit) external;

    /// @notice Gives the caller other keys from this block on.
    function rotate(Keys calldata keys) external;

    /// @notice Ends the caller's membership and starts the delay.
    function resign() external;

    /// @notice Pays a former member's bond to an address it names.
    function withdraw(address to) external;

    /// @notice Ends a node's membership for ever and divides its bond: a quarter for the reporter, the rest for nobody;
    /// the judge alone. A bond can be slashed until it is taken back.
    function slash(address account, address reporter) external;

    /// @notice Pays what the caller is owed for its reports to an address it names.
    function take(address to) external;
}
