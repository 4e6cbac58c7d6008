"""A chain in this process for each test, and one in its own process for all that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.devchain.samples import Served, served

from commonroot.devchain.chain import Chain
from commonroot.devchain.settings import Settings


@pytest.fixture
def chain() -> Iterator[Chain]:
    made = Chain(Settings())
    yield made
    made.close()


@pytest.fixture(scope="session")
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running
