// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDatasets} from "./IDatasets.sol";
import {ILicences} from "./ILicences.sol";
import {IModels} from "./IModels.sol";
import {INodes} from "./INodes.sol";
import {Branch, Payout} from "../libraries/Payouts.sol";
import {Close, Proposal} from "../libraries/Rounds.sol";
import {Rules, Visibility} from "../libraries/Terms.sol";

/// @notice What a program is, beside its rules.
/// @param spec The digest of the whole spec as canonical JSON.
/// @param token What budget, bonds and licences are paid in.
/// @param aggregator The account that runs its rounds.
/// @param seed The root of version 0.
/// @param manifest The digest of version 0's manifest, or zero.
/// @param parent The model it grows from, or zero.
/// @param royalty Basis points of its children's licence income that its model asks.
/// @param uri Where spec and card can be fetched.
struct Charter {
    bytes32 spec;
    IERC20 token;
    address aggregator;
    bytes32 seed;
    bytes32 manifest;
    uint256 parent;
    uint16 royalty;
    string uri;
}

/// @notice A program's state.
/// @param finalized How many rounds are final; also the number of the newest version.
/// @param budget What no round has earned yet.
/// @param bond The aggregator's whole bond.
/// @param locked The part of the bond that answers for a round in progress.
struct Program {
    address sponsor;
    uint64 finalized;
    bool ending;
    address aggregator;
    IERC20 token;
    bytes32 spec;
    uint256 budget;
    uint256 bond;
    uint256 locked;
}

/// @notice How far a round has come.
enum Stage {
    None,
    Open,
    Closed,
    Proposed,
    Finalized
}

/// @notice A round's state, in its newest epoch.
/// @param close The hash of the close, once there is one.
/// @param proposal The hash of the proposal, once there is one.
/// @param seed What the validation tasks are drawn from, once it was read.
/// @param payroll The hash of the payroll, once it is final.
/// @param claimed One bit for each payout that was claimed.
struct Round {
    Stage stage;
    uint64 epoch;
    uint64 parent;
    uint64 openBlock;
    uint64 openedAt;
    uint64 closeBlock;
    uint64 proposedAt;
    bytes32 close;
    bytes32 proposal;
    bytes32 seed;
    bytes32 payroll;
    uint256 claimed;
}

/// @notice What a final round owes: the top of its sum tree.
struct Payroll {
    bytes32 root;
    uint256 payoutSum;
    uint256 sharesSum;
    uint32 count;
}

/// @title IPrograms
/// @notice Rules, budgets and rounds: how a shared initialization is trained and who is paid for it.
interface IPrograms {
    /// @notice Emitted when a program starts; its model has the same number.
    event ProgramCreated(
        uint256 indexed program, address indexed sponsor, bytes32 indexed spec, Charter charter, Rules rules
    );

    /// @notice Emitted when money enters a program's budget.
    event Funded(uint256 indexed program, address indexed from, uint256 amount);

    /// @notice Emitted when the sponsor wants no more rounds.
    event Ending(uint256 indexed program);

    /// @notice Emitted when what no round earned goes back.
    event Refunded(uint256 indexed program, address indexed to, uint256 amount);

    /// @notice Emitted when the aggregator says where nodes reach it and whom they should meet there.
    event EndpointSet(uint256 indexed program, string endpoint, bytes32 certificate);

    /// @notice Emitted when the aggregator raises its bond.
    event BondDeposited(uint256 indexed program, uint256 amount);

    /// @notice Emitted when the aggregator lowers its bond.
    event BondWithdrawn(uint256 indexed program, address indexed to, uint256 amount);

    /// @notice Emitted when a member takes part with a dataset, in place of any it took part with before.
    event Enrolled(uint256 indexed program, address indexed node, bytes32 indexed dataset);

    /// @notice Emitted when a node no longer takes part.
    event Quit(uint256 indexed program, address indexed node);

    /// @notice Emitted when a round opens; membership, keys and datasets are read as of its block.
    /// @param deadline When the round can be abandoned if no proposal is there.
    event RoundOpened(
        uint256 indexed program, uint64 indexed round, uint64 indexed epoch, uint64 parent, uint64 deadline
    );

    /// @notice Emitted when a round's contributions are fixed.
    event RoundClosed(
        uint256 indexed program, uint64 indexed round, uint64 indexed epoch, bytes32 closeHash, Close close
    );

