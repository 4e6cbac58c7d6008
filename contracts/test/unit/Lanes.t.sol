// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "../../src/libraries/Lanes.sol";
import {Chunks} from "../support/Chunks.sol";
import {Suite} from "../support/Suite.sol";

contract LanesHarness {
    function requireChunks(bytes calldata chunks, uint256 count) external pure {
        Lanes.requireChunks(chunks, count);
    }

    function requireLane(uint256 lane) external pure {
        Lanes.requireLane(lane);
    }

    function chunkAt(bytes calldata chunks, uint256 place) external pure returns (bytes memory) {
        return Lanes.chunkAt(chunks, place);
    }

    function laneAt(bytes calldata chunks, uint256 place, uint256 lane) external pure returns (int256) {
        return Lanes.laneAt(chunks, place, lane);
    }

    function across(bytes calldata chunks, uint256 count, uint256 lane) external pure returns (int256[] memory) {
        return Lanes.across(chunks, count, lane);
    }

    function floorDivide(int256 over, int256 under) external pure returns (int256) {
        return Lanes.floorDivide(over, under);
    }
}

contract LanesTest is Suite {
    int256 private constant HIGHEST = type(int32).max;
    int256 private constant LOWEST = type(int32).min;

    LanesHarness private _lanes = new LanesHarness();

    /* CHUNKS */

    function test_requireChunks_RevertWhen_ThereAreTooFewBytes() external {
        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 511, 512));
        _lanes.requireChunks(new bytes(511), 2);
    }

    function test_requireChunks_RevertWhen_ThereAreTooManyBytes() external {
        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 257, 256));
        _lanes.requireChunks(new bytes(257), 1);
    }

    function test_requireChunks_WhenTheyAreWhole() external view {
        _lanes.requireChunks(new bytes(512), 2);
        _lanes.requireChunks("", 0);
    }

    function test_chunkAt_RevertWhen_ThereIsNoSuchChunk() external {
        vm.expectRevert();
        _lanes.chunkAt(new bytes(511), 1);
    }

    function test_chunkAt_WhenThereAreSeveral() external view {
        bytes memory both = bytes.concat(Chunks.filled(3), Chunks.random(1, 99));

        vm.assertEq(_lanes.chunkAt(both, 0), Chunks.filled(3));
        vm.assertEq(_lanes.chunkAt(both, 1), Chunks.random(1, 99));
    }

    /* LANES */

    function test_requireLane_RevertWhen_NoChunkHasIt() external {
        vm.expectRevert(abi.encodeWithSelector(Lanes.NoSuchLane.selector, 64));
        _lanes.requireLane(64);
    }

    function test_requireLane_WhenAChunkHasIt() external view {
        _lanes.requireLane(0);
        _lanes.requireLane(63);
    }

    function test_laneAt_WhenItIsAnywhere() external view {
        bytes memory both = bytes.concat(Chunks.random(1, 1 << 30), Chunks.random(2, 1 << 30));
        for (uint256 lane = 0; lane < 64; lane++) {
            vm.assertEq(_lanes.laneAt(both, 0, lane), Chunks.laneOf(Chunks.random(1, 1 << 30), lane));
            vm.assertEq(_lanes.laneAt(both, 1, lane), Chunks.laneOf(Chunks.random(2, 1 << 30), lane));
        }
    }

    function test_laneAt_WhenItIsAsFarOutAsItGoes() external view {
        bytes memory chunk = Chunks.filled(type(int32).min);
        Chunks.put(chunk, 1, type(int32).max);
        Chunks.put(chunk, 2, -1);

        vm.assertEq(_lanes.laneAt(chunk, 0, 0), LOWEST);
        vm.assertEq(_lanes.laneAt(chunk, 0, 1), HIGHEST);
        vm.assertEq(_lanes.laneAt(chunk, 0, 2), -1);
    }

    function test_across_WhenThereAreSeveralChunks() external view {
        bytes memory three = bytes.concat(Chunks.filled(-3), Chunks.filled(7), Chunks.filled(11));

        int256[] memory found = _lanes.across(three, 2, 63);

        vm.assertEq(found.length, 2);
        vm.assertEq(found[0], -3);
        vm.assertEq(found[1], 7);
    }

    /* STEPS */

    function test_stepped_WhenTheShareIsWhole() external pure {
        vm.assertEq(Lanes.stepped(10, 6, 3, 1, 1), 12);
        vm.assertEq(Lanes.stepped(10, -6, 3, 1, 1), 8);
        vm.assertEq(Lanes.stepped(10, 6, 3, 3, 2), 13);
    }

    function test_stepped_WhenTheShareEndsInAHalf() external pure {
        // Halves go up, on both sides of zero.
        vm.assertEq(Lanes.stepped(0, 1, 2, 1, 1), 1);
        vm.assertEq(Lanes.stepped(0, -1, 2, 1, 1), 0);
        vm.assertEq(Lanes.stepped(0, 3, 2, 1, 1), 2);
        vm.assertEq(Lanes.stepped(0, -3, 2, 1, 1), -1);
        vm.assertEq(Lanes.stepped(0, 1, 1, 1, 2), 1);
        vm.assertEq(Lanes.stepped(0, 1, 1, 3, 2), 2);
    }

    function test_stepped_WhenTheShareIsNearer() external pure {
        vm.assertEq(Lanes.stepped(0, 1, 3, 1, 1), 0);
        vm.assertEq(Lanes.stepped(0, 2, 3, 1, 1), 1);
        vm.assertEq(Lanes.stepped(0, -1, 3, 1, 1), 0);
        vm.assertEq(Lanes.stepped(0, -2, 3, 1, 1), -1);
    }

    function test_stepped_WhenItReachesTheEnds() external pure {
        vm.assertEq(Lanes.stepped(HIGHEST - 1, 1, 1, 1, 1), HIGHEST);
        vm.assertEq(Lanes.stepped(LOWEST + 1, -1, 1, 1, 1), LOWEST);
    }

    function test_stepped_WhenItGoesBeyondTheEnds() external pure {
        vm.assertEq(Lanes.stepped(HIGHEST, 1, 1, 1, 1), HIGHEST);
        vm.assertEq(Lanes.stepped(LOWEST, -1, 1, 1, 1), LOWEST);
        vm.assertEq(Lanes.stepped(HIGHEST, 1 << 24, 1, 1 << 10, 1), HIGHEST);
        vm.assertEq(Lanes.stepped(LOWEST, -(1 << 24), 1, 1 << 10, 1), LOWEST);
    }

    function test_stepped_WhenWhatIsCommittedToIsAbsurd() external pure {
        // 256 contributions of the largest lane and weight that bytes can spell: a lie must not save itself.
        int256 most = 256 * HIGHEST * int256(uint256(type(uint32).max));
        uint256 total = 256 * uint256(type(uint32).max);

        vm.assertEq(Lanes.stepped(0, most, total, 1, 1), HIGHEST);
        vm.assertEq(Lanes.stepped(0, most, 1, 1 << 10, 1), HIGHEST);
        vm.assertEq(Lanes.stepped(0, -most, 1, 1 << 10, 1), LOWEST);
        vm.assertEq(Lanes.stepped(0, 1, total, 1, 1 << 10), 0);
    }

    /* QUOTIENTS */

    function test_floorDivide_RevertWhen_DividedByZero() external {
        expectPanic(DIVISION);
        _lanes.floorDivide(1, 0);
    }

    function test_floorDivide_WhenBothArePositive() external pure {
        vm.assertEq(Lanes.floorDivide(7, 2), 3);
        vm.assertEq(Lanes.floorDivide(1, 2), 0);
    }

    function test_floorDivide_WhenTheNumeratorIsNegative() external pure {
        vm.assertEq(Lanes.floorDivide(-7, 2), -4);
        vm.assertEq(Lanes.floorDivide(-1, 2), -1);
        vm.assertEq(Lanes.floorDivide(type(int256).min + 1, 2), type(int256).min / 2);
    }

    function test_floorDivide_WhenNothingIsLeftOver() external pure {
        vm.assertEq(Lanes.floorDivide(8, 2), 4);
        vm.assertEq(Lanes.floorDivide(-8, 2), -4);
        vm.assertEq(Lanes.floorDivide(0, 2), 0);
    }
}
