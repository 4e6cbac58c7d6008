// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Sampling
/// @notice Who is asked in a round that has no room for everybody, as in `commonroot.protocol.sampling`: the seats are
/// shuffled, and the first so many of the shuffled order are asked.
library Sampling {
    uint256 private constant ROUNDS = 4;

    /// @notice How many seats must be asked so that `room` of them are taken, if `live` of `seats` are.
    /// @dev Warning: not more than `seats` only where `live` is at least `room`.
    function places(uint256 room, uint256 seats, uint256 live) internal pure returns (uint32) {
        return uint32((room * seats + live - 1) / live);
    }

    /// @notice Whether a seat is asked in an epoch of a round.
    function sampled(bytes32 sample, uint64 round, uint64 epoch, uint32 seat, uint32 seats, uint32 places_)
        internal
        pure
        returns (bool)
    {
        if (seat >= seats) return false;
        return sample == 0 || permuted(sample, round, epoch, seat, seats) < places_;
    }

    /// @notice Where a seat comes in an epoch's order of `seats` seats: a Feistel network over the least even number of
    /// bits that holds them, walked until it comes back into their range.
    function permuted(bytes32 sample, uint64 round, uint64 epoch, uint256 seat, uint256 seats)
        internal
        pure
        returns (uint256 turn)
    {
        uint256 half = 0;
        while (uint256(1) << (2 * half) < seats) half++;
        turn = seat;
        // One anchor may serve several rounds, and a round several epochs: each asks others.
        bytes memory draw = abi.encodePacked(bytes1(0x08), sample, round, epoch);
        do turn = _shuffled(draw, turn, half); while (turn >= seats);
    }

    function _shuffled(bytes memory draw, uint256 turn, uint256 half) private pure returns (uint256) {
        uint256 mask = (uint256(1) << half) - 1;
        (uint256 left, uint256 right) = (turn >> half, turn & mask);
        for (uint256 i = 0; i < ROUNDS; i++) {
            bytes32 mixed = keccak256(abi.encodePacked(draw, uint8(i), uint32(right)));
            (left, right) = (right, left ^ (uint256(mixed) & mask));
        }
        return left << half | right;
    }
}
