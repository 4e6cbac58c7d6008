"""A round comes to one thing, whoever works it out and in whatever order its deltas came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, RULES, RULES_OF, played, shuffled

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, next_version, work_out
from commonroot.protocol.fixed import LANES
from commonroot.protocol.rules import Aggregation, clipped, mean, median, trimmed
from commonroot.protocol.rules.terms import WHOLE_STEP

ROUND = 3


def start(nodes: int = 3) -> Given:
    """Return what the sample round starts from."""
    artifacts = played(nodes).artifacts
    contributions = [entry.contribution for entry in artifacts.manifest.entries]
    return Given(
        artifacts.base,
        artifacts.gradient,
        tuple(each.node for each in contributions),
        artifacts.deltas,
        tuple(each.weight for each in contributions),
    )


SQUARES = [each.square for each in played().outcome.payouts]


class TestWorkOut:
    @pytest.mark.parametrize("rule", Aggregation)
    @BOUNDED
    @given(st.permutations(range(5)))
    def test_does_not_depend_on_who_came_first(self, rule: Aggregation, order: list[int]) -> None:
        """
        Put in order, contributions that arrived in any order come to the same proposal.
        """
        contributions = [entry.contribution for entry in played(5).artifacts.manifest.entries]

        again = shuffled(start(5), contributions, order)
        found, honest = work_out(again, RULES_OF[rule], ROUND), played(5, rule).outcome

        assert again.nodes == start(5).nodes
        assert np.array_equal(found.result, honest.result)
        assert (found.row_root, found.payouts) == (honest.row_root, honest.payouts)

    def test_proposes_what_it_found(self) -> None:
        """
        Chunks, roots and sums of the proposal are those of the outcome.
        """
        recorded, outcome = played().recorded, played().outcome
        said = recorded.proposal

        assert said.chunks == outcome.result.size // LANES == 3
        assert said.result_root == tree.vector_root(outcome.result)
        assert said.payout_sum == sum(each.payout for each in outcome.payouts)
        assert said.shares_sum == sum(each.shares for each in outcome.payouts)
        assert said.close == recorded.close.digest()

    def test_scores_are_those_of_weights_alone(self) -> None:
        """
        Moments move the version, but neither score nor norm.
        """
        given = start()
        moved = tuple(each.copy() for each in given.deltas)
        for each in moved:
            each[128:132] = 2**24

        paid = work_out(replace(given, deltas=moved), RULES, ROUND).payouts

        assert paid == played().outcome.payouts

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"base": np.zeros(128, np.int32)}, "The base has 128 lanes; the rules say 192"),
            ({"gradient": np.zeros(256, np.int32)}, "The gradient has 256 lanes"),
            ({"deltas": (np.zeros(128, np.int32),) * 3}, "The delta of 0x.* has 128 lanes"),
            ({"deltas": ()}, "3 nodes, 0 deltas and 3 weights do not go together"),
            ({"weights": (1, 2)}, "3 nodes, 3 deltas and 2 weights"),
            ({"weights": (1, 2, 0)}, "Weights start at 1"),
            ({"base": np.zeros(192, np.int64)}, "Lanes are 32-bit integers, not int64"),
            ({"deltas": (np.full(192, 2**24 + 1, np.int32),) * 3}, "Lane 0 of the delta is"),
            ({"gradient": np.full(192, 2**15 + 1, np.int32)}, "Lane 0 of the gradient is"),
        ],
    )
    def test_refuses_what_does_not_go_together(self, change: dict[str, Any], why: str) -> None:
        """
        Nothing is worked out from parts of different rounds, or beyond the bounds.
        """
        with pytest.raises(ProtocolError, match=why):
            work_out(replace(start(), **change), RULES, ROUND)


class TestNextVersion:
    def test_steps_weights_and_averages_moments(self) -> None:
        """
        Weights take the round's step of 8/10; moments, in chunks of their own, a whole one.
        """
        given = start()
        weights = [each[:128] for each in given.deltas]
        moments = [each[128:] for each in given.deltas]

        found = next_version(given, SQUARES, RULES, ROUND)

        by_weights = mean.aggregate(given.base[:128], weights, given.weights, RULES.step(ROUND))
        by_moments = mean.aggregate(given.base[128:], moments, given.weights, WHOLE_STEP)
        assert np.array_equal(found[:128], by_weights)
        assert np.array_equal(found[128:], by_moments)

    def test_shortens_weights_and_not_moments(self) -> None:
        """
        A clipped mean clips what it trains, by the norm of all of it.
        """
        given, rules = start(), RULES_OF[Aggregation.CLIPPED_MEAN]
        cut = [
            clipped.shortened(each[:128], square, rules.norm_cap)
            for each, square in zip(given.deltas, SQUARES, strict=True)
        ]

        found = next_version(given, SQUARES, rules, ROUND)

        by_weights = mean.aggregate(given.base[:128], cut, given.weights, rules.step(ROUND))
        assert np.array_equal(found[:128], by_weights)
        assert np.array_equal(found[128:], next_version(given, SQUARES, RULES, ROUND)[128:])
        assert min(SQUARES) < rules.norm_cap**2 < max(SQUARES)

    def test_goes_by_the_middle_of_moments_too(self) -> None:
        """
        Median and trimmed mean take weights and moments alike, each group with its step.
        """
        given = start(5)
        parts = (slice(128), RULES.step(ROUND)), (slice(128, None), WHOLE_STEP)

        for part, step in parts:
            base, deltas = given.base[part], [each[part] for each in given.deltas]
            middle = median.aggregate(base, deltas, step)
            rest = trimmed.aggregate(base, deltas, 3400, step)
            assert np.array_equal(self.of(Aggregation.MEDIAN)[part], middle)
            assert np.array_equal(self.of(Aggregation.TRIMMED_MEAN)[part], rest)

    @staticmethod
    def of(rule: Aggregation) -> Any:
        """Return the version after the sample round of five."""
        return next_version(start(5), [0] * 5, RULES_OF[rule], ROUND)

    @pytest.mark.parametrize("rule", Aggregation)
    def test_needs_no_moments(self, rule: Aggregation) -> None:
        """
        A program without inner-optimizer memory has weights alone.
        """
        given = start()
        rules = replace(RULES_OF[rule], moments=0)
        cut = replace(
            given, base=given.base[:128], deltas=tuple(each[:128] for each in given.deltas)
        )

        found = next_version(cut, SQUARES, rules, ROUND)

        assert np.array_equal(found, played(3, rule).outcome.result[:128])

    @pytest.mark.parametrize("rule", Aggregation)
    def test_keeps_padding_zero(self, rule: Aggregation) -> None:
        """
        Zeros plus a mean of zeros are zeros: halves are only added where something moved.
        """
        found = next_version(start(), SQUARES, RULES_OF[rule], ROUND)

        assert not found[88:128].any()
        assert not found[132:].any()

    @pytest.mark.parametrize("round", [0, 10])
    def test_refuses_a_round_that_is_not(self, round: int) -> None:
        """
        There is no step outside the program's rounds.
        """
        with pytest.raises(ProtocolError, match=f"no round {round} in a program of 9"):
            next_version(start(), SQUARES, RULES, round)
