// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "../../../src/interfaces/IBonds.sol";
import {IDemands, Kind, Wanted, WholeRow} from "../../../src/interfaces/IDemands.sol";
import {IPrograms, Program, Stage} from "../../../src/interfaces/IPrograms.sol";
import {Close, Opening, Proposal} from "../../../src/libraries/Rounds.sol";
import {Leaf} from "../../../src/libraries/Rows.sol";
import {Forest} from "../../support/Forest.sol";
import {Tiny} from "../../support/Tiny.sol";
import {Log} from "../../support/Vm.sol";
import {Accusing} from "./Accusing.sol";
import {Ask, Epoch, Fate, Lie, Work} from "./Book.sol";
import {Whole} from "./Making.sol";

/// @title AggregatorActs
/// @notice Aggregators run rounds. An honest one keeps its word in time, and works out what the page says; a crooked
/// one lies in every way, falls silent, and answers only what suits it.
abstract contract AggregatorActs is Accusing {
    /// @notice Aggregators take their next steps, most of them at once: a round takes many.
    function aggregatorsAct(uint256 mood) external {
        for (uint256 id = 1; id <= programs.count(); id++) {
            if (mood >> 2 * id & 3 != 0) _act(id, uint256(keccak256(abi.encode(mood, id))));
        }
    }

    /// @notice An aggregator raises or lowers its bond in a program.
    function aggregatorMovesBond(uint256 which, uint256 who, uint256 amount) external {
        uint256 id = bound(which, 1, programs.count());
        address by = who % 2 == 0 ? programs.program(id).aggregator : crew[who % crew.length].account;
        if (amount % 3 == 0) return _deposit(id, by, bound(amount, 1, 3 * STAKE));
        (uint128 total, uint128 locked) = bonds.bondOf(id, by);
        bytes memory more = abi.encodeCall(IBonds.withdraw, (id, total - locked + 1, by));
        refused(by, address(bonds), more, IBonds.FreeBondTooSmall.selector);
        if (total == locked) return;
        uint256 part = bound(amount, 1, total - locked);
        vm.prank(by);
        bonds.withdraw(id, part, by);
        bond[id][by] -= part;
        purse[by] += part;
        note("bond withdrawn");
    }

    /// @notice An aggregator answers a demand, if it can.
    function aggregatorAnswers(uint256 which) external {
        if (asks.length == 0) return;
        // The newest ones are those that can still be answered.
        uint256 ask = asks.length - 1 - which % (asks.length < 5 ? asks.length : 5);
        if (!asks[ask].open || !waits(asks[ask].epoch) || time() >= asks[ask].answerUntil) return;
        // Who copies an answer out of the pool gains nothing by it.
        if (_answerable(ask)) _answer(ask, which % 2 == 0 ? stranger.account : _owing(ask));
    }

    function _act(uint256 id, uint256 seed) private {
        (bool runs, uint256 nth) = tipOf(id);
        if (!runs || epochs[nth].stage == Stage.Proposed) return _open(id, seed);
        address by = epochs[nth].opening.aggregator;
        if (epochs[nth].stage == Stage.Open) {
            if (!_closable(nth)) return;
            // An honest one begins nothing that it might not finish in time.
            if (honest(by) && deadlineOf(nth) < time() + MARGIN && !_acked(nth)) return;
            return _close(nth, honest(by) ? Lie.None : _lieAt(nth, seed));
        }
        if (vm.getBlockNumber() <= epochs[nth].closeBlock + 1 || time() > deadlineOf(nth)) return;
        _propose(nth, honest(by) ? Lie.None : _lieAbout(nth, seed));
    }

    /* WHAT HONEST ONES DO IN TIME */

    /// @notice Lets time pass, in which honest aggregators keep what they promised.
    function live(uint256 blocks) internal {
        uint256 horizon = time() + 12 * blocks + MARGIN;
        for (uint256 id = 1; id <= programs.count(); id++) {
            (bool runs, uint256 nth) = tipOf(id);
            if (runs && honest(epochs[nth].opening.aggregator) && deadlineOf(nth) < horizon) _finish(nth);
        }
        for (uint256 i = 0; i < asks.length; i++) {
            Ask storage ask = asks[i];
            if (!ask.open || !honest(epochs[ask.epoch].opening.aggregator)) continue;
            if (waits(ask.epoch) && ask.answerUntil < horizon) _answer(i, _owing(i));
        }
        pass(blocks);
    }

    function _finish(uint256 nth) private {
        if (epochs[nth].stage == Stage.Open && _acked(nth)) _close(nth, Lie.None);
        if (epochs[nth].stage != Stage.Closed) return;
        if (vm.getBlockNumber() <= epochs[nth].closeBlock + 1) pass(2);
        _propose(nth, Lie.None);
    }

    /// @notice Whether anybody holds the aggregator's word for an epoch.
    function _acked(uint256 nth) internal view returns (bool) {
        for (uint256 i = 0; i < works[nth].length; i++) if (works[nth][i].ack.length != 0) return true;
        return false;
    }

    /* ROUNDS */

    function _open(uint256 id, uint256 seed) internal {
        Program memory found = programs.program(id);
        uint64 pending = found.tip - found.finalized;
        bool possible = !found.ending && found.tip < ROUNDS && pending < PENDING
            && found.budget >= (pending + 1) * REWARD;
        if (!possible) return;
        (uint128 total, uint128 locked) = bonds.bondOf(id, found.aggregator);
        if (total - locked < STAKE) _deposit(id, found.aggregator, STAKE);
        bool older = found.tenure != 0 && found.tenure == found.finalized && pending == 0;
        uint64 version = uint64(bound(seed, 0, found.finalized));

        vm.recordLogs();
        vm.prank(found.aggregator);
        (bool done, bytes memory answer) = address(programs).call(
            older ? abi.encodeCall(IPrograms.openFrom, (id, version)) : abi.encodeCall(IPrograms.open, (id))
        );
        if (!done) return _notOpened(bytes4(answer));
        (uint64 number, uint64 epoch) = abi.decode(answer, (uint64, uint64));
        _opened(id, number, epoch, older ? version : found.tip);
        if (older) note("opened from");
    }

    // All that may stand in an aggregator's way: others are to set an anchor, or to replace it.
    function _notOpened(bytes4 why) private {
        if (why == IPrograms.AnchorNeeded.selector) return note("anchor needed");
        if (why == IPrograms.SampleNotYet.selector) return note("sample not yet");
        vm.assertEq(bytes32(why), bytes32(IPrograms.Overdue.selector), "not opened");
        note("overdue");
    }

    function _opened(uint256 id, uint64 number, uint64 epoch, uint64 parent) private {
        uint256 nth = epochs.length;
        epochs.push();
        Epoch storage made = epochs[nth];
        made.opening = _openingIn(vm.getRecordedLogs());
        vm.assertEq(made.opening.round, number);
        vm.assertEq(made.opening.epoch, epoch);
        vm.assertEq(made.opening.parent, parent);
        made.stage = Stage.Open;
        made.openedAt = uint64(time());
        made.close = _closeOf(made.opening);
        made.base = versions[id][parent];
        uint256 place = standing[id][parent];
        if (place != 0 && waits(place - 1)) {
            made.base = epochs[place - 1].result;
            note("opened on a pending one");
        }
        standing[id][number] = nth + 1;
        if (made.opening.sample != 0) note("sampled");
        if (epoch > 1) note("another epoch");
        note("opened");
    }

    function _openingIn(Log[] memory logs) private pure returns (Opening memory opening) {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != IPrograms.RoundOpened.selector) continue;
            (opening,) = abi.decode(logs[i].data, (Opening, uint64));
        }
    }

    function _closeOf(Opening storage opening) private view returns (Close memory made) {
        made.program = opening.program;
        made.round = opening.round;
        made.epoch = opening.epoch;
        made.parent = opening.parent;
        made.aggregator = opening.aggregator;
        made.openBlock = opening.openBlock;
        made.anchor = opening.anchor;
        made.seats = opening.seats;
        made.places = opening.places;
        made.sample = opening.sample;
    }

    function _closable(uint256 nth) private view returns (bool) {
        return works[nth].length >= LEAST && (!honest(epochs[nth].opening.aggregator) || _acked(nth));
    }

    function _close(uint256 nth, Lie lie) internal {
        Epoch storage epoch = epochs[nth];
        // Only what was promised can be missed.
        for (uint256 i = 0; lie == Lie.Omission && i < works[nth].length; i++) {
            works[nth][i].ack = ackOf(nth, works[nth][i]);
        }
        fill(nth, lie);
        Close memory close = epoch.close;
        vm.prank(close.aggregator);
        programs.close(close);
        epoch.stage = Stage.Closed;
        epoch.closeBlock = uint64(vm.getBlockNumber());
        note("closed");
    }

    function _propose(uint256 nth, Lie lie) internal {
        Epoch storage epoch = epochs[nth];
        if (epoch.lie == Lie.None) epoch.lie = lie;
        epoch.victim = uint256(keccak256(abi.encode(nth)));
        workOut(nth, blockhash(epoch.closeBlock + 1));
        Proposal memory proposal = epoch.proposal;
        vm.prank(epoch.opening.aggregator);
        programs.propose(epoch.opening.program, proposal);
        epoch.stage = Stage.Proposed;
        epoch.proposedAt = uint64(time());
        note(epoch.lie == Lie.None ? bytes32("proposed") : bytes32("lied"));
    }

    // A lie that a close can hold, or none.
    function _lieAt(uint256 nth, uint256 seed) private view returns (Lie) {
        uint256 count = works[nth].length;
        Lie lie = [Lie.None, Lie.None, Lie.WrongSignature, Lie.Stranger, Lie.WrongWeight, Lie.Disorder, Lie.Omission][
            seed % 7
        ];
        if (lie == Lie.Omission && count <= LEAST) return Lie.Disorder;
        if (lie == Lie.Stranger && count >= room(epochs[nth].opening.program)) return Lie.WrongSignature;
        return lie;
    }

    // A lie that a proposal can hold, or none; one is enough in a round.
    function _lieAbout(uint256 nth, uint256 seed) private view returns (Lie) {
        if (epochs[nth].lie != Lie.None) return epochs[nth].lie;
        return [
            Lie.None,
            Lie.WrongSum,
            Lie.ForeignChunk,
            Lie.OutOfBounds,
            Lie.WrongPrefix,
            Lie.WrongPayroll,
            Lie.Garbage
        ][seed % 7];
    }

    function _deposit(uint256 id, address by, uint256 amount) private {
        vm.prank(by);
        bonds.deposit(id, amount);
        bond[id][by] += amount;
        purse[by] -= amount;
        note("bond deposited");
    }

    /* ANSWERS */

    function wantedOf(uint256 ask) internal view returns (Wanted memory) {
        Ask storage made = asks[ask];
        Epoch storage epoch = epochs[made.epoch];
        return Wanted(epoch.close, epoch.proposal, made.kind, made.chunk, made.column);
    }

    // Whether what was demanded can be shown at all.
    function _answerable(uint256 ask) private view returns (bool) {
        Lie lie = epochs[asks[ask].epoch].lie;
        if (asks[ask].kind == Kind.Contributions) return lie != Lie.WrongWeight;
        if (asks[ask].kind == Kind.Column) return true;
        return lie != Lie.Garbage && lie != Lie.ForeignChunk;
    }

    function _owing(uint256 ask) private view returns (address) {
        return epochs[asks[ask].epoch].opening.aggregator;
    }

    function _answer(uint256 ask, address from) private {
        send(from, address(demands), _answerTo(ask));
        asks[ask].open = false;
        demandsOwe[_owing(ask)] += FEE;
        note("answered");
    }

    function _answerTo(uint256 ask) private view returns (bytes memory) {
        Ask storage made = asks[ask];
        uint256 nth = made.epoch;
        Wanted memory wanted = wantedOf(ask);
        if (made.kind == Kind.Contributions) {
            return abi.encodeCall(IDemands.answerContributions, (wanted, everyEntry(nth)));
        }
        if (made.kind == Kind.Column) {
            Leaf memory leaf = own(Tiny.deltaOf(salts[nth][made.column]), made.chunk);
            return abi.encodeCall(IDemands.answerColumn, (wanted, shown(nth, made.column), leaf));
        }
        return abi.encodeCall(IDemands.answerRow, (wanted, _wholeRow(nth, made.chunk), parentOf(nth)));
    }

    function _wholeRow(uint256 nth, uint64 chunk) private view returns (WholeRow memory row) {
        Whole memory all = whole(nth);
        row.base = Tiny.chunkOf(all.base, chunk);
        row.result = Tiny.chunkOf(all.result, chunk);
        row.gradient = Tiny.chunkOf(all.gradient, chunk);
        for (uint256 i = FIRST; i < all.held.length; i++) {
            row.deltas = bytes.concat(row.deltas, Tiny.chunkOf(all.held[i], chunk));
        }
        row.sums = all.sums[chunk];
        row.weights = packed(nth);
        (, row.rowProof) = Forest.plant(all.rows, chunk);
        row.baseProof = own(all.base, chunk).proof;
        row.resultProof = own(all.result, chunk).proof;
        row.gradientProof = own(all.gradient, chunk).proof;
    }
}
