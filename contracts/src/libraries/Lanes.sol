// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Lanes
/// @notice Reads chunks, and moves one lane: next = clamp(base + floor((2*en*S + ed*W) / (2*ed*W))), as in
/// `commonroot.protocol.rules.stepping`. A chunk is 64 big-endian int32 lanes.
/// @dev Whatever somebody commits to, nothing here overflows: a lie whose proof reverts could not be shown.
library Lanes {
    uint256 internal constant CHUNK_BYTES = 256;
    uint256 internal constant LANES = 64;

    /// @notice Thrown when what should be whole chunks has more or fewer bytes.
    error WrongChunkBytes(uint256 given, uint256 expected);

    /// @notice Thrown when a lane is named that no chunk has.
    error NoSuchLane(uint256 lane);

    /// @notice Refuses bytes that are not exactly `count` chunks.
    function requireChunks(bytes calldata chunks, uint256 count) internal pure {
        if (chunks.length != CHUNK_BYTES * count) revert WrongChunkBytes(chunks.length, CHUNK_BYTES * count);
    }

    /// @notice Refuses a lane that no chunk has.
    function requireLane(uint256 lane) internal pure {
        if (lane >= LANES) revert NoSuchLane(lane);
    }

    /// @notice One of several chunks that lie one after another.
    function chunkAt(bytes calldata chunks, uint256 place) internal pure returns (bytes calldata) {
        return chunks[CHUNK_BYTES * place:CHUNK_BYTES * (place + 1)];
    }

    /// @notice One lane of one of several chunks.
    function laneAt(bytes calldata chunks, uint256 place, uint256 lane) internal pure returns (int256) {
        uint256 start = CHUNK_BYTES * place + 4 * lane;
        return int32(uint32(bytes4(chunks[start:start + 4])));
    }

    /// @notice One lane of every one of `count` chunks.
    function across(bytes calldata chunks, uint256 count, uint256 lane) internal pure returns (int256[] memory found) {
        found = new int256[](count);
        for (uint256 i = 0; i < count; i++) found[i] = laneAt(chunks, i, lane);
    }

    /// @notice A lane after a step of `over / under` times `sum / weight`.
    function stepped(int256 base, int256 sum, uint256 weight, uint256 over, uint256 under)
        internal
        pure
        returns (int256)
    {
        int256 share = int256(under * weight);
        return _saturate(base + floorDivide(2 * int256(over) * sum + share, 2 * share));
    }

    /// @notice A quotient rounded toward minus infinity; Solidity's own rounds toward zero.
    function floorDivide(int256 over, int256 under) internal pure returns (int256) {
        int256 quotient = over / under;
        return over % under < 0 ? quotient - 1 : quotient;
    }

    function _saturate(int256 value) private pure returns (int256) {
        if (value > type(int32).max) return type(int32).max;
        if (value < type(int32).min) return type(int32).min;
        return value;
    }
}
