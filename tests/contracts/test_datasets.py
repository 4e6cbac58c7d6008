"""Commitments to datasets, function by function."""

from __future__ import annotations

import pytest
from tests.contracts.world import World, refused

from commonroot.ledger.gateways.datasets import dataset_id
from commonroot.protocol.hashing import ZERO, keccak

ROOT, SCHEMA, TERMS = keccak(b"root"), keccak(b"schema"), keccak(b"terms")


class TestRegister:
    @pytest.mark.parametrize(("root", "count"), [(ZERO, 1), (ROOT, 0)])
    def test_refuses_what_is_empty(self, world: World, root: bytes, count: int) -> None:
        """
        A dataset has a root and at least one record.
        """
        with refused("EmptyDataset"):
            world.buyer.datasets.register(root, count, SCHEMA, TERMS)  # type: ignore[arg-type]

    def test_refuses_the_same_root_of_one_owner(self, world: World) -> None:
        """
        What an owner committed to once cannot be committed to with other terms.
        """
        ada = world.nodes[0]
        id = ada.datasets.register(ROOT, 10, SCHEMA, TERMS)

        with refused("AlreadyRegistered", dataset="0x" + id.hex()):
            ada.datasets.register(ROOT, 11, SCHEMA, TERMS)

    def test_keeps_what_was_said(self, world: World) -> None:
        """
        The id follows from owner and root, and all of it can be read back.
        """
        ada = world.nodes[0]

        id = ada.datasets.register(ROOT, 10, SCHEMA, TERMS)

        held = ada.datasets.dataset(id)
        assert id == dataset_id(ada.account, ROOT)
        assert held is not None
        assert (held.owner, held.count, held.root) == (ada.account, 10, ROOT)
        assert (held.schema, held.terms) == (SCHEMA, TERMS)
        assert (held.since, held.until) == (world.block, 0)

    def test_lets_two_owners_have_one_root(self, world: World) -> None:
        """
        Who copies a root gets an id of its own and takes nothing from the first.
        """
        ada, eve = world.nodes[0], world.stranger

        first = ada.datasets.register(ROOT, 10, SCHEMA, TERMS)
        second = eve.datasets.register(ROOT, 10, SCHEMA, TERMS)

        assert first != second


class TestRetire:
    def test_refuses_who_is_not_the_owner(self, world: World) -> None:
        """
        The error names who asked; a dataset that does not exist is nobody's.
        """
        id, eve = world.dataset(world.nodes[0]), world.stranger

        for each in (id, keccak(b"nothing")):
            with refused("NotTheDatasetOwner", caller=eve.account):
                eve.datasets.retire(each)

    def test_refuses_a_second_time(self, world: World) -> None:
        """
        The block of retirement does not move.
        """
        ada = world.nodes[0]
        id = world.dataset(ada)
        ada.datasets.retire(id)

        with refused("AlreadyRetired"):
            ada.datasets.retire(id)

    def test_ends_the_use_from_its_block_on(self, world: World) -> None:
        """
        A dataset is active from the block of its registration to the one before its retirement.
        """
        ada = world.nodes[0]
        id = world.dataset(ada)
        registered = world.block
        world.mine()

        ada.datasets.retire(id)

        retired = world.block
        active = [ada.datasets.active_at(id, block) for block in range(registered - 1, retired + 1)]
        assert active == [False, True, True, False]


def test_unknown_is_none(world: World) -> None:
    """
    A dataset that nobody registered is not there, and not active.
    """
    datasets = world.stranger.datasets

    assert datasets.dataset(keccak(b"nothing")) is None
    assert not datasets.active_at(keccak(b"nothing"), world.block)
