"""A contract that is only read, or is not there, says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.world import World

from commonroot.base.errors import UsageError
from commonroot.ledger.errors import RpcRefused
from commonroot.ledger.ledger import Ledger


class TestReading:
    def test_needs_no_account(self, world: World) -> None:
        """
        Anyone reads.
        """
        reader = Ledger(world.web3, world.book)

        assert reader.nodes.minimum_bond() == 100

    def test_cannot_send(self, world: World) -> None:
        """
        Who has no account changes nothing, and is told what is missing.
        """
        reader = Ledger(world.web3, world.book)

        for act in (reader.nodes.resign, lambda: reader.account):
            with pytest.raises(UsageError, match="needs an account"):
                act()

    def test_says_that_no_contract_is_there(self, world: World) -> None:
        """
        An address without code answers nothing.
        """
        book = replace(world.book, nodes=world.buyer.account)

        with pytest.raises(RpcRefused, match="no such contract there") as caught:
            Ledger(world.web3, book).nodes.minimum_bond()
        assert "address book" in caught.value.hint


class TestEvent:
    def test_is_that_of_the_contract_itself(self, world: World) -> None:
        """
        A transaction that did not emit an event has none to read.
        """
        sent = world.buyer.token.transfer(world.stranger.account, 1)
        token = world.buyer.token.deployed

        assert token.event(sent, "Transfer").arguments["value"] == 1
        with pytest.raises(LookupError, match="no Approval"):
            token.event(sent, "Approval")
