"""
The journal: an append-only file of records, on disk before anything is acknowledged.

A record is MAGIC, the payload's length (4 bytes), the crc32 of the payload, the crc32 of these
twelve bytes, then the payload: an rlp list. A crash can tear the last record only, so a damaged
record with an intact one after it is damage of another kind, and an error.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import rlp

from commonroot.devchain.errors import JournalDamaged, StateLocked, StateUnusable

log = logging.getLogger(__name__)

_MAGIC = b"CRj1"
_HEAD = struct.Struct(">4sII")
_SUM = struct.Struct(">I")
_SIZE = _HEAD.size + _SUM.size


@final
class Lock:
    """Keeps a second process out of a state folder; the system frees it when this one ends."""

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        self._file = path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = path.read_text().strip()
            self._file.close()
            raise StateLocked(folder, holder) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def close(self) -> None:
        """Let others in."""
        self._file.close()


@final
class Journal:
    """Records that survive the process: `records` reads them, `append` adds one."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(folder)
            self.path = folder / "chain.journal"
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            _sync_folder(folder)
        except OSError as error:
            raise StateUnusable(folder, error.strerror or str(error)) from error
        self._end = 0

    def records(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield every record with where it begins, and cut off what a crash left half-written after the last."""
        data = self.path.read_bytes()
        while (payload := _payload_at(data, self._end)) is not None:
            start, self._end = self._end, self._end + _SIZE + len(payload)
            yield start, list(rlp.decode(payload))
        if self._end < len(data):
            self._cut(data)

    def append(self, record: list[Any]) -> None:
        """Write a record; when this returns, it is on disk."""
        payload = rlp.encode(record)
        head = _HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload))
        data = head + _SUM.pack(zlib.crc32(head)) + payload
        try:
            _write_at(self._file, data, self._end)
            os.fdatasync(self._file)
        except OSError as error:
            # Whatever arrived lies behind `_end`: the next record, or a restart, overwrites it.
            raise StateUnusable(self.path.parent, error.strerror or str(error)) from error
        self._end += len(data)

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._file)
        self._lock.close()

    def _cut(self, data: bytes) -> None:
        at = data.find(_MAGIC, self._end + 1)
        while at >= 0:
            if _payload_at(data, at) is not None:
                raise JournalDamaged(self.path, self._end, f"an intact record follows at {at}")
            at = data.find(_MAGIC, at + 1)
        # What a crash leaves of the very first record begins as one, or is the zeros of unwritten pages.
        if self._end == 0 and data.strip(b"\0") and not data.startswith(_MAGIC[: len(data)]):
            raise JournalDamaged(self.path, 0, "no record begins there")
        log.warning("%s: dropped %d torn bytes", self.path, len(data) - self._end)
        os.ftruncate(self._file, self._end)
        os.fdatasync(self._file)


def _payload_at(data: bytes, offset: int) -> bytes | None:
    """Return the payload of the intact record at `offset`, if there is one."""
    body = offset + _SIZE
    if body > len(data):
        return None
    magic, size, checksum = _HEAD.unpack_from(data, offset)
    (head_checksum,) = _SUM.unpack_from(data, offset + _HEAD.size)
    if magic != _MAGIC or zlib.crc32(data[offset : offset + _HEAD.size]) != head_checksum:
        return None
    payload = data[body : body + size]
    return payload if len(payload) == size and zlib.crc32(payload) == checksum else None


def _write_at(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
