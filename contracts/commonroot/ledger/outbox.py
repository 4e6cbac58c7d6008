"""
What an account has signed and not seen settled, known to all processes that send for it.

Each transaction is noted here before any node gets it, so that a crash between any two lines leaves at
most one that nobody waits for: the next sender of the account finds it and takes it up. One nonce is
given out at a time.

    CHAIN-GENESIS/ACCOUNT/turn        held by who chooses a nonce and signs
    CHAIN-GENESIS/ACCOUNT/7.json      the transaction of nonce 7
    CHAIN-GENESIS/ACCOUNT/7.waited    held by who waits for it
    CHAIN-GENESIS/ACCOUNT/mined       the newest block that held one of its transactions, if nodes may lag
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol, final

from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.ledger.entries import Entry
from commonroot.ledger.errors import AccountBusy, OutboxUnusable
from commonroot.ledger.locks import FileLock
from commonroot.protocol.hashing import Address

_BUSY = 90.0
"""Seconds for which another process may be choosing a nonce: longer than any node is waited for."""


class Outbox(Protocol):
    """The notes of one account on one chain."""

    def turn(self) -> AbstractContextManager[None]:
        """Let nobody else choose a nonce until the block ends."""
        ...

    def nonces(self) -> set[int]:
        """Return the nonces that have an entry."""
        ...

    def take_up(self, nonce: int) -> Entry | None:
        """Return an entry that nobody waits for, to be waited for from now on; else None."""
        ...

    def note(self, entry: Entry) -> None:
        """Keep an entry, which its writer waits for from now on."""
        ...

    def leave(self, nonce: int) -> None:
        """Stop waiting for an entry, which stays for whoever takes it up."""
        ...

    def forget(self, nonce: int, block: int | None = None) -> None:
        """Drop an entry that is settled, in a block if it was mined."""
        ...

    def newest(self) -> int:
        """Return the newest block that is known to hold a transaction of the account."""
        ...

    def saw(self, block: int) -> None:
        """Say what that block is."""
        ...


@final
class Passing:
    """Notes that end with the process: nobody else reaches a chain inside it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._entries: dict[int, Entry] = {}
        self._waited: set[int] = set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let no other thread choose a nonce until the block ends."""
        with self._turn:
            yield

    def nonces(self) -> set[int]:
        """Return the nonces that have an entry."""
        return set(self._entries)

    def take_up(self, nonce: int) -> Entry | None:
        """Return an entry that nobody waits for."""
        if nonce in self._waited or nonce not in self._entries:
            return None
        self._waited.add(nonce)
        return self._entries[nonce]

    def note(self, entry: Entry) -> None:
        """Keep an entry."""
        self._entries[entry.nonce] = entry
        self._waited.add(entry.nonce)

    def leave(self, nonce: int) -> None:
        """Stop waiting for an entry."""
        self._waited.discard(nonce)

    def forget(self, nonce: int, block: int | None = None) -> None:
        """Drop an entry."""
        self._entries.pop(nonce, None)
        self._waited.discard(nonce)

    def newest(self) -> int:
        """Return no block: what is inside this process does not lag."""
        return 0

    def saw(self, block: int) -> None:
        """Take no note of it."""


@final
class Kept:
    """Notes in a folder, which all processes of a person share."""

    def __init__(self, folder: Path, account: Address) -> None:
        self._folder, self._account = folder, account
        self._waited: dict[int, FileLock] = {}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let no other process, and no other thread, choose a nonce until the block ends."""
        with self._usable():
            lock = FileLock.take(self._folder / "turn", _BUSY)
        if lock is None:
            raise AccountBusy(self._account, self._folder, _BUSY)
        try:
            yield
        finally:
            lock.release()
            self._tidy()

    def nonces(self) -> set[int]:
        """Return the nonces that have an entry."""
        with self._usable():
            return {int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdecimal()}

    def take_up(self, nonce: int) -> Entry | None:
        """Return an entry whose sender died or gave up."""
        with self._usable():
            lock = FileLock.take(self._waiter(nonce))
        if lock is None:
            return None
        try:
            entry = self._read(nonce)
        except BaseException:
            lock.release()
            raise
        if entry is None:  # it was settled just now
            lock.release()
            return None
        self._waited[nonce] = lock
        return entry

    def note(self, entry: Entry) -> None:
        """Keep an entry, whole, before anybody is sent what it holds."""
        with self._usable():
            if entry.nonce not in self._waited:
                lock = FileLock.take(self._waiter(entry.nonce), _BUSY)
                if lock is None:
                    raise AccountBusy(self._account, self._folder, _BUSY)
                self._waited[entry.nonce] = lock
            write_whole(self._file(entry.nonce), entry.encode(), mode=0o600)

    def leave(self, nonce: int) -> None:
        """Stop waiting for an entry."""
        lock = self._waited.pop(nonce, None)
        if lock is not None:
            lock.release()

    def forget(self, nonce: int, block: int | None = None) -> None:
        """Drop an entry; its lock goes last, so that nobody takes it for one that was left."""
        if block is not None and block > self.newest():
            self.saw(block)
        with self._usable():
            self._file(nonce).unlink(missing_ok=True)
        self.leave(nonce)
        self._tidy()

    def newest(self) -> int:
        """Return the newest block that is known to hold a transaction of the account."""
        try:
            return int((self._folder / "mined").read_text())
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as exc:
            raise OutboxUnusable(self._folder / "mined", str(exc)) from exc

    def saw(self, block: int) -> None:
        """Note which block that is."""
        with self._usable():
            write_whole(self._folder / "mined", str(block).encode(), mode=0o600)

    def _tidy(self) -> None:
        # Only empty folders go, so nobody's; who is about to use one makes it again.
        with suppress(OSError):
            self._folder.rmdir()
            self._folder.parent.rmdir()

    def _read(self, nonce: int) -> Entry | None:
        path = self._file(nonce)
        try:
            return Entry.decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError, ProtocolError) as exc:
            raise OutboxUnusable(path, f"it is malformed ({exc})") from exc

    def _file(self, nonce: int) -> Path:
        return self._folder / f"{nonce}.json"

    def _waiter(self, nonce: int) -> Path:
        return self._folder / f"{nonce}.waited"

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise OutboxUnusable(self._folder, exc.strerror or str(exc)) from exc
