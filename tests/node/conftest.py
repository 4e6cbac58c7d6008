"""One world for all tests of a process; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.world import World, begin, moment
from tests.node import life as lives
from tests.node.life import Life


@pytest.fixture(scope="session")
def deployed() -> Iterator[World]:
    """Return a chain with everything deployed."""
    world = begin()
    yield world
    world.chain.close()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """Return the world as it was in the beginning."""
    with moment(deployed) as now:
        yield now


@pytest.fixture
def life(world: World, tmp_path: Path) -> Life:
    """Return a program with two nodes."""
    return lives.begin(world, tmp_path)
