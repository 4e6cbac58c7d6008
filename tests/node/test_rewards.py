"""What rounds owe and models earn is paid to the last unit, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.node.life import Life, seed_lanes

from commonroot.ledger import events
from commonroot.ledger.errors import Reverted
from commonroot.node.programs import NoSuchProgram
from commonroot.node.rewards import WrongPayroll, claim, income, paydays, rewards, withdraw


class TestRewards:
    def test_are_what_the_chain_owes(self, life: Life) -> None:
        """
        The payouts of the manifest are the ones whose sum tree the chain holds.
        """
        life.play(seed_lanes())
        (payday,) = paydays(life.world.stranger, life.store, life.program)

        assert sum(each.payout for each in payday.payouts) == payday.payroll.payout_sum
        assert 0 < payday.payroll.payout_sum <= 60

    def test_are_paid_once(self, life: Life) -> None:
        """
        A claim brings the payout to the account, and a second one brings nothing.
        """
        life.play(life.play(seed_lanes()), seed=2)
        node = life.parties[0].ledger
        before = node.token.balance_of(node.account)
        owed = rewards(node, life.store, life.program, node.account)

        paid = claim(node, owed)

        assert [each.payday.round for each in owed] == [1, 2]
        assert paid == sum(each.payout.payout for each in owed)
        assert node.token.balance_of(node.account) == before + paid
        again = rewards(node, life.store, life.program, node.account)
        assert all(each.claimed for each in again)
        assert claim(node, again) == 0

    def test_go_where_the_node_says(self, life: Life) -> None:
        """
        The money goes to the address that the claimant names.
        """
        life.play(seed_lanes())
        node, other = life.parties[0].ledger, life.world.stranger.account
        before = node.token.balance_of(other)

        paid = claim(node, rewards(node, life.store, life.program, node.account), other)

        assert node.token.balance_of(other) == before + paid

    def test_are_refused_to_others(self, life: Life) -> None:
        """
        Nobody claims what is another's.
        """
        life.play(seed_lanes())
        owed = rewards(
            life.world.stranger, life.store, life.program, life.parties[0].ledger.account
        )

        with pytest.raises(Reverted, match="NotYourPayout"):
            claim(life.world.stranger, owed)

    def test_are_not_believed_from_another_store(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A payroll on chain that the manifest does not lead to is named.
        """
        life.play(seed_lanes())
        (record,) = events.rounds(life.world.stranger, life.program)
        assert record.payroll is not None
        lie = replace(record, payroll=replace(record.payroll, payout_sum=59))
        monkeypatch.setattr(events, "rounds", lambda *_: [lie])

        with pytest.raises(WrongPayroll, match="round 1"):
            paydays(life.world.stranger, life.store, life.program)

    def test_of_no_program_are_none(self, life: Life) -> None:
        """
        A program that does not exist is named, with how many there are.
        """
        with pytest.raises(NoSuchProgram, match="no program 7 among 1"):
            paydays(life.world.stranger, life.store, 7)


class TestIncome:
    def test_is_nothing_before_a_sale(self, life: Life) -> None:
        """
        A model that sold nothing has nothing to withdraw, and says so without a transaction.
        """
        life.play(seed_lanes())

        assert income(life.world.sponsor, life.program, life.world.sponsor.account).pending == 0
        assert withdraw(life.world.sponsor, life.program) == 0
