"""
What an account has signed for which round, so that it never signs two deltas for one.

Two different delta roots for one (program, round, epoch) cost the node its bond, whoever asked for the
second. So each is on disk before its signature leaves; a crash in between costs nothing, since the same
root may be signed again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

import rfc8785

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.keys.errors import AgentRefused, MemoryDamaged, MemoryTaken
from commonroot.protocol.hashing import Digest, to_digest, to_hex
from commonroot.protocol.receipt import Domain, Receipt


@final
class Memory:
    """The delta roots that one account signed, in one file, kept by one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._signed = _read(path)

    def remember(self, receipt: Receipt, domain: Domain) -> None:
        """Note a receipt that is about to be signed; refuse a second delta for its round."""
        place = _place(receipt, domain)
        signed = self._signed.get(place)
        if signed == receipt.delta_root:
            return
        if signed is not None:
            raise AgentRefused(
                f"for round {receipt.round}, epoch {receipt.epoch} it has signed another delta, "
                f"{to_hex(signed)}; a second one would cost the bond."
            )
        after = {**self._signed, place: receipt.delta_root}
        spelled = rfc8785.dumps({place: to_hex(root) for place, root in after.items()})
        try:
            write_whole(self._path, spelled, mode=0o600)
        except OSError as exc:
            raise AgentRefused(f"it cannot note what it signs in {self._path}: {exc}.") from exc
        self._signed = after


@contextmanager
def kept(path: Path) -> Iterator[Memory]:
    """Give the memory in a file for as long as nobody else keeps it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The lock has a file of its own: the memory's is replaced each time it is written.
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, path)
        yield Memory(path)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise MemoryTaken(path) from exc


def _place(receipt: Receipt, domain: Domain) -> str:
    return f"{domain.chain_id}/{domain.programs}/{receipt.program}/{receipt.round}/{receipt.epoch}"


def _read(path: Path) -> dict[str, Digest]:
    try:
        found = load_json(path.read_bytes())
        return {place: to_digest(root) for place, root in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError, ProtocolError) as exc:
        raise MemoryDamaged(path, str(exc)) from exc
