"""One world and one life for all tests of a process; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.world import World, moment
from tests.contracts.world import begin as begin_world
from tests.node import life as lives
from tests.node.life import Life

from commonroot.store.artifacts import Store


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Return a program with two nodes, in a world of its own."""
    world = begin_world()
    yield lives.begin(world, tmp_path_factory.mktemp("life"))
    world.chain.close()


@pytest.fixture
def world(begun: Life) -> Iterator[World]:
    """Return the world as it was when the program had begun."""
    with moment(begun.world) as now:
        yield now


@pytest.fixture
def life(begun: Life, world: World, tmp_path: Path) -> Life:
    """Return the program with its two nodes, before its first round."""
    return lives.again(begun, world, tmp_path / "life")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store.at(str(tmp_path / "store"))
