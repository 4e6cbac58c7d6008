"""Scores are exact integers, and no delta scores more for being long."""

from __future__ import annotations

from decimal import Context
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.protocol.samples import BOUNDED, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, Fixed, OutOfRange
from commonroot.protocol.scores import Sums, prefix_sums, score, scores

GRADIENTS = arrays.arrays(np.int32, 192, elements=st.integers(-GRADIENT_MAX, GRADIENT_MAX))
DELTAS = arrays.arrays(np.int32, 192, elements=st.integers(-DELTA_MAX, DELTA_MAX))
EXACT = Context(prec=200)


def vector(*chunks: list[int]) -> Fixed:
    """Return a vector of chunks that begin with the given lanes."""
    return np.concatenate([lanes(*chunk) for chunk in chunks])


class TestPrefixSums:
    def test_add_up_chunk_by_chunk(self) -> None:
        """
        2*3 + 1*(-4) = 2 after the first chunk, and 5*1 more after the second.
        """
        sums = prefix_sums(vector([2, 1], [5]), vector([3, -4], [1]), weight_chunks=2)

        assert sums == Sums(dots=(2, 7), squares=(25, 26))

    def test_leave_moments_out(self) -> None:
        """
        What an inner optimizer remembers counts for neither score nor norm.
        """
        sums = prefix_sums(vector([2], [9]), vector([3], [9]), weight_chunks=1)

        assert sums == Sums(dots=(6, 6), squares=(9, 9))

    @BOUNDED
    @given(GRADIENTS, DELTAS)
    def test_are_exact(self, gradient: Fixed, delta: Fixed) -> None:
        """
        Through every chunk they are what Python's integers give.
        """
        sums = prefix_sums(gradient, delta, weight_chunks=3)

        pairs = [(int(slope), int(move)) for slope, move in zip(gradient, delta, strict=True)]
        for at in range(3):
            through = pairs[: 64 * (at + 1)]
            assert sums.dots[at] == sum(slope * move for slope, move in through)
            assert sums.squares[at] == sum(move * move for _, move in through)

    def test_pass_64_bits(self) -> None:
        """
        A hundred thousand lanes at the bound have a square of more than 64 bits.
        """
        full = np.full(64 * 2048, DELTA_MAX, np.int32)

        sums = prefix_sums(np.full_like(full, -GRADIENT_MAX), full, weight_chunks=2048)

        assert sums.squares[-1] == 2**17 * 2**48
        assert sums.dots[-1] == -(2**17) * 2**39

    @pytest.mark.parametrize("what", ["gradient", "delta"])
    def test_refuse_a_lane_out_of_bounds(self, what: str) -> None:
        """
        The bounds that the sums were reckoned with are checked where they matter.
        """
        large = lanes(DELTA_MAX + 1)
        pair = (large, lanes(0)) if what == "gradient" else (lanes(0), large)

        with pytest.raises(OutOfRange, match=f"Lane 0 of the {what}"):
            prefix_sums(*pair, weight_chunks=1)

    def test_refuse_two_lengths(self) -> None:
        """
        A gradient belongs to a vector of its own length.
        """
        with pytest.raises(ProtocolError, match="differ in length"):
            prefix_sums(lanes(1), np.zeros(128, np.int32), weight_chunks=1)


class TestScore:
    @pytest.mark.parametrize(
        ("dot", "square", "weight", "cap", "expected"),
        [
            (-100, 25, 1, 5, 100),  # as long as the cap: as it is
            (-100, 26, 1, 5, 83),  # just longer: 500 // 6
            (100, 26, 2, 5, -167),  # downhill for nobody: floor(-1000 / 6)
            (-100, 25, 3, 5, 300),
            (0, 10**30, 1, 1, 0),
        ],
    )
    def test_by_hand(self, dot: int, square: int, weight: int, cap: int, expected: int) -> None:
        """
        A fall of the loss is a gain, times the weight, shortened to the cap.
        """
        assert score(dot, square, weight, cap) == expected

    @BOUNDED
    @given(
        st.integers(-(2**70), 2**70),
        st.integers(0, 2**90),
        st.integers(1, 2**20),
        st.integers(1, 2**64 - 1),
    )
    def test_is_the_formula_in_decimals(self, dot: int, square: int, weight: int, cap: int) -> None:
        """
        With the norm rounded up, which 200 decimal digits show, the score is the exact floor.
        """
        root = EXACT.sqrt(EXACT.create_decimal(square))
        norm = int(root.to_integral_value("ROUND_CEILING"))
        exact = Fraction(-dot * weight)
        if square > cap * cap:
            exact *= Fraction(cap, norm)

        assert score(dot, square, weight, cap) == floor(exact)

    @BOUNDED
    @given(st.integers(1, 2**90), st.integers(1, 2**40))
    def test_never_counts_more_than_the_cap(self, square: int, cap: int) -> None:
        """
        A delta along the gradient that is longer than the cap gains at most what the cap gains.
        """
        unit = 2**40
        gain = score(-unit * square, square, 1, cap)

        # Along itself a delta's dot is its square; at the cap that is cap * |delta|.
        assert gain <= unit * square
        assert gain * gain <= (unit * cap) ** 2 * square

    def test_of_many_goes_by_each_ones_last_sum(self) -> None:
        """
        Only what stands in the last row counts.
        """
        sums = [Sums((5, -7), (1, 4)), Sums((0, 3), (9, 9))]

        assert scores(sums, [2, 1], norm_cap=10) == [14, -3]
