// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Lanes} from "./Lanes.sol";
import {Trees} from "./Trees.sol";

/// @notice A row, opened as far as a challenge needs it.
/// @param chunk Which chunk it is the row of.
/// @param leaves The chunk's leaf of base, result, gradient and every delta; or nothing, and `hidden` is their hash.
/// @param sums For every contribution int128 dot and uint128 square through the chunk, in one word; or nothing, and
/// `hidden` is their hash.
/// @param hidden The hash of what is not opened.
/// @param proof What leads from the row to the row root.
struct Row {
    uint64 chunk;
    bytes32[] leaves;
    bytes32[] sums;
    bytes32 hidden;
    bytes32[] proof;
}

/// @notice A leaf that a vector's own root holds.
/// @param leaf The vector's leaf at some chunk.
/// @param proof What leads from it to the vector's root.
struct Leaf {
    bytes32 leaf;
    bytes32[] proof;
}

/// @notice A row with the bytes of its sum.
/// @param chunk Which chunk it is the row of.
/// @param base The parent version's chunk.
/// @param result The proposed version's chunk.
/// @param gradient The leaf of the gradient's chunk.
/// @param deltas The chunk of every delta, one after another.
/// @param sums The hash of the row's sums.
/// @param proof What leads from the row to the row root.
struct Addition {
    uint64 chunk;
    bytes base;
    bytes result;
    bytes32 gradient;
    bytes deltas;
    bytes32 sums;
    bytes32[] proof;
}

/// @title Rows
/// @notice One commitment a chunk to everything that went into it, as in `commonroot.protocol.rows`.
library Rows {
    /// @notice Where in a row's leaves the base stands; after it come result, gradient, and the first delta.
    uint256 internal constant BASE = 0;
    uint256 internal constant RESULT = 1;
    uint256 internal constant GRADIENT = 2;
    uint256 internal constant FIRST_DELTA = 3;

    /// @notice Thrown when a list has more or fewer entries than the round has contributions.
    error WrongLength(uint256 given, uint256 expected);

    /// @notice The root that a row, opened as it is, gives.
    function rootOf(Row calldata row, uint256 chunks) internal pure returns (bytes32) {
        bytes32 inputs = row.leaves.length == 0 ? row.hidden : keccak256(abi.encodePacked(row.leaves));
        bytes32 sums = row.sums.length == 0 ? row.hidden : keccak256(abi.encodePacked(row.sums));
        return Trees.rootFrom(hash(row.chunk, inputs, sums), row.chunk, chunks, row.proof);
    }

    /// @notice The root that a row gives whose leaves are worked out from bytes.
    function rootOf(Addition calldata row, uint256 chunks, uint256 count) internal pure returns (bytes32) {
        bytes32 inputs = inputsOf(row.chunk, row.base, row.result, row.gradient, row.deltas, count);
        return Trees.rootFrom(hash(row.chunk, inputs, row.sums), row.chunk, chunks, row.proof);
    }

    /// @notice Refuses a row whose leaves are not opened, one for each contribution beside the three vectors'.
    function requireLeaves(Row calldata row, uint256 count) internal pure {
        if (row.leaves.length != FIRST_DELTA + count) revert WrongLength(row.leaves.length, FIRST_DELTA + count);
    }

    /// @notice Refuses a row whose sums are not opened, one for each contribution.
    function requireSums(Row calldata row, uint256 count) internal pure {
        if (row.sums.length != count) revert WrongLength(row.sums.length, count);
    }

    /// @notice The hash of a row's leaves, from the bytes behind all but the gradient's.
    function inputsOf(
        uint64 chunk,
        bytes calldata base,
        bytes calldata result,
        bytes32 gradient,
        bytes calldata deltas,
        uint256 count
    ) internal pure returns (bytes32) {
        Lanes.requireChunks(base, 1);
        Lanes.requireChunks(result, 1);
        Lanes.requireChunks(deltas, count);
        bytes32[] memory leaves = new bytes32[](FIRST_DELTA + count);
        leaves[BASE] = Trees.chunkLeaf(chunk, base);
        leaves[RESULT] = Trees.chunkLeaf(chunk, result);
        leaves[GRADIENT] = gradient;
        for (uint256 i = 0; i < count; i++) {
            leaves[FIRST_DELTA + i] = Trees.chunkLeaf(chunk, Lanes.chunkAt(deltas, i));
        }
        return keccak256(abi.encodePacked(leaves));
    }

    /// @notice The row of a chunk.
    function hash(uint64 chunk, bytes32 inputs, bytes32 sums) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x02), chunk, inputs, sums));
    }

    /// @notice Gradient times delta through a chunk, out of a row's sums.
    function dot(bytes32 sum) internal pure returns (int128) {
        return int128(uint128(bytes16(sum)));
    }

    /// @notice Delta times delta through a chunk, out of a row's sums.
    function square(bytes32 sum) internal pure returns (uint128) {
        return uint128(uint256(sum));
    }
}
