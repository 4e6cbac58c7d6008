"""
Who is asked in a round, where more take part than it may hold.

Every node has a seat for life. The hash of a block that nobody knew when the last round was final
shuffles the seats, anew for every round and epoch, and those that land on the first places are asked:

    places = min(ceil(max_nodes * seats / live), seats)

since seats may be empty, of `seats` given out, `live` were taken. The shuffle is a Feistel network of four
rounds over the smallest even number of bits, 2h, that holds every seat; a number beyond the last seat goes
through it again until it is one (a permutation of a set, walked along its cycles, permutes every subset):

    (L, R) -> (R, L xor (keccak(0x08 | sample | uint64 round | uint64 epoch | uint8 i | uint32 R) mod 2^h))     i = 0 .. 3

with L the upper half. A sample of zero stands for no shuffle: everybody who has a seat is asked.
"""

from __future__ import annotations

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import SEAT, ZERO, keccak, word
from commonroot.protocol.round import Close, Opening
from commonroot.protocol.whole import ceil_divided

_ROUNDS = 4
MOST_SEATS = 2**32 - 1


def sampled(seat: int, opening: Opening | Close) -> bool:
    """Return whether a seat is asked in the round that was opened."""
    if not 0 <= seat < opening.seats:
        return False
    if opening.sample == ZERO:
        return True
    return permuted(seat, opening) < opening.places


def places(max_nodes: int, seats: int, live: int) -> int:
    """Return on how many places of all seats a round's nodes are looked for."""
    # With nobody there, every seat is a place: a division by zero would stop the program.
    return min(ceil_divided(max_nodes * seats, max(live, 1)), seats)


def permuted(seat: int, opening: Opening | Close) -> int:
    """Return the place of a seat among all seats of a round that samples."""
    seats = opening.seats
    if not 0 <= seat < seats <= MOST_SEATS:
        raise ProtocolError(f"There is no seat {seat} among {seats}.")
    # One sample may serve several rounds, and a round several epochs: each asks others.
    draw = SEAT + opening.sample + word(opening.round, 8) + word(opening.epoch, 8)
    half = half_bits(seats)
    place = _shuffled(seat, half, draw)
    while place >= seats:
        place = _shuffled(place, half, draw)
    return place


def half_bits(seats: int) -> int:
    """Return half of the smallest even number of bits that number every seat."""
    return ceil_divided((seats - 1).bit_length(), 2)


def _shuffled(place: int, half: int, draw: bytes) -> int:
    mask = (1 << half) - 1
    left, right = place >> half, place & mask
    for index in range(_ROUNDS):
        hashed = keccak(draw, word(index, 1), word(right, 4))
        left, right = right, left ^ (int.from_bytes(hashed, "big") & mask)
    return left << half | right
