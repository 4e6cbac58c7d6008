// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Trees} from "../../src/libraries/Trees.sol";
import {Whole} from "../../src/libraries/Whole.sol";
import {Forest} from "../support/Forest.sol";
import {Suite} from "../support/Suite.sol";

contract WholeHarness {
    function root(bytes32[] memory leaves) external pure returns (bytes32) {
        return Whole.root(leaves);
    }

    function rootFrom(bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return Whole.rootFrom(leaf, index, count, siblings);
    }
}

contract WholeTest is Suite {
    WholeHarness private _whole = new WholeHarness();

    function test_root_RevertWhen_ThereAreNoLeaves() external {
        vm.expectRevert();
        _whole.root(new bytes32[](0));
    }

    function test_root_WhenThereAreSome() external view {
        for (uint256 count = 1; count <= 17; count++) {
            bytes32[] memory leaves = _leaves(count);
            vm.assertEq(_whole.root(leaves), Forest.rootOf(leaves));
        }
    }

    function test_rootFrom_RevertWhen_ThereIsNoSuchLeaf() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 3, 3));
        _whole.rootFrom(0, 3, 3, new bytes32[](2));
    }

    function test_rootFrom_RevertWhen_TheProofIsTooLong() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 3, 2));
        _whole.rootFrom(0, 2, 3, new bytes32[](3));
    }

    function test_rootFrom_RevertWhen_ALeafLiesInThePadding() external {
        bytes32[] memory leaves = _leaves(6);
        (, bytes32[] memory siblings) = Forest.plant(leaves, 4);

        // As one of six it has a neighbour; as the last of five it has none.
        vm.expectRevert(abi.encodeWithSelector(Whole.NotPadding.selector, leaves[5], 0));
        _whole.rootFrom(leaves[4], 4, 5, siblings);
    }

    function test_rootFrom_RevertWhen_ANodeLiesInThePadding() external {
        bytes32[] memory leaves = _leaves(7);
        (, bytes32[] memory siblings) = Forest.plant(leaves, 4);
        bytes32 empty = keccak256(abi.encodePacked(hex"01", bytes32(0), bytes32(0)));
        siblings[0] = 0;

        vm.expectRevert(abi.encodeWithSelector(Whole.NotPadding.selector, siblings[1], empty));
        _whole.rootFrom(leaves[4], 4, 5, siblings);
    }

    function test_rootFrom_WhenThePaddingIsZero() external view {
        for (uint256 count = 1; count <= 9; count++) {
            bytes32[] memory leaves = _leaves(count);
            for (uint256 index = 0; index < count; index++) {
                (bytes32 root, bytes32[] memory siblings) = Forest.plant(leaves, index);
                vm.assertEq(_whole.rootFrom(leaves[index], index, count, siblings), root);
            }
        }
    }

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) leaves[i] = keccak256(abi.encode(i));
    }
}
