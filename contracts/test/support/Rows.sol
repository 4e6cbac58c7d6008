// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Chunks} from "./Chunks.sol";
import {Forest} from "./Forest.sol";

/// @notice All numbers of a round, cut into chunks; deltas by node, then by chunk.
struct Vectors {
    bytes[] base;
    bytes[] gradient;
    bytes[][] deltas;
    uint32[] weights;
    uint256 over;
    uint256 under;
    uint256 scored;
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
    /// @notice The next version by the weighted mean, chunk by chunk.
    function mean(Vectors memory round) internal pure returns (bytes[] memory result) {
        result = new bytes[](round.base.length);
        for (uint256 chunk = 0; chunk < result.length; chunk++) {
            result[chunk] = new bytes(4 * Chunks.LANES);
            for (uint256 lane = 0; lane < Chunks.LANES; lane++) {
                Chunks.put(result[chunk], lane, _next(round, chunk, lane));
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
                    : before;
            }
        }
    }

    /// @notice The rows of a round, whatever is said to be its result.
    function rows(Vectors memory round, bytes[] memory result, Prefix[][] memory sums)
        internal
        pure
        returns (bytes32[] memory made)
    {
        made = new bytes32[](round.base.length);
        for (uint256 chunk = 0; chunk < made.length; chunk++) {
            made[chunk] = keccak256(
                abi.encodePacked(hex"02", uint64(chunk), _inputs(round, result, chunk), _hashed(sums[chunk]))
            );
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

    function _next(Vectors memory round, uint256 chunk, uint256 lane) private pure returns (int32) {
        int256 moved = 0;
        int256 total = 0;
        for (uint256 node = 0; node < round.deltas.length; node++) {
            int256 weight = int256(uint256(round.weights[node]));
            moved += weight * Chunks.laneOf(round.deltas[node][chunk], lane);
            total += weight;
        }
        int256 over = 2 * int256(round.over) * moved + int256(round.under) * total;
        int256 under = 2 * int256(round.under) * total;
        // Toward minus infinity: a multiple that surely makes the numerator positive is taken off again.
        int256 shift = 1 << 100;
        int256 value = Chunks.laneOf(round.base[chunk], lane) + (over + shift * under) / under - shift;
        if (value > type(int32).max) return type(int32).max;
        if (value < type(int32).min) return type(int32).min;
        return int32(value);
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

    function _inputs(Vectors memory round, bytes[] memory result, uint256 chunk) private pure returns (bytes32) {
        bytes memory packed = bytes.concat(
            leaf(uint64(chunk), round.base[chunk]),
            leaf(uint64(chunk), result[chunk]),
            leaf(uint64(chunk), round.gradient[chunk])
        );
        for (uint256 node = 0; node < round.deltas.length; node++) {
            packed = bytes.concat(packed, leaf(uint64(chunk), round.deltas[node][chunk]));
        }
        return keccak256(packed);
    }

    function _hashed(Prefix[] memory sums) private pure returns (bytes32) {
        bytes memory packed = "";
        for (uint256 node = 0; node < sums.length; node++) {
            packed = abi.encodePacked(packed, sums[node].dot, sums[node].square);
        }
        return keccak256(packed);
    }
}
