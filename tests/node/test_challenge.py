"""A planted lie is found, proved, and paid for, on a chain from end to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.node.life import RULES, Life, seed_lanes

from commonroot.ledger import events
from commonroot.ledger.errors import Reverted
from commonroot.ledger.events import End
from commonroot.ledger.gateways.bonds import Bond, Fault
from commonroot.ledger.gateways.records import Stage
from commonroot.node.challenge import NothingToChallenge, find_lie, refute, waiting
from commonroot.protocol import payout, tree
from commonroot.protocol.arithmetic import Outcome
from commonroot.protocol.replay import Laid


def one_lane_more(laid: Laid, outcome: Outcome) -> Outcome:
    """Return a result with one lane too high, consistent in all else."""
    result = outcome.result.copy()
    result[70] += 1
    rows = replace(laid, result=result).rows()
    return replace(
        outcome, result=result, result_root=tree.vector_root(result), row_root=tree.root(rows)
    )


def paid_to_a_friend(laid: Laid, outcome: Outcome) -> Outcome:
    """Return payouts that give the second node what is the first one's."""
    first, second = outcome.payouts
    moved = replace(first, payout=0), replace(second, payout=first.payout + second.payout)
    return replace(outcome, payouts=moved, payout_top=payout.tree_root(moved))


class TestRefute:
    @pytest.mark.parametrize(
        ("lie", "challenge"), [(one_lane_more, "wrongSum"), (paid_to_a_friend, "wrongPayroll")]
    )
    def test_voids_a_false_proposal_and_takes_its_bond(
        self, life: Life, lie: Callable[[Laid, Outcome], Outcome], challenge: str
    ) -> None:
        """
        Of 120, a quarter is the challenger's after the window, a quarter the nodes', the rest nobody's.
        """
        life.propose(seed_lanes(), lie=lie)
        ledger, store = life.world.stranger, life.store
        past = waiting(ledger, store, life.program, 1)
        found = find_lie(ledger, store, past, [life.parties[0].receipts])
        assert found is not None

        refuted = refute(ledger, past, found)

        assert refuted.lie.challenge.function == challenge
        assert refuted.forfeit.fault is Fault.FALSE
        assert refuted.forfeit.challenger == ledger.account
        (record,) = events.rounds(ledger, life.program)
        assert (record.stage, record.end) == (Stage.NONE, End.VOIDED)
        (said,) = events.refutations(ledger, life.program)
        assert (said.challenger, said.challenge) == (ledger.account, challenge)
        bonds, account = ledger.bonds, life.world.aggregator.account
        assert bonds.bond_of(life.program, account) == Bond(0, 0)
        (lost,) = events.forfeits(ledger, life.program)
        life.world.pass_time(RULES.window + 1)
        bonds.settle(life.program, lost.round, lost.epoch)
        assert bonds.owed(life.world.book.token, ledger.account) == 30

    def test_finds_nothing_in_an_honest_round(self, life: Life) -> None:
        """
        What follows from its deltas cannot be challenged.
        """
        life.propose(seed_lanes())
        past = waiting(life.world.stranger, life.store, life.program, 1)

        assert find_lie(life.world.stranger, life.store, past, [life.parties[0].receipts]) is None

    def test_is_refused_where_another_was_faster_and_nothing_was_committed(
        self, life: Life
    ) -> None:
        """
        A copy of somebody's proof is worth nothing once the proposal is void.
        """
        life.propose(seed_lanes(), lie=one_lane_more)
        ledger, copier = life.world.stranger, life.world.buyer
        past = waiting(ledger, life.store, life.program, 1)
        found = find_lie(ledger, life.store, past, [life.parties[0].receipts])
        assert found is not None
        refute(ledger, past, found)

        with pytest.raises(Reverted, match="NotCommitted"):
            copier.challenges.prove(copier.challenges.proof(found.challenge))

    def test_needs_a_proposal_that_waits(self, life: Life) -> None:
        """
        A final round is final.
        """
        life.play(seed_lanes())

        with pytest.raises(NothingToChallenge, match="round 1 of program"):
            waiting(life.world.stranger, life.store, life.program, 1)
