// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Sampling} from "../../src/libraries/Sampling.sol";
import {Suite} from "../support/Suite.sol";

contract SamplingTest is Suite {
    bytes32 private constant SAMPLE = keccak256("sample");

    /* PLACES */

    function test_places_WhenEverySeatIsTaken() external pure {
        vm.assertEq(Sampling.places(4, 100, 100), 4);
        vm.assertEq(Sampling.places(1, 7, 7), 1);
    }

    function test_places_WhenSeatsAreEmpty() external pure {
        vm.assertEq(Sampling.places(4, 100, 50), 8);
        vm.assertEq(Sampling.places(4, 100, 33), 13);
        vm.assertEq(Sampling.places(4, 7, 5), 6);
        vm.assertEq(Sampling.places(4, 5, 4), 5);
    }

    function test_places_WhenThereAreAsManyAsCanBe() external pure {
        uint256 most = type(uint32).max;
        vm.assertEq(Sampling.places(256, most, most), 256);
        vm.assertEq(Sampling.places(256, most, 256), most);
    }

    /* SAMPLES */

    function test_sampled_WhenEverybodyIsAsked() external pure {
        vm.assertTrue(Sampling.sampled(0, 1, 1, 0, 5, 5));
        vm.assertTrue(Sampling.sampled(0, 1, 1, 4, 5, 5));
        vm.assertFalse(Sampling.sampled(0, 1, 1, 5, 5, 5));
    }

    function test_sampled_WhenSomeAreAsked() external pure {
        uint256 asked = 0;
        for (uint32 seat = 0; seat < 100; seat++) {
            bool found = Sampling.sampled(SAMPLE, 3, 2, seat, 100, 10);
            vm.assertTrue(found == (Sampling.permuted(SAMPLE, 3, 2, seat, 100) < 10));
            if (found) asked++;
        }
        vm.assertEq(asked, 10);
        vm.assertFalse(Sampling.sampled(SAMPLE, 3, 2, 100, 100, 100));
    }

    /* TURNS */

    function test_permuted_WhenThereIsOneSeat() external pure {
        vm.assertEq(Sampling.permuted(SAMPLE, 1, 1, 0, 1), 0);
    }

    function test_permuted_WhenThereAreSeveral() external pure {
        for (uint256 seats = 2; seats <= 40; seats++) _isPermutation(seats);
        _isPermutation(256);
        _isPermutation(257);
    }

    function test_permuted_WhenTheEpochChanges() external pure {
        uint256 same = 0;
        for (uint256 seat = 0; seat < 100; seat++) {
            if (Sampling.permuted(SAMPLE, 1, 1, seat, 100) == Sampling.permuted(SAMPLE, 1, 2, seat, 100)) same++;
        }
        vm.assertTrue(same < 10);
    }

    function test_permuted_WhenTheRoundChanges() external pure {
        uint256 same = 0;
        for (uint256 seat = 0; seat < 100; seat++) {
            if (Sampling.permuted(SAMPLE, 1, 1, seat, 100) == Sampling.permuted(SAMPLE, 2, 1, seat, 100)) same++;
        }
        vm.assertTrue(same < 10);
    }

    function test_permuted_WhenItIsWorkedOutByHand() external pure {
        // Of sixteen seats none is ever walked: four rounds over twice two bits, and no more.
        for (uint256 seat = 0; seat < 16; seat++) {
            (uint256 left, uint256 right) = (seat / 4, seat % 4);
            for (uint8 i = 0; i < 4; i++) {
                bytes memory drawn = abi.encodePacked(hex"08", SAMPLE, uint64(5), uint64(9), i, uint32(right));
                (left, right) = (right, left ^ (uint256(keccak256(drawn)) % 4));
            }
            vm.assertEq(Sampling.permuted(SAMPLE, 5, 9, seat, 16), 4 * left + right);
        }
    }

    function _isPermutation(uint256 seats) private pure {
        bool[] memory taken = new bool[](seats);
        for (uint256 seat = 0; seat < seats; seat++) {
            uint256 turn = Sampling.permuted(SAMPLE, 1, 1, seat, seats);
            vm.assertTrue(turn < seats);
            vm.assertFalse(taken[turn]);
            taken[turn] = true;
        }
    }
}
