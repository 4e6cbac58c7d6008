"""The chain's time: the wall clock, moved by whoever tests what time does."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Clock:
    """What the next block's timestamp is made of."""

    offset: int = 0
    """How many seconds the chain is ahead of the wall clock."""
    next: int | None = None
    """The timestamp that somebody chose for the next block."""

    def stamp(self, parent: int) -> int:
        """Return the timestamp of a block mined now: never its parent's, never before it."""
        return max(parent + 1, self.now() if self.next is None else self.next)

    def now(self) -> int:
        """Return the chain's idea of the present."""
        return int(time.time()) + self.offset

    def jump(self, seconds: int) -> Clock:
        """Return a clock that is `seconds` further ahead."""
        return replace(self, offset=self.offset + seconds)

    def choose(self, timestamp: int) -> Clock:
        """Return a clock that gives the next block this timestamp."""
        return replace(self, next=timestamp)

    def after(self) -> Clock:
        """Return the clock once the next block is mined: it goes on from a chosen time."""
        if self.next is None:
            return self
        return Clock(offset=self.next - int(time.time()))
