"""Data stays at home: what the chain is told of it can be told again, and not changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contracts.world import BOND, World
from tests.node.life import Life

from commonroot.base.errors import UsageError
from commonroot.keys.certificates import new_flower_key
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.errors import NotEnoughTokens, Reverted
from commonroot.node.data import NoSuchDataset, at_home, keep, look_up, register
from commonroot.node.membership import enrol, flower_key_at, join, membership
from commonroot.store.artifacts import Store
from commonroot.tasks.drawn import drawn

CHARACTERS = drawn(1, 2, 3, seed=1)


class TestDataset:
    def test_is_registered_once(self, world: World, store: Store, tmp_path: Path) -> None:
        """
        A registration that was interrupted is simply run again.
        """
        owned = keep(tmp_path, "mine", CHARACTERS, "drawn:1:1x2")

        one = register(world.stranger, store, owned, b"for research")
        two = register(world.stranger, store, at_home(tmp_path, "mine"))

        assert one == two
        assert one.on_chain is not None
        assert (one.on_chain.root, one.on_chain.count) == (owned.root, 6)
        assert store.get(one.on_chain.terms) == b"for research"
        assert events.datasets(world.stranger, world.stranger.account) == [one.id]

    def test_is_not_replaced(self, tmp_path: Path) -> None:
        """
        What was committed to stays as it is.
        """
        keep(tmp_path, "mine", CHARACTERS, "drawn:1:1x2")

        with pytest.raises(UsageError, match="already"):
            keep(tmp_path, "mine", CHARACTERS, "drawn:1:1x2")

    def test_is_somebodys(self, world: World, tmp_path: Path) -> None:
        """
        Another account with the same records has registered nothing.
        """
        owned = keep(tmp_path, "mine", CHARACTERS, "drawn:1:1x2")

        assert look_up(world.stranger, owned, world.buyer.account).on_chain is None

    @pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "é"])
    def test_has_a_plain_name(self, tmp_path: Path, name: str) -> None:
        """
        A name is a file name and leads nowhere else.
        """
        with pytest.raises(UsageError, match="cannot be a dataset's name"):
            keep(tmp_path, name, CHARACTERS, "drawn:1:1x2")

    def test_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        """
        An unknown dataset points to the list.
        """
        with pytest.raises(NoSuchDataset, match="no dataset mine"):
            at_home(tmp_path, "mine")


class TestMembership:
    def test_costs_the_least_bond_unless_told_otherwise(self, world: World) -> None:
        """
        The chain knows the member, its bond and its receipt key.
        """
        receipts = Wallet.random()

        joined = join(world.stranger, receipts, new_flower_key())

        assert joined == membership(world.buyer, world.stranger.account)
        assert (joined.member, joined.bond, joined.receipt_key) == (True, BOND, receipts.address)

    def test_needs_the_bond(self, world: World) -> None:
        """
        An account without the money is told how much it lacks.
        """
        with pytest.raises(NotEnoughTokens):
            join(world.stranger, Wallet.random(), new_flower_key(), 10**9)

    def test_is_needed_to_enrol(self, life: Life, tmp_path: Path) -> None:
        """
        Who is no member takes part in nothing.
        """
        stranger = life.world.stranger
        owned = keep(tmp_path, "mine", CHARACTERS, "drawn:1:1x2")
        dataset = register(stranger, life.store, owned)

        with pytest.raises(Reverted, match="NotMember"):
            enrol(stranger, life.program, dataset.id)

    def test_keeps_one_flower_key(self, tmp_path: Path) -> None:
        """
        The SuperNode's key is made once.
        """
        first = flower_key_at(tmp_path / "key")

        assert flower_key_at(tmp_path / "key").public == first.public
