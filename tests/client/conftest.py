"""One world for all tests of a process; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contracts.world import World, begin, moment


@pytest.fixture(scope="session")
def deployed() -> Iterator[World]:
    """Return a chain with everything on it."""
    world = begin()
    yield world
    world.chain.close()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """Return the world as it was at first."""
    with moment(deployed) as now:
        yield now
