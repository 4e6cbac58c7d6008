// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Averages} from "../../src/libraries/Averages.sol";
import {Lanes} from "../../src/libraries/Lanes.sol";
import {Rows} from "../support/Rows.sol";
import {Suite} from "../support/Suite.sol";

contract AveragesFuzz is Suite {
    /// @notice A quotient is the greatest number that does not exceed the true one.
    function testFuzz_floorDivide_RoundsDown(int256 over, int256 under) external pure {
        over = bound(over, type(int200).min, type(int200).max);
        under = bound(under, 1, 1 << 50);

        int256 quotient = Lanes.floorDivide(over, under);

        vm.assertLe(quotient * under, over);
        vm.assertTrue((quotient + 1) * under > over);
    }

    /// @notice Sorting is that of a plain loop, for lists of any length.
    function testFuzz_sorted_IsThatOfALoop(int256[] memory numbers) external pure {
        int256[] memory expected = abi.decode(abi.encode(numbers), (int256[]));
        Rows.ascend(expected);

        vm.assertEq(abi.encode(Averages.sorted(numbers)), abi.encode(expected));
    }

    /// @notice No order makes a list of 256 more than twice as costly to sort as another.
    /// forge-config: default.fuzz.runs = 16
    /// forge-config: plain.fuzz.runs = 16
    /// forge-config: mutate.fuzz.runs = 4
    function testFuzz_sorted_CostsAboutTheSame(uint256 seed, uint8 kinds) external view {
        int256[] memory ascending = new int256[](256);
        int256[] memory drawn = new int256[](256);
        for (uint256 i = 0; i < 256; i++) {
            ascending[i] = int256(i);
            drawn[i] = int256(uint256(keccak256(abi.encode(seed, i))) % (1 + uint256(kinds)));
        }
        uint256 begun = gasleft();
        Averages.sorted(ascending);
        uint256 least = begun - gasleft();

        begun = gasleft();
        Averages.sorted(drawn);

        vm.assertLe(begun - gasleft(), 2 * least);
    }

    /// @notice A lane moves by its step's part of the mean, to the nearest number, halves up.
    function testFuzz_stepped_IsTheNearest(int32 base, int64 sum, uint32 weight, uint16 over, uint16 under)
        external
        pure
    {
        weight = uint32(bound(weight, 1, 1 << 20));
        over = uint16(bound(over, 1, 1 << 10));
        under = uint16(bound(under, 1, 1 << 10));
        int256 bounded = int256(sum) % (1 << 44);

        int256 found = Lanes.stepped(base, bounded, weight, over, under);

        if (found == type(int32).max || found == type(int32).min) return;
        // Twice the distance to the true value, in parts of `under * weight`.
        int256 whole = int256(uint256(under) * weight);
        int256 distance = 2 * ((found - base) * whole - int256(uint256(over)) * bounded);
        vm.assertLe(distance, whole);
        vm.assertTrue(distance > -whole);
    }

    /// @notice Shortened, a number is that of a plain reckoning, and no farther from zero.
    function testFuzz_shortened_IsThatOfALoop(int128 value, uint128 square, uint64 cap) external pure {
        vm.assume(value > -(1 << 99) && value < 1 << 99);

        vm.assertEq(Averages.shortened(value, square, cap), _shortened(value, square, cap));
    }

    // The multiple that the plain reckoning adds is too small for a product of such a cap: take its floor by halves.
    function _shortened(int256 value, uint256 square, uint256 cap) private pure returns (int256) {
        if (square <= cap * cap) return value;
        uint256 norm = Rows.norm(square);
        uint256 product = uint256(value < 0 ? -value : value) * cap;
        return value < 0 ? -int256((product + norm - 1) / norm) : int256(product / norm);
    }
}