    /// @notice Emitted when the block after the close has given the seed of the validation tasks.
    event SeedDrawn(uint256 indexed program, uint64 indexed round, uint64 indexed epoch, bytes32 seed);

    /// @notice Emitted when the aggregator says what a round comes to.
    /// @param finalizableAt When the proposal becomes final if nobody proves it false.
    event RoundProposed(
        uint256 indexed program,
        uint64 indexed round,
        uint64 indexed epoch,
        bytes32 proposalHash,
        Proposal proposal,
        uint64 finalizableAt
    );

    /// @notice Emitted when a proposal became the next version and its payroll is owed.
    event RoundFinalized(
        uint256 indexed program,
        uint64 indexed round,
        uint64 indexed epoch,
        uint64 version,
        bytes32 root,
        Payroll payroll
    );

    /// @notice Emitted when an epoch ended without a proposal in time.
    event RoundAbandoned(uint256 indexed program, uint64 indexed round, uint64 indexed epoch);

    /// @notice Emitted when a node takes what a round owes it.
    event Claimed(
        uint256 indexed program, uint64 indexed round, address indexed node, address to, uint256 payout, uint256 shares
    );

    /// @notice Thrown when there is no such program.
    error NoSuchProgram(uint256 program);

    /// @notice Thrown when anyone but the sponsor does what is the sponsor's.
    error NotTheSponsor(address caller);

    /// @notice Thrown when anyone but the aggregator does what is the aggregator's.
    error NotTheAggregator(address caller);

    /// @notice Thrown when a program would have no spec, no token or no aggregator.
    error IncompleteCharter();

    /// @notice Thrown when a budget does not cover one round's reward.
    error BudgetTooSmall(uint256 budget, uint256 reward);

    /// @notice Thrown when a parent's program may still change it.
    error ParentNotEnded(uint256 parent);

    /// @notice Thrown when a child would be paid in another token than its parent.
    error TokenOfParentDiffers(address given, address expected);

    /// @notice Thrown when a program starts no more rounds.
    error ProgramEnding(uint256 program);

    /// @notice Thrown when a budget is asked back while rounds may still earn it.
    error ProgramNotEnded(uint256 program);

    /// @notice Thrown when the free part of a bond is too small.
    error FreeBondTooSmall(uint256 free, uint256 needed);

    /// @notice Thrown when the caller is no member.
    error NotMember(address account);

    /// @notice Thrown when a dataset is not the caller's, or is retired.
    error DatasetNotUsable(bytes32 dataset);

    /// @notice Thrown when the proof does not lead to the allowlist's root.
    error NotAdmitted(address account);

    /// @notice Thrown when a node takes leave of a program it is not in.
    error NotEnrolled(uint256 program, address account);

    /// @notice Thrown when a step is taken out of turn.
    error WrongStage(Stage given, Stage expected);

    /// @notice Thrown when all the rounds that the rules promise are final.
    error NoRoundsLeft(uint32 rounds);

    /// @notice Thrown when a close is not about the open round, epoch, parent or block.
    error NotTheOpenRound(uint64 round, uint64 epoch, uint64 parent, uint64 openBlock);

    /// @notice Thrown when too few or too many nodes contributed.
    error WrongNodeCount(uint32 count, uint16 least, uint16 most);

    /// @notice Thrown when a close other than the stored one is shown.
    error WrongClose(bytes32 given, bytes32 expected);

    /// @notice Thrown when a proposal other than the stored one is shown.
    error WrongProposal(bytes32 given, bytes32 expected);

    /// @notice Thrown when a proposal names no result.
    error EmptyResult();

    /// @notice Thrown when a proposal does not have a version's number of chunks.
    error WrongChunkCount(uint64 given, uint256 expected);

    /// @notice Thrown when a proposal pays more than a round may.
    error PaysTooMuch(uint256 payoutSum, uint256 most);

    /// @notice Thrown when a proposal gives more shares than a round may.
    error TooManyShares(uint256 sharesSum, uint256 most);

    /// @notice Thrown when the block whose hash is the seed is not there yet.
    error SeedNotYet(uint256 blockNumber);

    /// @notice Thrown when the chain no longer knows the hash that would be the seed; the epoch can only be abandoned.
    error SeedGone(uint256 blockNumber);

