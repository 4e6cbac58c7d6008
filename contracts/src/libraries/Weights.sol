// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Weights
/// @notice The weights of a round as a close commits to them: packed big-endian uint32.
library Weights {
    uint256 private constant BYTES = 4;

    /// @notice Thrown when weights are shown that are not those of the close.
    error WrongWeights(bytes32 given, bytes32 expected);

    /// @notice Refuses what is not exactly the `count` weights behind a hash.
    function requireAll(bytes calldata weights, uint256 count, bytes32 expected) internal pure {
        bytes32 given = keccak256(weights);
        if (given != expected || weights.length != BYTES * count) revert WrongWeights(given, expected);
    }

    /// @notice One of the weights.
    function weightAt(bytes calldata weights, uint256 place) internal pure returns (uint256) {
        return uint32(bytes4(weights[BYTES * place:BYTES * (place + 1)]));
    }
}
