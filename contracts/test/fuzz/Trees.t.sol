// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Branch, Payout, Payouts} from "../../src/libraries/Payouts.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Forest} from "../support/Forest.sol";
import {Suite} from "../support/Suite.sol";

contract TreesFuzz is Suite {
    uint256 private constant MOST = 256;

    /// @notice Every leaf of every tree leads to its root.
    function testFuzz_rootFrom_FindsTheRoot(bytes32 seed, uint256 count, uint256 index) external pure {
        count = bound(count, 1, MOST);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _leaves(seed, count);

        (bytes32 root, bytes32[] memory siblings) = Forest.plant(leaves, index);

        vm.assertEq(Trees.rootFrom(leaves[index], index, count, siblings), root);
    }

    /// @notice A leaf has one place: what proves it there proves it nowhere else, and nothing else there.
    function testFuzz_rootFrom_ProvesOneLeafInOnePlace(
        bytes32 seed,
        uint256 count,
        uint256 index,
        uint256 other,
        bytes32 leaf
    ) external pure {
        count = bound(count, 2, MOST);
        index = bound(index, 0, count - 1);
        other = (index + bound(other, 1, count - 1)) % count;
        bytes32[] memory leaves = _leaves(seed, count);
        vm.assume(leaf != leaves[index]);

        (bytes32 root, bytes32[] memory siblings) = Forest.plant(leaves, index);

        vm.assertNotEq(Trees.rootFrom(leaves[index], other, count, siblings), root);
        vm.assertNotEq(Trees.rootFrom(leaf, index, count, siblings), root);
    }

    /// @notice The depth is the least one at which all leaves have room.
    function testFuzz_depth_IsTheLeastWithRoom(uint256 count) external pure {
        count = bound(count, 1, 1 << 255);

        uint256 depth = Trees.depth(count);

        vm.assertLe(count, 1 << depth);
        if (depth > 0) vm.assertGt(count, 1 << (depth - 1));
    }

    /// @notice Nothing outside the tree is taken for a part of it.
    function testFuzz_requirePlace_RefusesAllElse(uint256 index, uint256 count, uint256 siblings) external {
        count = bound(count, 0, 1 << 255);
        if (index >= count) {
            vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, index, count));
        } else if (siblings != Trees.depth(count)) {
            vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, siblings, Trees.depth(count)));
        }
        this.requirePlace(index, count, siblings);
    }

    /// @notice Every payout leads to the top, which carries the sum of all.
    function testFuzz_topFrom_FindsTheTop(bytes32 seed, uint256 count, uint256 index) external pure {
        count = bound(count, 1, MOST);
        index = bound(index, 0, count - 1);
        (Payout[] memory payouts, uint256 paid, uint256 shares) = _payouts(seed, count);

        (Branch memory top, Branch[] memory siblings) = Forest.plant(payouts, index);
        Branch memory found = Payouts.topFrom(Payouts.leaf(uint64(index), payouts[index]), index, count, siblings);

        vm.assertEq(abi.encode(found), abi.encode(top));
        vm.assertEq(top.payout, paid);
        vm.assertEq(top.shares, shares);
    }

    /// @notice Whoever claims more than the tree gives them comes to another top.
    function testFuzz_topFrom_KnowsAnInflatedClaim(bytes32 seed, uint256 count, uint256 index, uint256 more)
        external
        pure
    {
        count = bound(count, 1, MOST);
        index = bound(index, 0, count - 1);
        more = bound(more, 1, type(uint128).max);
        (Payout[] memory payouts,,) = _payouts(seed, count);
        (Branch memory top, Branch[] memory siblings) = Forest.plant(payouts, index);

        payouts[index].payout += more;
        Branch memory found = Payouts.topFrom(Payouts.leaf(uint64(index), payouts[index]), index, count, siblings);

        vm.assertNotEq(found.digest, top.digest);
        vm.assertEq(found.payout, top.payout + more);
    }

    function requirePlace(uint256 index, uint256 count, uint256 siblings) external pure {
        Trees.requirePlace(index, count, siblings);
    }

    function _leaves(bytes32 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) leaves[i] = keccak256(abi.encode(seed, i));
    }

    function _payouts(bytes32 seed, uint256 count)
        private
        pure
        returns (Payout[] memory payouts, uint256 paid, uint256 shares)
    {
        payouts = new Payout[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            payouts[i] = Payout(
                address(uint160(drawn)), int256(drawn), drawn >> 3, uint128(drawn), uint64(drawn >> 128)
            );
            paid += payouts[i].payout;
            shares += payouts[i].shares;
        }
    }
}
