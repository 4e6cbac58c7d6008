"""Rules that cannot be kept are refused, and what follows from rules is whole numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.protocol.samples import RULES, RULES_OF

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import WEIGHT_MAX
from commonroot.protocol.hashing import Digest
from commonroot.protocol.rules import Aggregation, Rules, Step, Weighting


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
            ("weights", 2**28 + 1),
            ("moments", 2**28 + 1),
            ("trim", 1),  # nothing trims but a trimmed mean
            ("trim", -1),
            ("max_pending", 0),
            ("max_pending", 9),
            ("window", 2),
            ("window", 2**32),
            ("patience", 0),
            ("succession", 0),
            ("succession", 2**32),
            ("reward", -1),
            ("reward", 2**128),
            ("bond", 2 * 10**18 + 1),
            ("bond", 2**128),
            ("demand_fee", 0),
            ("demand_fee", 2**128),
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

    @pytest.mark.parametrize("trim", [-1, 0, 5000])
    def test_refuse_a_trim_that_leaves_nothing_or_cuts_nothing(self, trim: int) -> None:
        """
        A trimmed mean cuts something, and less than half at each end.
        """
        with pytest.raises(ProtocolError, match=f"an impossible trim: {trim}"):
            replace(RULES_OF[Aggregation.TRIMMED_MEAN], trim=trim)

    def test_refuse_no_bond_at_all(self) -> None:
        """
        Where nothing is paid, a lie still costs something.
        """
        with pytest.raises(ProtocolError, match="an impossible bond: 0"):
            replace(RULES, reward=0, bond=0)

        assert replace(RULES, reward=0, bond=1).bond == 1

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
        full = replace(RULES, max_nodes=256, max_weight=4096, owner_cut=10_000, window=3)

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
            "min_nodes", "max_nodes", "step_first", "step_last", "step_under", "trim", "norm_cap",
            "max_pending", "window", "patience", "succession", "reward", "bond", "demand_fee",
            "shares_per_round", "owner_cut", "allowlist",
        )  # fmt: skip
        assert RULES.fields()[:7] == (0, 1, 0, 100, 88, 4, 9)
