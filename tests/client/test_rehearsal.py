"""Rehearsals are for dev chains, and say what they spoil."""

from __future__ import annotations

import numpy as np
import pytest
from tests.aggregator.samples import delta_of

from commonroot.client.rehearsal import DEV_CHAIN, NoRehearsal, Rehearsal


class TestRehearsal:
    def test_nothing_is_spoiled_without_a_wish(self) -> None:
        """
        The usual run rehearses nothing, on any chain.
        """
        delta = delta_of(1)

        assert Rehearsal.read("", 1).spoil(3, delta) is delta

    def test_spoils_the_round_that_is_named(self) -> None:
        """
        The lab's boost turns the delta round in its round, and only there.
        """
        rehearsal = Rehearsal.read("commonroot.lab.attacks:boost:3", DEV_CHAIN)
        delta = delta_of(2, -1)

        assert np.array_equal(rehearsal.spoil(3, delta)[:2], [-100, 50])
        assert rehearsal.spoil(2, delta) is delta

    def test_refuses_a_chain_with_money_on_it(self) -> None:
        """
        Only the dev chain's number lets a rehearsal through.
        """
        with pytest.raises(NoRehearsal, match="Chain 1 is no dev chain"):
            Rehearsal.read("commonroot.lab.attacks:boost:3", 1)

    @pytest.mark.parametrize(
        "wish", ["boost", "module:function", "module:function:x", ":f:3", "m:f g:3", "m::3"]
    )
    def test_refuses_words_that_name_none(self, wish: str) -> None:
        """
        A misspelt rehearsal does not quietly rehearse nothing.
        """
        with pytest.raises(NoRehearsal, match="names no rehearsal"):
            Rehearsal.read(wish, DEV_CHAIN)
