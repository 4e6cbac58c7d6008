"""A rehearsal does everything but the sending, and says what it would cost."""

from __future__ import annotations

import pytest
from tests.contracts.world import World, refused, signer_of
from tests.ledger.test_sender import nonce

from commonroot.ledger.ledger import Ledger
from commonroot.ledger.rehearsal import Rehearsed
from commonroot.ledger.sender import Sender


def rehearsing(world: World) -> Ledger:
    """Return the buyer, who only rehearses."""
    sender = Sender(world.web3, signer_of(world.buyer)).rehearsing()
    return Ledger(world.web3, world.book, sender)


class TestQuote:
    def test_is_what_it_costs_at_most(self, world: World) -> None:
        """
        What is paid in the end is within the quote, and the quote sends nothing.
        """
        sender = world.buyer.sender
        assert sender is not None
        before = nonce(world, sender.address)
        balance = world.web3.eth.get_balance(sender.address)
        quote = sender.quote("a gift", world.stranger.account, value=7)
        assert nonce(world, sender.address) == before

        sender.send("a gift", world.stranger.account, value=7)

        paid = balance - world.web3.eth.get_balance(sender.address) - 7
        assert 21_000 * quote.fees.tip < paid <= quote.most
        record = quote.record()
        assert (record["call"], record["to"]) == ("a gift", world.stranger.account)
        assert record["value"] == "0.000000000000000007"
        assert record["gas"] == quote.gas


class TestRehearsal:
    def test_sends_nothing(self, world: World) -> None:
        """
        The first transaction ends it, and is told with its cost.
        """
        buyer = rehearsing(world)
        before = world.block, nonce(world, buyer.account)

        with pytest.raises(Rehearsed, match=r"TestToken\.transfer") as caught:
            buyer.token.transfer(world.stranger.account, 5)

        (step,) = caught.value.steps
        assert step.quote is not None
        assert step.record()["gas"] == step.quote.gas
        assert (world.block, nonce(world, buyer.account)) == before

    def test_passes_over_approvals(self, world: World) -> None:
        """
        An approval is told of, and so is what it is for; that may cost what only shows afterwards.
        """
        buyer = rehearsing(world)
        buyer.token.allow(world.stranger.account, 5)

        with pytest.raises(Rehearsed) as caught:
            buyer.token.transfer(world.stranger.account, 10**9)

        first, second = caught.value.steps
        assert first.quote is not None
        assert second.quote is None
        assert "Without the steps before it" in second.record()["remark"]
        assert second.record()["gas"] is None
        assert buyer.token.allowance(buyer.account, world.stranger.account) == 0

    def test_is_refused_as_the_real_one(self, world: World) -> None:
        """
        What would be refused now is refused, with the contract's error.
        """
        with refused("ERC20InsufficientBalance", needed=10**9):
            rehearsing(world).token.transfer(world.stranger.account, 10**9)
