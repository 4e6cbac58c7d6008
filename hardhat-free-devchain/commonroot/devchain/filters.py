"""Questions for logs or blocks that are asked again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.devchain.archive import Wanted
from commonroot.devchain.errors import RpcError
from commonroot.devchain.hashing import Hash

_MOST_FILTERS = 1_000


@final
@dataclass(frozen=True, slots=True)
class Range:
    """Where to look: from one block to another, or in the block of this hash."""

    first: int
    last: int | None
    """None for the latest block, whichever that is when somebody asks."""
    only: Hash | None = None


@final
@dataclass(slots=True)
class Filter:
    """A question, and up to which block it was answered."""

    wanted: Wanted | None
    """None where new blocks are asked for, not logs."""
    range: Range
    answered: int


@final
class Filters:
    """Questions that are asked again; each remembers up to where it was answered."""

    def __init__(self) -> None:
        self._open: dict[int, Filter] = {}
        self._last = 0

    def open(self, filter: Filter) -> int:
        """Remember a question; beyond a thousand, the oldest is forgotten."""
        if len(self._open) >= _MOST_FILTERS:
            del self._open[next(iter(self._open))]
        self._last += 1
        self._open[self._last] = filter
        return self._last

    def find(self, name: int) -> Filter:
        """Return a question that was opened before."""
        found = self._open.get(name)
        if found is None:
            raise RpcError("filter not found")
        return found

    def close(self, name: int) -> bool:
        """Forget a question; say whether there was one."""
        return self._open.pop(name, None) is not None
