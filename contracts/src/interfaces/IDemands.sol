// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBonds} from "./IBonds.sol";
import {IPrograms} from "./IPrograms.sol";
import {Shown} from "../libraries/Cases.sol";
import {Close, Contribution, Proposal} from "../libraries/Rounds.sol";
import {Leaf} from "../libraries/Rows.sol";

/// @notice What can be demanded: one row with the bytes of everything that went into it; one contribution and what its
/// signed root holds at one chunk; or all contributions.
enum Kind {
    Row,
    Column,
    Contributions
}

/// @notice How far a demand has come.
enum Standing {
    None,
    Open,
    Answered,
    Over
}

/// @notice A demand.
/// @param demandedAt The time of the demand.
/// @param answerUntil The time before which the answer must be there.
struct Demand {
    address demander;
    uint40 demandedAt;
    uint48 answerUntil;
    Standing standing;
}

/// @notice What a demand asks for.
/// @param close The close that the proposal is for.
/// @param proposal The proposal.
/// @param kind A row, a column, or the contributions.
/// @param chunk Which chunk; zero for contributions.
/// @param column Which contribution's delta; zero unless a column is wanted.
struct Wanted {
    Close close;
    Proposal proposal;
    Kind kind;
    uint64 chunk;
    uint32 column;
}

/// @notice A whole row.
/// @param base The bytes of the parent version's chunk.
/// @param result The bytes of the proposed version's.
/// @param gradient The bytes of the gradient's.
/// @param deltas The bytes of every delta's, one after another.
/// @param sums For every contribution int128 dot and uint128 square through the chunk, in one word.
/// @param weights All weights, packed as the close hashed them.
/// @param rowProof What leads from the row to the row root.
/// @param baseProof What leads from the base's leaf to the parent version's root.
/// @param resultProof What leads from the result's leaf to the proposal's result root.
/// @param gradientProof What leads from the gradient's leaf to the proposal's gradient root.
struct WholeRow {
    bytes base;
    bytes result;
    bytes gradient;
    bytes deltas;
    bytes32[] sums;
    bytes weights;
    bytes32[] rowProof;
    bytes32[] baseProof;
    bytes32[] resultProof;
    bytes32[] gradientProof;
}

/// @title IDemands
/// @notice Makes an aggregator show the bytes behind its proposal. In the first third of the window anyone may demand;
/// before the second third is over the answer must be on chain; if it is not, the round is void and its bond slashed.
/// @dev An answer is checked for its shape and for what it leads to, not for being right: once it is there, a lie in it
/// can be challenged. Proofs in an answer must show zeros wherever a tree is padded.
interface IDemands {
    /// @notice Emitted when something is demanded.
    event Demanded(
        bytes32 indexed id,
        uint256 indexed program,
        uint64 indexed round,
        uint64 epoch,
        Kind kind,
        uint64 chunk,
        uint32 column,
        address demander,
        uint64 answerUntil
    );

    /// @notice Emitted when a demand was answered; the answer is the calldata of this transaction.
    event Answered(bytes32 indexed id, uint256 indexed program, address indexed aggregator, uint256 fee);

    /// @notice Emitted when a demand without an answer in time has voided its round, or counts for the bounty of a
    /// round that was void already.
    event Expired(bytes32 indexed id, uint256 indexed program, address indexed demander, uint256 fee);

    /// @notice Emitted when a demand that nobody need answer any more gets its fee back.
    event Returned(bytes32 indexed id, uint256 indexed program, address indexed demander, uint256 fee);

    /// @notice Emitted when an account takes what it is owed.
    event Taken(IERC20 indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when a proposal does not wait to become final.
    error NotWaiting(bytes32 proposal);

    /// @notice Thrown when a fee is asked back while the proposal still waits.
    error StillWaiting(bytes32 proposal);

    /// @notice Thrown when a round has no such row or column, or a demand names a place that its kind has not.
    error NothingThere(Kind kind, uint64 chunk, uint32 column);

    /// @notice Thrown when something was demanded before.
    error AlreadyDemanded(bytes32 id, Standing standing);

    /// @notice Thrown when there is no such demand that waits for an answer.
    error NotOpen(bytes32 id, Standing standing);

    /// @notice Thrown when another ends a demand whose answer was overdue: the demander competes for the bounty.
    error NotYourDemand(address demander, address caller);

    /// @notice Thrown when an answer is of another kind.
    error WrongKind(Kind given, Kind demanded);

    /// @notice Thrown when a demand or an answer comes too late.
    error TooLate(uint256 deadline);

    /// @notice Thrown when an answer is not overdue yet, or was not when its round was voided for something else.
    error NotOverdue(uint256 deadline);

    /// @notice Thrown when a part of an answer does not lead to what it must.
    error WrongAnswer(bytes32 part, bytes32 given, bytes32 expected);

    /// @notice Thrown when a contribution carries a signature of another length than signatures have.
    error WrongSignatureLength(uint256 index, uint256 length);

    /// @notice Thrown when an account is owed nothing.
    error NothingOwed(IERC20 token, address account);

    /// @notice Where proposals and rules are looked up, and rounds voided.
    function programs() external view returns (IPrograms);

    /// @notice Where bounties are credited.
    function bonds() external view returns (IBonds);

    /// @notice What an account may take of a token.
    function owed(IERC20 token, address account) external view returns (uint256);

    /// @notice A demand by its id, keccak256(abi.encode(hash of the proposal, kind, chunk, column)).
    function demandOf(bytes32 id) external view returns (Demand memory);

    /// @notice Demands something of a proposal, for the fee that the rules set; each thing only once.
    /// @dev A column costs about as much to demand as to answer; of rows, which are dearer to answer, there are only so
    /// many, and the window has time for all of them. Warning: rules whose fee does not cover an answer's gas let a rich
    /// stranger make an aggregator pay.
    function demand(Wanted calldata wanted) external returns (bytes32 id);

    /// @notice Answers a demand for a row. Anyone may; the fee goes to the aggregator, so that copying an answer
    /// gains nothing.
    /// @param parent The parent's proposal while the parent waits.
    function answerRow(Wanted calldata wanted, WholeRow calldata row, Proposal calldata parent) external;

    /// @notice Answers a demand for a column. Anyone may; the fee goes to the aggregator.
    /// @dev The leaf is enough: if it is not the one in the row, nobody need know its bytes to challenge that.
    /// @param shown The contribution.
    /// @param own What the root that its node signed holds at the chunk.
    function answerColumn(Wanted calldata wanted, Shown calldata shown, Leaf calldata own) external;

    /// @notice Answers a demand for all contributions. Anyone may; the fee goes to the aggregator.
    function answerContributions(Wanted calldata wanted, Contribution[] calldata contributions) external;

    /// @notice Voids a round whose aggregator owes an answer. Anyone may; the demander counts as the challenger, and as
    /// having committed when it demanded. Where the round was voided for something else after the answer was overdue,
    /// the demander still competes for the bounty.
    function expire(Wanted calldata wanted) external;

    /// @notice Credits the demander with its fee where the proposal no longer waits and no answer came. As long as it
    /// competes for a bounty, since the answer was overdue, nobody else can end its demand.
    function giveBack(Wanted calldata wanted) external;

    /// @notice Pays all that the caller is owed of a token to an address it names.
    function take(IERC20 token, address to) external;
}
