// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IChallenges, Signed} from "../../../src/interfaces/IChallenges.sol";
import {Case, Shown} from "../../../src/libraries/Cases.sol";
import {Contribution, Proposal} from "../../../src/libraries/Rounds.sol";
import {Addition, Leaf, Row} from "../../../src/libraries/Rows.sol";
import {Forest} from "../../support/Forest.sol";
import {Tiny} from "../../support/Tiny.sol";
import {Book, Lie, Work} from "./Book.sol";
import {Making, Whole} from "./Making.sol";

/// @title Accusing
/// @notice Writes challenges as those do who have a round's bytes: true ones about a lie, false ones about the truth.
abstract contract Accusing is Making {
    /// @notice The challenge of a kind about an epoch, from what its aggregator committed to; `victim` says where.
    function accusation(uint256 nth, Lie kind, uint256 victim, bytes32 salt) internal view returns (bytes memory) {
        Case memory case_ = Case(epochs[nth].close, epochs[nth].proposal, salt);
        Whole memory all = whole(nth);
        if (kind == Lie.WrongSum) return _wrongSum(nth, case_, all, victim % 4);
        if (kind == Lie.ForeignChunk) return _foreignChunk(nth, case_, all, victim % all.held.length);
        if (kind == Lie.OutOfBounds) return _outOfBounds(case_, all);
        if (kind == Lie.WrongPrefix) return _wrongPrefix(case_, all, uint64(victim % Tiny.CHUNKS));
        if (kind == Lie.WrongPayroll) return _wrongPayroll(nth, case_, all);
        if (kind == Lie.Omission) return _omission(nth, case_, victim);
        return _aboutPeople(nth, case_, kind, victim % all.deltas.length);
    }

    /// @notice How a challenge of a kind is refused where nothing is wrong.
    function answerTo(Lie kind) internal pure returns (bytes4) {
        if (kind == Lie.WrongSum) return IChallenges.SumHolds.selector;
        if (kind == Lie.ForeignChunk) return IChallenges.ChunkHolds.selector;
        if (kind == Lie.OutOfBounds) return IChallenges.LaneHolds.selector;
        if (kind == Lie.WrongPrefix) return IChallenges.PrefixHolds.selector;
        if (kind == Lie.WrongPayroll) return IChallenges.PayrollHolds.selector;
        if (kind == Lie.WrongSignature) return IChallenges.SignatureHolds.selector;
        if (kind == Lie.Stranger) return IChallenges.NodeHolds.selector;
        if (kind == Lie.WrongWeight) return IChallenges.WeightHolds.selector;
        if (kind == Lie.Disorder) return IChallenges.OrderHolds.selector;
        return IChallenges.NothingOmitted.selector;
    }

    /// @notice Where a lie of an epoch can be shown.
    function spotOf(uint256 nth) internal view returns (uint256) {
        Lie lie = epochs[nth].lie;
        if (lie == Lie.Stranger) return _placeOf(nth, stranger.account);
        bool anywhere = lie == Lie.WrongSum || lie == Lie.WrongPrefix || lie == Lie.ForeignChunk;
        return anywhere ? epochs[nth].victim : 0;
    }

    function signedBy(uint256 nth, Work memory work) internal view returns (Signed memory) {
        return Signed(receiptOf(nth, work), work.signature);
    }

    function _placeOf(uint256 nth, address node) internal view returns (uint256) {
        for (uint256 i = 0; i < entries[nth].length; i++) {
            if (entries[nth][i].node == node) return i;
        }
        revert("not in the close");
    }

    function _wrongSum(uint256 nth, Case memory case_, Whole memory all, uint256 number)
        private
        view
        returns (bytes memory)
    {
        (uint64 chunk, uint256 lane) = Tiny.placeOf(number);
        (, bytes32[] memory proof) = Forest.plant(all.rows, chunk);
        bytes memory deltas = "";
        for (uint256 i = FIRST; i < all.held.length; i++) {
            deltas = bytes.concat(deltas, Tiny.chunkOf(all.held[i], chunk));
        }
        Addition memory row = Addition({
            chunk: chunk,
            base: Tiny.chunkOf(all.held[0], chunk),
            result: Tiny.chunkOf(all.held[1], chunk),
            gradient: Tiny.leafOf(all.held[2], chunk),
            deltas: deltas,
            sums: keccak256(abi.encodePacked(all.sums[chunk])),
            proof: proof
        });
        Row memory none;
        return abi.encodeCall(IChallenges.wrongSum, (case_, row, lane, packed(nth), none));
    }

    function _foreignChunk(uint256 nth, Case memory case_, Whole memory all, uint256 place)
        private
        view
        returns (bytes memory)
    {
        Shown memory shown_;
        if (place >= FIRST) shown_ = shown(nth, place - FIRST);
        Leaf memory leaf = own(_vectorAt(all, place), 0);
        return abi.encodeCall(
            IChallenges.foreignChunk, (case_, _row(all, 0, true, false), place, leaf, shown_, parentOf(nth))
        );
    }

    function _vectorAt(Whole memory all, uint256 place) private pure returns (int32[4] memory) {
        if (place == 0) return all.base;
        if (place == 1) return all.result;
        return place == 2 ? all.gradient : all.deltas[place - FIRST];
    }

    function _outOfBounds(Case memory case_, Whole memory all) private pure returns (bytes memory) {
        bytes memory chunk = Tiny.chunkOf(all.held[2], 0);
        return abi.encodeCall(IChallenges.outOfBounds, (case_, _row(all, 0, true, false), 2, chunk, 0));
    }

    function _wrongPrefix(Case memory case_, Whole memory all, uint64 chunk) private pure returns (bytes memory) {
        Row memory before;
        if (chunk > 0) before = _row(all, chunk - 1, false, true);
        bytes memory gradient = Tiny.chunkOf(all.held[2], chunk);
        bytes memory delta = Tiny.chunkOf(all.held[FIRST], chunk);
        return abi.encodeCall(
            IChallenges.wrongPrefix, (case_, _row(all, chunk, true, true), before, 0, gradient, delta)
        );
    }

    function _wrongPayroll(uint256 nth, Case memory case_, Whole memory all) private view returns (bytes memory) {
        return abi.encodeCall(
            IChallenges.wrongPayroll, (case_, everyEntry(nth), _row(all, Tiny.LAST, false, true))
        );
    }

    function everyEntry(uint256 nth) internal view returns (Contribution[] memory) {
        return entries[nth];
    }

    function _aboutPeople(uint256 nth, Case memory case_, Lie kind, uint256 index) private view returns (bytes memory) {
        Proposal memory parent = parentOf(nth);
        if (kind == Lie.WrongSignature) {
            return abi.encodeCall(IChallenges.wrongSignature, (case_, shown(nth, index), parent));
        }
        if (kind == Lie.Stranger) return abi.encodeCall(IChallenges.stranger, (case_, shown(nth, index)));
        if (kind == Lie.WrongWeight) {
            return abi.encodeCall(IChallenges.wrongWeight, (case_, shown(nth, index), packed(nth)));
        }
        return abi.encodeCall(IChallenges.disorder, (case_, shown(nth, 0), shown(nth, 1)));
    }

    // Where nothing was left out, the node's own contribution stands beside its receipt; else the first one, before
    // which it should.
    function _omission(uint256 nth, Case memory case_, uint256 victim) private view returns (bytes memory) {
        bool left = epochs[nth].lie == Lie.Omission;
        uint256 place = left ? _leftOut(nth) : victim % works[nth].length;
        Work memory work = works[nth][place];
        if (work.ack.length == 0) work.ack = ackOf(nth, work);
        Shown[] memory beside = new Shown[](1);
        beside[0] = shown(nth, left ? 0 : _placeOf(nth, work.node));
        return abi.encodeCall(
            IChallenges.omission, (case_, signedBy(nth, work), work.ack, beside, parentOf(nth))
        );
    }

    function _leftOut(uint256 nth) private view returns (uint256 least) {
        for (uint256 i = 1; i < works[nth].length; i++) {
            if (works[nth][i].node < works[nth][least].node) least = i;
        }
    }

    function _row(Whole memory all, uint64 chunk, bool leaves, bool sums) private pure returns (Row memory row) {
        row.chunk = chunk;
        (, row.proof) = Forest.plant(all.rows, chunk);
        if (leaves) row.leaves = rowLeaves(all, chunk);
        if (sums) row.sums = all.sums[chunk];
        if (!leaves) row.hidden = keccak256(abi.encodePacked(rowLeaves(all, chunk)));
        if (!sums) row.hidden = keccak256(abi.encodePacked(all.sums[chunk]));
    }
}
