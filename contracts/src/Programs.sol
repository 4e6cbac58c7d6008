// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IDatasets} from "./interfaces/IDatasets.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IModels, Version} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {Charter, IPrograms, Payroll, Program, Round, Stage} from "./interfaces/IPrograms.sol";
import {Branch, Payout, Payouts} from "./libraries/Payouts.sol";
import {Close, Proposal, Rounds} from "./libraries/Rounds.sol";
import {Rules, Terms, Visibility} from "./libraries/Terms.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {Trees} from "./libraries/Trees.sol";

/// @title Programs
/// @notice Runs the rounds of all programs and holds their budgets and their aggregators' bonds.
contract Programs is IPrograms, EIP712, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace256;
    using Rounds for Close;
    using Rounds for Proposal;
    using SafeERC20 for IERC20;
    using Terms for Rules;
    using Tokens for IERC20;

    /* STORAGE */

    /// @inheritdoc IPrograms
    INodes public immutable nodes;

    /// @inheritdoc IPrograms
    IDatasets public immutable datasets;

    /// @inheritdoc IPrograms
    IModels public immutable models;

    /// @inheritdoc IPrograms
    ILicences public immutable licences;

    /// @inheritdoc IPrograms
    uint256 public count;

    mapping(uint256 id => Program) private _programs;
    mapping(uint256 id => Rules) private _rules;
    mapping(uint256 id => mapping(uint64 number => Round)) private _rounds;
    mapping(uint256 id => mapping(address node => Checkpoints.Trace256)) private _enrolments;

    /* CONSTRUCTOR */

    constructor(INodes nodes_, IDatasets datasets_, IModels models_, ILicences licences_) EIP712("Commonroot", "1") {
        nodes = nodes_;
        datasets = datasets_;
        models = models_;
        licences = licences_;
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
    function hasEnded(uint256 id) public view returns (bool) {
        Program storage found = _program(id);
        bool last = found.ending || found.finalized == _rules[id].rounds;
        return last && _current(id, found).stage == Stage.None;
    }

    /// @inheritdoc IPrograms
    function enrolledAt(uint256 id, address node, uint256 blockNumber) external view returns (bytes32 dataset) {
        return bytes32(_enrolments[id][node].upperLookupRecent(blockNumber));
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
        if (budget < rules_.reward) revert BudgetTooSmall(budget, rules_.reward);

        id = ++count;
        _rules[id] = rules_;
        Program storage made = _programs[id];
        made.sponsor = msg.sender;
        made.aggregator = charter.aggregator;
        made.token = charter.token;
        made.spec = charter.spec;
        made.budget = budget;

        emit ProgramCreated(id, msg.sender, charter.spec, charter, rules_);
        emit Funded(id, msg.sender, budget);
        Version memory seed = Version(charter.seed, charter.manifest);
        models.mint(msg.sender, id, seed, charter.parent, charter.royalty, charter.uri);
        charter.token.pull(msg.sender, budget);
    }

    /// @inheritdoc IPrograms
    function fund(uint256 id, uint256 amount) external nonReentrant {
        Program storage found = _program(id);
        if (found.ending) revert ProgramEnding(id);

        found.budget += amount;
        found.token.pull(msg.sender, amount);

        emit Funded(id, msg.sender, amount);
    }

    /// @inheritdoc IPrograms
    function end(uint256 id) external {
        Program storage found = _programOfSponsor(id);
        if (found.ending) revert ProgramEnding(id);

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

    /* AGGREGATORS */

    /// @inheritdoc IPrograms
    function setEndpoint(uint256 id, string calldata endpoint, bytes32 certificate) external {
        _programOfAggregator(id);

        emit EndpointSet(id, endpoint, certificate);
    }

    /// @inheritdoc IPrograms
    function depositBond(uint256 id, uint256 amount) external nonReentrant {
        Program storage found = _programOfAggregator(id);

        found.bond += amount;
        found.token.pull(msg.sender, amount);

        emit BondDeposited(id, amount);
    }

    /// @inheritdoc IPrograms
    function withdrawBond(uint256 id, uint256 amount, address to) external nonReentrant {
        Program storage found = _programOfAggregator(id);
        _requireFreeBond(found, amount);

        found.bond -= amount;
        found.token.safeTransfer(to, amount);

        emit BondWithdrawn(id, to, amount);
    }

    function _requireFreeBond(Program storage found, uint256 needed) private view {
        uint256 free = found.bond - found.locked;
        if (free < needed) revert FreeBondTooSmall(free, needed);
    }

    /* ENROLMENT */

    /// @inheritdoc IPrograms
    function join(uint256 id, bytes32 dataset, uint256 index, bytes32[] calldata proof) external {
        if (_program(id).ending) revert ProgramEnding(id);
        if (!nodes.memberAt(msg.sender, block.number)) revert NotMember(msg.sender);
        bool usable = datasets.ownerOf(dataset) == msg.sender && datasets.activeAt(dataset, block.number);
        if (!usable) revert DatasetNotUsable(dataset);
        bytes32 allowlist = _rules[id].allowlist;
        bool admitted = allowlist == 0 || Trees.fold(Trees.admittedLeaf(msg.sender), index, proof) == allowlist;
        if (!admitted) revert NotAdmitted(msg.sender);

        _enrolments[id][msg.sender].push(block.number, uint256(dataset));

        emit Enrolled(id, msg.sender, dataset);
    }

    /// @inheritdoc IPrograms
    function quit(uint256 id) external {
        if (_enrolments[id][msg.sender].latest() == 0) revert NotEnrolled(id, msg.sender);

        _enrolments[id][msg.sender].push(block.number, 0);

        emit Quit(id, msg.sender);
    }

    /* ROUNDS */

    /// @inheritdoc IPrograms
    function open(uint256 id) external returns (uint64 number, uint64 epoch) {
        Program storage found = _programOfAggregator(id);
        Rules storage terms = _rules[id];
        number = found.finalized + 1;
        Round storage next = _rounds[id][number];
        if (found.ending) revert ProgramEnding(id);
        if (number > terms.rounds) revert NoRoundsLeft(terms.rounds);
        _requireStage(next, Stage.None);
        if (found.budget < terms.reward) revert BudgetTooSmall(found.budget, terms.reward);
        uint256 lock = _bondOf(terms);
        _requireFreeBond(found, lock);

        // Locked from here on, not from the proposal: nodes work in the meantime, and silence must cost something.
        found.locked += lock;
        epoch = next.epoch + 1;
        _begin(next, epoch, found.finalized);

        emit RoundOpened(id, number, epoch, found.finalized, _deadline(terms, next));
    }

    /// @inheritdoc IPrograms
    function close(Close calldata close_) external {
        uint256 id = close_.program;
        Program storage found = _programOfAggregator(id);
        Rules storage terms = _rules[id];
        Round storage current = _current(id, found);
        _requireStage(current, Stage.Open);
        bool same = close_.round == found.finalized + 1 && close_.epoch == current.epoch
            && close_.parent == current.parent && close_.openBlock == current.openBlock;
        if (!same) revert NotTheOpenRound(found.finalized + 1, current.epoch, current.parent, current.openBlock);
        if (close_.count < terms.minNodes || close_.count > terms.maxNodes) {
            revert WrongNodeCount(close_.count, terms.minNodes, terms.maxNodes);
        }

        current.stage = Stage.Closed;
        current.closeBlock = uint64(block.number);
        current.close = close_.hash();

        emit RoundClosed(id, close_.round, close_.epoch, current.close, close_);
    }

    /// @inheritdoc IPrograms
    function drawSeed(uint256 id) external returns (bytes32 seed) {
        Program storage found = _program(id);
        Round storage current = _current(id, found);
        _requireStage(current, Stage.Closed);

        seed = _drawSeed(id, found.finalized + 1, current);
    }

    /// @inheritdoc IPrograms
    function propose(Close calldata close_, Proposal calldata proposal) external {
        uint256 id = close_.program;
        Program storage found = _programOfAggregator(id);
        Rules storage terms = _rules[id];
        Round storage current = _current(id, found);
        _requireStage(current, Stage.Closed);
        _requireClose(current, close_);
        _checkProposal(terms, current, proposal);
        uint64 deadline = _deadline(terms, current);
        if (block.timestamp > deadline) revert TooLate(deadline);

        current.stage = Stage.Proposed;
        current.proposedAt = uint64(block.timestamp);
        current.proposal = proposal.hash();
        _drawSeed(id, close_.round, current);

        uint64 finalizableAt = current.proposedAt + terms.window;
        emit RoundProposed(id, close_.round, close_.epoch, current.proposal, proposal, finalizableAt);
    }

    /// @inheritdoc IPrograms
    function finalize(Close calldata close_, Proposal calldata proposal) external {
        uint256 id = close_.program;
        Program storage found = _program(id);
        Rules storage terms = _rules[id];
        Round storage current = _current(id, found);
        _requireStage(current, Stage.Proposed);
        _requireClose(current, close_);
        bytes32 hash = proposal.hash();
        if (hash != current.proposal) revert WrongProposal(hash, current.proposal);
        uint64 finalizableAt = current.proposedAt + terms.window;
        if (block.timestamp < finalizableAt) revert TooEarly(finalizableAt);
        uint64 head = models.head(id);
        if (close_.parent != head) revert NotTheHead(close_.parent, head);

        Payroll memory payroll =
            Payroll(proposal.payoutRoot, proposal.payoutSum, proposal.sharesSum, close_.count);
        current.stage = Stage.Finalized;
        current.payroll = keccak256(abi.encode(payroll));
        found.finalized = close_.round;
        found.budget -= proposal.payoutSum;
        found.locked -= _bondOf(terms);
        uint64 version = models.append(id, Version(proposal.resultRoot, proposal.manifest));
        licences.addShares(id, close_.round, proposal.sharesSum);

        emit RoundFinalized(id, close_.round, close_.epoch, version, proposal.resultRoot, payroll);
    }

    /// @inheritdoc IPrograms
    function abandon(uint256 id) external {
        Program storage found = _program(id);
        Rules storage terms = _rules[id];
        Round storage current = _current(id, found);
        if (current.stage != Stage.Closed) _requireStage(current, Stage.Open);
        uint64 deadline = _deadline(terms, current);
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1);

        current.stage = Stage.None;
        found.locked -= _bondOf(terms);

        emit RoundAbandoned(id, found.finalized + 1, current.epoch);
    }

    function _begin(Round storage next, uint64 epoch, uint64 parent) private {
        next.stage = Stage.Open;
        next.epoch = epoch;
        next.parent = parent;
        next.openBlock = uint64(block.number);
        next.openedAt = uint64(block.timestamp);
        // What a former epoch left behind means nothing in this one.
        next.closeBlock = 0;
        next.close = 0;
        next.seed = 0;
    }

    function _checkProposal(Rules storage terms, Round storage current, Proposal calldata proposal) private view {
        Rules memory held = terms;
        uint256 chunks = held.chunks();
        if (proposal.close != current.close) revert WrongClose(proposal.close, current.close);
        if (proposal.chunks != chunks) revert WrongChunkCount(proposal.chunks, chunks);
        // Models would refuse it at the end, and the round could neither be finalized nor abandoned.
        if (proposal.resultRoot == 0) revert EmptyResult();
        // Opening made sure that the budget covers the reward, and nothing else is taken from it meanwhile.
        if (proposal.payoutSum > held.reward) revert PaysTooMuch(proposal.payoutSum, held.reward);
        if (proposal.sharesSum > held.sharesPerRound) revert TooManyShares(proposal.sharesSum, held.sharesPerRound);
    }

    function _drawSeed(uint256 id, uint64 number, Round storage current) private returns (bytes32 seed) {
        if (current.seed != 0) return current.seed;
        uint256 source = uint256(current.closeBlock) + 1;
        if (block.number <= source) revert SeedNotYet(source);
        seed = blockhash(source);
        if (seed == 0) revert SeedGone(source);

        current.seed = seed;

        emit SeedDrawn(id, number, current.epoch, seed);
    }

    /* CLAIMS */

    /// @inheritdoc IPrograms
    function claim(
        uint256 id,
        uint64 number,
        Payroll calldata payroll,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings,
        address to
    ) external nonReentrant {
        Round storage paid = _rounds[id][number];
        _requireStage(paid, Stage.Finalized);
        if (payout.node != msg.sender) revert NotYourPayout(payout.node, msg.sender);
        _requirePayroll(paid, payroll, index, payout, siblings);
        // At most 256 contributions make a round, so one word holds who has claimed.
        if (paid.claimed >> index & 1 == 1) revert AlreadyClaimed(number, index);

        paid.claimed |= uint256(1) << index;
        licences.credit(id, number, msg.sender, payout.shares);
        _programs[id].token.safeTransfer(to, payout.payout);

        emit Claimed(id, number, msg.sender, to, payout.payout, payout.shares);
    }

    function _requirePayroll(
        Round storage paid,
        Payroll calldata payroll,
        uint64 index,
        Payout calldata payout,
        Branch[] calldata siblings
    ) private view {
        bytes32 shown = keccak256(abi.encode(payroll));
        if (shown != paid.payroll) revert WrongPayroll(shown, paid.payroll);
        Branch memory top = Payouts.topFrom(Payouts.leaf(index, payout), index, payroll.count, siblings);
        bool same =
            top.digest == payroll.root && top.payout == payroll.payoutSum && top.shares == payroll.sharesSum;
        if (!same) revert WrongPayroll(top.digest, payroll.root);
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

    function _current(uint256 id, Program storage found) private view returns (Round storage) {
        return _rounds[id][found.finalized + 1];
    }

    function _bondOf(Rules storage terms) private view returns (uint256) {
        return 2 * uint256(terms.reward);
    }

    function _deadline(Rules storage terms, Round storage current) private view returns (uint64) {
        return current.openedAt + terms.patience;
    }

    function _requireStage(Round storage current, Stage expected) private view {
        if (current.stage != expected) revert WrongStage(current.stage, expected);
    }

    function _requireClose(Round storage current, Close calldata close_) private view {
        bytes32 hash = close_.hash();
        if (hash != current.close) revert WrongClose(hash, current.close);
    }
}
