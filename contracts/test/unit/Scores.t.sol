// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "../../src/libraries/Lanes.sol";
import {Scores} from "../../src/libraries/Scores.sol";
import {Chunks} from "../support/Chunks.sol";
import {Suite} from "../support/Suite.sol";

contract ScoresHarness {
    function sums(bytes calldata gradient, bytes calldata delta) external pure returns (int256, uint256) {
        return Scores.sums(gradient, delta);
    }
}

contract ScoresTest is Suite {
    ScoresHarness private _scores = new ScoresHarness();

    /* SUMS */

    function test_sums_RevertWhen_TheGradientIsNoChunk() external {
        bytes memory delta = Chunks.filled(1);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 255, 256));
        _scores.sums(new bytes(255), delta);
    }

    function test_sums_RevertWhen_TheDeltaIsNoChunk() external {
        bytes memory gradient = Chunks.filled(1);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 257, 256));
        _scores.sums(gradient, new bytes(257));
    }

    function test_sums_WhenSignsDiffer() external view {
        bytes memory gradient = Chunks.filled(2);
        bytes memory delta = Chunks.filled(3);
        Chunks.put(delta, 63, -5);

        (int256 dot, uint256 square) = _scores.sums(gradient, delta);

        vm.assertEq(dot, 63 * 6 - 10);
        vm.assertEq(square, 63 * 9 + 25);
    }

    function test_sums_WhenOnlyOneLaneMoves() external view {
        int32[] memory slopes = new int32[](64);
        for (uint256 i = 0; i < 64; i++) slopes[i] = int32(int256(i + 1));
        bytes memory gradient = Chunks.packed(slopes);
        for (uint256 i = 0; i < 64; i++) {
            bytes memory delta = new bytes(256);
            Chunks.put(delta, i, -100);

            (int256 dot, uint256 square) = _scores.sums(gradient, delta);

            vm.assertEq(dot, -100 * int256(i + 1));
            vm.assertEq(square, 10_000);
        }
    }

    function test_sums_WhenAllLanesAreAsFarDownAsTheyGo() external view {
        bytes memory lowest = Chunks.filled(type(int32).min);

        (int256 dot, uint256 square) = _scores.sums(lowest, lowest);

        vm.assertEq(dot, 1 << 68);
        vm.assertEq(square, 1 << 68);
    }

    /* SCORES */

    function test_score_WhenTheDeltaIsShorterThanTheCap() external pure {
        vm.assertEq(Scores.score(-30, 99, 2, 10), 60);
        vm.assertEq(Scores.score(30, 99, 2, 10), -60);
    }

    function test_score_WhenTheDeltaIsAsLongAsTheCap() external pure {
        vm.assertEq(Scores.score(-30, 100, 2, 10), 60);
    }

    function test_score_WhenTheDeltaIsLongerThanTheCap() external pure {
        // A square of 101 to 121 has a norm of 11, rounded up: 60 * 10 / 11 is 54.5.
        vm.assertEq(Scores.score(-30, 101, 2, 10), 54);
        vm.assertEq(Scores.score(-30, 121, 2, 10), 54);
        vm.assertEq(Scores.score(-30, 122, 2, 10), 50);
    }

    function test_score_WhenALossIsShortened() external pure {
        vm.assertEq(Scores.score(30, 121, 2, 10), -55);
    }

    function test_score_WhenNothingWasMoved() external pure {
        vm.assertEq(Scores.score(0, 0, 7, 10), 0);
        vm.assertEq(Scores.score(0, 0, 7, 0), 0);
    }

    function test_score_WhenTheBoundsAreReached() external pure {
        uint32 weight = type(uint32).max;
        int256 gain = (1 << 127) * int256(uint256(weight));

        vm.assertEq(Scores.score(type(int128).min, 1, weight, type(uint64).max), gain);
        // The norm of the largest square is 2^64, rounded up.
        int256 shortened = Scores.score(type(int128).min, type(uint128).max, weight, type(uint64).max);
        vm.assertEq(shortened, gain / (1 << 64) * int256(uint256(type(uint64).max)));
    }
}
