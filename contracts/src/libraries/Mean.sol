// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Mean
/// @notice The weighted mean of one chunk: next = clamp(base + floor((2*en*S + ed*W) / (2*ed*W))), as in
/// `commonroot.protocol.rules.mean`. A chunk is 64 big-endian int32 lanes, eight to a word.
library Mean {
    uint256 internal constant WORDS = 8;
    uint256 internal constant CHUNK_BYTES = 256;

    /// @notice Thrown when what should be a chunk is not 256 bytes long.
    error NotAChunk(uint256 length);

    /// @notice Thrown when there is not one weight for each delta, or nothing at all to average.
    error WeightsDoNotMatch(uint256 deltas, uint256 weights);

    /// @notice The next version of one chunk.
    function next(
        bytes calldata base,
        bytes[] calldata deltas,
        uint32[] calldata weights,
        uint256 over,
        uint256 under
    ) internal pure returns (bytes memory result) {
        if (deltas.length == 0 || deltas.length != weights.length) {
            revert WeightsDoNotMatch(deltas.length, weights.length);
        }
        requireChunk(base);
        uint256 total = 0;
        for (uint256 node = 0; node < deltas.length; node++) {
            requireChunk(deltas[node]);
            total += weights[node];
        }
        for (uint256 place = 0; place < WORDS; place++) {
            int256[WORDS] memory moved = _moved(place, deltas, weights);
            bytes32 word = _nextWord(wordAt(base, place), moved, int256(total), int256(over), int256(under));
            result = bytes.concat(result, word);
        }
    }

    /// @notice Refuses bytes that are not one chunk.
    function requireChunk(bytes calldata chunk) internal pure {
        if (chunk.length != CHUNK_BYTES) revert NotAChunk(chunk.length);
    }

    /// @notice Eight lanes of a chunk.
    function wordAt(bytes calldata chunk, uint256 place) internal pure returns (uint256) {
        return uint256(bytes32(chunk[32 * place:32 * place + 32]));
    }

    /// @notice One of a word's eight lanes, the first being the highest.
    function lane(uint256 word, uint256 place) internal pure returns (int256) {
        return int32(uint32(word >> (32 * (WORDS - 1 - place))));
    }

    function _moved(uint256 place, bytes[] calldata deltas, uint32[] calldata weights)
        private
        pure
        returns (int256[WORDS] memory moved)
    {
        for (uint256 node = 0; node < deltas.length; node++) {
            uint256 word = wordAt(deltas[node], place);
            int256 weight = int256(uint256(weights[node]));
            for (uint256 i = 0; i < WORDS; i++) moved[i] += weight * lane(word, i);
        }
    }

    function _nextWord(uint256 base, int256[WORDS] memory moved, int256 total, int256 over, int256 under)
        private
        pure
        returns (bytes32)
    {
        uint256 word = 0;
        for (uint256 i = 0; i < WORDS; i++) {
            int256 step = floorDivide(2 * over * moved[i] + under * total, 2 * under * total);
            word = (word << 32) | uint32(int32(_saturate(lane(base, i) + step)));
        }
        return bytes32(word);
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
