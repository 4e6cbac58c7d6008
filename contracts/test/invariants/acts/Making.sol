// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Leaf} from "../../../src/libraries/Rows.sol";
import {Shown} from "../../../src/libraries/Cases.sol";
import {Branch, Payout} from "../../../src/libraries/Payouts.sol";
import {Receipt} from "../../../src/libraries/Receipts.sol";
import {Close, Contribution, Opening, Proposal} from "../../../src/libraries/Rounds.sol";
import {Forest} from "../../support/Forest.sol";
import {Tiny} from "../../support/Tiny.sol";
import {Book, Epoch, Lie, Work} from "./Book.sol";

/// @notice All numbers of a round, as its proposal commits to them; what rows hold stands apart from what vectors do.
struct Whole {
    int32[4] base;
    int32[4] result;
    int32[4] gradient;
    int32[4][] deltas;
    int32[4][] held;
    bytes32[][] sums;
    bytes32[] rows;
    Payout[] payouts;
}

/// @title Making
/// @notice Works rounds out as an aggregator does, and puts one lie in where it is told to.
/// @dev Says for itself how a round is made: it must not agree with `src` by calling it.
abstract contract Making is Book {
    // Where in a row's leaves the first delta stands.
    uint256 internal constant FIRST = 3;

    /* CLOSES */

    /// @notice Takes over into the close what the nodes did, ascending, and lies about it where that is the lie.
    function fill(uint256 nth, Lie lie) internal {
        Epoch storage epoch = epochs[nth];
        uint256[] memory order = _ordered(nth, lie);
        for (uint256 i = 0; i < order.length; i++) {
            Work storage work = works[nth][order[i]];
            _enter(nth, work.node, work.dataset, work.salt, work.weight, work.deadline, work.signature);
        }
        if (lie == Lie.Stranger) _enterStranger(nth);
        if (lie == Lie.WrongSignature) entries[nth][0].signature = abi.encodePacked(lie, new bytes(64));
        if (lie == Lie.Disorder) _swap(nth);
        epoch.lie = lie;
        epoch.close.count = uint32(entries[nth].length);
        epoch.close.weightsHash = keccak256(packed(nth));
        epoch.close.contributionsRoot = Forest.rootOf(entryLeaves(nth));
    }

    /// @notice The weights that a close's hash stands for.
    function packed(uint256 nth) internal view returns (bytes memory made) {
        for (uint256 i = 0; i < entries[nth].length; i++) made = abi.encodePacked(made, weightAt(nth, i));
    }

    /// @notice One of these weights.
    function weightAt(uint256 nth, uint256 index) internal view returns (uint32 weight) {
        weight = entries[nth][index].weight;
        if (epochs[nth].lie == Lie.WrongWeight && index == 0) weight++;
    }

    function entryLeaves(uint256 nth) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](entries[nth].length);
        for (uint256 i = 0; i < leaves.length; i++) {
            Contribution storage each = entries[nth][i];
            bytes memory first = abi.encodePacked(hex"03", uint64(i), each.node, each.dataset, each.deltaRoot);
            leaves[i] = keccak256(abi.encodePacked(first, each.weight, each.deadline, each.signature));
        }
    }

    /// @notice A contribution of a close, and what shows it.
    function shown(uint256 nth, uint256 index) internal view returns (Shown memory made) {
        (, bytes32[] memory proof) = Forest.plant(entryLeaves(nth), index);
        return Shown(uint64(index), entries[nth][index], proof);
    }

    function _ordered(uint256 nth, Lie lie) private view returns (uint256[] memory order) {
        uint256 count = 0;
        uint256 first = lie == Lie.Omission ? 1 : 0;
        uint256[] memory found = new uint256[](works[nth].length);
        for (uint256 i = 0; i < found.length; i++) {
            uint256 place = count++;
            for (; place > 0 && works[nth][found[place - 1]].node > works[nth][i].node; place--) {
                found[place] = found[place - 1];
            }
            found[place] = i;
        }
        order = new uint256[](count - first);
        for (uint256 i = 0; i < order.length; i++) order[i] = found[i + first];
    }

    function _enter(
        uint256 nth,
        address node,
        bytes32 dataset,
        uint256 salt,
        uint32 weight,
        uint64 until,
        bytes memory signature
    ) private {
        bytes32 root = Tiny.rootOf(Tiny.deltaOf(salt));
        entries[nth].push(Contribution(node, dataset, root, weight, until, signature));
        salts[nth].push(salt);
    }

    // Somebody who never joined, at its place by address.
    function _enterStranger(uint256 nth) private {
        _enter(nth, stranger.account, bytes32(uint256(1)), nth, 1, 0, new bytes(65));
        for (uint256 i = entries[nth].length - 1; i > 0 && entries[nth][i].node < entries[nth][i - 1].node; i--) {
            _swap(nth, i - 1);
        }
    }

    function _swap(uint256 nth) private {
        _swap(nth, 0);
    }

    function _swap(uint256 nth, uint256 lower) private {
        Contribution memory one = entries[nth][lower];
        entries[nth][lower] = entries[nth][lower + 1];
        entries[nth][lower + 1] = one;
        (salts[nth][lower], salts[nth][lower + 1]) = (salts[nth][lower + 1], salts[nth][lower]);
    }

    /* PROPOSALS */

    /// @notice Works a closed epoch out, with its lie, and writes down what is to be proposed.
    function workOut(uint256 nth, bytes32 seed) internal {
        Epoch storage epoch = epochs[nth];
        epoch.proposal.close = keccak256(abi.encode(epoch.close));
        epoch.proposal.seed = seed;
        epoch.proposal.chunks = Tiny.CHUNKS;
        epoch.proposal.count = epoch.close.count;
        Whole memory all = whole(nth);
        (Branch memory top,) = Forest.plant(all.payouts, 0);
        epoch.result = all.result;
        epoch.proposal.rowRoot = epoch.lie == Lie.Garbage ? keccak256("garbage") : Forest.rootOf(all.rows);
        epoch.proposal.resultRoot = Tiny.rootOf(all.result);
        epoch.proposal.gradientRoot = Tiny.rootOf(all.gradient);
        epoch.proposal.payoutRoot = top.digest;
        epoch.proposal.payoutSum = top.payout;
        epoch.proposal.sharesSum = top.shares;
        epoch.proposal.manifest = keccak256(abi.encode("manifest", nth));
    }

    /// @notice All numbers of an epoch, worked out again from what was written down.
    function whole(uint256 nth) internal view returns (Whole memory all) {
        Epoch storage epoch = epochs[nth];
        uint256 count = entries[nth].length;
        all.base = epoch.base;
        all.gradient = Tiny.gradientOf(epoch.proposal.seed);
        if (epoch.lie == Lie.OutOfBounds) all.gradient[0] = 2 ** 15 + 1;
        all.deltas = new int32[4][](count);
        for (uint256 i = 0; i < count; i++) all.deltas[i] = Tiny.deltaOf(salts[nth][i]);
        all.result = _result(nth, all);
        if (epoch.lie == Lie.WrongSum) all.result[epoch.victim % 4]++;
        all.held = _held(nth, all);
        all.sums = _sums(nth, all);
        all.rows = new bytes32[](Tiny.CHUNKS);
        for (uint64 chunk = 0; chunk < all.rows.length; chunk++) all.rows[chunk] = _row(all, chunk);
        all.payouts = _payouts(nth, all);
    }

    /// @notice The leaves of a row: of base, result, gradient, and every delta.
    function rowLeaves(Whole memory all, uint64 chunk) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](all.held.length);
        for (uint256 i = 0; i < leaves.length; i++) leaves[i] = Tiny.leafOf(all.held[i], chunk);
    }

    /// @notice Which of an epoch's vectors is another in its rows than by its root.
    function foreigner(uint256 nth) internal view returns (uint256) {
        return epochs[nth].victim % (FIRST + entries[nth].length);
    }

    function _result(uint256 nth, Whole memory all) private view returns (int32[4] memory result) {
        uint256 id = epochs[nth].opening.program;
        for (uint256 lane = 0; lane < 4; lane++) {
            (int256 sum, uint256 total) = sampled[id] ? _mean(nth, all, lane) : (_median(all, lane), 1);
            uint256 over = lane < 3 ? stepOver(epochs[nth].opening.round) : 1;
            result[lane] = Tiny.moved(all.base[lane], sum, total, over, lane < 3 ? 511 : 1);
        }
    }

    function _mean(uint256 nth, Whole memory all, uint256 lane) private view returns (int256 sum, uint256 total) {
        for (uint256 i = 0; i < all.deltas.length; i++) {
            uint256 weight = weightAt(nth, i);
            sum += int256(weight) * all.deltas[i][lane];
            total += weight;
        }
    }

    // The number that as many are below as above; ties are told apart by their places.
    function _median(Whole memory all, uint256 lane) private pure returns (int256) {
        uint256 count = all.deltas.length;
        if (count % 2 == 1) return _ranked(all, lane, count / 2);
        return Tiny.floored(_ranked(all, lane, count / 2 - 1) + _ranked(all, lane, count / 2), 2);
    }

    function _ranked(Whole memory all, uint256 lane, uint256 rank) private pure returns (int256) {
        for (uint256 i = 0; i < all.deltas.length; i++) {
            uint256 below = 0;
            for (uint256 j = 0; j < all.deltas.length; j++) {
                int32 other = all.deltas[j][lane];
                if (other < all.deltas[i][lane] || (other == all.deltas[i][lane] && j < i)) below++;
            }
            if (below == rank) return all.deltas[i][lane];
        }
        revert("no such rank");
    }

    function _held(uint256 nth, Whole memory all) private view returns (int32[4][] memory held) {
        held = new int32[4][](FIRST + all.deltas.length);
        held[0] = Tiny.copyOf(all.base);
        held[1] = Tiny.copyOf(all.result);
        held[2] = Tiny.copyOf(all.gradient);
        for (uint256 i = 0; i < all.deltas.length; i++) held[FIRST + i] = Tiny.copyOf(all.deltas[i]);
        if (epochs[nth].lie == Lie.ForeignChunk) held[foreigner(nth)][0] += 1;
    }

    function _sums(uint256 nth, Whole memory all) private view returns (bytes32[][] memory sums) {
        sums = new bytes32[][](Tiny.CHUNKS);
        for (uint256 chunk = 0; chunk < sums.length; chunk++) {
            sums[chunk] = new bytes32[](all.deltas.length);
            for (uint256 i = 0; i < all.deltas.length; i++) sums[chunk][i] = _through(all, chunk, i);
        }
        if (epochs[nth].lie == Lie.WrongPrefix) {
            uint256 chunk = epochs[nth].victim % Tiny.CHUNKS;
            sums[chunk][0] = bytes32(uint256(sums[chunk][0]) + 1);
        }
    }

    function _through(Whole memory all, uint256 chunk, uint256 index) private pure returns (bytes32) {
        int128 dot = 0;
        uint128 square = 0;
        // Two lanes in the first chunk, one in the second, and none of weights in the third.
        for (uint256 lane = 0; lane < (chunk == 0 ? 2 : 3); lane++) {
            int128 move = all.held[FIRST + index][lane];
            dot += all.held[2][lane] * move;
            square += uint128(move * move);
        }
        return bytes32(abi.encodePacked(dot, square));
    }

    function _row(Whole memory all, uint64 chunk) private pure returns (bytes32) {
        bytes32 inputs = keccak256(abi.encodePacked(rowLeaves(all, chunk)));
        return keccak256(abi.encodePacked(hex"02", chunk, inputs, keccak256(abi.encodePacked(all.sums[chunk]))));
    }

    function _payouts(uint256 nth, Whole memory all) private view returns (Payout[] memory made) {
        made = new Payout[](all.deltas.length);
        uint256 positive = 0;
        for (uint256 i = 0; i < made.length; i++) {
            made[i] = _scored(entries[nth][i].node, all.sums[Tiny.LAST][i], entries[nth][i].weight);
            if (made[i].score > 0) positive += uint256(made[i].score);
        }
        uint256 total = 0;
        for (uint256 i = 0; i < made.length; i++) {
            made[i].payout = _paid(made[i].score, positive, made.length);
            if (epochs[nth].lie == Lie.WrongPayroll) made[i].payout = i == 0 ? REWARD : 0;
            total += made[i].payout;
        }
        for (uint256 i = 0; i < made.length && total != 0; i++) made[i].shares = SHARES * made[i].payout / total;
    }

    function _scored(address node, bytes32 sums, uint32 weight) private pure returns (Payout memory made) {
        made.node = node;
        made.square = uint128(uint256(sums));
        int256 gain = -int256(int128(uint128(uint256(sums) >> 128))) * int256(uint256(weight));
        uint256 cap = NORM_CAP;
        bool longer = made.square > cap * cap;
        made.score = longer ? Tiny.floored(gain * int256(cap), int256(Tiny.rootAbove(made.square))) : gain;
    }

    function _paid(int256 score, uint256 positive, uint256 count) private pure returns (uint256 paid) {
        paid = REWARD / 2 / count;
        if (score > 0) paid += REWARD / 2 * uint256(score) / positive;
        uint256 most = 2 * REWARD / count;
        if (paid > most) paid = most;
    }

    /* LETTERS */

    /// @notice The receipt behind a piece of work.
    function receiptOf(uint256 nth, Work memory work) internal view returns (Receipt memory) {
        Opening storage opening = epochs[nth].opening;
        return Receipt({
            program: opening.program,
            round: opening.round,
            epoch: opening.epoch,
            baseRoot: work.baseRoot,
            aggregator: opening.aggregator,
            dataset: work.dataset,
            deltaRoot: Tiny.rootOf(Tiny.deltaOf(work.salt)),
            weight: work.weight,
            deadline: work.deadline
        });
    }

    /// @notice The aggregator's word that a piece of work will count.
    function ackOf(uint256 nth, Work memory work) internal view returns (bytes memory) {
        Opening storage opening = epochs[nth].opening;
        bytes32 digest = receiptDigest(address(programs), receiptOf(nth, work));
        return _written(secretOf[opening.aggregator], ackDigest(address(programs), digest, opening.epoch));
    }

    function _written(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The proposal of an epoch's parent while that waits, else an empty one.
    function parentOf(uint256 nth) internal view returns (Proposal memory parent) {
        Opening storage opening = epochs[nth].opening;
        uint256 place = standing[opening.program][opening.parent];
        if (place != 0 && waits(place - 1)) parent = epochs[place - 1].proposal;
    }

    /// @notice What one vector holds at a chunk under its own root.
    function own(int32[4] memory vector, uint64 chunk) internal pure returns (Leaf memory) {
        (, bytes32[] memory proof) = Tiny.plant(vector, chunk);
        return Leaf(Tiny.leafOf(vector, chunk), proof);
    }
}
