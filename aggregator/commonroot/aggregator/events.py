"""
What happened, a JSON line an event, written at once: `aggregator run` shows it and programs follow it.

    round_opened  round epoch asked deadline        accepted  round epoch node
    refused       round epoch node why              silent    round epoch node why
    closed        round epoch accepted              abandoned round epoch why
    proposed      round epoch result payouts scores
    finalized     round epoch version result transactions gas seconds
    voided        round epoch                       answered  round epoch what chunk column
    unbonded      round free needed                 overdue   round due
    admitted      node                              waiting   why
    failed        why hint                          done      rounds

Amounts are decimal strings: JSON's integers end at 2^53.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from commonroot.base.files import disk_errors


@final
@dataclass(frozen=True, slots=True)
class Events:
    """The file of one program's events."""

    path: Path

    def say(self, kind: str, **facts: Any) -> None:
        """Add an event."""
        line = json.dumps({"event": kind, "at": round(time.time(), 3), **facts}) + "\n"
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # One write of one line, appended: a reader sees all of it or nothing.
            with self.path.open("ab", buffering=0) as file:
                file.write(line.encode())

    def end(self) -> int:
        """Return where the file ends now, to follow it from there."""
        return self.path.stat().st_size if self.path.exists() else 0


def follow(path: Path, start: int = 0) -> Iterator[dict[str, Any] | None]:
    """Yield events from a place in the file on; None whenever there is no new one yet."""
    at = start
    while True:
        lines, at = _read(path, at)
        yield from lines
        yield None


def _read(path: Path, at: int) -> tuple[list[dict[str, Any]], int]:
    if not path.exists():
        return [], at
    with path.open("rb") as file:
        file.seek(at)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], at + len(whole)
