// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Averages} from "../../src/libraries/Averages.sol";
import {Suite} from "../support/Suite.sol";

contract AveragesHarness {
    function weighted(int256[] memory deltas, bytes calldata weights) external pure returns (int256, uint256) {
        return Averages.weighted(deltas, weights);
    }
}

contract AveragesTest is Suite {
    AveragesHarness private _averages = new AveragesHarness();

    /* WEIGHTED MEANS */

    function test_weighted_RevertWhen_AllWeightsAreZero() external {
        vm.expectRevert(abi.encodeWithSelector(Averages.NoWeight.selector));
        _averages.weighted(_list(5, 6), new bytes(8));
    }

    function test_weighted_RevertWhen_AWeightIsMissing() external {
        vm.expectRevert();
        _averages.weighted(_list(5, 6), hex"00000001");
    }

    function test_weighted_WhenWeightsDiffer() external view {
        (int256 sum, uint256 total) = _averages.weighted(_list(5, -7), hex"0000000200000003");

        vm.assertEq(sum, -11);
        vm.assertEq(total, 5);
    }

    function test_weighted_WhenOneWeighsNothing() external view {
        (int256 sum, uint256 total) = _averages.weighted(_list(5, -7), hex"00000000ffffffff");

        vm.assertEq(sum, -7 * int256(uint256(type(uint32).max)));
        vm.assertEq(total, type(uint32).max);
    }

    /* MEDIANS */

    function test_median_WhenThereIsOne() external pure {
        _median(_list(-9), -9);
    }

    function test_median_WhenTheCountIsOdd() external pure {
        _median(_list(3, 1, 2), 2);
        _median(_list(-3, 5, -4), -3);
    }

    function test_median_WhenTheCountIsEven() external pure {
        _median(_list(1, 4), 2);
        _median(_list(2, 4), 3);
        _median(_list(-1, -4), -3);
        _median(_list(9, 1, 2, 100), 5);
    }

    /* TRIMMED MEANS */

    function test_trimmed_WhenNothingIsCut() external pure {
        _trimmed(_list(9, -1, 2), 3333, 10, 3);
        _trimmed(_list(4), 4999, 4, 1);
    }

    function test_trimmed_WhenBothEndsAreCut() external pure {
        _trimmed(_list(9, -1, 2), 3334, 2, 1);
        _trimmed(_list(9, -1, 2, 100), 2500, 11, 2);
        _trimmed(_list(9, -1, 2, 100), 2499, 110, 4);
        _trimmed(_list(9, -1, 2, 100), 4999, 11, 2);
    }

    function test_trimmed_WhenAsMuchAsCanBeIsCut() external pure {
        int256[] memory numbers = new int256[](256);
        for (uint256 i = 0; i < 256; i++) numbers[i] = int256((i * 37) % 256);

        // 127 at each end: the two in the middle are left.
        _trimmed(numbers, 4999, 127 + 128, 2);
    }

    /* SHORTENING */

    function test_shortened_WhenTheDeltaIsShortEnough() external pure {
        vm.assertEq(Averages.shortened(7, 100, 10), 7);
        vm.assertEq(Averages.shortened(-7, 0, 0), -7);
    }

    function test_shortened_WhenTheDeltaIsTooLong() external pure {
        // The norm of 101 is 11, rounded up.
        vm.assertEq(Averages.shortened(7, 101, 10), 6);
        vm.assertEq(Averages.shortened(7, 121, 10), 6);
        vm.assertEq(Averages.shortened(-7, 121, 10), -7);
        vm.assertEq(Averages.shortened(7, 122, 10), 5);
        vm.assertEq(Averages.shortened(22, 121, 1), 2);
    }

    function test_shortened_WhenNothingIsAllowed() external pure {
        vm.assertEq(Averages.shortened(7, 1, 0), 0);
        vm.assertEq(Averages.shortened(-7, 1, 0), 0);
    }

    function test_shortened_WhenWhatIsCommittedToIsAbsurd() external pure {
        uint256 most = type(uint128).max;
        vm.assertEq(Averages.shortened(1 << 160, most, type(uint64).max), (1 << 160) - (1 << 96));
    }

    /* SORTING */

    function test_sorted_WhenThereIsNothing() external pure {
        vm.assertEq(Averages.sorted(new int256[](0)).length, 0);
    }

    function test_sorted_WhenThereAreEqualOnes() external pure {
        _ascending(_list(2, -1, 2, -1), _list(-1, -1, 2, 2));
    }

    function test_sorted_WhenTheyDescend() external pure {
        _ascending(_list(4, 3, 2, 1), _list(1, 2, 3, 4));
        _ascending(_list(3, 2, 1), _list(1, 2, 3));
    }

    function test_sorted_WhenTheyAscend() external pure {
        _ascending(_list(1, 2, 3, 4), _list(1, 2, 3, 4));
    }

    /* PARTS */

    function _median(int256[] memory numbers, int256 expected) private pure {
        (int256 sum, uint256 total) = Averages.median(numbers);
        vm.assertEq(sum, expected);
        vm.assertEq(total, 1);
    }

    function _trimmed(int256[] memory numbers, uint256 trim, int256 sum, uint256 total) private pure {
        (int256 found, uint256 left) = Averages.trimmed(numbers, trim);
        vm.assertEq(found, sum);
        vm.assertEq(left, total);
    }

    function _ascending(int256[] memory numbers, int256[] memory expected) private pure {
        int256[] memory found = Averages.sorted(numbers);
        vm.assertEq(abi.encode(found), abi.encode(expected));
    }

    function _list(int256 a) private pure returns (int256[] memory made) {
        made = new int256[](1);
        made[0] = a;
    }

    function _list(int256 a, int256 b) private pure returns (int256[] memory made) {
        made = new int256[](2);
        (made[0], made[1]) = (a, b);
    }

    function _list(int256 a, int256 b, int256 c) private pure returns (int256[] memory made) {
        made = new int256[](3);
        (made[0], made[1], made[2]) = (a, b, c);
    }

    function _list(int256 a, int256 b, int256 c, int256 d) private pure returns (int256[] memory made) {
        made = new int256[](4);
        (made[0], made[1], made[2], made[3]) = (a, b, c, d);
    }
}
