"""
What the journal's records say. The first item of each is its kind:

* genesis   format, chain id, accounts, balance, block, nodes
* mined     clock, block, nodes: a block with the state it made, so that nothing runs again
* moved     clock
* reverted  number, clock, waiting transactions: the blocks above `number` are gone
* waiting   a transaction that was taken and is not mined yet

A clock is its offset (8 bytes, signed) and the next block's timestamp (nothing if not chosen).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from commonroot.devchain.block import Block
from commonroot.devchain.clock import Clock
from commonroot.devchain.settings import Settings
from commonroot.devchain.transaction import Transaction

GENESIS, MINED, MOVED, REVERTED, WAITING = b"G", b"M", b"C", b"R", b"W"

FORMAT = 1
"""Rises when older journals can no longer be read."""


def genesis(settings: Settings, block: Block, nodes: Sequence[bytes]) -> list[Any]:
    """Return the record that a chain begins with."""
    made = [settings.chain_id, settings.accounts, settings.balance]
    return [GENESIS, FORMAT, made, block.to_rlp(), list(nodes)]


def mined(block: Block, clock: Clock, nodes: Sequence[bytes]) -> list[Any]:
    """Return the record of a new block, and of the clock as it goes on from there."""
    return [MINED, _clock(clock), block.to_rlp(), list(nodes)]


def moved(clock: Clock) -> list[Any]:
    """Return the record of a change of the chain's time."""
    return [MOVED, _clock(clock)]


def reverted(number: int, clock: Clock, waiting: Iterable[Transaction]) -> list[Any]:
    """Return the record of a return to an earlier block."""
    return [REVERTED, number, _clock(clock), [transaction.raw for transaction in waiting]]


def waiting(transaction: Transaction) -> list[Any]:
    """Return the record of a transaction that came too early to be mined."""
    return [WAITING, transaction.raw]


def read_clock(fields: Sequence[bytes]) -> Clock:
    """Return the clock that a record holds."""
    offset, chosen = fields
    return Clock(int.from_bytes(offset, signed=True), int.from_bytes(chosen) if chosen else None)


def _clock(clock: Clock) -> list[bytes]:
    chosen = b"" if clock.next is None else clock.next.to_bytes(8)
    return [clock.offset.to_bytes(8, signed=True), chosen]
