"""A lock between processes that ends with its holder, however that ends, and leaves no file behind."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import final

from commonroot.base.files import disk_errors


@final
class FileLock:
    """One holding of a lock file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path, patience: float = 0.0) -> FileLock | None:
        """Return the lock once nobody else has it; None where that takes too long."""
        deadline, pause = time.monotonic() + patience, 0.001
        while (lock := cls._try(path)) is None:
            if time.monotonic() >= deadline:
                return None
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        return lock

    def release(self) -> None:
        """Let the next one have it."""
        # Unlinked while it is held: whoever locks the old file sees that it is no longer the one.
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    @classmethod
    def _try(cls, path: Path) -> FileLock | None:
        with disk_errors(path):
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:  # the folder went, with the last that was in it
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                return None
        try:
            # The system lets go of it when the process ends.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return cls(path, descriptor)
        except (BlockingIOError, FileNotFoundError):
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None
