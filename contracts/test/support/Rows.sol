// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregation} from "../../src/libraries/Terms.sol";
import {Chunks} from "./Chunks.sol";
import {Forest} from "./Forest.sol";

/// @notice All numbers of a round, cut into chunks; deltas by node, then by chunk. Only the first `scored` chunks hold
/// weights, and those alone are scored, shortened, and moved by `over / under`.
struct Vectors {
    bytes[] base;
    bytes[] gradient;
    bytes[][] deltas;
    uint32[] weights;
    uint256 over;
    uint256 under;
    uint256 scored;
    Aggregation aggregation;
    uint256 trim;
    uint256 cap;
}

/// @notice What a node's sums are through one chunk.
struct Prefix {
    int128 dot;
    uint128 square;
}

/// @title Rows
/// @notice Computes a round as an aggregator does: the result, the sums, and the rows that commit to both.
/// @dev Says for itself how a round is made, number by number: it must not agree with `src` by calling it. Slow.
library Rows {
    // A multiple of every denominator is added before a division and taken off after it: Solidity cuts toward zero.
    int256 private constant SHIFT = 1 << 100;

    /// @notice The next version, chunk by chunk.
    function next(Vectors memory round, Prefix[][] memory sums) internal pure returns (bytes[] memory result) {
        result = new bytes[](round.base.length);
        for (uint256 chunk = 0; chunk < result.length; chunk++) {
            result[chunk] = new bytes(4 * Chunks.LANES);
            for (uint256 lane = 0; lane < Chunks.LANES; lane++) {
                Chunks.put(result[chunk], lane, laneAfter(round, sums, chunk, lane));
            }
        }
    }

    /// @notice The sums of every node through every chunk: by chunk, then by node.
    function prefixes(Vectors memory round) internal pure returns (Prefix[][] memory sums) {
        sums = new Prefix[][](round.base.length);
        for (uint256 chunk = 0; chunk < sums.length; chunk++) {
            sums[chunk] = new Prefix[](round.deltas.length);
            for (uint256 node = 0; node < round.deltas.length; node++) {
                Prefix memory before = chunk == 0 ? Prefix(0, 0) : sums[chunk - 1][node];
                sums[chunk][node] = chunk < round.scored
                    ? _added(before, round.gradient[chunk], round.deltas[node][chunk])
                    : Prefix(before.dot, before.square);
            }
        }
    }

    /// @notice The leaves behind every row: by chunk, then base, result, gradient, and every delta.
    function inputs(Vectors memory round, bytes[] memory result) internal pure returns (bytes32[][] memory made) {
        made = new bytes32[][](round.base.length);
        for (uint256 chunk = 0; chunk < made.length; chunk++) {
            made[chunk] = new bytes32[](3 + round.deltas.length);
            made[chunk][0] = leaf(uint64(chunk), round.base[chunk]);
            made[chunk][1] = leaf(uint64(chunk), result[chunk]);
            made[chunk][2] = leaf(uint64(chunk), round.gradient[chunk]);
            for (uint256 node = 0; node < round.deltas.length; node++) {
                made[chunk][3 + node] = leaf(uint64(chunk), round.deltas[node][chunk]);
            }
        }
    }

    /// @notice The rows over such leaves and sums.
    function rows(bytes32[][] memory inputs_, Prefix[][] memory sums) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](sums.length);
        for (uint256 chunk = 0; chunk < made.length; chunk++) {
            bytes32 hidden = keccak256(abi.encodePacked(inputs_[chunk]));
            bytes32 added = keccak256(abi.encodePacked(words(sums[chunk])));
            made[chunk] = keccak256(abi.encodePacked(hex"02", uint64(chunk), hidden, added));
        }
    }

    /// @notice Sums as a row lists them, one word for each node.
    function words(Prefix[] memory sums) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](sums.length);
        for (uint256 node = 0; node < made.length; node++) {
            made[node] = bytes32(abi.encodePacked(sums[node].dot, sums[node].square));
        }
    }

    /// @notice The leaves of a vector in its tree.
    function leaves(bytes[] memory chunks) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](chunks.length);
        for (uint256 i = 0; i < made.length; i++) made[i] = leaf(uint64(i), chunks[i]);
    }

    /// @notice The root of a vector.
    function rootOf(bytes[] memory chunks) internal pure returns (bytes32) {
        return Forest.rootOf(leaves(chunks));
    }

    /// @notice The leaf of one chunk.
    function leaf(uint64 index, bytes memory chunk) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", index, chunk));
    }

    /// @notice One number of the next version.
    function laneAfter(Vectors memory round, Prefix[][] memory sums, uint256 chunk, uint256 lane)
        internal
        pure
        returns (int32)
    {
        bool scored = chunk < round.scored;
        int256[] memory moves = new int256[](round.deltas.length);
        for (uint256 node = 0; node < moves.length; node++) {
            moves[node] = Chunks.laneOf(round.deltas[node][chunk], lane);
            if (scored && round.aggregation == Aggregation.ClippedMean) {
                moves[node] = shortened(moves[node], sums[round.scored - 1][node].square, round.cap);
            }
        }
        (int256 moved, int256 total) = average(round, moves);
        int256 over = scored ? int256(round.over) : int256(1);
        int256 under = scored ? int256(round.under) : int256(1);
        int256 value = Chunks.laneOf(round.base[chunk], lane)
            + down(2 * over * moved + under * total, 2 * under * total);
        if (value > type(int32).max) return type(int32).max;
        if (value < type(int32).min) return type(int32).min;
        return int32(value);
    }

    /// @notice What a rule makes of one lane's numbers: a sum and what it is divided by. Writes over `moves`.
    function average(Vectors memory round, int256[] memory moves) internal pure returns (int256 moved, int256 total) {
        uint256 count = moves.length;
        if (round.aggregation == Aggregation.Median) {
            ascend(moves);
            if (count % 2 == 1) return (moves[count / 2], 1);
            return (down(moves[count / 2 - 1] + moves[count / 2], 2), 1);
        }
        if (round.aggregation == Aggregation.TrimmedMean) {
            ascend(moves);
            uint256 cut = count * round.trim / 10_000;
            for (uint256 i = cut; i < count - cut; i++) moved += moves[i];
            return (moved, int256(count - 2 * cut));
        }
        for (uint256 i = 0; i < count; i++) {
            moved += int256(uint256(round.weights[i])) * moves[i];
            total += int256(uint256(round.weights[i]));
        }
    }

    /// @notice A number that goes with a delta of such a square, shortened with it.
    function shortened(int256 value, uint256 square, uint256 cap) internal pure returns (int256) {
        if (square <= cap * cap) return value;
        return down(value * int256(cap), int256(norm(square)));
    }

    /// @notice A root, rounded up: the least number whose square is large enough.
    function norm(uint256 square) internal pure returns (uint256) {
        uint256 least = 0;
        uint256 most = 1 << 64;
        while (least < most) {
            uint256 middle = (least + most) / 2;
            if (middle * middle < square) least = middle + 1;
            else most = middle;
        }
        return least;
    }

    /// @notice A quotient rounded toward minus infinity.
    function down(int256 over, int256 under) internal pure returns (int256) {
        return (over + SHIFT * under) / under - SHIFT;
    }

    /// @notice Puts numbers in ascending order, each by going back to its place.
    function ascend(int256[] memory numbers) internal pure {
        for (uint256 i = 1; i < numbers.length; i++) {
            int256 held = numbers[i];
            uint256 place = i;
            for (; place > 0 && numbers[place - 1] > held; place--) numbers[place] = numbers[place - 1];
            numbers[place] = held;
        }
    }

    function _added(Prefix memory before, bytes memory gradient, bytes memory delta)
        private
        pure
        returns (Prefix memory later)
    {
        later = Prefix(before.dot, before.square);
        for (uint256 lane = 0; lane < Chunks.LANES; lane++) {
            int128 move = Chunks.laneOf(delta, lane);
            later.dot += Chunks.laneOf(gradient, lane) * move;
            later.square += uint128(move * move);
        }
    }
}
