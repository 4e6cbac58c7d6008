// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payouts} from "../../src/libraries/Payouts.sol";
import {Suite} from "../support/Suite.sol";

contract PayFuzz is Suite {
    /// @notice Never more than there is, and never more for one than twice the equal part.
    function testFuzz_amounts_FitIntoTheReward(int200[] calldata drawn, uint256 reward) external pure {
        vm.assume(drawn.length > 0 && drawn.length <= 256);
        reward = bound(reward, 0, type(uint192).max);

        uint256[] memory paid = Payouts.amounts(_wide(drawn), reward);

        uint256 sum = 0;
        for (uint256 i = 0; i < paid.length; i++) {
            vm.assertLe(paid[i] * paid.length, 2 * reward);
            sum += paid[i];
        }
        vm.assertEq(paid.length, drawn.length);
        vm.assertLe(sum, reward);
    }

    /// @notice Everybody gets the equal part, whatever their score.
    function testFuzz_amounts_LeaveNobodyOut(int200[] calldata drawn, uint256 reward) external pure {
        vm.assume(drawn.length > 0 && drawn.length <= 256);
        reward = bound(reward, 0, type(uint192).max);

        uint256[] memory paid = Payouts.amounts(_wide(drawn), reward);

        for (uint256 i = 0; i < paid.length; i++) {
            vm.assertGe(paid[i], reward / 2 / paid.length);
            if (drawn[i] <= 0) vm.assertEq(paid[i], reward / 2 / paid.length);
        }
    }

    /// @notice A higher score never earns less, and the same score the same.
    function testFuzz_amounts_FollowTheScores(int200[] calldata drawn, uint256 reward) external pure {
        vm.assume(drawn.length > 1 && drawn.length <= 64);
        reward = bound(reward, 0, type(uint192).max);

        uint256[] memory paid = Payouts.amounts(_wide(drawn), reward);

        for (uint256 i = 1; i < paid.length; i++) {
            if (drawn[i] >= drawn[i - 1]) vm.assertGe(paid[i], paid[i - 1]);
            if (drawn[i] <= drawn[i - 1]) vm.assertLe(paid[i], paid[i - 1]);
        }
    }

    /// @notice Raising one's own score never raises another's pay.
    function testFuzz_amounts_OfOthersDoNotRise(int200[] calldata drawn, uint256 place, uint128 more, uint256 reward)
        external
        pure
    {
        vm.assume(drawn.length > 1 && drawn.length <= 64);
        place = bound(place, 0, drawn.length - 1);
        reward = bound(reward, 0, type(uint192).max);
        int256[] memory scores = _wide(drawn);

        uint256[] memory before = Payouts.amounts(scores, reward);
        scores[place] += int256(uint256(more));
        uint256[] memory later = Payouts.amounts(scores, reward);

        for (uint256 i = 0; i < later.length; i++) {
            if (i == place) vm.assertGe(later[i], before[i]);
            else vm.assertLe(later[i], before[i]);
        }
    }

    function _wide(int200[] calldata drawn) private pure returns (int256[] memory scores) {
        scores = new int256[](drawn.length);
        for (uint256 i = 0; i < drawn.length; i++) scores[i] = drawn[i];
    }
}
