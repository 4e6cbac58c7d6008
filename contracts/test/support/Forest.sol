// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Branch, Payout, Payouts} from "../../src/libraries/Payouts.sol";

/// @title Forest
/// @notice Builds whole trees, so that tests have roots and proofs to give to what checks them.
/// @dev Says for itself how a tree is made: it must not agree with `Trees` by calling it.
library Forest {
    /// @notice The root over leaves, and the siblings of one of them, lowest first.
    function plant(bytes32[] memory leaves, uint256 index)
        internal
        pure
        returns (bytes32 root, bytes32[] memory siblings)
    {
        uint256 depth = _depth(leaves.length);
        siblings = new bytes32[](depth);
        bytes32[] memory level = new bytes32[](1 << depth);
        for (uint256 i = 0; i < leaves.length; i++) level[i] = leaves[i];
        for (uint256 height = 0; height < depth; height++) {
            siblings[height] = level[(index >> height) ^ 1];
            for (uint256 i = 0; i < level.length >> (height + 1); i++) {
                level[i] = keccak256(abi.encodePacked(hex"01", level[2 * i], level[2 * i + 1]));
            }
        }
        root = level[0];
    }

    /// @notice The root over leaves.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32 root) {
        (root,) = plant(leaves, 0);
    }

    /// @notice The top of the sum tree over payouts, and the branches beside the way to one of them, lowest first.
    function plant(Payout[] memory payouts, uint256 index)
        internal
        pure
        returns (Branch memory top, Branch[] memory siblings)
    {
        uint256 depth = _depth(payouts.length);
        siblings = new Branch[](depth);
        Branch[] memory level = new Branch[](1 << depth);
        for (uint256 i = 0; i < payouts.length; i++) level[i] = Payouts.leaf(uint64(i), payouts[i]);
        for (uint256 height = 0; height < depth; height++) {
            siblings[height] = level[(index >> height) ^ 1];
            for (uint256 i = 0; i < level.length >> (height + 1); i++) {
                level[i] = Payouts.join(level[2 * i], level[2 * i + 1]);
            }
        }
        top = level[0];
    }

    function _depth(uint256 count) private pure returns (uint256 depth) {
        for (uint256 width = 1; width < count; width *= 2) depth++;
    }
}
