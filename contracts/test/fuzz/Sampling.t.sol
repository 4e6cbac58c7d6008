// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening} from "../../src/libraries/Rounds.sol";
import {Sampling} from "../../src/libraries/Sampling.sol";
import {Court} from "../support/Court.sol";

contract SamplingFuzz is Court {
    /// @notice No two seats have the same turn, and every turn is one of the seats'.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: plain.fuzz.runs = 64
    /// forge-config: mutate.fuzz.runs = 16
    function testFuzz_permuted_IsAPermutation(bytes32 sample, uint64 round, uint64 epoch, uint256 seats) external pure {
        seats = bound(seats, 1, 300);
        bool[] memory taken = new bool[](seats);

        for (uint256 seat = 0; seat < seats; seat++) {
            uint256 turn = Sampling.permuted(sample, round, epoch, seat, seats);
            vm.assertTrue(turn < seats);
            vm.assertFalse(taken[turn]);
            taken[turn] = true;
        }
    }

    /// @notice Two seats of however many have different turns, and the turns are those of a plain reckoning.
    function testFuzz_permuted_KeepsSeatsApart(Opening memory opening, uint32 one, uint32 other) external pure {
        vm.assume(opening.seats > 1);
        one %= opening.seats;
        other %= opening.seats;

        uint256 turn = _turn(opening, one);

        vm.assertTrue(turn < opening.seats);
        vm.assertEq(turn, turnOf(opening, one));
        vm.assertTrue((turn == _turn(opening, other)) == (one == other));
    }

    /// @notice Exactly as many seats are asked as there are places.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: plain.fuzz.runs = 64
    /// forge-config: mutate.fuzz.runs = 16
    function testFuzz_sampled_FillsThePlaces(bytes32 sample, uint64 round, uint64 epoch, uint32 seats, uint32 places)
        external
        pure
    {
        vm.assume(sample != 0);
        seats = uint32(bound(seats, 1, 300));
        places = uint32(bound(places, 0, seats));
        uint256 asked = 0;

        for (uint32 seat = 0; seat < 310; seat++) {
            if (Sampling.sampled(sample, round, epoch, seat, seats, places)) asked++;
        }

        vm.assertEq(asked, places);
    }

    /// @notice As many places hold the room on average, and one fewer would not.
    function testFuzz_places_HoldTheRoom(uint16 room, uint32 seats, uint32 live) external pure {
        room = uint16(bound(room, 1, 256));
        seats = uint32(bound(seats, room, type(uint32).max));
        live = uint32(bound(live, room, seats));

        uint256 places = Sampling.places(room, seats, live);

        vm.assertLe(places, seats);
        vm.assertGe(places * live, uint256(room) * seats);
        vm.assertLt((places - 1) * live, uint256(room) * seats);
    }

    function _turn(Opening memory opening, uint256 seat) private pure returns (uint256) {
        return Sampling.permuted(opening.sample, opening.round, opening.epoch, seat, opening.seats);
    }
}
