// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Fault, Forfeit, IBonds} from "./interfaces/IBonds.sol";
import {IChallenges, Signed} from "./interfaces/IChallenges.sol";
import {IDatasets} from "./interfaces/IDatasets.sol";
import {IEnrolments} from "./interfaces/IEnrolments.sol";
import {IModels} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";
import {Averages} from "./libraries/Averages.sol";
import {Case, Cases, Shown} from "./libraries/Cases.sol";
import {Lanes} from "./libraries/Lanes.sol";
import {Branch} from "./libraries/Payouts.sol";
import {Payrolls} from "./libraries/Payrolls.sol";
import {Receipt, Receipts} from "./libraries/Receipts.sol";
import {Close, Contribution, Proposal, Rounds} from "./libraries/Rounds.sol";
import {Addition, Leaf, Row, Rows} from "./libraries/Rows.sol";
import {Sampling} from "./libraries/Sampling.sol";
import {Scores} from "./libraries/Scores.sol";
import {Aggregation, Rules, Terms, Weighting} from "./libraries/Terms.sol";
import {Trees} from "./libraries/Trees.sol";
import {Weights} from "./libraries/Weights.sol";

/// @title Challenges
/// @notice Judges proofs that a proposal is false, or that a node signed two deltas. Holds no funds.
contract Challenges is IChallenges {
    using Cases for Close;
    using Cases for Proposal;
    using Rows for Row;
    using Terms for Rules;

    /* STORAGE */

    int256 private constant DELTA_MAX = 2 ** 24;
    int256 private constant GRADIENT_MAX = 2 ** 15;

    /// @inheritdoc IChallenges
    IPrograms public immutable programs;

    /// @inheritdoc IChallenges
    IBonds public immutable bonds;

    /// @inheritdoc IChallenges
    IEnrolments public immutable enrolments;

    /// @inheritdoc IChallenges
    INodes public immutable nodes;

    /// @inheritdoc IChallenges
    IDatasets public immutable datasets;

    /// @inheritdoc IChallenges
    IModels public immutable models;

    /// @inheritdoc IChallenges
    mapping(address challenger => mapping(bytes32 commitment => uint256 time)) public committedAt;

    /* CONSTRUCTOR */

    constructor(
        IPrograms programs_,
        IBonds bonds_,
        IEnrolments enrolments_,
        INodes nodes_,
        IDatasets datasets_,
        IModels models_
    ) {
        programs = programs_;
        bonds = bonds_;
        enrolments = enrolments_;
        nodes = nodes_;
        datasets = datasets_;
        models = models_;
    }

    /* COMMITMENTS */

    /// @inheritdoc IChallenges
    function commit(bytes32 commitment) external {
        if (committedAt[msg.sender][commitment] != 0) return;

        committedAt[msg.sender][commitment] = block.timestamp;

        emit Committed(msg.sender, commitment);
    }

    // When the caller committed to the call in progress, or zero if it did not before this block.
    function _committed() private view returns (uint256 committed) {
        committed = committedAt[msg.sender][_commitment()];
        if (committed == block.timestamp) committed = 0;
    }

    function _requireCommitted() private view {
        if (_committed() == 0) revert NotCommitted(msg.sender, _commitment());
    }

    function _commitment() private view returns (bytes32) {
        return keccak256(abi.encode(msg.sender, keccak256(msg.data)));
    }

    /* ARITHMETIC */

    /// @inheritdoc IChallenges
    function wrongSum(
        Case calldata case_,
        Addition calldata row,
        uint256 lane,
        bytes calldata weights,
        Row calldata last
    ) external {
        bool waits = _requireCase(case_);
        Lanes.requireLane(lane);
        case_.proposal.requireRow(row);
        Rules memory rules = _rulesOf(case_.close);
        bool ofWeights = row.chunk < rules.weightChunks();
        int256[] memory deltas = Lanes.across(row.deltas, case_.close.count, lane);
        if (ofWeights && rules.aggregation == Aggregation.ClippedMean) {
            _requireLast(case_, rules, last);
            for (uint256 i = 0; i < deltas.length; i++) {
                deltas[i] = Averages.shortened(deltas[i], Rows.square(last.sums[i]), rules.normCap);
            }
        }
        (int256 sum, uint256 total) = _average(rules, case_.close, deltas, weights);
        uint256 over = ofWeights ? rules.stepOver(case_.close.round) : 1;
        _requireOther(row, lane, sum, total, over, ofWeights ? rules.stepUnder : 1);

        _refute(case_, waits);
    }

    function _requireOther(
        Addition calldata row,
        uint256 lane,
        int256 sum,
        uint256 total,
        uint256 over,
        uint256 under
    ) private pure {
        int256 right = Lanes.stepped(Lanes.laneAt(row.base, 0, lane), sum, total, over, under);
        if (Lanes.laneAt(row.result, 0, lane) == right) revert SumHolds(row.chunk, lane, right);
    }

    /// @inheritdoc IChallenges
    function foreignChunk(
        Case calldata case_,
        Row calldata row,
        uint256 place,
        Leaf calldata own,
        Shown calldata shown,
        Proposal calldata parent
    ) external {
        bool waits = _requireCase(case_);
        bytes32 held = _leafAt(case_, row, place);
        bytes32 root = Trees.rootFrom(own.leaf, row.chunk, case_.proposal.chunks, own.proof);
        bytes32 expected = _rootOf(case_, place, shown, parent);
        if (root != expected) revert NotInVector(root, expected);
        if (own.leaf == held) revert ChunkHolds(row.chunk, place, held);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function outOfBounds(
        Case calldata case_,
        Row calldata row,
        uint256 place,
        bytes calldata chunk,
        uint256 lane
    ) external {
        bool waits = _requireCase(case_);
        Lanes.requireLane(lane);
        if (place < Rows.GRADIENT) revert NoSuchPlace(place, row.leaves.length);
        _requireBytes(row.chunk, chunk, _leafAt(case_, row, place));
        Rules memory rules = _rulesOf(case_.close);
        int256 bound = place == Rows.GRADIENT ? GRADIENT_MAX : DELTA_MAX;
        if (_isPadding(rules, row.chunk, lane)) bound = 0;
        int256 value = Lanes.laneAt(chunk, 0, lane);
        if (-bound <= value && value <= bound) revert LaneHolds(row.chunk, place, lane, value);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function wrongPrefix(
        Case calldata case_,
        Row calldata row,
        Row calldata before,
        uint256 index,
        bytes calldata gradient,
        bytes calldata delta
    ) external {
        bool waits = _requireCase(case_);
        uint256 count = case_.close.count;
        if (index >= count) revert NoSuchPlace(index, count);
        case_.proposal.requireRow(row);
        row.requireSums(count);
        (int256 dot, uint256 square) = (0, 0);
        if (row.chunk > 0) {
            if (before.chunk != row.chunk - 1) revert WrongChunk(before.chunk, row.chunk - 1);
            case_.proposal.requireRow(before);
            before.requireSums(count);
            (dot, square) = (Rows.dot(before.sums[index]), Rows.square(before.sums[index]));
        }
        if (row.chunk < _rulesOf(case_.close).weightChunks()) {
            row.requireLeaves(count);
            _requireBytes(row.chunk, gradient, row.leaves[Rows.GRADIENT]);
            _requireBytes(row.chunk, delta, row.leaves[Rows.FIRST_DELTA + index]);
            (int256 addedDot, uint256 addedSquare) = Scores.sums(gradient, delta);
            (dot, square) = (dot + addedDot, square + addedSquare);
        }
        bool same = dot == Rows.dot(row.sums[index]) && square == Rows.square(row.sums[index]);
        if (same) revert PrefixHolds(row.chunk, index, dot, square);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function wrongPayroll(Case calldata case_, Contribution[] calldata contributions, Row calldata last) external {
        Proposal calldata proposal = case_.proposal;
        bool waits = _requireCase(case_);
        Cases.requireAll(case_.close, contributions);
        Rules memory rules = _rulesOf(case_.close);
        _requireLast(case_, rules, last);
        Branch memory top = Payrolls.top(contributions, last.sums, rules);
        bool same = top.digest == proposal.payoutRoot && top.payout == proposal.payoutSum
            && top.shares == proposal.sharesSum;
        if (same) revert PayrollHolds(top.digest, top.payout, top.shares);

        _refute(case_, waits);
    }

    function _average(Rules memory rules, Close calldata close, int256[] memory deltas, bytes calldata weights)
        private
        pure
        returns (int256 sum, uint256 total)
    {
        if (rules.aggregation == Aggregation.Median) return Averages.median(deltas);
        if (rules.aggregation == Aggregation.TrimmedMean) return Averages.trimmed(deltas, rules.trim);
        Weights.requireAll(weights, close.count, close.weightsHash);
        return Averages.weighted(deltas, weights);
    }

    function _requireLast(Case calldata case_, Rules memory rules, Row calldata last) private pure {
        uint64 chunk = uint64(rules.weightChunks() - 1);
        if (last.chunk != chunk) revert WrongChunk(last.chunk, chunk);
        case_.proposal.requireRow(last);
        last.requireSums(case_.close.count);
    }

    function _leafAt(Case calldata case_, Row calldata row, uint256 place) private pure returns (bytes32) {
        case_.proposal.requireRow(row);
        row.requireLeaves(case_.close.count);
        if (place >= row.leaves.length) revert NoSuchPlace(place, row.leaves.length);
        return row.leaves[place];
    }

    function _rootOf(Case calldata case_, uint256 place, Shown calldata shown, Proposal calldata parent)
        private
        view
        returns (bytes32)
    {
        if (place == Rows.BASE) return _parentRoot(case_, parent);
        if (place == Rows.RESULT) return case_.proposal.resultRoot;
        if (place == Rows.GRADIENT) return case_.proposal.gradientRoot;
        uint256 index = place - Rows.FIRST_DELTA;
        if (shown.index != index) revert NoSuchPlace(shown.index, index);
        case_.close.requireShown(shown);
        return shown.contribution.deltaRoot;
    }

    function _isPadding(Rules memory rules, uint64 chunk, uint256 lane) private pure returns (bool) {
        uint256 first = rules.weightChunks();
        if (chunk < first) return Lanes.LANES * chunk + lane >= rules.weights;
        return Lanes.LANES * (chunk - first) + lane >= rules.moments;
    }

    function _requireBytes(uint64 index, bytes calldata chunk, bytes32 leaf) private pure {
        Lanes.requireChunks(chunk, 1);
        bytes32 given = Trees.chunkLeaf(index, chunk);
        if (given != leaf) revert WrongBytes(given, leaf);
    }

    /* CONTRIBUTIONS */

    /// @inheritdoc IChallenges
    function wrongSignature(Case calldata case_, Shown calldata shown, Proposal calldata parent) external {
        Close calldata close = case_.close;
        Contribution calldata given = shown.contribution;
        bool waits = _requireCase(case_);
        close.requireShown(shown);
        bytes32 digest = _digestOf(close, given, _parentRoot(case_, parent));
        address key = _receiptKeyOf(close, given.node);
        if (key != address(0) && _signerOf(digest, given.signature) == key) revert SignatureHolds(shown.index, key);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function stranger(Case calldata case_, Shown calldata shown) external {
        bool waits = _requireCase(case_);
        case_.close.requireShown(shown);
        address node = shown.contribution.node;
        if (_isAsked(case_.close, node, shown.contribution.dataset)) revert NodeHolds(shown.index, node);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function wrongWeight(Case calldata case_, Shown calldata shown, bytes calldata weights) external {
        Close calldata close = case_.close;
        bool waits = _requireCase(case_);
        close.requireShown(shown);
        uint32 weight = shown.contribution.weight;
        bool right = weight == _weightOf(close, shown.contribution.dataset);
        if (right && weights.length != 0) {
            Weights.requireAll(weights, close.count, close.weightsHash);
            right = weight == Weights.weightAt(weights, shown.index);
        }
        if (right) revert WeightHolds(shown.index, weight);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function disorder(Case calldata case_, Shown calldata first, Shown calldata second) external {
        bool waits = _requireCase(case_);
        _requireNeighbours(case_.close, first, second);
        (address one, address other) = (first.contribution.node, second.contribution.node);
        if (one < other) revert OrderHolds(one, other);

        _refute(case_, waits);
    }

    /// @inheritdoc IChallenges
    function omission(
        Case calldata case_,
        Signed calldata given,
        bytes calldata ack,
        Shown[] calldata beside,
        Proposal calldata parent
    ) external {
        Close calldata close = case_.close;
        bool waits = _requireCase(case_);
        bytes32 baseRoot = _parentRoot(case_, parent);
        (address node, bytes32 digest) = _requireAcked(close, given, ack, baseRoot);
        bytes32 dataset = given.receipt.dataset;
        bool includable = _isAsked(close, node, dataset) && given.receipt.weight == _weightOf(close, dataset);
        if (!includable) revert NotIncludable(node, dataset, given.receipt.weight);
        if (!_isMissing(close, node, digest, baseRoot, beside)) revert NothingOmitted(node, digest);

        _refute(case_, waits);
    }

    function _isMissing(
        Close calldata close,
        address node,
        bytes32 digest,
        bytes32 baseRoot,
        Shown[] calldata beside
    ) private view returns (bool) {
        if (beside.length == 2) {
            _requireNeighbours(close, beside[0], beside[1]);
            return beside[0].contribution.node < node && node < beside[1].contribution.node;
        }
        if (beside.length != 1) revert Rows.WrongLength(beside.length, 1);
        close.requireShown(beside[0]);
        (uint64 index, address other) = (beside[0].index, beside[0].contribution.node);
        // Digests are compared, not signatures: a key may sign one receipt in more than one way.
        if (node == other) return _digestOf(close, beside[0].contribution, baseRoot) != digest;
        return node < other ? index == 0 : index == close.count - 1;
    }

    function _requireNeighbours(Close calldata close, Shown calldata first, Shown calldata second) private pure {
        close.requireShown(first);
        close.requireShown(second);
        if (second.index != first.index + 1) revert NotNeighbours(first.index, second.index);
    }

    /* NODES */

    /// @inheritdoc IChallenges
    function equivocation(Signed calldata first, Signed calldata second, bytes32) external {
        (Receipt calldata one, Receipt calldata other) = (first.receipt, second.receipt);
        (address node, bytes32 digest, address key) = _signed(first);
        (address signer, bytes32 otherDigest, address otherKey) = _signed(second);
        if (signer != node) revert NotSigned(otherDigest);
        // On another base, or for another aggregator, an honest node works again after a reorganization.
        bool sameEpoch = one.program == other.program && one.round == other.round && one.epoch == other.epoch
            && one.baseRoot == other.baseRoot && one.aggregator == other.aggregator;
        if (!sameEpoch || one.deltaRoot == other.deltaRoot) revert NoEquivocation(digest, otherDigest);
        _requireFresh(key);
        _requireFresh(otherKey);
        _requireCommitted();

        nodes.slash(node, msg.sender);

        emit Equivocated(node, one.program, one.round, one.epoch, msg.sender);
    }

    // Every round that an older key signed for is over, and who finds that key may be anybody.
    function _requireFresh(address key) private view {
        uint64 retired = nodes.retiredAt(key);
        if (retired != 0 && block.timestamp > retired + nodes.unbondingDelay()) revert KeyRetired(key, retired);
    }

    /// @inheritdoc IChallenges
    function draw(Close calldata close, Proposal calldata proposal, Signed calldata given, bytes calldata ack) external {
        _requireForfeited(close, proposal);
        // Its base is taken as it is: with the parent void, nobody could show that any more.
        (address node,) = _requireAcked(close, given, ack, given.receipt.baseRoot);
        if (!_isAsked(close, node, given.receipt.dataset)) {
            revert NotIncludable(node, given.receipt.dataset, given.receipt.weight);
        }

        bonds.creditDraw(close.program, _keyOf(close), close.places, node);
    }

    function _requireForfeited(Close calldata close, Proposal calldata proposal) private view {
        Forfeit memory lost = bonds.forfeitOf(_keyOf(close));
        bool lied = lost.fault == Fault.False;
        bytes32 given = lied ? proposal.hash(close) : Rounds.hash(close);
        if (given == lost.subject) return;
        if (lied || Rounds.hash(Rounds.openingOf(close)) != lost.subject) revert NotTheEpoch(given, lost.subject);
    }

    // Reads nothing of the close but its opening.
    function _requireAcked(Close calldata close, Signed calldata given, bytes calldata ack, bytes32 baseRoot)
        private
        view
        returns (address node, bytes32 digest)
    {
        Receipt calldata receipt = given.receipt;
        bool same = receipt.program == close.program && receipt.round == close.round
            && receipt.epoch == close.epoch && receipt.aggregator == close.aggregator
            && receipt.baseRoot == baseRoot;
        if (!same) revert AnotherRound(close.round, close.epoch, baseRoot, close.aggregator);
        address key;
        (node, digest, key) = _signed(given);
        if (_receiptKeyOf(close, node) != key) revert NotSigned(digest);
        bytes32 promised = Receipts.ackDigest(_separator(), digest, close.epoch);
        if (_signerOf(promised, ack) != close.aggregator) revert NotAcked(digest);
    }

    // Whose key signed a receipt, at whatever time it was the node's.
    function _signed(Signed calldata given) private view returns (address node, bytes32 digest, address key) {
        digest = _digestOf(given.receipt);
        key = _signerOf(digest, given.signature);
        node = nodes.ownerOfReceiptKey(key);
        if (node == address(0)) revert NotSigned(digest);
    }

    // Reads nothing of the close but its opening.
    function _isAsked(Close calldata close, address node, bytes32 dataset) private view returns (bool) {
        (uint32 seat,) = enrolments.seatOf(close.program, node);
        return dataset != 0 && _receiptKeyOf(close, node) != address(0)
            && enrolments.enrolledAt(close.program, node, close.openBlock) == dataset
            // Once the sample is known, nobody comes back to a seat that is in it.
            && enrolments.enrolledAt(close.program, node, close.anchor) != 0
            && datasets.activeAt(dataset, close.openBlock)
            && Sampling.sampled(close.sample, close.round, close.epoch, seat, close.seats, close.places);
    }

    function _weightOf(Close calldata close, bytes32 dataset) private view returns (uint256) {
        Rules memory rules = _rulesOf(close);
        if (rules.weighting == Weighting.Equal) return 1;
        return Math.min(datasets.countOf(dataset), rules.maxWeight);
    }

    function _digestOf(Close calldata close, Contribution calldata given, bytes32 baseRoot)
        private
        view
        returns (bytes32)
    {
        Receipt memory receipt = Receipt({
            program: close.program,
            round: close.round,
            epoch: close.epoch,
            baseRoot: baseRoot,
            aggregator: close.aggregator,
            dataset: given.dataset,
            deltaRoot: given.deltaRoot,
            weight: given.weight,
            deadline: given.deadline
        });
        return _digestOf(receipt);
    }

    function _digestOf(Receipt memory receipt) private view returns (bytes32) {
        return Receipts.digest(_separator(), receipt);
    }

    function _separator() private view returns (bytes32) {
        return programs.domainSeparator();
    }

    // Zero for those who were no members when the round opened.
    function _receiptKeyOf(Close calldata close, address node) private view returns (address) {
        return nodes.receiptKeyAt(node, close.openBlock);
    }

    function _rulesOf(Close calldata close) private view returns (Rules memory) {
        return programs.rules(close.program);
    }

    // Zero where nothing was signed in the one admitted form.
    function _signerOf(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
    }

    /* VERDICTS */

    function _requireCase(Case calldata case_) private view returns (bool waits) {
        Close calldata close = case_.close;
        bytes32 hash = case_.proposal.hash(close);
        waits = Cases.waits(programs, close.program, close.round, hash);
        if (waits) return true;
        Forfeit memory lost = bonds.forfeitOf(_keyOf(close));
        bool over = block.timestamp > lost.until;
        if (lost.fault != Fault.False || lost.subject != hash || over) revert NoSuchCase(hash);
        // The round is void already: all that is left to gain is the bounty. Evidence is public since then: who committed
        // later has only copied it.
        _requireCommitted();
        (,, uint32 window) = programs.stakes(close.program);
        if (_committed() >= lost.until - window) revert CommittedTooLate(_committed(), lost.until - window);
    }

    function _parentRoot(Case calldata case_, Proposal calldata parent) private view returns (bytes32) {
        return Cases.parentRoot(programs, models, case_.close, parent);
    }

    function _keyOf(Close calldata close) private pure returns (bytes32) {
        return Rounds.key(close.program, close.round, close.epoch);
    }

    function _refute(Case calldata case_, bool waits) private {
        Close calldata close = case_.close;
        uint256 committed = _committed();
        if (waits) programs.void(close.program, close.round);
        if (committed != 0) {
            bonds.award(_keyOf(close), msg.sender, uint64(committed));
        }

        emit ProposalRefuted(close.program, close.round, close.epoch, msg.sender, msg.sig, committed);
    }
}
