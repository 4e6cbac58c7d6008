// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Trees
/// @notice Merkle trees of one shape, as `commonroot.protocol.tree` builds them: leaves are padded with zero to the
/// depth that the committed count gives, so a proof has exactly one right length and an index no unused bits.
library Trees {
    /// @notice Thrown when a tree cannot have a leaf at the index.
    error NoSuchLeaf(uint256 index, uint256 count);

    /// @notice Thrown when a proof is longer or shorter than the tree is deep.
    error WrongProofLength(uint256 given, uint256 expected);

    /// @notice The leaf of one chunk of 64 lanes.
    function chunkLeaf(uint64 index, bytes memory chunk) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), index, chunk));
    }

    /// @notice The leaf of one account in an allowlist.
    function admittedLeaf(address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x07), account));
    }

    /// @notice The node above two others.
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @notice How many levels lie above `count` leaves.
    function depth(uint256 count) internal pure returns (uint256 levels) {
        while ((uint256(1) << levels) < count) levels++;
    }

    /// @notice Refuses an index or a proof that no tree of `count` leaves has.
    function requirePlace(uint256 index, uint256 count, uint256 siblings) internal pure {
        if (index >= count) revert NoSuchLeaf(index, count);
        if (siblings != depth(count)) revert WrongProofLength(siblings, depth(count));
    }

    /// @notice The root that a leaf and its siblings, lowest first, give in a tree of `count` leaves.
    function rootFrom(bytes32 leaf, uint256 index, uint256 count, bytes32[] memory siblings)
        internal
        pure
        returns (bytes32)
    {
        requirePlace(index, count, siblings.length);
        return fold(leaf, index, siblings);
    }

    /// @notice The root that a leaf and its siblings give where no count is committed to.
    /// @dev Warning: only safe for leaves that are hashed behind a first byte other than a node's.
    function fold(bytes32 leaf, uint256 index, bytes32[] memory siblings) internal pure returns (bytes32 root) {
        root = leaf;
        for (uint256 level = 0; level < siblings.length; level++) {
            root = index & 1 == 1 ? node(siblings[level], root) : node(root, siblings[level]);
            index >>= 1;
        }
    }
}
