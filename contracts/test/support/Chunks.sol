// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Chunks
/// @notice Makes chunks: 64 numbers of 32 bits, the highest byte first.
library Chunks {
    uint256 internal constant LANES = 64;

    /// @notice A chunk of one number.
    function filled(int32 value) internal pure returns (bytes memory chunk) {
        int32[] memory values = new int32[](LANES);
        for (uint256 i = 0; i < LANES; i++) values[i] = value;
        return packed(values);
    }

    /// @notice A chunk that begins with these numbers and goes on with zeros.
    function packed(int32[] memory values) internal pure returns (bytes memory chunk) {
        chunk = new bytes(4 * LANES);
        for (uint256 i = 0; i < values.length; i++) put(chunk, i, values[i]);
    }

    /// @notice A chunk that only a seed decides, every number from -`most` to `most`.
    function random(uint256 seed, int32 most) internal pure returns (bytes memory chunk) {
        chunk = new bytes(4 * LANES);
        uint256 range = 2 * uint256(uint32(most)) + 1;
        for (uint256 i = 0; i < LANES; i++) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i))) % range;
            put(chunk, i, int32(int256(drawn) - most));
        }
    }

    /// @notice Changes one number of a chunk.
    function put(bytes memory chunk, uint256 lane, int32 value) internal pure {
        _require(chunk, lane);
        // In assembly, as a round has many numbers and a test many rounds. The number ends the word that begins 28
        // bytes before it.
        assembly ("memory-safe") {
            let place := add(add(chunk, 4), mul(4, lane))
            let others := and(mload(place), not(0xffffffff))
            mstore(place, or(others, and(value, 0xffffffff)))
        }
    }

    /// @notice One number of a chunk.
    function laneOf(bytes memory chunk, uint256 lane) internal pure returns (int32 value) {
        _require(chunk, lane);
        assembly ("memory-safe") {
            value := signextend(3, mload(add(add(chunk, 4), mul(4, lane))))
        }
    }

    function _require(bytes memory chunk, uint256 lane) private pure {
        require(4 * lane + 4 <= chunk.length, "The chunk has no such lane.");
    }
}
