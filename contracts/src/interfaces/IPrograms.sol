// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBonds} from "./IBonds.sol";
import {IEnrolments} from "./IEnrolments.sol";
import {ILicences} from "./ILicences.sol";
import {IModels} from "./IModels.sol";
import {INodes} from "./INodes.sol";
import {Branch, Payout} from "../libraries/Payouts.sol";
import {Close, Opening, Proposal} from "../libraries/Rounds.sol";
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
/// @param tenure How many rounds were final when the present aggregator came.
/// @param tip The newest round in progress; the newest final one if none is.
/// @param finalized How many rounds are final; also the number of the newest version.
/// @param due Until when the aggregator has the floor, if nothing moves before.
/// @param anchorBlock The block before the one whose hash samples the next rounds' nodes; zero if there is none.
/// @param anchorSeats How many seats there were then.
/// @param anchorLive How many accounts took part then.
/// @param budget What no round has earned yet.
/// @param shares How many shares of its model the final rounds gave out.
struct Program {
    address sponsor;
    bool ending;
    uint64 tenure;
    address aggregator;
    uint64 tip;
    uint64 finalized;
    uint64 due;
    uint64 anchorBlock;
    uint32 anchorSeats;
    uint32 anchorLive;
    IERC20 token;
    bytes32 spec;
    uint128 budget;
    uint128 shares;
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
/// @param places How many seats it asked.
/// @param count How many contributions it closed with.
/// @param commitment The hash of the opening while it is Open, of the close while it is Closed or Proposed; what one
/// share of the model had earned before it, once it is final.
/// @param proposal The hash of the proposal, from Proposed on.
/// @param seed What the validation tasks are drawn from, if it was kept.
/// @param unclaimed One bit for each payout that was not claimed yet, from Proposed on.
struct Round {
    Stage stage;
    uint64 epoch;
    uint40 openedAt;
    uint40 proposedAt;
    uint40 closeBlock;
    uint32 places;
    uint16 count;
    bytes32 commitment;
    bytes32 proposal;
    bytes32 seed;
    uint256 unclaimed;
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

    /// @notice Emitted when an account runs a program's rounds from here on; it may be the same one as before.
    event AggregatorChanged(uint256 indexed program, address indexed former, address indexed aggregator);

    /// @notice Emitted when the block after this one is to sample the nodes of the next rounds, though no epoch ended in
    /// this one.
    event Anchored(uint256 indexed program, uint32 seats, uint32 live);

    /// @notice Emitted when a round opens; membership, keys and datasets are read as of its block.
    /// @param deadline When the round can be abandoned if no proposal is there.
    event RoundOpened(
        uint256 indexed program, uint64 indexed round, uint64 indexed epoch, Opening opening, uint64 deadline
    );

    /// @notice Emitted when a round's contributions are fixed.
    event RoundClosed(
        uint256 indexed program, uint64 indexed round, uint64 indexed epoch, bytes32 closeHash, Close close
    );

    /// @notice Emitted when the hash of the block after the close was kept for longer.
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

    /// @notice Emitted when a proposal became the version of its round's number and what it pays is owed.
    event RoundFinalized(
        uint256 indexed program,
        uint64 indexed round,
        uint64 indexed epoch,
        bytes32 root,
        uint256 payoutSum,
        uint256 sharesSum
    );

    /// @notice Emitted when an epoch ended without a proposal in time; its bond is forfeited as silent.
    event RoundAbandoned(uint256 indexed program, uint64 indexed round, uint64 indexed epoch);

    /// @notice Emitted when an epoch's proposal was shown to be false; its bond is forfeited.
    event RoundVoided(uint256 indexed program, uint64 indexed round, uint64 indexed epoch);

    /// @notice Emitted when an epoch ended because a round before it was voided; its bond is forfeited as silent.
    event RoundDropped(uint256 indexed program, uint64 indexed round, uint64 indexed epoch);

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

    /// @notice Thrown when a budget would be larger than can be counted.
    error BudgetTooLarge(uint256 amount, uint256 room);

