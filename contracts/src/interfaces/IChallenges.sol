// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "./IBonds.sol";
import {IDatasets} from "./IDatasets.sol";
import {IEnrolments} from "./IEnrolments.sol";
import {IModels} from "./IModels.sol";
import {INodes} from "./INodes.sol";
import {IPrograms} from "./IPrograms.sol";
import {Case, Shown} from "../libraries/Cases.sol";
import {Receipt} from "../libraries/Receipts.sol";
import {Close, Contribution, Proposal} from "../libraries/Rounds.sol";
import {Addition, Leaf, Row} from "../libraries/Rows.sol";

/// @notice A receipt and its node's signature.
struct Signed {
    Receipt receipt;
    bytes signature;
}

/// @title IChallenges
/// @notice Proofs that a proposal is false, one transaction each. A proof that holds voids the round and slashes its
/// bond; one that does not reverts, saying what is right after all.
/// @dev A case stands while its proposal waits, and, once another proof has voided it, until the bounty is paid: then
/// only for those who had committed to their challenge. What a liar commits to that cannot be opened in its right
/// shape cannot be challenged; it can be demanded.
interface IChallenges {
    /// @notice Emitted when somebody commits to a challenge or to an equivocation.
    event Committed(address indexed challenger, bytes32 indexed commitment);

    /// @notice Emitted when a proposal was shown to be false.
    /// @param challenge The selector of the challenge that showed it.
    /// @param committed When the challenger had committed to it, or zero.
    event ProposalRefuted(
        uint256 indexed program,
        uint64 indexed round,
        uint64 indexed epoch,
        address challenger,
        bytes4 challenge,
        uint256 committed
    );

    /// @notice Emitted when a node was shown to have signed two deltas for one epoch of a round.
    event Equivocated(
        address indexed node, uint256 indexed program, uint64 round, uint64 epoch, address indexed reporter
    );

    /// @notice Thrown when a proposal neither waits nor was voided within the time for bounties.
    error NoSuchCase(bytes32 proposal);

    /// @notice Thrown where only those count who committed at an earlier time, and the caller did not.
    error NotCommitted(address caller, bytes32 commitment);

    /// @notice Thrown when a challenger committed to what others had shown already.
    error CommittedTooLate(uint256 committed, uint256 voidedAt);

    /// @notice Thrown when a proof needs the row of another chunk.
    error WrongChunk(uint64 given, uint64 expected);

    /// @notice Thrown when a row has no such place among its leaves.
    error NoSuchPlace(uint256 place, uint256 count);

    /// @notice Thrown when bytes are shown that are not those behind a row's leaf.
    error WrongBytes(bytes32 given, bytes32 expected);

    /// @notice Thrown when a leaf is shown that a vector's root does not hold.
    error NotInVector(bytes32 given, bytes32 expected);

    /// @notice Thrown when two contributions are no neighbours.
    error NotNeighbours(uint64 first, uint64 second);

    /// @notice Thrown when a receipt is about another round, epoch, base or aggregator.
    error AnotherRound(uint64 round, uint64 epoch, bytes32 baseRoot, address aggregator);

    /// @notice Thrown when no node's key of the opening's block signed a receipt.
    error NotSigned(bytes32 receipt);

    /// @notice Thrown when the aggregator did not sign for a receipt.
    error NotAcked(bytes32 receipt);

    /// @notice Thrown when a receipt could not be included: its node, dataset or weight was not admitted.
    error NotIncludable(address node, bytes32 dataset, uint32 weight);

    /// @notice Thrown when the sum is right: the lane is what the rules give.
    error SumHolds(uint64 chunk, uint256 lane, int256 value);

    /// @notice Thrown when the chunk is the vector's own.
    error ChunkHolds(uint64 chunk, uint256 place, bytes32 leaf);

    /// @notice Thrown when the lane is within its bounds.
    error LaneHolds(uint64 chunk, uint256 place, uint256 lane, int256 value);

    /// @notice Thrown when the sums through a chunk are right.
    error PrefixHolds(uint64 chunk, uint256 index, int256 dot, uint256 square);

    /// @notice Thrown when the payouts follow from the sums.
    error PayrollHolds(bytes32 root, uint256 payoutSum, uint256 sharesSum);

    /// @notice Thrown when the contribution was signed by its node's key.
    error SignatureHolds(uint64 index, address receiptKey);

    /// @notice Thrown when the node was a member, enrolled with the dataset, and asked.
    error NodeHolds(uint64 index, address node);

    /// @notice Thrown when the weight is what the rules give, and what the weights' hash holds.
    error WeightHolds(uint64 index, uint32 weight);

    /// @notice Thrown when two neighbours are in order.
    error OrderHolds(address first, address second);

    /// @notice Thrown when nothing shows that the receipt was left out.
    error NothingOmitted(address node, bytes32 receipt);

    /// @notice Thrown when two receipts do not contradict each other.
    error NoEquivocation(bytes32 first, bytes32 second);

    /// @notice Thrown when a receipt's key was given up so long ago that nothing it signs counts any more.
    error KeyRetired(address receiptKey, uint64 retiredAt);

    /// @notice Thrown when a draw shows something else than what ended with the forfeited epoch: its proposal where that
    /// was false, else its close, or its opening if it never closed.
    error NotTheEpoch(bytes32 given, bytes32 expected);

    /// @notice Where proposals and rules are looked up, and rounds voided.
    function programs() external view returns (IPrograms);

    /// @notice Where bounties and draws are credited.
    function bonds() external view returns (IBonds);

    /// @notice Where it is looked up who took part in a program, on which seat.
    function enrolments() external view returns (IEnrolments);

    /// @notice Where members and keys are looked up, and equivocation is punished.
    function nodes() external view returns (INodes);

