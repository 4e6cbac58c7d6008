"""Waiting for a chain that may stand still."""

from __future__ import annotations

from tests.contracts.world import World

from commonroot.ledger.blocks import wait_for_block, wait_for_time


class TestWaitForBlock:
    def test_returns_at_once_where_it_is_there(self, world: World) -> None:
        """
        What has happened is not waited for, and costs nothing.
        """
        sender = world.buyer.sender
        assert sender is not None
        before = world.block

        wait_for_block(sender, before)

        assert world.block == before

    def test_makes_a_chain_go_on_that_stands_still(self, world: World) -> None:
        """
        Where only transactions make blocks, an empty one makes the next, and no more than needed.
        """
        sender = world.buyer.sender
        assert sender is not None
        before = world.block

        wait_for_block(sender, before + 2, still=0.0)

        assert world.block == before + 2


class TestWaitForTime:
    def test_goes_on_where_the_time_has_come(self, world: World) -> None:
        """
        Where the wall clock is past it, the chain needs a block to notice.
        """
        sender = world.buyer.sender
        assert sender is not None
        before = world.block

        wait_for_time(sender, 1)

        assert world.block == before + 1
