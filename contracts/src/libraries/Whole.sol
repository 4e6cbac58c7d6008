// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Trees} from "./Trees.sol";

/// @title Whole
/// @notice Trees as a whole: the root over all leaves, and proofs that also show that nothing lies beyond them.
library Whole {
    /// @notice Thrown when a tree holds something where its padding should be.
    error NotPadding(bytes32 given, bytes32 expected);

    /// @notice The root over all leaves of a tree, padded with zero.
    /// @dev Writes over `leaves`.
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        bytes32 empty = 0;
        for (uint256 count = leaves.length; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count; i += 2) {
                leaves[i / 2] = Trees.node(leaves[i], i + 1 < count ? leaves[i + 1] : empty);
            }
            empty = Trees.node(empty, empty);
        }
        return leaves[0];
    }

    /// @notice The root that a leaf and its siblings give, where no sibling beyond the last leaf is anything but zero.
    /// @dev A root with something in its padding is not the root of any vector, yet all its leaves could be proved.
    function rootFrom(bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata siblings)
        internal
        pure
        returns (bytes32)
    {
        Trees.requirePlace(index, count, siblings.length);
        bytes32 empty = 0;
        for (uint256 level = 0; level < siblings.length; level++) {
            uint256 beside = (index >> level) ^ 1;
            bool padding = beside << level >= count;
            if (padding && siblings[level] != empty) revert NotPadding(siblings[level], empty);
            empty = Trees.node(empty, empty);
        }
        return Trees.fold(leaf, index, siblings);
    }
}
