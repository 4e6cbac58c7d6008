// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "../../src/libraries/Lanes.sol";
import {Addition, Row, Rows as Opened} from "../../src/libraries/Rows.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Chunks} from "../support/Chunks.sol";
import {Rows} from "../support/Rows.sol";
import {Suite} from "../support/Suite.sol";

contract RowsHarness {
    function rootOf(Row calldata row, uint256 chunks) external pure returns (bytes32) {
        return Opened.rootOf(row, chunks);
    }

    function rootOf(Addition calldata row, uint256 chunks, uint256 count) external pure returns (bytes32) {
        return Opened.rootOf(row, chunks, count);
    }

    function requireLeaves(Row calldata row, uint256 count) external pure {
        Opened.requireLeaves(row, count);
    }

    function requireSums(Row calldata row, uint256 count) external pure {
        Opened.requireSums(row, count);
    }
}

contract RowsTest is Suite {
    RowsHarness private _rows = new RowsHarness();

    /* OPENED ROWS */

    function test_rootOf_RevertWhen_TheProofIsTooLong() external {
        Row memory row = _row();
        row.proof = new bytes32[](2);

        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 2, 1));
        _rows.rootOf(row, 2);
    }

    function test_rootOf_RevertWhen_ThereIsNoSuchChunk() external {
        Row memory row = _row();

        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 1, 1));
        _rows.rootOf(row, 1);
    }

    function test_rootOf_WhenBothAreOpen() external view {
        Row memory row = _row();
        row.hidden = "not read";

        vm.assertEq(_rows.rootOf(row, 2), _root());
    }

    function test_rootOf_WhenTheLeavesAreHidden() external view {
        Row memory row = _row();
        row.hidden = keccak256(abi.encodePacked(row.leaves));
        row.leaves = new bytes32[](0);

        vm.assertEq(_rows.rootOf(row, 2), _root());
    }

    function test_rootOf_WhenTheSumsAreHidden() external view {
        Row memory row = _row();
        row.hidden = keccak256(abi.encodePacked(row.sums));
        row.sums = new bytes32[](0);

        vm.assertEq(_rows.rootOf(row, 2), _root());
    }

    function test_rootOf_WhenItsBytesAreShown() external view {
        vm.assertEq(_rows.rootOf(_addition(), 2, 2), _root());
    }

    function test_requireLeaves_RevertWhen_OneIsMissing() external {
        Row memory row = _row();

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 5, 6));
        _rows.requireLeaves(row, 3);
    }

    function test_requireLeaves_RevertWhen_OneIsTooMuch() external {
        Row memory row = _row();

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 5, 4));
        _rows.requireLeaves(row, 1);
    }

    function test_requireLeaves_WhenAllAreThere() external view {
        _rows.requireLeaves(_row(), 2);
    }

    function test_requireSums_RevertWhen_OneIsMissing() external {
        Row memory row = _row();

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 2, 3));
        _rows.requireSums(row, 3);
    }

    function test_requireSums_RevertWhen_OneIsTooMuch() external {
        Row memory row = _row();

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 2, 1));
        _rows.requireSums(row, 1);
    }

    function test_requireSums_WhenAllAreThere() external view {
        _rows.requireSums(_row(), 2);
    }

    /* BYTES */

    function test_inputsOf_RevertWhen_TheBaseIsNoChunk() external {
        Addition memory row = _addition();
        row.base = new bytes(255);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 255, 256));
        _rows.rootOf(row, 2, 2);
    }

    function test_inputsOf_RevertWhen_TheResultIsNoChunk() external {
        Addition memory row = _addition();
        row.result = new bytes(512);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 512, 256));
        _rows.rootOf(row, 2, 2);
    }

    function test_inputsOf_RevertWhen_ADeltaIsTooMuch() external {
        Addition memory row = _addition();

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 512, 256));
        _rows.rootOf(row, 2, 1);
    }

    /* SUMS */

    function test_dot_WhenItIsNegative() external pure {
        vm.assertEq(Opened.dot(_word(-5, type(uint128).max)), -5);
        vm.assertEq(Opened.dot(_word(type(int128).min, 0)), type(int128).min);
        vm.assertEq(Opened.dot(_word(type(int128).max, 1)), type(int128).max);
    }

    function test_square_WhenTheProductIsNegative() external pure {
        vm.assertEq(Opened.square(_word(-5, 7)), 7);
        vm.assertEq(Opened.square(_word(-1, type(uint128).max)), type(uint128).max);
    }

    /* PARTS */

    function _word(int128 dot, uint128 square) private pure returns (bytes32) {
        return bytes32(abi.encodePacked(dot, square));
    }

    // The second of two rows, of two contributions.
    function _row() private pure returns (Row memory row) {
        Addition memory bytes_ = _addition();
        row.chunk = 1;
        row.leaves = new bytes32[](5);
        row.leaves[0] = Rows.leaf(1, bytes_.base);
        row.leaves[1] = Rows.leaf(1, bytes_.result);
        row.leaves[2] = bytes_.gradient;
        row.leaves[3] = Rows.leaf(1, Chunks.random(3, 99));
        row.leaves[4] = Rows.leaf(1, Chunks.random(4, 99));
        row.sums = _sums();
        row.proof = bytes_.proof;
    }

    function _addition() private pure returns (Addition memory row) {
        row.chunk = 1;
        row.base = Chunks.random(1, 99);
        row.result = Chunks.random(2, 99);
        row.gradient = keccak256("gradient");
        row.deltas = bytes.concat(Chunks.random(3, 99), Chunks.random(4, 99));
        row.sums = keccak256(abi.encodePacked(_sums()));
        row.proof = new bytes32[](1);
        row.proof[0] = keccak256("the row before");
    }

    function _sums() private pure returns (bytes32[] memory sums) {
        sums = new bytes32[](2);
        (sums[0], sums[1]) = (_word(-5, 7), _word(5, 8));
    }

    function _root() private pure returns (bytes32) {
        Row memory row = _row();
        bytes32 inputs = keccak256(abi.encodePacked(row.leaves));
        bytes32 sums = keccak256(abi.encodePacked(row.sums));
        bytes32 hash = keccak256(abi.encodePacked(hex"020000000000000001", inputs, sums));
        return keccak256(abi.encodePacked(hex"01", row.proof[0], hash));
    }
}
