"""Whoever is asked was drawn by a hash that nobody chose, and as many as the round has room for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, OPENING, digest

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import ZERO, Digest
from commonroot.protocol.sampling import half_bits, permuted, places, sampled

SAMPLES = st.binary(min_size=32, max_size=32).map(Digest)


class TestPermuted:
    @BOUNDED
    @given(st.integers(1, 400), SAMPLES, st.integers(1, 2**64 - 1))
    def test_gives_every_seat_a_place_of_its_own(
        self, seats: int, sample: Digest, epoch: int
    ) -> None:
        """
        Whatever the number of seats, the shuffle is a permutation of them.
        """
        opening = replace(OPENING, seats=seats, sample=sample, epoch=epoch)
        found = [permuted(seat, opening) for seat in range(seats)]

        assert sorted(found) == list(range(seats))

    @pytest.mark.parametrize("seats", [2**32 - 1, 2**31 + 1, 2**30 + 1])
    def test_holds_as_many_seats_as_there_can_be(self, seats: int) -> None:
        """
        The last of four thousand million seats has its place too.
        """
        opening = replace(OPENING, seats=seats, sample=digest("a block"))

        assert 0 <= permuted(seats - 1, opening) < seats

    @pytest.mark.parametrize("seats", [16, 100])
    def test_shuffles_otherwise_in_another_round_and_epoch_and_by_another_block(
        self, seats: int
    ) -> None:
        """
        Who is not there stops one epoch, not the program; rounds that share a sample ask others.
        """
        openings = [
            replace(OPENING, seats=seats, sample=digest(block), round=round, epoch=epoch)
            for block in ("one", "two")
            for round in (1, 2)
            for epoch in (1, 2, 3)
        ]
        orders = {tuple(permuted(seat, each) for seat in range(seats)) for each in openings}

        assert len(orders) == 12

    def test_favours_no_seat(self) -> None:
        """
        Over four thousand epochs each of ten seats comes first about four hundred times.
        """
        first = [0] * 10
        for epoch in range(4000):
            opening = replace(OPENING, seats=10, sample=digest("a block"), epoch=epoch)
            first[[permuted(seat, opening) for seat in range(10)].index(0)] += 1

        # Five standard deviations of a fair draw, which is 19.
        assert all(abs(count - 400) < 95 for count in first), first

    @pytest.mark.parametrize(("seat", "seats"), [(-1, 5), (5, 5), (0, 0), (0, 2**32)])
    def test_refuses_a_seat_that_is_not(self, seat: int, seats: int) -> None:
        """
        There is no place for a seat that nobody could have taken.
        """
        with pytest.raises(ProtocolError, match=f"There is no seat {seat} among {seats}"):
            permuted(seat, replace(OPENING, seats=seats))

    @pytest.mark.parametrize(
        ("seats", "half"), [(1, 0), (2, 1), (4, 1), (5, 2), (16, 2), (17, 3), (2**32 - 1, 16)]
    )
    def test_takes_the_fewest_even_bits(self, seats: int, half: int) -> None:
        """
        Walking along a cycle never takes more than four turns on average.
        """
        assert half_bits(seats) == half
        assert 4**half >= seats


class TestSampled:
    @BOUNDED
    @given(st.integers(1, 60), st.integers(0, 60), SAMPLES.filter(any))
    def test_asks_as_many_seats_as_there_are_places(
        self, seats: int, asked: int, sample: Digest
    ) -> None:
        """
        Neither more nor fewer.
        """
        opening = replace(OPENING, seats=seats, places=min(asked, seats), sample=sample)

        assert sum(sampled(seat, opening) for seat in range(seats + 5)) == opening.places

    def test_asks_everybody_without_a_sample(self) -> None:
        """
        Where there is room for all, all who sat there at the opening are asked, and nobody else.
        """
        opening = replace(OPENING, seats=5, places=2, sample=ZERO)

        assert [sampled(seat, opening) for seat in (-1, 0, 4, 5)] == [False, True, True, False]


class TestPlaces:
    @pytest.mark.parametrize(
        ("most", "seats", "live", "expected"),
        [
            (4, 10, 10, 4),
            (4, 10, 5, 8),  # every other seat is empty
            (4, 10, 7, 6),  # 40/7, rounded up
            (4, 10, 4, 10),
            (4, 10, 3, 10),  # never more than there are
            (4, 10, 0, 10),  # nobody is there: no division by them
            (256, 2**32 - 1, 2**32 - 1, 256),
        ],
    )
    def test_makes_up_for_empty_seats(
        self, most: int, seats: int, live: int, expected: int
    ) -> None:
        """
        As many places as it takes to find the round's nodes among all seats.
        """
        assert places(most, seats, live) == expected
