"""Files that are there whole or not at all, whatever happens between two lines."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commonroot.base.errors import DiskFull


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` at `path` so that a crash leaves the old file or the new one, never a part."""
    with _draft(path, data, mode) as draft:
        draft.replace(path)


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` at `path` whole; raise FileExistsError where there is a file already."""
    with _draft(path, data, mode) as draft:
        # A link, unlike a rename, never takes the place of what is there.
        path.hardlink_to(draft)
        draft.unlink()


@contextmanager
def _draft(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield draft
            _sync_folder(path.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's "no space" into an error that names the path."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path) from exc
        raise


def _sync_folder(folder: Path) -> None:
    # Without this the rename itself may be lost with the power.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
