"""What rounds owe and models earn is paid to the last unit, and once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.node.life import Life, seed_lanes

from commonroot.ledger import events
from commonroot.ledger.errors import Reverted
from commonroot.node.programs import NoSuchProgram
from commonroot.node.rewards import WrongPayouts, claim, income, paydays, rewards, withdraw
from commonroot.store.errors import NotStored
from commonroot.store.shelf import Shelf


class TestRewards:
    def test_are_what_the_chain_owes(self, life: Life) -> None:
        """
        The payouts of the manifest are the ones whose sum tree the chain holds.
        """
        life.play(seed_lanes())
        found = paydays(life.world.stranger, life.store, life.program, shelf(life))
        (payday,) = found.known

        assert sum(each.payout for each in payday.payouts) == payday.proposal.payout_sum
        assert 0 < payday.proposal.payout_sum <= 60
        assert found.unknown == ()

    def test_are_paid_once(self, life: Life) -> None:
        """
        A claim brings the payout to the account, and a second one brings nothing.
        """
        life.play(life.play(seed_lanes()), seed=2)
        node = life.parties[0].ledger
        before = node.token.balance_of(node.account)
        owed = rewards(node, life.store, life.program, node.account, shelf(life))

        paid = claim(node, owed)

        assert [each.payday.round for each in owed] == [1, 2]
        assert paid == sum(each.payout.payout for each in owed)
        assert node.token.balance_of(node.account) == before + paid
        again = rewards(node, life.store, life.program, node.account, shelf(life))
        assert all(each.claimed for each in again)
        assert claim(node, again) == 0

    def test_go_where_the_node_says(self, life: Life) -> None:
        """
        The money goes to the address that the claimant names.
        """
        life.play(seed_lanes())
        node, other = life.parties[0].ledger, life.world.stranger.account
        before = node.token.balance_of(other)

        paid = claim(
            node, rewards(node, life.store, life.program, node.account, shelf(life)), other
        )

        assert node.token.balance_of(other) == before + paid

    def test_are_refused_to_others(self, life: Life) -> None:
        """
        Nobody claims what is another's.
        """
        life.play(seed_lanes())
        account = life.parties[0].ledger.account
        owed = rewards(life.world.stranger, life.store, life.program, account, shelf(life))

        with pytest.raises(Reverted, match="NotYourPayout"):
            claim(life.world.stranger, owed)

    def test_of_one_unreadable_round_do_not_hide_the_others(self, life: Life) -> None:
        """
        A manifest that is gone, or does not fit, is named; what the other rounds owe is claimed.
        """
        life.play(life.play(seed_lanes()), seed=2)
        ledger = life.parties[0].ledger
        _manifest_file(life, 1).unlink()

        found = paydays(ledger, life.store, life.program, shelf(life))

        assert [each.round for each in found.known] == [2]
        (trouble,) = found.unknown
        assert trouble.round == 1
        assert isinstance(trouble.why, NotStored)
        assert claim(ledger, found.of(ledger.account)) > 0

    def test_are_claimed_from_any_copy_of_the_manifest(self, life: Life) -> None:
        """
        Whoever kept the manifest depends on nobody's store; a copy that was changed is none.
        """
        life.play(seed_lanes())
        own, ledger = Shelf(life.home / "own"), life.parties[0].ledger
        (record,) = events.rounds(ledger, life.program)
        assert record.proposal is not None
        own.keep(life.store, record.proposal.manifest)
        _manifest_file(life, 1).unlink()

        assert len(rewards(ledger, life.store, life.program, ledger.account, own)) == 1
        copy = next(own.folder.iterdir())
        copy.write_bytes(copy.read_bytes().replace(b"1", b"2", 1))
        assert rewards(ledger, life.store, life.program, ledger.account, own) == []

    def test_are_not_believed_where_the_chain_says_otherwise(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Payouts on chain that the manifest does not lead to are named.
        """
        life.play(seed_lanes())
        (record,) = events.rounds(life.world.stranger, life.program)
        assert record.proposal is not None
        lie = replace(record, proposal=replace(record.proposal, payout_sum=59))
        monkeypatch.setattr(events, "rounds", lambda *_: [lie])

        (trouble,) = paydays(life.world.stranger, life.store, life.program, shelf(life)).unknown

        assert isinstance(trouble.why, WrongPayouts)
        assert "round 1" in str(trouble.why)

    def test_of_no_program_are_none(self, life: Life) -> None:
        """
        A program that does not exist is named, with how many there are.
        """
        with pytest.raises(NoSuchProgram, match="no program 7 among 1"):
            paydays(life.world.stranger, life.store, 7, shelf(life))


class TestIncome:
    def test_is_nothing_before_a_sale(self, life: Life) -> None:
        """
        A model that sold nothing has nothing to withdraw, and says so without a transaction.
        """
        life.play(seed_lanes())

        assert income(life.world.sponsor, life.program, life.world.sponsor.account).pending == 0
        assert withdraw(life.world.sponsor, life.program) == 0


def shelf(life: Life) -> Shelf:
    """Return the empty shelf of somebody who kept nothing."""
    return Shelf(life.home / "nothing")


def _manifest_file(life: Life, round: int) -> Path:
    """Return where the store keeps a round's manifest."""
    named = life.world.stranger.models.version(life.program, round).manifest
    assert named is not None
    return next(Path(life.store.place).rglob(named.hex()))