    /// @notice Thrown when a parent's program may still change it.
    error ParentNotEnded(uint256 parent);

    /// @notice Thrown when a child would be paid in another token than its parent.
    error TokenOfParentDiffers(address given, address expected);

    /// @notice Thrown when a program starts no more rounds.
    error ProgramEnding(uint256 program);

    /// @notice Thrown when a budget is asked back while rounds may still earn it.
    error ProgramNotEnded(uint256 program);

    /// @notice Thrown when members could take their bonds back before a round they signed for is final.
    error UnbondingTooShort(uint64 delay, uint64 needed);

    /// @notice Thrown when every row of a version could not be shown in the third of the window that answers have.
    error WindowTooShort(uint32 window, uint256 needed);

    /// @notice Thrown when a round's patience is shorter than every answer's time must be.
    error PatienceTooShort(uint32 patience, uint64 needed);

    /// @notice Thrown when anyone but the judges voids a round.
    error OnlyJudges(address caller);

    /// @notice Thrown when anyone but an enrolled member takes over.
    error NotEnrolled(uint256 program, address account);

    /// @notice Thrown when a program would get no aggregator.
    error NoAggregator();

    /// @notice Thrown when an aggregator would lose its place while a round of its is in progress.
    error RoundInProgress(uint64 round);

    /// @notice Thrown when an aggregator that is overdue opens a round again; its sponsor may appoint it anew.
    error Overdue(uint64 due);

    /// @notice Thrown when a step is taken out of turn.
    error WrongStage(Stage given, Stage expected);

    /// @notice Thrown when all the rounds that the rules promise are final.
    error NoRoundsLeft(uint32 rounds);

    /// @notice Thrown when as many rounds are in progress as the rules admit.
    error TooManyPending(uint8 most);

    /// @notice Thrown when an aggregator that has made versions, or has a round in progress, wants another parent than
    /// the newest.
    error NotAReplacement(uint64 tenure, uint64 finalized, uint64 tip);

    /// @notice Thrown when a round would start from a version that is not there.
    error NoSuchVersion(uint64 version, uint64 newest);

    /// @notice Thrown when more nodes take part than a round has room for and nothing samples them; `anchor` first.
    error AnchorNeeded(uint256 program);

    /// @notice Thrown when an anchor is set that is not needed.
    error AnchorNotNeeded(uint256 program);

    /// @notice Thrown when the block whose hash samples the nodes is not known yet.
    error SampleNotYet(uint256 blockNumber);

    /// @notice Thrown when a close does not begin with the open round's opening.
    error WrongOpening(bytes32 given, bytes32 expected);

    /// @notice Thrown when too few or too many nodes contributed.
    error WrongNodeCount(uint32 count, uint16 least, uint16 most);

    /// @notice Thrown when a close other than the stored one is shown.
    error WrongClose(bytes32 given, bytes32 expected);

    /// @notice Thrown when a proposal other than the stored one is shown.
    error WrongProposal(bytes32 given, bytes32 expected);

    /// @notice Thrown when a proposal names no result.
    error EmptyResult();

    /// @notice Thrown when a proposal has another seed than the block after the close gave.
    error WrongSeed(bytes32 given, bytes32 expected);

    /// @notice Thrown when a proposal has another count than the close.
    error WrongCount(uint32 given, uint32 expected);

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

    /// @notice Thrown when a proof does not lead to the round's payouts.
    error WrongPayout(bytes32 given, bytes32 expected);

    /// @notice Thrown when a payout is claimed by another than its node.
    error NotYourPayout(address node, address caller);

    /// @notice Thrown when a payout is claimed twice.
    error AlreadyClaimed(uint64 round, uint64 index);

    /// @notice Where members are looked up.
    function nodes() external view returns (INodes);

    /// @notice Where enrolments are looked up.
    function enrolments() external view returns (IEnrolments);

    /// @notice Where the bonds behind rounds are locked.
    function bonds() external view returns (IBonds);

    /// @notice Where versions are added.
    function models() external view returns (IModels);

