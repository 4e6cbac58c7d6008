"""Four rules, each the same integers everywhere; what they share is a law, what they do not is small numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from math import floor, isqrt
from typing import Any, final

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.protocol.samples import BOUNDED, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, LANE_MAX, LANE_MIN, WEIGHT_MAX, Fixed, to_bytes
from commonroot.protocol.rules import Aggregation, Step, clipped, mean, median, trimmed

RULES = list(Aggregation)
EDGES = [LANE_MIN, LANE_MIN + 1, -1, 0, 1, LANE_MAX - 1, LANE_MAX]
BASES = arrays.arrays(
    np.int32, 8, elements=st.one_of(st.integers(LANE_MIN, LANE_MAX), st.sampled_from(EDGES))
)
DELTAS = arrays.arrays(np.int32, 8, elements=st.integers(-DELTA_MAX, DELTA_MAX))
STEPS = st.builds(Step, st.integers(1, 1024), st.integers(1, 1024))
HALF = Fraction(1, 2)


@final
@dataclass(frozen=True, slots=True)
class Lot:
    """What a small round adds up."""

    base: Any
    deltas: Sequence[Any]
    weights: Sequence[int]
    step: Step
    trim: int = 0
    norm_cap: int = 2**63
    squares: Sequence[int] = ()

    def lengths(self) -> Sequence[int]:
        """Return the squared norms that were said, or those of the deltas."""
        return self.squares or [sum(int(lane) ** 2 for lane in each) for each in self.deltas]

    def ordered(self, order: Sequence[int]) -> Lot:
        """Return the same round with its nodes in another order."""
        return Lot(
            self.base,
            [self.deltas[at] for at in order],
            [self.weights[at] for at in order],
            self.step,
            self.trim,
            self.norm_cap,
            [self.lengths()[at] for at in order],
        )


@st.composite
def lots(draw: Callable[..., Any]) -> Lot:
    """Return what a small round adds up, at and between all the bounds."""
    deltas = draw(st.lists(DELTAS, min_size=1, max_size=6))
    weights = st.lists(st.integers(1, WEIGHT_MAX // 6), min_size=len(deltas), max_size=len(deltas))
    trim, cap = st.integers(0, 4999), st.integers(1, 2**26) | st.sampled_from([1, 2**38, 2**64 - 1])
    return Lot(draw(BASES), deltas, draw(weights), draw(STEPS), draw(trim), draw(cap))


def aggregate(rule: Aggregation, lot: Lot) -> Any:
    """Return the next version by a rule."""
    match rule:
        case Aggregation.WEIGHTED_MEAN:
            return mean.aggregate(lot.base, lot.deltas, lot.weights, lot.step)
        case Aggregation.CLIPPED_MEAN:
            return clipped.aggregate(
                lot.base, lot.deltas, lot.weights, lot.lengths(), lot.norm_cap, lot.step
            )
        case Aggregation.MEDIAN:
            return median.aggregate(lot.base, lot.deltas, lot.step)
        case Aggregation.TRIMMED_MEAN:
            return trimmed.aggregate(lot.base, lot.deltas, lot.trim, lot.step)


def by_fractions(rule: Aggregation, lot: Lot) -> list[int]:
    """Return the next version by the formula, in rational numbers and lists."""
    rate = Fraction(lot.step.over, lot.step.under)
    exact = [
        int(lot.base[at]) + floor(rate * _moved(rule, lot, at) + HALF)
        for at in range(len(lot.base))
    ]
    return [min(max(each, LANE_MIN), LANE_MAX) for each in exact]


def _moved(rule: Aggregation, lot: Lot, at: int) -> Fraction:
    column = [int(each[at]) for each in lot.deltas]
    ordered, count = sorted(column), len(column)
    if rule is Aggregation.MEDIAN:
        two = ordered[(count - 1) // 2], ordered[count // 2]
        return Fraction(floor(Fraction(sum(two), 2)))
    if rule is Aggregation.TRIMMED_MEAN:
        cut = floor(Fraction(count * lot.trim, 10_000))
        kept = ordered[cut : count - cut]
        return Fraction(sum(kept), len(kept))
    if rule is Aggregation.CLIPPED_MEAN:
        column = [
            lane
            if square <= lot.norm_cap**2
            else floor(Fraction(lane * lot.norm_cap, _root(square)))
            for lane, square in zip(column, lot.lengths(), strict=True)
        ]
    total = sum(weight * lane for weight, lane in zip(lot.weights, column, strict=True))
    return Fraction(total, sum(lot.weights))


def _root(square: int) -> int:
    root = isqrt(square)
    return root if root * root == square else root + 1


def on(device: str, rule: Aggregation, lot: Lot) -> Fixed:
    """Return what torch makes of a round on a device."""
    base, *deltas = (torch.tensor(each, device=device) for each in (lot.base, *lot.deltas))
    there = Lot(base, deltas, lot.weights, lot.step, lot.trim, lot.norm_cap, lot.lengths())
    found: Fixed = aggregate(rule, there).cpu().numpy()
    return found


def one_lane(rule: Aggregation, base: int, moves: list[int], step: Step, **rest: Any) -> int:
    """Return where one lane comes to by moves that weigh alike."""
    deltas = [lanes(move) for move in moves]
    got = aggregate(rule, Lot(lanes(base), deltas, [1] * len(moves), step, **rest))
    assert got.dtype == np.int32
    assert not got[1:].any()
    return int(got[0])


@pytest.mark.parametrize("rule", RULES)
class TestEveryRule:
    @BOUNDED
    @given(lot=lots())
    def test_is_the_exact_formula(self, rule: Aggregation, lot: Lot) -> None:
        """
        Every lane is what rational arithmetic gives, at every bound of the protocol.
        """
        assert aggregate(rule, lot).tolist() == by_fractions(rule, lot)

    @BOUNDED
    @given(lot=lots())
    def test_is_the_same_in_torch(self, rule: Aggregation, lot: Lot) -> None:
        """
        Numpy and torch give identical bytes.
        """
        assert to_bytes(on("cpu", rule, lot)) == to_bytes(aggregate(rule, lot))

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
    @BOUNDED
    @given(lot=lots())
    def test_is_the_same_on_a_gpu(self, rule: Aggregation, lot: Lot) -> None:
        """
        A GPU gives the bytes that a CPU gives.
        """
        assert to_bytes(on("cuda", rule, lot)) == to_bytes(aggregate(rule, lot))

    @BOUNDED
    @given(lot=lots(), chance=st.randoms())
    def test_does_not_depend_on_the_order(self, rule: Aggregation, lot: Lot, chance: Any) -> None:
        """
        Nodes may arrive in any order.
        """
        order = list(range(len(lot.deltas)))
        chance.shuffle(order)

        assert to_bytes(aggregate(rule, lot.ordered(order))) == to_bytes(aggregate(rule, lot))

    @BOUNDED
    @given(lot=lots())
    def test_leaves_what_it_was_given(self, rule: Aggregation, lot: Lot) -> None:
        """
        Neither the base nor a delta is written to.
        """
        before = [each.copy() for each in (lot.base, *lot.deltas)]

        aggregate(rule, lot)

        for each, kept in zip((lot.base, *lot.deltas), before, strict=True):
            assert np.array_equal(each, kept)

    @BOUNDED
    @given(BASES, DELTAS, STEPS, st.integers(1, 9))
    def test_of_equal_deltas_is_that_delta(
        self, rule: Aggregation, base: Fixed, delta: Fixed, step: Step, count: int
    ) -> None:
        """
        Where all agree, no rule makes anything else of it than one node would.
        """
        lot = Lot(base, [delta] * count, [3] * count, step, 1000)

        assert aggregate(rule, lot).tolist() == by_fractions(
            Aggregation.WEIGHTED_MEAN, Lot(base, [delta], [1], step)
        )

    @BOUNDED
    @given(lot=lots())
    def test_stays_between_the_ends_of_its_deltas(self, rule: Aggregation, lot: Lot) -> None:
        """
        With a whole step no lane moves further than its outermost deltas, or than zero if shortened.
        """
        whole = Lot(
            np.zeros(8, np.int32), lot.deltas, lot.weights, Step(1, 1), lot.trim, lot.norm_cap
        )
        columns = np.stack([*lot.deltas, *([lanes(size=8)] if rule is RULES[1] else [])])

        found = aggregate(rule, whole)

        assert (found >= columns.min(0)).all()
        assert (found <= columns.max(0)).all()

    @pytest.mark.parametrize("sign", [-1, 1])
    @pytest.mark.parametrize("step", [Step(1024, 1), Step(1, 1024), Step(1024, 1024)])
    def test_never_overflows(self, rule: Aggregation, sign: int, step: Step) -> None:
        """
        256 nodes at the weight cap, every delta at its bound, the longest there can be: 64 bits hold it.
        """
        lot = Lot(
            lanes(0, sign),
            [lanes(sign * DELTA_MAX, sign * DELTA_MAX)] * 256,
            [WEIGHT_MAX // 256] * 256,
            step,
            4999,
            2**38 - 1,
            [2**76] * 256,  # 2^28 lanes of 2^24
        )

        got = aggregate(rule, lot)

        assert got.tolist() == by_fractions(rule, lot)
        assert to_bytes(on("cpu", rule, lot)) == to_bytes(got)

    def test_refuses_no_deltas(self, rule: Aggregation) -> None:
        """
        Of nothing there is neither a mean nor a middle.
        """
        with pytest.raises(ProtocolError, match=r"no deltas|0 deltas"):
            aggregate(rule, Lot(lanes(0), [], [], Step(1, 1)))


@pytest.mark.parametrize("rule", [Aggregation.WEIGHTED_MEAN, Aggregation.CLIPPED_MEAN])
class TestEveryMean:
    @pytest.mark.parametrize(
        ("base", "moves", "weights", "step", "expected"),
        [
            (0, [1, 2], [1, 1], Step(1, 1), 2),  # 3/2 goes up
            (0, [-1, -2], [1, 1], Step(1, 1), -1),  # -3/2 goes up too
            (10, [-7], [1], Step(1, 2), 7),  # -7/2 becomes -3
            (10, [-3, 9], [2, 1], Step(1, 1), 11),  # (−6 + 9) / 3
            (0, [1], [1], Step(1, 3), 0),  # a third is less than half
            (LANE_MAX - 1, [5, 5], [1, 3], Step(1024, 1), LANE_MAX),
            (LANE_MIN + 1, [-5, -5], [1, 3], Step(1024, 1), LANE_MIN),
        ],
    )
    def test_rounds_halves_up_and_saturates(
        self,
        rule: Aggregation,
        base: int,
        moves: list[int],
        weights: list[int],
        step: Step,
        expected: int,
    ) -> None:
        """
        Half a lane goes up on both sides of zero, and the ends hold.
        """
        got = aggregate(rule, Lot(lanes(base), [lanes(move) for move in moves], weights, step))

        assert (int(got[0]), got.dtype) == (expected, np.int32)
        assert not got[1:].any()

    def test_every_order_of_three_gives_the_same(self, rule: Aggregation) -> None:
        """
        The same, by exhaustion, where floats would already differ.
        """
        lot = Lot(
            lanes(0), [lanes(each) for each in (DELTA_MAX, 1, -DELTA_MAX)], [3, 5, 7], Step(1, 7)
        )

        found = {int(aggregate(rule, lot.ordered(order))[0]) for order in permutations(range(3))}

        assert found == {floor(Fraction(5 - 4 * DELTA_MAX, 15 * 7) + HALF)}

    @pytest.mark.parametrize(
        ("count", "weights", "why"),
        [
            (0, [], "0 deltas do not go with 0 weights"),
            (2, [1], "2 deltas do not go with 1 weights"),
            (2, [1, 0], "Weights start at 1"),
            (2, [1, -1], "Weights start at 1"),
            (2, [WEIGHT_MAX, 1], "add up to at most 1048576"),
        ],
    )
    def test_refuses_weights_that_make_no_mean(
        self, rule: Aggregation, count: int, weights: list[int], why: str
    ) -> None:
        """
        Nothing is divided by zero, and nothing outweighs what 64 bits were reckoned for.
        """
        with pytest.raises(ProtocolError, match=why):
            aggregate(rule, Lot(lanes(0), [lanes(1)] * count, weights, Step(1, 1)))


class TestClipped:
    @pytest.mark.parametrize(
        ("moves", "cap", "expected"),
        [
            ([3, 4], 5, [3, 4]),  # as long as the cap: as it is
            ([3, 4], 4, [2, 3]),  # 12/5, 16/5
            ([-3, 4], 4, [-3, 3]),  # -12/5 goes down, as floors do
            ([6, 6], 5, [3, 3]),  # ceil(sqrt 72) is 9: 30/9
            ([0, 1], 1, [0, 1]),
            ([0, 0], 1, [0, 0]),
        ],
    )
    def test_shortens_to_the_cap(self, moves: list[int], cap: int, expected: list[int]) -> None:
        """
        Each lane takes cap / ceil(norm) of itself, rounded down.
        """
        square = sum(move * move for move in moves)

        found = clipped.shortened(lanes(*moves), square, cap)

        assert found[:2].tolist() == expected

    def test_weighs_what_it_shortened(self) -> None:
        """
        (1 * 2 + 3 * 10) / 4 is 8: the long delta of 100 counts as 10.
        """
        lot = Lot(lanes(0), [lanes(2), lanes(100)], [1, 3], Step(1, 1), 0, 10)

        assert int(aggregate(Aggregation.CLIPPED_MEAN, lot)[0]) == 8

    @BOUNDED
    @given(DELTAS, st.integers(1, 2**24))
    def test_is_no_longer_than_the_cap_but_for_rounding(self, delta: Fixed, cap: int) -> None:
        """
        Rounded toward zero no delta would pass the cap; rounding down adds less than one to a lane.
        """
        square = sum(int(lane) ** 2 for lane in delta)

        found = clipped.shortened(delta, square, cap)
        inward = [int(lane) + (lane < 0) if square > cap * cap else int(lane) for lane in found]

        assert sum(lane * lane for lane in inward) <= cap * cap

    def test_refuses_a_delta_beyond_all_bounds(self) -> None:
        """
        A norm that no table's lanes can have is refused before 64 bits are too few.
        """
        with pytest.raises(ProtocolError, match="A delta's norm is at most 274877906944"):
            clipped.shortened(lanes(1), 2**76 + 1, 2**37)

    def test_refuses_other_squares_than_deltas(self) -> None:
        """
        Every delta has its own norm.
        """
        with pytest.raises(ProtocolError, match="2 deltas do not go with 1 squared norms"):
            clipped.aggregate(lanes(0), [lanes(1)] * 2, [1, 1], [1], 5, Step(1, 1))


class TestMedian:
    @pytest.mark.parametrize(
        ("moves", "expected"),
        [
            ([7], 7),
            ([9, 1, 5], 5),
            ([1, 2], 1),  # floor(3/2)
            ([-1, -2], -2),  # floor(-3/2)
            ([DELTA_MAX, 4, -DELTA_MAX, 6], 5),
            ([3, 3, 3, -DELTA_MAX], 3),
        ],
    )
    def test_is_the_middle(self, moves: list[int], expected: int) -> None:
        """
        The middle one of an odd number, the floored mean of the two middle ones of an even one.
        """
        assert one_lane(Aggregation.MEDIAN, 0, moves, Step(1, 1)) == expected

    def test_takes_steps_from_the_base(self) -> None:
        """
        Half of 5 is 2 and a half, which goes up.
        """
        assert one_lane(Aggregation.MEDIAN, 100, [9, 1, 5], Step(1, 2)) == 103

    @BOUNDED
    @given(st.lists(st.integers(-100, 100), min_size=1, max_size=4), st.data())
    def test_is_not_moved_by_a_minority(self, honest: list[int], data: st.DataObject) -> None:
        """
        Fewer liars than honest nodes cannot take a lane beyond what honest nodes said.
        """
        liar = st.integers(-DELTA_MAX, DELTA_MAX)
        lies = data.draw(st.lists(liar, max_size=len(honest) - 1))

        found = one_lane(Aggregation.MEDIAN, 0, honest + lies, Step(1, 1))

        assert min(honest) <= found <= max(honest)


class TestTrimmed:
    @pytest.mark.parametrize(
        ("moves", "trim", "expected"),
        [
            ([DELTA_MAX, 1, 2, 3, -DELTA_MAX], 2000, 2),  # one cut at each end
            ([DELTA_MAX, 1, 2, 3, -DELTA_MAX], 1999, 1),  # none cut: 6/5
            ([1, 2, 30], 3334, 2),
            ([1, 2, 30], 3333, 11),
            ([5], 4999, 5),
            ([1, 2], 4999, 2),  # 3/2 goes up
        ],
    )
    def test_cuts_both_ends(self, moves: list[int], trim: int, expected: int) -> None:
        """
        Of n deltas floor(n * trim / 10000) go at each end, and the rest is averaged.
        """
        assert one_lane(Aggregation.TRIMMED_MEAN, 0, moves, Step(1, 1), trim=trim) == expected

    @pytest.mark.parametrize("count", range(1, 257))
    def test_always_leaves_something(self, count: int) -> None:
        """
        With the most that may be trimmed, one or two deltas of every number remain.
        """
        assert 1 <= count - 2 * trimmed.cut_off(count, 4999) <= 2

    @pytest.mark.parametrize("trim", [-1, 5000, 10_000])
    def test_refuses_to_cut_all(self, trim: int) -> None:
        """
        Half at each end would leave nothing.
        """
        with pytest.raises(ProtocolError, match=f"Nothing is left of 2 deltas trimmed by {trim}"):
            trimmed.aggregate(lanes(0), [lanes(1)] * 2, trim, Step(1, 1))
