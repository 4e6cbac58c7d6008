"""The weighted mean is the same integers everywhere, and rules that cannot be kept are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import floor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.protocol.samples import BOUNDED, RULES, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, LANE_MAX, LANE_MIN, WEIGHT_MAX, Fixed, to_bytes
from commonroot.protocol.hashing import Digest
from commonroot.protocol.rules import Rules, Step, Weighting, aggregate

Round = tuple[Fixed, list[Fixed], list[int], Step]

EDGES = [LANE_MIN, LANE_MIN + 1, -1, 0, 1, LANE_MAX - 1, LANE_MAX]
BASES = arrays.arrays(
    np.int32, 8, elements=st.one_of(st.integers(LANE_MIN, LANE_MAX), st.sampled_from(EDGES))
)
DELTAS = arrays.arrays(np.int32, 8, elements=st.integers(-DELTA_MAX, DELTA_MAX))
STEPS = st.builds(Step, st.integers(1, 1024), st.integers(1, 1024))


@st.composite
def rounds(draw: Callable[..., Any]) -> Round:
    """Return what a small round adds up, at and between all the bounds."""
    deltas = draw(st.lists(DELTAS, min_size=1, max_size=5))
    weights = st.lists(st.integers(1, WEIGHT_MAX // 5), min_size=len(deltas), max_size=len(deltas))
    return draw(BASES), deltas, draw(weights), draw(STEPS)


def by_fractions(base: Fixed, deltas: Sequence[Fixed], weights: Sequence[int], step: Step) -> Any:
    """Return the next version by the formula, in rational numbers."""
    rate, total = Fraction(step.over, step.under), sum(weights)
    moved = [
        sum(weight * int(delta[at]) for weight, delta in zip(weights, deltas, strict=True))
        for at in range(base.size)
    ]
    exact = [
        int(start) + floor(rate * Fraction(each, total) + Fraction(1, 2))
        for start, each in zip(base, moved, strict=True)
    ]
    return [min(max(each, LANE_MIN), LANE_MAX) for each in exact]


def on(device: str, base: Fixed, deltas: Sequence[Fixed], *rest: Any) -> Fixed:
    """Return what torch makes of a round on a device."""
    there = [torch.tensor(each, device=device) for each in (base, *deltas)]
    found: Fixed = aggregate(there[0], there[1:], *rest).cpu().numpy()
    return found


class TestAggregate:
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
        self, base: int, moves: list[int], weights: list[int], step: Step, expected: int
    ) -> None:
        """
        Half a lane goes up on both sides of zero, and the ends hold.
        """
        got = aggregate(lanes(base), [lanes(move) for move in moves], weights, step)

        assert (int(got[0]), got.dtype) == (expected, np.int32)
        assert not got[1:].any()

    @BOUNDED
    @given(rounds())
    def test_is_the_exact_formula(self, round: Round) -> None:
        """
        Every lane is what rational arithmetic gives, at every bound of the protocol.
        """
        assert aggregate(*round).tolist() == by_fractions(*round)

    @BOUNDED
    @given(rounds())
    def test_is_the_same_in_torch(self, round: Round) -> None:
        """
        Numpy and torch give identical bytes.
        """
        assert to_bytes(on("cpu", *round)) == to_bytes(aggregate(*round))

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
    @BOUNDED
    @given(rounds())
    def test_is_the_same_on_a_gpu(self, round: Round) -> None:
        """
        A GPU gives the bytes that a CPU gives.
        """
        assert to_bytes(on("cuda", *round)) == to_bytes(aggregate(*round))

    @BOUNDED
    @given(rounds(), st.randoms())
    def test_does_not_depend_on_the_order(self, round: Round, chance: Any) -> None:
        """
        Nodes may arrive in any order.
        """
        base, deltas, weights, step = round
        order = list(range(len(deltas)))
        chance.shuffle(order)

        got = aggregate(base, [deltas[at] for at in order], [weights[at] for at in order], step)

        assert to_bytes(got) == to_bytes(aggregate(*round))

    def test_every_order_of_three_gives_the_same(self) -> None:
        """
        The same, by exhaustion, where floats would already differ.
        """
        moves, weights = [DELTA_MAX, 1, -DELTA_MAX], [3, 5, 7]
        found = {
            int(
                aggregate(
                    lanes(0), [lanes(moves[at]) for at in order], [weights[at] for at in order],
                    Step(1, 7),
                )[0]
            )
            for order in permutations(range(3))
        }  # fmt: skip

        assert found == {floor(Fraction(5 - 4 * DELTA_MAX, 15 * 7) + Fraction(1, 2))}

    @pytest.mark.parametrize("sign", [-1, 1])
    @pytest.mark.parametrize("step", [Step(1024, 1), Step(1, 1024), Step(1024, 1024)])
    def test_never_overflows(self, sign: int, step: Step) -> None:
        """
        256 nodes at the weight cap, every delta at its bound: 64 bits hold it, in numpy and in torch.
        """
        base, deltas = lanes(0, sign), [lanes(sign * DELTA_MAX, sign * DELTA_MAX)] * 256
        weights = [WEIGHT_MAX // 256] * 256

        got = aggregate(base, deltas, weights, step)

        assert got.tolist() == by_fractions(base, deltas, weights, step)
        assert to_bytes(on("cpu", base, deltas, weights, step)) == to_bytes(got)

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
        self, count: int, weights: list[int], why: str
    ) -> None:
        """
        Nothing is divided by zero, and nothing outweighs what 64 bits were reckoned for.
        """
        with pytest.raises(ProtocolError, match=why):
            aggregate(lanes(0), [lanes(1)] * count, weights, Step(1, 1))


class TestStep:
    @pytest.mark.parametrize(("over", "under"), [(0, 1), (1, 0), (1025, 1), (1, 1025), (-1, 1)])
    def test_refuses_what_is_out_of_bounds(self, over: int, under: int) -> None:
        """
        Both sides of a step lie in 1 to 1024: no round stands still or runs backwards.
        """
        with pytest.raises(ProtocolError, match=f"Step {over}/{under} is outside"):
            Step(over, under)


class TestRules:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("weights", 0),
            ("moments", -1),
            ("rounds", 0),
            ("rounds", 2**32),
            ("min_nodes", 0),
            ("min_nodes", 9),
            ("max_nodes", 257),
            ("max_weight", 0),
            ("max_weight", WEIGHT_MAX // 8 + 1),
            ("step_first", 1025),
            ("step_first", 1),
            ("step_last", 0),
            ("step_under", 0),
            ("step_under", 1025),
            ("norm_cap", 0),
            ("norm_cap", 2**64),
            ("max_pending", 0),
            ("max_pending", 256),
            ("window", -1),
            ("window", 2**32),
            ("patience", 0),
            ("reward", -1),
            ("reward", 2**128),
            ("shares_per_round", -1),
            ("shares_per_round", 2**96),
            ("owner_cut", -1),
            ("owner_cut", 10_001),
            ("allowlist", Digest(bytes(31))),
        ],
    )
    def test_refuse_what_no_program_can_keep(self, name: str, value: Any) -> None:
        """
        Each bound of the contract is a bound here, one beyond it on either side.
        """
        with pytest.raises(ProtocolError, match="The rules have an impossible"):
            replace(RULES, **{name: value})

    def test_refuse_no_nodes_by_name(self) -> None:
        """
        A program of nobody is refused as such, not by a division.
        """
        with pytest.raises(ProtocolError, match="an impossible min_nodes"):
            replace(RULES, max_nodes=0)

    def test_admit_their_bounds(self) -> None:
        """
        256 nodes may weigh 4096 each, which is the whole of a round's weight.
        """
        full = replace(RULES, max_nodes=256, max_weight=4096, owner_cut=10_000, window=0)

        assert full.max_nodes * full.max_weight == WEIGHT_MAX

    def test_step_falls_linearly(self) -> None:
        """
        From 10/10 in round 1 to 2/10 in round 9, one less a round.
        """
        steps = [RULES.step(round) for round in range(1, 10)]

        assert steps == [Step(over, 10) for over in (10, 9, 8, 7, 6, 5, 4, 3, 2)]

    def test_step_falls_by_whole_parts(self) -> None:
        """
        Where the fall does not divide evenly, what has fallen so far is rounded down.
        """
        rules = replace(RULES, rounds=4)

        assert [rules.step(round).over for round in (1, 2, 3, 4)] == [10, 8, 5, 2]

    def test_step_of_a_single_round_is_the_first(self) -> None:
        """
        A program of one round has nowhere to fall.
        """
        assert replace(RULES, rounds=1).step(1) == Step(10, 10)

    @pytest.mark.parametrize("round", [0, 10, -1])
    def test_step_refuses_a_round_that_is_not(self, round: int) -> None:
        """
        Rounds count from one to the last.
        """
        with pytest.raises(ProtocolError, match=f"no round {round} in a program of 9"):
            RULES.step(round)

    @pytest.mark.parametrize(("records", "weight"), [(0, 0), (1, 1), (100, 100), (10**9, 100)])
    def test_weight_by_records_is_capped(self, records: int, weight: int) -> None:
        """
        A claim of a billion records weighs what the cap says.
        """
        assert RULES.weight(records) == weight

    def test_weight_is_one_where_all_are_equal(self) -> None:
        """
        Record counts are self-reported, so by default they do not matter.
        """
        assert replace(RULES, weighting=Weighting.EQUAL).weight(10**9) == 1

    def test_count_chunks_of_each_kind(self) -> None:
        """
        88 weights and 4 moments take two chunks and one.
        """
        assert (RULES.weight_chunks(), RULES.chunks()) == (2, 3)
        assert replace(RULES, moments=0).chunks() == 2

    def test_list_their_fields_as_the_contract_does(self) -> None:
        """
        The order of the struct is part of the protocol.
        """
        assert Rules.__match_args__ == (
            "aggregation", "weighting", "visibility", "max_weight", "weights", "moments", "rounds",
            "min_nodes", "max_nodes", "step_first", "step_last", "step_under", "norm_cap",
            "max_pending", "window", "patience", "reward", "shares_per_round", "owner_cut",
            "allowlist",
        )  # fmt: skip
        assert RULES.fields()[:7] == (0, 1, 0, 100, 88, 4, 9)
