"""One world for all tests of a process; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contracts.scene import Scene, begun, seen_by
from tests.contracts.world import World, begin, moment


@pytest.fixture(scope="session")
def deployed() -> Iterator[World]:
    world = begin()
    yield world
    world.chain.close()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    with moment(deployed) as now:
        yield now


@pytest.fixture(scope="module")
def seated(deployed: World) -> Iterator[Scene]:
    with moment(deployed) as world:
        yield begun(world)


@pytest.fixture
def scene(seated: Scene) -> Iterator[Scene]:
    with moment(seated.world) as now:
        yield seen_by(now, seated)
