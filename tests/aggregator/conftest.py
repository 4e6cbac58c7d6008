"""One world for all tests of a process; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.aggregator.crowd import Town, settle
from tests.contracts.world import World, begin, moment


@pytest.fixture(scope="session")
def deployed() -> Iterator[World]:
    """Return a chain with everything on it."""
    world = begin()
    yield world
    world.chain.close()


@pytest.fixture
def world(deployed: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return the world as it was at first; whoever waits for a block or a time brings it about."""
    with moment(deployed) as now:

        def come_to_block(_: object, number: int) -> None:
            now.mine(max(0, number - now.block))

        def come_to_time(_: object, timestamp: int) -> None:
            now.pass_time(max(1, timestamp - now.now))
            now.mine()

        monkeypatch.setattr("commonroot.ledger.gateways.programs.wait_for_block", come_to_block)
        monkeypatch.setattr("commonroot.aggregator.rounds.wait_for_block", come_to_block)
        monkeypatch.setattr("commonroot.aggregator.rounds.wait_for_time", come_to_time)
        yield now


@pytest.fixture
def town(world: World, tmp_path: Path) -> Town:
    """Return a program that two nodes take part in."""
    return settle(world, tmp_path)
