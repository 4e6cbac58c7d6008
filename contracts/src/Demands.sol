// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Fault, Forfeit, IBonds} from "./interfaces/IBonds.sol";
import {Demand, IDemands, Kind, Standing, Wanted, WholeRow} from "./interfaces/IDemands.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";
import {Cases, Shown} from "./libraries/Cases.sol";
import {Lanes} from "./libraries/Lanes.sol";
import {Close, Contribution, Proposal, Rounds} from "./libraries/Rounds.sol";
import {Leaf, Rows} from "./libraries/Rows.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {Trees} from "./libraries/Trees.sol";
import {Weights} from "./libraries/Weights.sol";
import {Whole} from "./libraries/Whole.sol";

/// @title Demands
/// @notice Makes aggregators show what is behind a proposal. Holds the fees of demands.
contract Demands is IDemands, ReentrancyGuardTransient {
    using Cases for Close;
    using Cases for Proposal;
    using SafeERC20 for IERC20;
    using Tokens for IERC20;

    /* STORAGE */

    uint256 private constant SIGNATURE_BYTES = 65;

    /// @inheritdoc IDemands
    IPrograms public immutable programs;

    /// @inheritdoc IDemands
    IBonds public immutable bonds;

    /// @inheritdoc IDemands
    mapping(IERC20 token => mapping(address account => uint256 amount)) public owed;

    mapping(bytes32 id => Demand) private _demands;

    /* CONSTRUCTOR */

    constructor(IPrograms programs_, IBonds bonds_) {
        programs = programs_;
        bonds = bonds_;
    }

    /* DEMANDS */

    /// @inheritdoc IDemands
    function demandOf(bytes32 id) external view returns (Demand memory) {
        return _demands[id];
    }

    /// @inheritdoc IDemands
    function demand(Wanted calldata wanted) external nonReentrant returns (bytes32 id) {
        uint256 program = wanted.close.program;
        (bytes32 hash, bool waits) = _look(wanted);
        if (!waits) revert NotWaiting(hash);
        _requireThere(wanted);
        uint256 third = programs.rules(program).window / 3;
        uint256 proposedAt = programs.round(program, wanted.close.round).proposedAt;
        if (block.timestamp >= proposedAt + third) revert TooLate(proposedAt + third);
        id = _idOf(hash, wanted);
        Demand storage made = _demands[id];
        if (made.standing != Standing.None) revert AlreadyDemanded(id, made.standing);

        made.demander = msg.sender;
        made.demandedAt = uint40(block.timestamp);
        made.answerUntil = uint48(proposedAt + 2 * third);
        made.standing = Standing.Open;
        _emitDemanded(id, wanted, made.answerUntil);
        (IERC20 token, uint256 fee) = _feeOf(program);
        // Some tokens refuse to move nothing.
        if (fee != 0) token.pull(msg.sender, fee);
    }

    function _requireThere(Wanted calldata wanted) private pure {
        uint256 chunks = wanted.kind == Kind.Contributions ? 1 : wanted.proposal.chunks;
        uint256 columns = wanted.kind == Kind.Column ? wanted.close.count : 1;
        bool there = wanted.chunk < chunks && wanted.column < columns;
        if (!there) revert NothingThere(wanted.kind, wanted.chunk, wanted.column);
    }

    function _emitDemanded(bytes32 id, Wanted calldata wanted, uint64 answerUntil) private {
        emit Demanded(
            id,
            wanted.close.program,
            wanted.close.round,
            wanted.close.epoch,
            wanted.kind,
            wanted.chunk,
            wanted.column,
            msg.sender,
            answerUntil
        );
    }

    /* ANSWERS */

    /// @inheritdoc IDemands
    function answerRow(Wanted calldata wanted, WholeRow calldata row, Proposal calldata parent) external {
        bytes32 id = _requireAnswerable(wanted, Kind.Row);
        Close calldata close = wanted.close;
        Weights.requireAll(row.weights, close.count, close.weightsHash);
        _checkRow(wanted, row);
        _checkVectors(wanted, row, parent);

        _pay(id, wanted);
    }

    /// @inheritdoc IDemands
    function answerColumn(Wanted calldata wanted, Shown calldata shown, Leaf calldata own) external {
        bytes32 id = _requireAnswerable(wanted, Kind.Column);
        _require("column", bytes32(uint256(shown.index)), bytes32(uint256(wanted.column)));
        wanted.close.requireShown(shown);
        _requireLeads("delta", wanted, own.leaf, own.proof, shown.contribution.deltaRoot);

        _pay(id, wanted);
    }

    /// @inheritdoc IDemands
    function answerContributions(Wanted calldata wanted, Contribution[] calldata contributions) external {
        bytes32 id = _requireAnswerable(wanted, Kind.Contributions);
        wanted.close.requireAll(contributions);
        bytes memory weights = new bytes(0);
        for (uint256 i = 0; i < contributions.length; i++) {
            uint256 length = contributions[i].signature.length;
            if (length != SIGNATURE_BYTES) revert WrongSignatureLength(i, length);
            weights = bytes.concat(weights, bytes4(contributions[i].weight));
        }
        _require("weights", keccak256(weights), wanted.close.weightsHash);

        _pay(id, wanted);
    }

    function _requireAnswerable(Wanted calldata wanted, Kind kind) private view returns (bytes32 id) {
        (bytes32 hash, bool waits) = _look(wanted);
        id = _idOf(hash, wanted);
        Demand storage made = _requireOpen(id);
        if (!waits) revert NotWaiting(hash);
        if (wanted.kind != kind) revert WrongKind(kind, wanted.kind);
        if (block.timestamp >= made.answerUntil) revert TooLate(made.answerUntil);
    }

    function _checkRow(Wanted calldata wanted, WholeRow calldata row) private pure {
        uint256 count = wanted.close.count;
        if (row.sums.length != count) revert Rows.WrongLength(row.sums.length, count);
        bytes32 gradient = _leafOf(wanted.chunk, row.gradient);
        bytes32 inputs = Rows.inputsOf(wanted.chunk, row.base, row.result, gradient, row.deltas, count);
        bytes32 hash = Rows.hash(wanted.chunk, inputs, keccak256(abi.encodePacked(row.sums)));
        _requireLeads("row", wanted, hash, row.rowProof, wanted.proposal.rowRoot);
    }

    function _checkVectors(Wanted calldata wanted, WholeRow calldata row, Proposal calldata parent) private view {
        Proposal calldata proposal = wanted.proposal;
        bytes32 parentRoot = Cases.parentRoot(programs, programs.models(), wanted.close, parent);
        _requireLeads("base", wanted, _leafOf(wanted.chunk, row.base), row.baseProof, parentRoot);
        _requireLeads("result", wanted, _leafOf(wanted.chunk, row.result), row.resultProof, proposal.resultRoot);
        bytes32 gradient = _leafOf(wanted.chunk, row.gradient);
        _requireLeads("gradient", wanted, gradient, row.gradientProof, proposal.gradientRoot);
    }

    function _leafOf(uint64 index, bytes calldata chunk) private pure returns (bytes32) {
        Lanes.requireChunks(chunk, 1);
        return Trees.chunkLeaf(index, chunk);
    }

    function _requireLeads(
        bytes32 part,
        Wanted calldata wanted,
        bytes32 leaf,
        bytes32[] calldata proof,
        bytes32 expected
    ) private pure {
        _require(part, Whole.rootFrom(leaf, wanted.chunk, wanted.proposal.chunks, proof), expected);
    }

    function _require(bytes32 part, bytes32 given, bytes32 expected) private pure {
        if (given != expected) revert WrongAnswer(part, given, expected);
    }

    // To the aggregator, whoever answers: who copies an answer out of the pool would otherwise take its fee.
    function _pay(bytes32 id, Wanted calldata wanted) private {
        address aggregator = wanted.close.aggregator;
        (IERC20 token, uint256 fee) = _feeOf(wanted.close.program);
        _demands[id].standing = Standing.Answered;
        owed[token][aggregator] += fee;

        emit Answered(id, wanted.close.program, aggregator, fee);
    }

    /* ENDS */

    /// @inheritdoc IDemands
    function expire(Wanted calldata wanted) external {
        Close calldata close = wanted.close;
        (bytes32 hash, bool waits) = _look(wanted);
        bytes32 id = _idOf(hash, wanted);
        Demand storage made = _requireOpen(id);
        bytes32 key = Rounds.key(close.program, close.round, close.epoch);
        if (waits) {
            if (block.timestamp < made.answerUntil) revert NotOverdue(made.answerUntil);
        } else {
            _requireOverdueThen(key, hash, made.answerUntil, close.program);
        }

        address demander = made.demander;
        uint256 fee = _end(made, close.program);
        if (waits) programs.void(close.program, close.round);
        bonds.award(key, demander, made.demandedAt);

        emit Expired(id, close.program, demander, fee);
    }

    /// @inheritdoc IDemands
    function giveBack(Wanted calldata wanted) external {
        (bytes32 hash, bool waits) = _look(wanted);
        bytes32 id = _idOf(hash, wanted);
        Demand storage made = _requireOpen(id);
        if (waits) revert StillWaiting(hash);
        Close calldata close = wanted.close;
        Forfeit memory lost = bonds.forfeitOf(Rounds.key(close.program, close.round, close.epoch));
        // While the demander may compete for the bounty, nobody else ends its demand, and that chance with it.
        bool competes = _isOpen(lost, hash) && _wasOverdue(lost, made.answerUntil, close.program);
        if (competes && msg.sender != made.demander) revert NotYourDemand(made.demander, msg.sender);

        uint256 fee = _end(made, close.program);

        emit Returned(id, wanted.close.program, made.demander, fee);
    }

    /// @inheritdoc IDemands
    function take(IERC20 token, address to) external nonReentrant {
        uint256 amount = owed[token][msg.sender];
        if (amount == 0) revert NothingOwed(token, msg.sender);

        owed[token][msg.sender] = 0;
        token.safeTransfer(to, amount);

        emit Taken(token, msg.sender, to, amount);
    }

    // A forfeit ends one window after its round was voided; the answer must have been overdue at that moment.
    function _requireOverdueThen(bytes32 key, bytes32 hash, uint256 answerUntil, uint256 program) private view {
        Forfeit memory lost = bonds.forfeitOf(key);
        if (!_isOpen(lost, hash)) revert NotWaiting(hash);
        if (!_wasOverdue(lost, answerUntil, program)) revert NotOverdue(answerUntil);
    }

    function _isOpen(Forfeit memory lost, bytes32 hash) private view returns (bool) {
        return lost.fault == Fault.False && lost.subject == hash && block.timestamp <= lost.until;
    }

    function _wasOverdue(Forfeit memory lost, uint256 answerUntil, uint256 program) private view returns (bool) {
        (,, uint32 window) = programs.stakes(program);
        return lost.until >= answerUntil + window;
    }

    function _end(Demand storage made, uint256 program) private returns (uint256 fee) {
        IERC20 token;
        (token, fee) = _feeOf(program);
        made.standing = Standing.Over;
        owed[token][made.demander] += fee;
    }

    /* LOOKING UP */

    function _look(Wanted calldata wanted) private view returns (bytes32 hash, bool waits) {
        hash = wanted.proposal.hash(wanted.close);
        waits = Cases.waits(programs, wanted.close.program, wanted.close.round, hash);
    }

    function _idOf(bytes32 hash, Wanted calldata wanted) private pure returns (bytes32) {
        return keccak256(abi.encode(hash, wanted.kind, wanted.chunk, wanted.column));
    }

    function _requireOpen(bytes32 id) private view returns (Demand storage made) {
        made = _demands[id];
        if (made.standing != Standing.Open) revert NotOpen(id, made.standing);
    }

    function _feeOf(uint256 program) private view returns (IERC20 token, uint256 fee) {
        (token,,) = programs.saleTerms(program);
        fee = programs.rules(program).demandFee;
    }
}