    /// @notice Where datasets are looked up.
    function datasets() external view returns (IDatasets);

    /// @notice Where versions are looked up.
    function models() external view returns (IModels);

    /// @notice When an account first committed to something, or zero.
    function committedAt(address challenger, bytes32 commitment) external view returns (uint256 time);

    /// @notice Commits the caller to a challenge that it will send at a later time.
    /// @param commitment keccak256(abi.encode(challenger, keccak256(calldata of the challenge))): with the challenger
    /// in it, nobody else can make use of a copy.
    function commit(bytes32 commitment) external;

    /// @notice Proves that one lane of the result is not what the rules make of the row's base and deltas.
    /// @param row The row, with the bytes of base, result and deltas.
    /// @param lane Which of the chunk's 64 lanes is wrong.
    /// @param weights All weights, packed as the close hashed them; not read where the rule is unweighted.
    /// @param last The last row of weights with its sums open; not read unless the rule is the clipped mean.
    function wrongSum(
        Case calldata case_,
        Addition calldata row,
        uint256 lane,
        bytes calldata weights,
        Row calldata last
    ) external;

    /// @notice Proves that a leaf in a row is not the one that its vector holds at the row's chunk.
    /// @param row The row, its leaves open.
    /// @param place 0 the base, 1 the result, 2 the gradient, 3 + i the delta of contribution i.
    /// @param own The vector's leaf and its proof under the vector's own root: the parent version's, the proposal's, or
    /// the one that the node signed.
    /// @param shown Contribution i; not read for the three other vectors.
    /// @param parent The parent's proposal while the parent waits; only read for a base.
    function foreignChunk(
        Case calldata case_,
        Row calldata row,
        uint256 place,
        Leaf calldata own,
        Shown calldata shown,
        Proposal calldata parent
    ) external;

    /// @notice Proves that a lane of a gradient or a delta is beyond its bound, or not zero in the padding.
    /// @dev Base and result have no bounds of their own: their padding follows, step by step, from version 0's, and an
    /// aggregator must not answer for what a sponsor put there.
    /// @param row The row, its leaves open.
    /// @param place 2 the gradient, 3 + i the delta of contribution i.
    /// @param chunk The bytes behind the leaf.
    /// @param lane Which of the chunk's 64 lanes is wrong.
    function outOfBounds(
        Case calldata case_,
        Row calldata row,
        uint256 place,
        bytes calldata chunk,
        uint256 lane
    ) external;

    /// @notice Proves that the sums through a chunk are not those through the one before and this chunk's own.
    /// @param row The row, leaves and sums open.
    /// @param before The row before, its sums open; not read for chunk 0.
    /// @param index Which contribution's sums are wrong.
    /// @param gradient The gradient's bytes; not read in chunks of moments, which add nothing.
    /// @param delta The delta's bytes; likewise.
    function wrongPrefix(
        Case calldata case_,
        Row calldata row,
        Row calldata before,
        uint256 index,
        bytes calldata gradient,
        bytes calldata delta
    ) external;

    /// @notice Proves that the payouts are not what the rules make of contributions and sums.
    /// @param contributions All of them, in the close's order.
    /// @param last The last row of weights, its sums open.
    function wrongPayroll(Case calldata case_, Contribution[] calldata contributions, Row calldata last) external;

    /// @notice Proves that a contribution was not signed by what was its node's receipt key when the round opened.
    /// @param parent The parent's proposal while the parent waits.
    function wrongSignature(Case calldata case_, Shown calldata shown, Proposal calldata parent) external;

    /// @notice Proves that when the round opened a contribution's node was no member, was not enrolled with that
    /// dataset, the dataset was retired, or the node was not asked. Where nodes are sampled, only those are asked who
    /// took part already when it was not known yet who would be.
    function stranger(Case calldata case_, Shown calldata shown) external;

    /// @notice Proves that a contribution's weight is not what the rules give, or not what the weights' hash holds.
    /// @param weights All weights, packed as the close hashed them; or nothing, to go by the rules alone.
    function wrongWeight(Case calldata case_, Shown calldata shown, bytes calldata weights) external;

    /// @notice Proves that two neighbouring contributions are not strictly ascending by node.
    function disorder(Case calldata case_, Shown calldata first, Shown calldata second) external;

    /// @notice Proves that a receipt which the aggregator acked, and could include, is not in the close.
    /// @param given The receipt, signed by the node.
    /// @param ack The aggregator's signature over the receipt's digest and the epoch.
    /// @param beside The node's other contribution; or the close's first or last one, where the node would stand before
    /// or after it; or the two between which it would stand.
    /// @param parent The parent's proposal while the parent waits.
    function omission(
        Case calldata case_,
        Signed calldata given,
        bytes calldata ack,
        Shown[] calldata beside,
        Proposal calldata parent
    ) external;

    /// @notice Proves that a node signed two deltas for one epoch of a round, on one base and for one aggregator, and
    /// slashes it; who reports it must have committed to it at an earlier time.
    /// @dev Warning: on another base, or for another aggregator, a node may sign again. After a reorganization of the
    /// chain an honest one has to.
    /// @param salt Any number; it keeps others from guessing what a commitment stands for.
    function equivocation(Signed calldata first, Signed calldata second, bytes32 salt) external;

    /// @notice Credits a node with its part of the bond of an epoch that was abandoned or voided after the aggregator
    /// had acked its work. Anyone may send it.
    /// @param close The epoch's close; where it never closed, its opening with anything for the rest.
    /// @param proposal The proposal that was false; not read where there was none.
    /// @param given The receipt, signed by the node.
    /// @param ack The aggregator's signature over the receipt's digest and the epoch.
    function draw(Close calldata close, Proposal calldata proposal, Signed calldata given, bytes calldata ack) external;
}
