"""Floats become lanes in one way only, and what has no place among them is refused by lane."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.protocol.samples import BOUNDED, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol import fixed
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANE_MAX, LANE_MIN

INT32 = arrays.arrays(np.int32, 64, elements=st.integers(LANE_MIN, LANE_MAX))
EXACT = arrays.arrays(np.int32, 64, elements=st.integers(-DELTA_MAX, DELTA_MAX))
NEAR = arrays.arrays(np.int32, 64, elements=st.integers(-(2**23), 2**23))
FLOAT32 = arrays.arrays(np.float32, 64, elements=st.floats(-8, 8, width=32))
SCALES = st.integers(0, 30)


class TestEncode:
    @BOUNDED
    @given(EXACT, SCALES)
    def test_undoes_decode_where_float32_is_exact(self, vector: fixed.Fixed, scale: int) -> None:
        """
        Lanes of up to 24 bits survive becoming floats and coming back, at every scale.
        """
        floats = fixed.decode(vector, scale).astype(np.float64)

        assert np.array_equal(fixed.encode(floats, scale), vector)

    def test_takes_the_ends(self) -> None:
        """
        The smallest and the largest lane are numbers like any other.
        """
        floats = np.array([LANE_MIN, LANE_MAX], np.float64) / 2**20

        assert fixed.encode(floats, 20).tolist() == [LANE_MIN, LANE_MAX]

    def test_rounds_half_to_even(self) -> None:
        """
        A half goes to the even neighbour, on both sides of zero.
        """
        halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5])

        assert fixed.encode(halves, 0).tolist() == [0, 2, 2, 0, -2, -2]

    def test_takes_a_scale_for_each_lane(self) -> None:
        """
        Lanes may be scaled one by one.
        """
        assert fixed.encode(np.array([1.0, 1.0]), np.array([0, 4])).tolist() == [1, 16]

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
    def test_refuses_what_is_not_finite(self, wrong: float) -> None:
        """
        NaN and infinity are refused before anything is rounded, and the lane is named.
        """
        with pytest.raises(fixed.NotFinite, match=rf"Lane 2 of the vector is {wrong}"):
            fixed.encode(np.array([0.0, 1.0, wrong, wrong]), 20)

    @pytest.mark.parametrize("wrong", [2048.0, -2048.000001, 1e300, -1.7e308])
    def test_refuses_what_does_not_fit(self, wrong: float) -> None:
        """
        A float that is no int32 after scaling is refused, not cut off, and the lane is named.
        """
        with pytest.raises(fixed.OutOfRange, match="Lane 1 of the vector"):
            fixed.encode(np.array([0.0, wrong]), 20)


class TestDelta:
    @BOUNDED
    @given(INT32, SCALES)
    def test_is_zero_where_training_moved_nothing(self, base: fixed.Fixed, scale: int) -> None:
        """
        A lane that float32 cannot hold exactly does not move by being decoded.
        """
        untouched = fixed.decode(base, scale).astype(np.float64)

        assert not fixed.delta(untouched, base, scale).any()

    @BOUNDED
    @given(FLOAT32, NEAR)
    def test_is_the_exact_difference_rounded(
        self, adapted: fixed.Floats, base: fixed.Fixed
    ) -> None:
        """
        No lane is further from the exact difference than rounding takes it.
        """
        got = fixed.delta(adapted, base, 20)

        for at in range(64):
            exact = Fraction(float(adapted[at])) * 2**20 - int(base[at])
            assert abs(int(got[at]) - exact) <= Fraction(1, 2) + Fraction(1, 2**20)

    def test_keeps_what_a_float32_difference_loses(self) -> None:
        """
        Just over half a lane, less one: float32 forgets the "just over" and rounds the other way.
        """
        adapted = np.array([2.0**-21 + 2.0**-40], np.float32)
        in_float32 = np.rint((adapted - np.float32(1)) * np.float32(2**20))

        assert in_float32.tolist() == [-(2**20)]
        assert fixed.delta(adapted, lanes(2**20, size=1), 20).tolist() == [-(2**20) + 1]

    @pytest.mark.parametrize("far", [17.0, 1e30, 1.7e308])
    def test_saturates(self, far: float) -> None:
        """
        A node that moved too far sends the bound itself, with its sign.
        """
        got = fixed.delta(np.array([far, -far]), np.zeros(2, np.int32), 20)

        assert got.tolist() == [DELTA_MAX, -DELTA_MAX]

    def test_refuses_what_is_not_finite(self) -> None:
        """
        A run that diverged is an error, not a saturated delta.
        """
        with pytest.raises(fixed.NotFinite, match="Lane 1 of the adapted vector is nan"):
            fixed.delta(np.array([0.0, np.nan]), np.zeros(2, np.int32), 20)


class TestEncodeGradient:
    @pytest.mark.parametrize("size", [1.0, 1e300, 5e-324])
    def test_scales_its_largest_lane_to_the_bound(self, size: float) -> None:
        """
        However large or small a gradient is, it uses the whole range.
        """
        got = fixed.encode_gradient(np.array([0.0, -size, size]))

        assert got.tolist() == [0, -GRADIENT_MAX, GRADIENT_MAX]

    def test_leaves_zero_alone(self) -> None:
        """
        A gradient without slope is a vector of zeros, not a division by zero.
        """
        assert fixed.encode_gradient(np.zeros(64)).tolist() == [0] * 64

    def test_refuses_what_is_not_finite(self) -> None:
        """
        A diverged validation is an error.
        """
        with pytest.raises(fixed.NotFinite, match="Lane 0 of the gradient is inf"):
            fixed.encode_gradient(np.array([np.inf]))


class TestBytes:
    def test_are_big_endian(self) -> None:
        """
        A lane is four bytes, the highest first, negative ones in two's complement.
        """
        assert fixed.to_bytes(np.array([1, -2], np.int32)).hex() == "00000001fffffffe"

    @BOUNDED
    @given(INT32)
    def test_come_back(self, vector: fixed.Fixed) -> None:
        """
        Every vector is read back as it was written, in the machine's own order.
        """
        back = fixed.from_bytes(fixed.to_bytes(vector))

        assert np.array_equal(back, vector)
        assert back.dtype == np.int32

    def test_are_the_same_from_either_byte_order(self) -> None:
        """
        An array that came over the wire in big-endian order hashes alike.
        """
        vector = lanes(1, -2, 3)

        assert fixed.to_bytes(vector.astype(">i4")) == fixed.to_bytes(vector.astype("<i4"))

    @pytest.mark.parametrize("kind", [np.int64, np.uint32, np.float32, np.bool_])
    def test_refuse_other_numbers(self, kind: type) -> None:
        """
        What would have to be cut to fit is refused, even where this value would fit.
        """
        with pytest.raises(ProtocolError, match="Lanes are 32-bit integers, not"):
            fixed.to_bytes(np.zeros(64, kind))  # type: ignore[arg-type]

    def test_refuse_part_of_a_chunk(self) -> None:
        """
        A torn file is no vector.
        """
        with pytest.raises(ProtocolError, match="260 bytes are not a whole number of 256-byte"):
            fixed.from_bytes(bytes(260))


class TestRequireBound:
    def test_admits_the_bound_itself(self) -> None:
        """
        The bound is the largest lane there may be, either way.
        """
        fixed.require_bound(lanes(DELTA_MAX, -DELTA_MAX), DELTA_MAX, "delta")

    @pytest.mark.parametrize("wrong", [DELTA_MAX + 1, -DELTA_MAX - 1, LANE_MAX, LANE_MIN])
    def test_refuses_a_larger_lane(self, wrong: int) -> None:
        """
        One lane too large is named; the smallest int32, whose absolute value is none, is no way round.
        """
        said = re.escape(f"Lane 1 of the delta is {float(wrong)}; at most {DELTA_MAX}")
        with pytest.raises(fixed.OutOfRange, match=said):
            fixed.require_bound(lanes(0, wrong), DELTA_MAX, "delta")


class TestSaturate:
    def test_holds_lanes_at_the_ends(self) -> None:
        """
        A sum beyond int32 stays at its end; it never wraps and never errs.
        """
        sums = np.array([2**31 - 1, 2**31, 2**40, -(2**31), -(2**31) - 1], np.int64)

        held = fixed.saturate(sums)

        assert held.dtype == np.int32
        assert held.tolist() == [LANE_MAX, LANE_MAX, LANE_MAX, LANE_MIN, LANE_MIN]
