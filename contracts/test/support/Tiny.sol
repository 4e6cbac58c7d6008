// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Chunks} from "./Chunks.sol";
import {Forest} from "./Forest.sol";

/// @title Tiny
/// @notice Vectors of three chunks, two of weights and one of moments, in which only four lanes are ever anything but
/// zero: real enough for every proof, and quick enough to make thousands of rounds of.
/// @dev Says for itself how lanes move: it must not agree with `src` by calling it.
library Tiny {
    uint64 internal constant WEIGHTS = 65;
    uint64 internal constant MOMENTS = 1;
    uint64 internal constant CHUNKS = 3;
    /// @notice The chunk that ends norms and scores.
    uint64 internal constant LAST = 1;

    int256 private constant MOST_MOVE = 2 ** 20;
    int256 private constant MOST_SLOPE = 2 ** 15;

    /// @notice The chunk that one of the four lanes lies in, and its place there.
    function placeOf(uint256 number) internal pure returns (uint64 chunk, uint256 lane) {
        if (number == 1) return (0, 63);
        return number == 0 ? (0, 0) : (uint64(number - 1), 0);
    }

    /// @notice One chunk of a vector.
    function chunkOf(int32[4] memory vector, uint64 chunk) internal pure returns (bytes memory made) {
        made = new bytes(4 * Chunks.LANES);
        for (uint256 i = 0; i < 4; i++) {
            (uint64 where, uint256 lane) = placeOf(i);
            if (where == chunk) Chunks.put(made, lane, vector[i]);
        }
    }

    /// @notice The leaf of one chunk of a vector.
    function leafOf(int32[4] memory vector, uint64 chunk) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", chunk, chunkOf(vector, chunk)));
    }

    /// @notice The root of a vector, and what leads to it from one of its chunks.
    function plant(int32[4] memory vector, uint64 chunk)
        internal
        pure
        returns (bytes32 root, bytes32[] memory siblings)
    {
        bytes32[] memory leaves = new bytes32[](CHUNKS);
        for (uint64 i = 0; i < CHUNKS; i++) leaves[i] = leafOf(vector, i);
        return Forest.plant(leaves, chunk);
    }

    /// @notice The root of a vector.
    function rootOf(int32[4] memory vector) internal pure returns (bytes32 root) {
        (root,) = plant(vector, 0);
    }

    /// @notice A delta that only a seed decides.
    function deltaOf(uint256 seed) internal pure returns (int32[4] memory made) {
        for (uint256 i = 0; i < 4; i++) made[i] = _drawn(seed, i, MOST_MOVE);
    }

    /// @notice A gradient that only a seed decides; it says nothing of moments.
    function gradientOf(bytes32 seed) internal pure returns (int32[4] memory made) {
        for (uint256 i = 0; i < 3; i++) made[i] = _drawn(uint256(seed), i, MOST_SLOPE);
    }

    /// @notice The same vector once more, so that changing one leaves the other.
    function copyOf(int32[4] memory vector) internal pure returns (int32[4] memory made) {
        for (uint256 i = 0; i < 4; i++) made[i] = vector[i];
    }

    /// @notice A lane after a step: base + sum / weight * over / under, rounded half up, held at the ends of its range.
    function moved(int32 base, int256 sum, uint256 weight, uint256 over, uint256 under) internal pure returns (int32) {
        int256 share = int256(under * weight);
        int256 value = base + floored(2 * int256(over) * sum + share, 2 * share);
        if (value > type(int32).max) return type(int32).max;
        if (value < type(int32).min) return type(int32).min;
        return int32(value);
    }

    /// @notice A quotient rounded toward minus infinity.
    function floored(int256 over, int256 under) internal pure returns (int256) {
        int256 rest = over % under;
        // What is left over is never negative when one rounds down.
        if (rest < 0) rest += under;
        return (over - rest) / under;
    }

    /// @notice The least number whose square is not below another.
    function rootAbove(uint256 square) internal pure returns (uint256 least) {
        uint256 most = 1 << 64;
        while (least < most) {
            uint256 middle = (least + most) / 2;
            if (middle * middle < square) least = middle + 1;
            else most = middle;
        }
    }

    function _drawn(uint256 seed, uint256 place, int256 most) private pure returns (int32) {
        uint256 drawn = uint256(keccak256(abi.encode(seed, place))) % uint256(2 * most + 1);
        return int32(int256(drawn) - most);
    }
}
