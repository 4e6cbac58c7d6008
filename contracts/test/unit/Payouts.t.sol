// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Branch, Payout, Payouts} from "../../src/libraries/Payouts.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Forest} from "../support/Forest.sol";
import {Suite} from "../support/Suite.sol";

contract PayoutsHarness {
    function join(Branch memory left, Branch memory right) external pure returns (Branch memory) {
        return Payouts.join(left, right);
    }

    function topFrom(Branch memory start, uint256 index, uint256 count, Branch[] memory siblings)
        external
        pure
        returns (Branch memory)
    {
        return Payouts.topFrom(start, index, count, siblings);
    }

    function amounts(int256[] memory scores, uint256 reward) external pure returns (uint256[] memory) {
        return Payouts.amounts(scores, reward);
    }
}

contract PayoutsTest is Suite {
    PayoutsHarness private _payouts = new PayoutsHarness();

    /* THE TREE */

    function test_leaf_ItShouldHashFourAndAllOfThePayoutAndCarryItsSums() external pure {
        bytes memory hashed = bytes.concat(
            hex"04",
            hex"0000000000000002",
            hex"00000000000000000000000000000000000000aa",
            bytes32(type(uint256).max - 2),
            bytes32(uint256(4)),
            bytes32(uint256(5)),
            bytes32(uint256(6))
        );

        Branch memory leaf = Payouts.leaf(2, Payout(address(0xaa), -3, 4, 5, 6));

        vm.assertEq(leaf.digest, keccak256(hashed));
        vm.assertEq(leaf.payout, 5);
        vm.assertEq(leaf.shares, 6);
    }

    function test_join_RevertWhen_ThePayoutsOverflowTogether() external {
        expectPanic(OVERFLOW);
        _payouts.join(Branch(0, type(uint256).max, 0), Branch(0, 1, 0));
    }

    function test_join_RevertWhen_TheSharesOverflowTogether() external {
        expectPanic(OVERFLOW);
        _payouts.join(Branch(0, 0, 1), Branch(0, 0, type(uint256).max));
    }

    function test_join_WhenBothSumsFit() external pure {
        bytes memory words = abi.encode(1, 2, 3, 4, 5, 6);

        Branch memory joined = Payouts.join(Branch(bytes32(uint256(1)), 2, 3), Branch(bytes32(uint256(4)), 5, 6));

        vm.assertEq(joined.digest, keccak256(bytes.concat(hex"05", words)));
        vm.assertEq(joined.payout, 7);
        vm.assertEq(joined.shares, 9);
    }

    function test_topFrom_RevertWhen_TheIndexHasNoLeaf() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 3, 3));
        _payouts.topFrom(Branch(0, 1, 1), 3, 3, new Branch[](2));
    }

    function test_topFrom_RevertWhen_TheSiblingsAreTooFew() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 1, 2));
        _payouts.topFrom(Branch(0, 1, 1), 0, 3, new Branch[](1));
    }

    function test_topFrom_RevertWhen_TheSiblingsAreTooMany() external {
        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 3, 2));
        _payouts.topFrom(Branch(0, 1, 1), 0, 3, new Branch[](3));
    }

    function test_topFrom_WhenThePayoutIsAlone() external pure {
        Branch memory leaf = Payouts.leaf(0, Payout(address(1), 2, 3, 4, 5));

        _same(Payouts.topFrom(leaf, 0, 1, new Branch[](0)), leaf);
    }

    function test_topFrom_WhenALeafIsOnTheRight() external pure {
        Branch memory left = Payouts.leaf(0, Payout(address(1), 0, 0, 10, 1));
        Branch memory right = Payouts.leaf(1, Payout(address(2), 0, 0, 20, 2));
        Branch[] memory siblings = new Branch[](1);
        siblings[0] = left;

        _same(Payouts.topFrom(right, 1, 2, siblings), Payouts.join(left, right));
    }

    function test_topFrom_WhenASiblingClaimsAnotherSum() external pure {
        Payout[] memory payouts = new Payout[](3);
        for (uint256 i = 0; i < 3; i++) payouts[i] = Payout(address(uint160(i + 1)), 0, 0, 10 * i, i);
        (Branch memory top, Branch[] memory siblings) = Forest.plant(payouts, 0);
        Branch memory leaf = Payouts.leaf(0, payouts[0]);
        _same(Payouts.topFrom(leaf, 0, 3, siblings), top);

        siblings[1].payout--;

        Branch memory other = Payouts.topFrom(leaf, 0, 3, siblings);
        vm.assertEq(other.payout, top.payout - 1);
        vm.assertNotEq(other.digest, top.digest);
    }

    /* THE AMOUNTS */

    function test_amounts_RevertWhen_ThereIsNoScore() external {
        expectPanic(DIVISION);
        _payouts.amounts(new int256[](0), 100);
    }

    function test_amounts_RevertWhen_TheScoresOverflowTogether() external {
        int256[] memory scores = new int256[](3);
        (scores[0], scores[1], scores[2]) = (type(int256).max, type(int256).max, 2);

        expectPanic(OVERFLOW);
        _payouts.amounts(scores, 100);
    }

    function test_amounts_RevertWhen_TheRewardCannotBeDoubled() external {
        expectPanic(OVERFLOW);
        _payouts.amounts(new int256[](1), 1 << 255);
    }

    function test_amounts_WhenNoScoreIsPositive() external pure {
        vm.assertEq(Payouts.amounts(_scores(0, -1, -7, 0), 80), _amounts(10, 10, 10, 10));
    }

    function test_amounts_WhenSomeScoresArePositive() external pure {
        vm.assertEq(Payouts.amounts(_scores(3, 1, -5, 0), 80), _amounts(40, 20, 10, 10));
    }

    function test_amounts_WhenOneScoreOutweighsTheOthers() external pure {
        // Half of 80 by score and 10 as everybody: 50, where twice the equal part is 40.
        vm.assertEq(Payouts.amounts(_scores(9, -1, -1, -1), 80), _amounts(40, 10, 10, 10));
    }

    function test_amounts_WhenOneContributionIsAlone() external pure {
        int256[] memory scores = new int256[](1);
        scores[0] = 7;

        vm.assertEq(Payouts.amounts(scores, 80)[0], 80);
    }

    function test_amounts_WhenTheRewardDoesNotDivide() external pure {
        // 99 / 2 / 4 = 12 each, and of 49 three and one quarters are 36 and 12; at most 198 / 4 = 49.
        vm.assertEq(Payouts.amounts(_scores(3, 1, 0, 0), 99), _amounts(48, 24, 12, 12));
        vm.assertEq(Payouts.amounts(_scores(1, 0, 0, 0), 99), _amounts(49, 12, 12, 12));
    }

    function test_amounts_WhenThereIsNoReward() external pure {
        vm.assertEq(Payouts.amounts(_scores(3, 1, -5, 0), 0), _amounts(0, 0, 0, 0));
    }

    /* PARTS */

    function _scores(int256 a, int256 b, int256 c, int256 d) private pure returns (int256[] memory scores) {
        scores = new int256[](4);
        (scores[0], scores[1], scores[2], scores[3]) = (a, b, c, d);
    }

    function _amounts(uint256 a, uint256 b, uint256 c, uint256 d) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](4);
        (amounts[0], amounts[1], amounts[2], amounts[3]) = (a, b, c, d);
    }

    function _same(Branch memory left, Branch memory right) private pure {
        vm.assertEq(abi.encode(left), abi.encode(right));
    }
}
