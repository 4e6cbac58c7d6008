// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Trees} from "../../src/libraries/Trees.sol";
import {Forest} from "../support/Forest.sol";
import {Suite} from "../support/Suite.sol";

contract TreesHarness {
    function requirePlace(uint256 index, uint256 count, uint256 siblings) external pure {
        Trees.requirePlace(index, count, siblings);
    }

    function rootFrom(bytes32 leaf, uint256 index, uint256 count, bytes32[] memory siblings)
        external
        pure
        returns (bytes32)
    {
        return Trees.rootFrom(leaf, index, count, siblings);
    }
}

contract TreesTest is Suite {
    TreesHarness private _trees = new TreesHarness();

    /* PLACES */

    function test_requirePlace_RevertWhen_ThereAreNoLeaves() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 0, 0));
        _trees.requirePlace(0, 0, 0);
    }

    function test_requirePlace_RevertWhen_TheIndexIsThatOfNoLeaf() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 5, 5));
        _trees.requirePlace(5, 5, 3);
    }

    function test_requirePlace_RevertWhen_TheProofIsShorterThanTheTreeIsDeep() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 2, 3));
        _trees.requirePlace(4, 5, 2);
    }

    function test_requirePlace_RevertWhen_TheProofIsLongerThanTheTreeIsDeep() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 4, 3));
        _trees.requirePlace(4, 5, 4);
    }

    function test_requirePlace_WhenTheOnlyLeafIsTheTree() external {
        _trees.requirePlace(0, 1, 0);

        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 1, 0));
        _trees.requirePlace(0, 1, 1);
    }

    function test_requirePlace_WhenTheIndexIsTheLastOne() external view {
        _trees.requirePlace(4, 5, 3);
        _trees.requirePlace(7, 8, 3);
    }

    /* DEPTH */

    function test_depth_WhenThereIsAtMostOneLeaf() external pure {
        vm.assertEq(Trees.depth(0), 0);
        vm.assertEq(Trees.depth(1), 0);
    }

    function test_depth_WhenTheCountIsAPowerOfTwo() external pure {
        vm.assertEq(Trees.depth(2), 1);
        vm.assertEq(Trees.depth(256), 8);
        vm.assertEq(Trees.depth(1 << 64), 64);
    }

    function test_depth_WhenTheCountIsOneMoreThanAPowerOfTwo() external pure {
        vm.assertEq(Trees.depth(3), 2);
        vm.assertEq(Trees.depth(257), 9);
    }

    /* ROOTS */

    function test_rootFrom_RevertWhen_TheIndexNamesNoLeaf() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 3, 3));
        _trees.rootFrom(_leaf(0), 3, 3, new bytes32[](2));
    }

    function test_rootFrom_RevertWhen_TheNumberOfSiblingsIsWrong() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 1, 2));
        _trees.rootFrom(_leaf(0), 0, 3, new bytes32[](1));
    }

    function test_rootFrom_WhenTheCountIsNoPowerOfTwo() external pure {
        bytes32 left = _above(_leaf(0), _leaf(1));
        bytes32 right = _above(_leaf(2), 0);
        bytes32[] memory siblings = new bytes32[](2);
        (siblings[0], siblings[1]) = (bytes32(0), left);

        vm.assertEq(Trees.rootFrom(_leaf(2), 2, 3, siblings), _above(left, right));
    }

    function test_rootFrom_WhenTheLeafLiesElsewhere() external pure {
        (bytes32 root, bytes32[] memory siblings) = Forest.plant(_leaves(4), 1);

        vm.assertEq(Trees.rootFrom(_leaf(1), 1, 4, siblings), root);
        vm.assertNotEq(Trees.rootFrom(_leaf(1), 0, 4, siblings), root);
        vm.assertNotEq(Trees.rootFrom(_leaf(1), 3, 4, siblings), root);
    }

    function test_rootFrom_WhenASiblingDiffers() external pure {
        (bytes32 root, bytes32[] memory siblings) = Forest.plant(_leaves(4), 1);
        siblings[1] = _leaf(9);

        vm.assertNotEq(Trees.rootFrom(_leaf(1), 1, 4, siblings), root);
    }

    /* WITHOUT A COUNT */

    function test_fold_WhenThereAreNoSiblings() external pure {
        vm.assertEq(Trees.fold(_leaf(1), 0, new bytes32[](0)), _leaf(1));
    }

    function test_fold_WhenTheIndexIsOdd() external pure {
        vm.assertEq(Trees.fold(_leaf(1), 1, _one(_leaf(2))), _above(_leaf(2), _leaf(1)));
    }

    function test_fold_WhenTheIndexIsEven() external pure {
        vm.assertEq(Trees.fold(_leaf(1), 0, _one(_leaf(2))), _above(_leaf(1), _leaf(2)));
    }

    function test_fold_WhenTheIndexHasBitsAboveTheSiblings() external pure {
        vm.assertEq(Trees.fold(_leaf(1), 6, _one(_leaf(2))), Trees.fold(_leaf(1), 0, _one(_leaf(2))));
    }

    /* HASHES */

    function test_chunkLeaf_ItShouldHashZeroTheIndexInEightBytesAndTheChunk() external pure {
        vm.assertEq(Trees.chunkLeaf(5, hex"abcd"), keccak256(hex"000000000000000005abcd"));
    }

    function test_admittedLeaf_ItShouldHashSevenAndTheAccount() external pure {
        bytes32 expected = keccak256(hex"0700000000000000000000000000000000000000aa");

        vm.assertEq(Trees.admittedLeaf(address(0xaa)), expected);
    }

    function test_node_ItShouldHashOneTheLeftAndTheRight() external pure {
        bytes memory hashed = abi.encodePacked(hex"01", bytes32(uint256(2)), bytes32(uint256(3)));

        vm.assertEq(Trees.node(bytes32(uint256(2)), bytes32(uint256(3))), keccak256(hashed));
    }

    /* PARTS */

    function _leaf(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode(number));
    }

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) leaves[i] = _leaf(i);
    }

    function _one(bytes32 sibling) private pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](1);
        siblings[0] = sibling;
    }

    function _above(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"01", left, right));
    }
}