    /// @notice Where shares are added.
    function licences() external view returns (ILicences);

    /// @notice The contract that hears proofs.
    function challenges() external view returns (address);

    /// @notice The contract that hears demands.
    function demands() external view returns (address);

    /// @notice Seconds that an aggregator has at least for answers, whatever they show.
    function answerFloor() external view returns (uint64);

    /// @notice How many rows an aggregator can be asked to show in a second beyond that.
    function answersPerSecond() external view returns (uint64);

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

    /// @notice What is at stake in a round: in which token, how much of it, and for how long after its proposal.
    function stakes(uint256 id) external view returns (IERC20 token, uint128 bond, uint32 window);

    /// @notice How many shares of a program's model its final rounds gave out.
    function totalShares(uint256 id) external view returns (uint256);

    /// @notice Whether no round of a program is in progress and none will ever open.
    function hasEnded(uint256 id) external view returns (bool);

    /// @notice What joining a program needs to know.
    function admission(uint256 id) external view returns (bytes32 allowlist, bool ending);

    /// @notice The domain of receipts and acks.
    function domainSeparator() external view returns (bytes32);

    /// @notice Starts a program and mints its model to the caller, its sponsor.
    function create(Rules calldata rules_, Charter calldata charter, uint256 budget) external returns (uint256 id);

    /// @notice Adds to a program's budget. From the sponsor it is a sign that the aggregator may wait for it: it has the
    /// floor for as long as after a finalization.
    /// @dev Warning: what is left in the end goes to the sponsor, whoever gave it.
    function fund(uint256 id, uint256 amount) external;

    /// @notice Ends a program once the rounds in progress are final or gone: the sponsor at any time; anyone while none
    /// is, once twice the succession is over after the aggregator was due.
    function end(uint256 id) external;

    /// @notice Pays what no round of an ended program earned to an address the sponsor names.
    function refund(uint256 id, address to) external;

    /// @notice Says where nodes reach the aggregator.
    function setEndpoint(uint256 id, string calldata endpoint, bytes32 certificate) external;

    /// @notice Gives a program an aggregator, or the same one the floor anew; the sponsor alone, while no round is in
    /// progress.
    function appoint(uint256 id, address aggregator) external;

    /// @notice Makes the caller, an enrolled member, the aggregator, once the succession is over after its predecessor
    /// was due, while no round is in progress.
    function takeOver(uint256 id) external;

    /// @notice Lets the block after this one sample the nodes of the next rounds, where there are too many for
    /// everybody to be asked and nothing does it yet, or not any more. A round that becomes final or void and an epoch that is abandoned do the same.
    function anchor(uint256 id) external;

    /// @notice Opens the next round, or, while the aggregator has the floor, the same one again in its next epoch, and
    /// locks the bond behind it.
    function open(uint256 id) external returns (uint64 number, uint64 epoch);

    /// @notice Opens the next round from an older version: for an aggregator that came later and cannot get the newest.
    function openFrom(uint256 id, uint64 version) external returns (uint64 number, uint64 epoch);

    /// @notice Fixes the open round's contributions.
    function close(Close calldata close_) external;

    /// @notice Keeps the hash of the block after the close, before the chain forgets it.
    function drawSeed(uint256 id) external returns (bytes32 seed);

    /// @notice Says what the closed round comes to.
    function propose(uint256 id, Proposal calldata proposal) external;

    /// @notice Makes the oldest proposal in progress final after its window.
    function finalize(uint256 id, Proposal calldata proposal) external;

    /// @notice Ends an epoch that has no proposal in time; the same round opens again.
    function abandon(uint256 id) external;

    /// @notice Ends an epoch whose proposal was shown to be false, and those that build on it; the judges alone.
    function void(uint256 id, uint64 number) external;

    /// @notice Pays what a final round owes the caller to an address it names, and credits its shares.
    /// @param proposal What became final, as it was proposed.
    function claim(
        uint256 id,
        uint64 number,
        Proposal calldata proposal,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings,
        address to
    ) external;
}
