"""What holds for every test: no note of a test's transactions lies among a person's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_outbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = os.environ.get("COMMONROOT_OUTBOX")
    os.environ["COMMONROOT_OUTBOX"] = str(tmp_path_factory.mktemp("outbox"))
    yield
    if before is None:
        del os.environ["COMMONROOT_OUTBOX"]
    else:
        os.environ["COMMONROOT_OUTBOX"] = before
