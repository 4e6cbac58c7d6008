"""One process at a time: a lock that the system drops when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commonroot.base.errors import CommonrootError


class AlreadyRunning(CommonrootError):
    """Another process does the same in the same folder."""

    hint = "Stop the other one first, or wait until it has ended."

    def __init__(self, path: Path, who: str) -> None:
        super().__init__(f"Another {who} works in {path.parent}.")
        self.path, self.who = path, who


@contextmanager
def alone(path: Path, patience: float = 0.0, *, who: str = "aggregator") -> Iterator[None]:
    """Hold a lock until the block ends; raise if another process holds it for too long."""
    # The first thing in an aggregator's folder: deltas and its SuperLink's database will lie there.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _held(descriptor, time.monotonic() + patience):
            raise AlreadyRunning(path, who)
        yield
    finally:
        os.close(descriptor)


def _held(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        else:
            return True
