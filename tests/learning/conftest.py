"""What the tests of learning share: a small net, small tasks, one thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from commonroot.learning.nets import Conv4
from commonroot.learning.types import Params
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.drawn import drawn
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.types import Episodes, Examples, generator

SMALL = Conv4(filters=4, ways=3, side=28)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: tests run side by side."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def net() -> Conv4:
    """Return a net of a thousand parameters."""
    return SMALL


@pytest.fixture(scope="session")
def characters() -> CharacterSet:
    """Return twelve drawn characters."""
    return drawn(3, 4, 8, seed=11)


@pytest.fixture
def source(characters: CharacterSet) -> FewShot:
    """Return three-way tasks with two shots and two queries."""
    return FewShot(characters, ways=3, shots=2, queries=2)


def double(params: Params) -> Params:
    """Return parameters in float64, in which equal means equal."""
    return {name: value.double() for name, value in params.items()}


@pytest.fixture
def precise(source: FewShot) -> Episodes:
    """Return eleven tasks in float64: more than one chunk, and not a whole number of them."""
    drawn = source.sample(11, generator(5))
    support, query = drawn.support, drawn.query
    return Episodes(
        Examples(support.images.double(), support.labels),
        Examples(query.images.double(), query.labels),
    )
