// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Fault, IBonds, Loss} from "./interfaces/IBonds.sol";
import {IEnrolments} from "./interfaces/IEnrolments.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IModels} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {Charter, IPrograms, Program, Round, Stage} from "./interfaces/IPrograms.sol";
import {Branch, Payout, Payouts} from "./libraries/Payouts.sol";
import {Close, Opening, Proposal, Rounds} from "./libraries/Rounds.sol";
import {Sampling} from "./libraries/Sampling.sol";
import {Rules, Terms, Visibility} from "./libraries/Terms.sol";
import {Tokens} from "./libraries/Tokens.sol";

/// @title Programs
/// @notice Runs the rounds of all programs and holds their budgets.
contract Programs is IPrograms, EIP712, ReentrancyGuardTransient {
    using Rounds for Close;
    using Rounds for Opening;
    using Rounds for Proposal;
    using SafeERC20 for IERC20;
    using Terms for Rules;
    using Tokens for IERC20;

    /* STORAGE */

    /// @inheritdoc IPrograms
    INodes public immutable nodes;

    /// @inheritdoc IPrograms
    IEnrolments public immutable enrolments;

    /// @inheritdoc IPrograms
    IBonds public immutable bonds;

    /// @inheritdoc IPrograms
    IModels public immutable models;

    /// @inheritdoc IPrograms
    ILicences public immutable licences;

    /// @inheritdoc IPrograms
    address public immutable challenges;

    /// @inheritdoc IPrograms
    address public immutable demands;

    /// @inheritdoc IPrograms
    uint64 public immutable answerFloor;

    /// @inheritdoc IPrograms
    uint64 public immutable answersPerSecond;

    /// @inheritdoc IPrograms
    uint256 public count;

    mapping(uint256 id => Program) private _programs;
    mapping(uint256 id => Rules) private _rules;
    mapping(uint256 id => mapping(uint64 number => Round)) private _rounds;

    /* CONSTRUCTOR */

    constructor(
        INodes nodes_,
        IEnrolments enrolments_,
        IBonds bonds_,
        IModels models_,
        ILicences licences_,
        address challenges_,
        address demands_,
        uint64 answerFloor_,
        uint64 answersPerSecond_
    ) EIP712("Commonroot", "1") {
        nodes = nodes_;
        enrolments = enrolments_;
        bonds = bonds_;
        models = models_;
        licences = licences_;
        challenges = challenges_;
        demands = demands_;
        answerFloor = answerFloor_;
        answersPerSecond = answersPerSecond_;
    }

    /* VIEWS */

    /// @inheritdoc IPrograms
    function program(uint256 id) external view returns (Program memory) {
        return _program(id);
    }

    /// @inheritdoc IPrograms
    function rules(uint256 id) external view returns (Rules memory) {
        _program(id);
        return _rules[id];
    }

    /// @inheritdoc IPrograms
    function round(uint256 id, uint64 number) external view returns (Round memory) {
        return _rounds[id][number];
    }

    /// @inheritdoc IPrograms
    function saleTerms(uint256 id) external view returns (IERC20 token, Visibility visibility, uint16 ownerCut) {
        Rules storage terms = _rules[id];
        return (_program(id).token, terms.visibility, terms.ownerCut);
    }

    /// @inheritdoc IPrograms
    function stakes(uint256 id) external view returns (IERC20 token, uint128 bond, uint32 window) {
        Rules storage terms = _rules[id];
        return (_program(id).token, terms.bond, terms.window);
    }

    /// @inheritdoc IPrograms
    function totalShares(uint256 id) external view returns (uint256) {
        return _programs[id].shares;
    }

    /// @inheritdoc IPrograms
    function hasEnded(uint256 id) public view returns (bool) {
        Program storage found = _program(id);
        bool last = found.ending || found.finalized == _rules[id].rounds;
        return last && found.tip == found.finalized;
    }

    /// @inheritdoc IPrograms
    function admission(uint256 id) external view returns (bytes32 allowlist, bool ending) {
        return (_rules[id].allowlist, _program(id).ending);
    }

    /// @inheritdoc IPrograms
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /* PROGRAMS */

    /// @inheritdoc IPrograms
    function create(Rules calldata rules_, Charter calldata charter, uint256 budget)
        external
        nonReentrant
        returns (uint256 id)
    {
        rules_.check();
        _checkCharter(charter);
        _checkTimes(rules_);
        if (budget < rules_.reward) revert BudgetTooSmall(budget, rules_.reward);
        if (budget > type(uint128).max) revert BudgetTooLarge(budget, type(uint128).max);

        id = ++count;
        _rules[id] = rules_;
        Program storage made = _programs[id];
        made.sponsor = msg.sender;
        made.aggregator = charter.aggregator;
        made.token = charter.token;
        made.spec = charter.spec;
        made.budget = uint128(budget);
        _renew(made, 2 * uint64(rules_.patience));

        emit ProgramCreated(id, msg.sender, charter.spec, charter, rules_);
        emit Funded(id, msg.sender, budget);
        models.mint(
            msg.sender, id, charter.seed, charter.manifest, charter.parent, charter.royalty, charter.uri
        );
        charter.token.pull(msg.sender, budget);
    }

    /// @inheritdoc IPrograms
    function fund(uint256 id, uint256 amount) external nonReentrant {
        Program storage found = _program(id);
        uint256 room = type(uint128).max - found.budget;
        if (found.ending) revert ProgramEnding(id);
        if (amount > room) revert BudgetTooLarge(amount, room);

        found.budget += uint128(amount);
        // An aggregator without money can only wait for it.
        if (msg.sender == found.sponsor) _renew(found, 2 * uint64(_rules[id].patience));
        found.token.pull(msg.sender, amount);

        emit Funded(id, msg.sender, amount);
    }

    /// @inheritdoc IPrograms
    function end(uint256 id) external {
        Program storage found = _program(id);
        if (found.ending) revert ProgramEnding(id);
        if (msg.sender != found.sponsor) {
            _requireIdle(found);
            _requireTime(found.due + 2 * uint64(_rules[id].succession));
        }

        found.ending = true;

        emit Ending(id);
    }

    /// @inheritdoc IPrograms
    function refund(uint256 id, address to) external nonReentrant {
        Program storage found = _programOfSponsor(id);
        if (!hasEnded(id)) revert ProgramNotEnded(id);

        uint256 amount = found.budget;
        found.budget = 0;
        found.token.safeTransfer(to, amount);

        emit Refunded(id, to, amount);
    }

    function _checkCharter(Charter calldata charter) private view {
        bool whole = charter.spec != 0 && address(charter.token) != address(0) && charter.aggregator != address(0);
        if (!whole) revert IncompleteCharter();
        if (charter.parent == 0) return;
        Program storage parent = _program(charter.parent);
        if (!hasEnded(charter.parent)) revert ParentNotEnded(charter.parent);
        // Royalties are paid out of one inbox into the next: both must be in the same token.
        (address given, address expected) = (address(charter.token), address(parent.token));
        if (given != expected) revert TokenOfParentDiffers(given, expected);
    }

    function _checkTimes(Rules calldata rules_) private view {
        // Every row can be demanded, and a third of the window is for answers.
        uint256 needed = 3 * (answerFloor + Math.ceilDiv(rules_.chunks(), answersPerSecond));
        if (rules_.window < needed) revert WindowTooShort(rules_.window, needed);
        if (rules_.patience < answerFloor) revert PatienceTooShort(rules_.patience, answerFloor);
        // What a node signed can cost it its bond until the round is final.
        uint64 signed = uint64(rules_.patience) + rules_.window;
        uint64 delay = nodes.unbondingDelay();
        if (delay < signed) revert UnbondingTooShort(delay, signed);
    }

    /* AGGREGATORS */

    /// @inheritdoc IPrograms
    function setEndpoint(uint256 id, string calldata endpoint, bytes32 certificate) external {
        _programOfAggregator(id);

        emit EndpointSet(id, endpoint, certificate);
    }

    /// @inheritdoc IPrograms
    function appoint(uint256 id, address aggregator) external {
        Program storage found = _programOfSponsor(id);
        if (aggregator == address(0)) revert NoAggregator();

        _succeed(id, found, aggregator);
    }

    /// @inheritdoc IPrograms
    function takeOver(uint256 id) external {
        Program storage found = _program(id);
        _requireTime(found.due + _rules[id].succession);
        bool enrolled = nodes.memberAt(msg.sender, block.number)
            && enrolments.enrolledAt(id, msg.sender, block.number) != 0;
        if (!enrolled) revert NotEnrolled(id, msg.sender);

        _succeed(id, found, msg.sender);
    }

    function _succeed(uint256 id, Program storage found, address aggregator) private {
        if (found.ending) revert ProgramEnding(id);
        // A bond behind a round stays there until the round is over: others were promised parts of it.
        _requireIdle(found);

        address former = found.aggregator;
        if (aggregator != former) {
            found.aggregator = aggregator;
            found.tenure = found.finalized;
        }
        _renew(found, 2 * uint64(_rules[id].patience));

        emit AggregatorChanged(id, former, aggregator);
    }

    // Never for less than it has the floor already.
    function _renew(Program storage found, uint64 time) private {
        uint64 due = uint64(block.timestamp) + time;
        if (due > found.due) found.due = due;
    }

    /* SAMPLING */

    /// @inheritdoc IPrograms
    function anchor(uint256 id) external {
        Program storage found = _program(id);
        uint16 room = _rules[id].maxNodes;
        (, uint32 live) = enrolments.population(id);
        uint256 source = uint256(found.anchorBlock) + 1;
        bool known = block.number <= source || Blockhash.blockHash(source) != 0;
        if (live <= room || (_isAnchored(found, room) && known)) revert AnchorNotNeeded(id);

        (uint32 seats, uint32 taken) = _anchor(id, found);

        emit Anchored(id, seats, taken);
    }

    function _anchor(uint256 id, Program storage found) private returns (uint32 seats, uint32 live) {
        (seats, live) = enrolments.population(id);
        found.anchorBlock = uint64(block.number);
        found.anchorSeats = seats;
        found.anchorLive = live;
    }

    function _sample(uint256 id, Program storage found, uint16 room)
        private
        view
        returns (uint64 anchored, uint32 seats, uint32 places, bytes32 sample)
    {
        uint32 live;
        (seats, live) = enrolments.population(id);
        if (live <= room) return (uint64(block.number), seats, seats, 0);
        if (!_isAnchored(found, room)) revert AnchorNeeded(id);
        anchored = found.anchorBlock;
        uint256 source = uint256(anchored) + 1;
        if (block.number <= source) revert SampleNotYet(source);
        sample = Blockhash.blockHash(source);
        if (sample == 0) revert AnchorNeeded(id);
        seats = found.anchorSeats;
        places = Sampling.places(room, seats, found.anchorLive);
    }

    // An anchor from when a round had room for all would leave everybody out who came later.
    function _isAnchored(Program storage found, uint16 room) private view returns (bool) {
        return found.anchorBlock != 0 && found.anchorLive > room;
    }

    /* ROUNDS */

    /// @inheritdoc IPrograms
    function open(uint256 id) external returns (uint64 number, uint64 epoch) {
        Program storage found = _programOfAggregator(id);
        return _open(id, found, found.tip);
    }

    /// @inheritdoc IPrograms
    function openFrom(uint256 id, uint64 version) external returns (uint64 number, uint64 epoch) {
        Program storage found = _programOfAggregator(id);
        bool replacement = found.tenure != 0 && found.tenure == found.finalized && found.tip == found.finalized;
        if (!replacement) revert NotAReplacement(found.tenure, found.finalized, found.tip);
        if (version > found.finalized) revert NoSuchVersion(version, found.finalized);

        return _open(id, found, version);
    }

    /// @inheritdoc IPrograms
    function close(Close calldata close_) external {
        uint256 id = close_.program;
        Program storage found = _programOfAggregator(id);
        Rules storage terms = _rules[id];
        Round storage current = _rounds[id][found.tip];
        _requireStage(current, Stage.Open);
        bytes32 opening = close_.openingOf().hash();
        if (opening != current.commitment) revert WrongOpening(opening, current.commitment);
        if (close_.count < terms.minNodes || close_.count > terms.maxNodes) {
            revert WrongNodeCount(close_.count, terms.minNodes, terms.maxNodes);
        }

        bytes32 hash = close_.hash();
        current.stage = Stage.Closed;
        current.closeBlock = uint40(block.number);
        current.count = uint16(close_.count);
        current.commitment = hash;

        emit RoundClosed(id, close_.round, close_.epoch, hash, close_);
    }

    /// @inheritdoc IPrograms
    function drawSeed(uint256 id) external returns (bytes32 seed) {
        uint64 number = _program(id).tip;
        Round storage current = _rounds[id][number];
        _requireStage(current, Stage.Closed);
        seed = _seedOf(current);

        current.seed = seed;

        emit SeedDrawn(id, number, current.epoch, seed);
    }

    /// @inheritdoc IPrograms
    function propose(uint256 id, Proposal calldata proposal) external {
        Program storage found = _programOfAggregator(id);
        Rules storage terms = _rules[id];
        uint64 number = found.tip;
        Round storage current = _rounds[id][number];
        _requireStage(current, Stage.Closed);
        uint64 deadline = _deadline(terms, current);
        if (block.timestamp > deadline) revert TooLate(deadline);
        _checkProposal(terms, current, proposal);

        bytes32 hash = proposal.hash();
        current.stage = Stage.Proposed;
        current.proposedAt = uint40(block.timestamp);
        current.proposal = hash;
        // Written here and not by the first claim: the aggregator pays for the word, not a node.
        current.unclaimed = type(uint256).max >> (256 - proposal.count);
        current.seed = 0;
        uint64 finalizableAt = uint64(block.timestamp) + terms.window;
        // An aggregator that only waits for the window keeps the floor.
        _renew(found, terms.window + 2 * uint64(terms.patience));

        emit RoundProposed(id, number, current.epoch, hash, proposal, finalizableAt);
    }

    /// @inheritdoc IPrograms
    function finalize(uint256 id, Proposal calldata proposal) external {
        Program storage found = _programs[id];
        Rules storage terms = _rules[id];
        uint64 number = found.finalized + 1;
        Round storage current = _rounds[id][number];
        _requireStage(current, Stage.Proposed);
        _requireProposal(current, proposal);
        _requireTime(uint64(current.proposedAt) + terms.window);

        // Income that came before this round belongs to the shares that were there before it. The close is not needed
        // any more, so its slot keeps what claims need: a new one would cost four times as much.
        current.commitment = bytes32(licences.settle(id));
        current.stage = Stage.Finalized;
        found.finalized = number;
        found.budget -= uint128(proposal.payoutSum);
        found.shares += uint128(proposal.sharesSum);
        _anchor(id, found);
        _renew(found, 2 * uint64(terms.patience));
        models.append(id, number, proposal.resultRoot, proposal.manifest);
        bonds.unlock(id, found.aggregator, terms.bond);

        emit RoundFinalized(
            id, number, current.epoch, proposal.resultRoot, proposal.payoutSum, proposal.sharesSum
        );
    }

    /// @inheritdoc IPrograms
    function abandon(uint256 id) external {
        Program storage found = _program(id);
        Rules storage terms = _rules[id];
        uint64 number = found.tip;
        Round storage current = _rounds[id][number];
        if (current.stage != Stage.Closed) _requireStage(current, Stage.Open);
        _requireTime(_deadline(terms, current) + 1);

        found.tip = number - 1;
        _anchor(id, found);
        // Whoever has seen a seed that it does not like must not draw another for nothing.
        _forfeit(id, number, found.aggregator, Fault.Silent, current.stage == Stage.Closed);

        emit RoundAbandoned(id, number, current.epoch);
    }

    /// @inheritdoc IPrograms
    function void(uint256 id, uint64 number) external {
        if (msg.sender != challenges && msg.sender != demands) revert OnlyJudges(msg.sender);
        Program storage found = _program(id);
        Round storage current = _rounds[id][number];
        _requireStage(current, Stage.Proposed);

        address aggregator = found.aggregator;
        for (uint64 later = found.tip; later > number; later--) {
            // The work of their nodes is lost by the same aggregator's fault.
            _forfeit(id, later, aggregator, Fault.Silent, false);
            emit RoundDropped(id, later, _rounds[id][later].epoch);
        }
        found.tip = number - 1;
        found.due = uint64(block.timestamp);
        _anchor(id, found);
        _forfeit(id, number, aggregator, Fault.False, true);

        emit RoundVoided(id, number, current.epoch);
    }

    function _open(uint256 id, Program storage found, uint64 parent) private returns (uint64 number, uint64 epoch) {
        Rules storage terms = _rules[id];
        number = found.tip + 1;
        _checkOpening(id, found, terms, number);
        Round storage next = _rounds[id][number];
        epoch = next.epoch + 1;
        // Who opens and is abandoned for ever could never be replaced.
        if (epoch > 1 && block.timestamp >= found.due) revert Overdue(found.due);
        (uint64 anchored, uint32 seats, uint32 places, bytes32 sample) = _sample(id, found, terms.maxNodes);

        Opening memory opening =
            Opening(id, number, epoch, parent, msg.sender, uint64(block.number), anchored, seats, places, sample);
        next.stage = Stage.Open;
        next.epoch = epoch;
        next.openedAt = uint40(block.timestamp);
        next.places = places;
        next.commitment = opening.hash();
        found.tip = number;
        if (epoch == 1) _renew(found, 2 * uint64(terms.patience));
        // Locked from here on, not from the proposal: nodes work in the meantime, and silence must cost something.
        bonds.lock(id, msg.sender, terms.bond);

        emit RoundOpened(id, number, epoch, opening, _deadline(terms, next));
    }

    function _checkOpening(uint256 id, Program storage found, Rules storage terms, uint64 number) private view {
        uint64 pending = number - found.finalized;
        if (found.ending) revert ProgramEnding(id);
        if (number > terms.rounds) revert NoRoundsLeft(terms.rounds);
        if (pending > 1) _requireStage(_rounds[id][number - 1], Stage.Proposed);
        if (pending > terms.maxPending) revert TooManyPending(terms.maxPending);
        uint256 needed = pending * uint256(terms.reward);
        if (found.budget < needed) revert BudgetTooSmall(found.budget, needed);
    }

    function _checkProposal(Rules storage terms, Round storage current, Proposal calldata proposal) private view {
        uint256 chunks = Terms.chunksOf(terms.weights) + Terms.chunksOf(terms.moments);
        bytes32 seed = _seedOf(current);
        if (proposal.close != current.commitment) revert WrongClose(proposal.close, current.commitment);
        if (proposal.seed != seed) revert WrongSeed(proposal.seed, seed);
        if (proposal.chunks != chunks) revert WrongChunkCount(proposal.chunks, chunks);
        if (proposal.count != current.count) revert WrongCount(proposal.count, current.count);
        // Models would refuse it at the end, and the round could neither be finalized nor abandoned.
        if (proposal.resultRoot == 0) revert EmptyResult();
        // Opening made sure that the budget covers the reward, and nothing else is taken from it meanwhile.
        if (proposal.payoutSum > terms.reward) revert PaysTooMuch(proposal.payoutSum, terms.reward);
        if (proposal.sharesSum > terms.sharesPerRound) {
            revert TooManyShares(proposal.sharesSum, terms.sharesPerRound);
        }
    }

    function _seedOf(Round storage current) private view returns (bytes32 seed) {
        seed = current.seed;
        if (seed != 0) return seed;
        uint256 source = uint256(current.closeBlock) + 1;
        if (block.number <= source) revert SeedNotYet(source);
        seed = Blockhash.blockHash(source);
        if (seed == 0) revert SeedGone(source);
    }

    function _forfeit(uint256 id, uint64 number, address aggregator, Fault fault, bool seen) private {
        Rules storage terms = _rules[id];
        Round storage lost = _rounds[id][number];
        bonds.forfeit(
            Loss({
                program: id,
                round: number,
                epoch: lost.epoch,
                fault: fault,
                seen: seen,
                aggregator: aggregator,
                amount: terms.bond,
                places: lost.places,
                until: uint40(block.timestamp) + terms.window,
                subject: fault == Fault.False ? lost.proposal : lost.commitment
            })
        );
        _clear(lost);
    }

    // Only the epoch stays, so that the next one is another.
    function _clear(Round storage gone) private {
        gone.stage = Stage.None;
        gone.proposedAt = 0;
        gone.closeBlock = 0;
        gone.places = 0;
        gone.count = 0;
        gone.commitment = 0;
        gone.proposal = 0;
        gone.seed = 0;
        gone.unclaimed = 0;
    }

    /* CLAIMS */

    /// @inheritdoc IPrograms
    function claim(
        uint256 id,
        uint64 number,
        Proposal calldata proposal,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings,
        address to
    ) external nonReentrant {
        Round storage paid = _rounds[id][number];
        _requireStage(paid, Stage.Finalized);
        if (payout.node != msg.sender) revert NotYourPayout(payout.node, msg.sender);
        _requireProposal(paid, proposal);
        _requirePayout(proposal, index, payout, siblings);
        // At most 256 contributions make a round, so one word holds who has not claimed.
        uint256 bit = uint256(1) << index;
        if (paid.unclaimed & bit == 0) revert AlreadyClaimed(number, index);

        paid.unclaimed ^= bit;
        licences.credit(id, number, msg.sender, payout.shares, uint256(paid.commitment));
        _programs[id].token.safeTransfer(to, payout.payout);

        emit Claimed(id, number, msg.sender, to, payout.payout, payout.shares);
    }

    function _requirePayout(
        Proposal calldata proposal,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings
    ) private pure {
        Branch memory top = Payouts.topFrom(Payouts.leaf(index, payout), index, proposal.count, siblings);
        bool same = top.digest == proposal.payoutRoot && top.payout == proposal.payoutSum
            && top.shares == proposal.sharesSum;
        if (!same) revert WrongPayout(top.digest, proposal.payoutRoot);
    }

    /* LOOKING UP */

    function _program(uint256 id) private view returns (Program storage found) {
        found = _programs[id];
        if (found.sponsor == address(0)) revert NoSuchProgram(id);
    }

    function _programOfSponsor(uint256 id) private view returns (Program storage found) {
        found = _program(id);
        if (found.sponsor != msg.sender) revert NotTheSponsor(msg.sender);
    }

    function _programOfAggregator(uint256 id) private view returns (Program storage found) {
        found = _program(id);
        if (found.aggregator != msg.sender) revert NotTheAggregator(msg.sender);
    }

    function _deadline(Rules storage terms, Round storage current) private view returns (uint64) {
        return uint64(current.openedAt) + terms.patience;
    }

    function _requireIdle(Program storage found) private view {
        if (found.tip != found.finalized) revert RoundInProgress(found.tip);
    }

    function _requireTime(uint64 earliest) private view {
        if (block.timestamp < earliest) revert TooEarly(earliest);
    }

    function _requireStage(Round storage current, Stage expected) private view {
        if (current.stage != expected) revert WrongStage(current.stage, expected);
    }

    function _requireProposal(Round storage current, Proposal calldata proposal) private view {
        bytes32 hash = proposal.hash();
        if (hash != current.proposal) revert WrongProposal(hash, current.proposal);
    }
}
