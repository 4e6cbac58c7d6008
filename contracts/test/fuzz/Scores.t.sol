// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Scores} from "../../src/libraries/Scores.sol";
import {Chunks} from "../support/Chunks.sol";
import {Suite} from "../support/Suite.sol";

contract ScoresFuzz is Suite {
    /// @notice The sums are those of a plain loop over bytes.
    function testFuzz_sums_AreThoseOfALoop(uint256 left, uint256 right, int32 most) external view {
        most = int32(bound(most, 0, type(int32).max));
        bytes memory gradient = Chunks.random(left, most);
        bytes memory delta = Chunks.random(right, most);
        int256 expectedDot = 0;
        uint256 expectedSquare = 0;
        for (uint256 i = 0; i < Chunks.LANES; i++) {
            int256 move = Chunks.laneOf(delta, i);
            expectedDot += Chunks.laneOf(gradient, i) * move;
            expectedSquare += uint256(move * move);
        }

        (int256 dot, uint256 square) = this.sums(gradient, delta);

        vm.assertEq(dot, expectedDot);
        vm.assertEq(square, expectedSquare);
    }

    /// @notice The square of a product's sum is at most the product of the squares: no score exceeds what norms allow.
    function testFuzz_sums_ObeyCauchyAndSchwarz(uint256 left, uint256 right) external view {
        bytes memory gradient = Chunks.random(left, 1 << 15);
        bytes memory delta = Chunks.random(right, 1 << 24);

        (int256 dot, uint256 square) = this.sums(gradient, delta);
        (, uint256 slope) = this.sums(gradient, gradient);

        vm.assertLe(uint256(dot * dot), square * slope);
    }

    /// @notice Shortening never turns a loss into a gain and never makes either larger.
    function testFuzz_score_ShortensTowardZero(int128 dot, uint128 square, uint32 weight, uint64 cap) external pure {
        int256 whole = Scores.score(dot, square, weight, type(uint64).max);

        int256 found = Scores.score(dot, square, weight, cap);

        if (whole >= 0) {
            vm.assertGe(found, int256(0));
            vm.assertLe(found, whole);
        } else {
            vm.assertLe(found, int256(0));
            vm.assertGe(found, whole);
        }
    }

    /// @notice Growing a delta beyond the cap earns nothing: the shortened score is that of a delta within it.
    function testFuzz_score_IsBoundedByTheCap(uint64 gradient, uint64 length, uint64 cap) external pure {
        gradient = uint64(bound(gradient, 1, 1 << 40));
        length = uint64(bound(length, 1, 1 << 40));
        cap = uint64(bound(cap, 1, 1 << 40));
        // A delta straight against the gradient: its product is minus both lengths multiplied.
        int128 dot = -int128(uint128(gradient) * length);

        int256 found = Scores.score(dot, uint128(length) * length, 1, cap);

        vm.assertLe(found, int256(uint256(gradient) * cap));
    }

    function sums(bytes calldata gradient, bytes calldata delta) external pure returns (int256, uint256) {
        return Scores.sums(gradient, delta);
    }
}