    /// @notice Thrown when a proposal comes after the program's patience.
    error TooLate(uint64 deadline);

    /// @notice Thrown when something is asked before its time.
    error TooEarly(uint64 earliest);

    /// @notice Thrown when a proposal does not build on the newest version.
    error NotTheHead(uint64 parent, uint64 head);

    /// @notice Thrown when a payroll other than the round's is shown, or a proof that does not lead to it.
    error WrongPayroll(bytes32 given, bytes32 expected);

    /// @notice Thrown when a payout is claimed by another than its node.
    error NotYourPayout(address node, address caller);

    /// @notice Thrown when a payout is claimed twice.
    error AlreadyClaimed(uint64 round, uint64 index);

    /// @notice Where members are looked up.
    function nodes() external view returns (INodes);

    /// @notice Where datasets are looked up.
    function datasets() external view returns (IDatasets);

    /// @notice Where versions are added.
    function models() external view returns (IModels);

    /// @notice Where shares are added.
    function licences() external view returns (ILicences);

    /// @notice How many programs there are; they are numbered from one.
    function count() external view returns (uint256);

    /// @notice A program's state.
    function program(uint256 id) external view returns (Program memory);

    /// @notice A program's rules.
    function rules(uint256 id) external view returns (Rules memory);

    /// @notice A round's state.
    function round(uint256 id, uint64 number) external view returns (Round memory);

    /// @notice What selling licences to a program's model needs to know.
    function saleTerms(uint256 id) external view returns (IERC20 token, Visibility visibility, uint16 ownerCut);

    /// @notice Whether no round of a program is in progress and none will ever open.
    function hasEnded(uint256 id) external view returns (bool);

    /// @notice The dataset a node takes part with at the end of a block, or zero.
    function enrolledAt(uint256 id, address node, uint256 blockNumber) external view returns (bytes32 dataset);

    /// @notice The domain of receipts and acks.
    function domainSeparator() external view returns (bytes32);

    /// @notice Starts a program and mints its model to the caller, its sponsor.
    function create(Rules calldata rules_, Charter calldata charter, uint256 budget) external returns (uint256 id);

    /// @notice Adds to a program's budget.
    /// @dev Warning: what is left in the end goes to the sponsor, whoever gave it.
    function fund(uint256 id, uint256 amount) external;

    /// @notice Ends a program once a round in progress, if there is one, is final or abandoned.
    function end(uint256 id) external;

    /// @notice Pays what no round of an ended program earned to an address the sponsor names.
    function refund(uint256 id, address to) external;

    /// @notice Says where nodes reach the aggregator.
    function setEndpoint(uint256 id, string calldata endpoint, bytes32 certificate) external;

    /// @notice Raises the aggregator's bond; a round needs twice its reward.
    function depositBond(uint256 id, uint256 amount) external;

    /// @notice Pays a part of the bond that no round has locked to an address the aggregator names.
    function withdrawBond(uint256 id, uint256 amount, address to) external;

    /// @notice Takes part in a program with one of the caller's datasets.
    /// @param index The caller's place in the allowlist; anything where all members are admitted.
    function join(uint256 id, bytes32 dataset, uint256 index, bytes32[] calldata proof) external;

    /// @notice Takes part no longer.
    function quit(uint256 id) external;

    /// @notice Opens the next round, or the same one again in its next epoch, and locks the bond behind it.
    function open(uint256 id) external returns (uint64 number, uint64 epoch);

    /// @notice Fixes the open round's contributions.
    function close(Close calldata close_) external;

    /// @notice Reads the validation seed from the block after the close, before the chain forgets it.
    function drawSeed(uint256 id) external returns (bytes32 seed);

    /// @notice Says what the closed round comes to.
    function propose(Close calldata close_, Proposal calldata proposal) external;

    /// @notice Makes a proposal final after its window.
    function finalize(Close calldata close_, Proposal calldata proposal) external;

    /// @notice Ends an epoch that has no proposal in time; the same round opens again.
    function abandon(uint256 id) external;

    /// @notice Pays what a final round owes the caller to an address it names, and credits its shares.
    function claim(
        uint256 id,
        uint64 number,
        Payroll calldata payroll,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings,
        address to
    ) external;
}
