"""An aggregator sees to its role, its certificate and its bond before the first round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from coincurve import PublicKey
from tests.aggregator.crowd import QUICK, Town

from commonroot.aggregator.readers import KeyUnknown, public_key_of
from commonroot.aggregator.ready import (
    NotReady,
    certificate_in,
    recover_bond,
    see_to_bond,
    sponsor_key,
    take_on,
)
from commonroot.keys.certificates import fingerprint, self_signed
from commonroot.ledger import events
from commonroot.protocol.hashing import to_address
from commonroot.protocol.signature import address_of
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotStored


class TestTakeOn:
    def test_brings_program_and_spec(self, town: Town) -> None:
        """
        The spec comes from the store and is the one that the chain names.
        """
        role = take_on(town.world.aggregator, town.store, town.program)

        assert role.spec == town.spec

    def test_refuses_anothers_program(self, town: Town) -> None:
        """
        Who is not the aggregator is told who is.
        """
        with pytest.raises(NotReady, match=f"aggregated by {town.world.aggregator.account}"):
            take_on(town.world.stranger, town.store, town.program)

    def test_refuses_without_the_spec(self, town: Town, tmp_path: Path) -> None:
        """
        Rules alone do not say what to train.
        """
        with pytest.raises(NotStored):
            take_on(town.world.aggregator, Store.at(str(tmp_path / "empty")), town.program)


class TestBond:
    def test_is_topped_up_to_one_rounds_worth(self, town: Town) -> None:
        """
        What is there is not paid again.
        """
        ledger = town.world.aggregator
        assert see_to_bond(ledger, take_on(ledger, town.store, town.program)) == 0

        ledger.bonds.withdraw(town.program, 50, ledger.account)
        assert see_to_bond(ledger, take_on(ledger, town.store, town.program)) == 50
        assert ledger.bonds.bond_of(town.program, ledger.account).total == QUICK.bond

    def test_comes_back_after_an_epoch_that_nobody_worked_for(self, town: Town) -> None:
        """
        What no node drew is settled, and need not be paid again.
        """
        ledger, world = town.world.aggregator, town.world
        opened = ledger.programs.open(town.program)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(town.program)
        assert recover_bond(ledger, town.program) == 0
        world.pass_time(QUICK.window + 1)
        world.mine()

        assert recover_bond(ledger, town.program) == 1
        assert recover_bond(ledger, town.program) == 0
        assert see_to_bond(ledger, take_on(ledger, town.store, town.program)) == 0


class TestCertificate:
    def test_is_made_once(self, tmp_path: Path) -> None:
        """
        A restart shows nodes the certificate they know.
        """
        certificate, key, first = certificate_in(tmp_path)
        again = certificate_in(tmp_path)

        assert again == (certificate, key, first)
        assert fingerprint(certificate.read_bytes()) == first

    def test_is_made_anew_before_it_ends(self, tmp_path: Path) -> None:
        """
        A certificate that ends within days is replaced while nobody is connected.
        """
        old = self_signed(now=datetime.now(UTC) - timedelta(days=360))
        old.write(tmp_path / "certificate.pem", tmp_path / "certificate.key")

        assert certificate_in(tmp_path)[2] != old.fingerprint

    def test_a_damaged_one_is_named(self, tmp_path: Path) -> None:
        """
        Somebody's own file is not thrown away without a word.
        """
        certificate, _, _ = certificate_in(tmp_path)
        certificate.write_text("nothing")

        with pytest.raises(NotReady, match="is no certificate"):
            certificate_in(tmp_path)


class TestReaders:
    def test_the_sponsors_key_shows_on_chain(self, town: Town) -> None:
        """
        Its signature under the program's creation gives the key away, as signatures do.
        """
        role = take_on(town.world.aggregator, town.store, town.program)
        key = sponsor_key(town.world.aggregator, role)

        assert key is not None
        assert address_of(PublicKey(key)) == town.world.sponsor.account

    def test_anothers_transaction_shows_no_key(self, town: Town) -> None:
        """
        A transaction of somebody else does not pass for the account's.
        """
        (made,) = events.programs(town.world.stranger)
        other = to_address(town.world.stranger.account)

        with pytest.raises(KeyUnknown, match="it was signed by"):
            public_key_of(town.world.stranger, other, made.created.transaction)
