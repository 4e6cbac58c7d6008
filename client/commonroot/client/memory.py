"""
What a node keeps of its contributions, so that nobody can deny them and it never makes two for one round.

    ROUND-EPOCH.delta    the delta, before it is signed
    ROUND-EPOCH.json     the receipt and its signature, before they are sent
    ROUND-EPOCH.ack      the aggregator's promise to include it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from commonroot.base.documents import load_json
from commonroot.base.files import write_whole
from commonroot.client.errors import SettingsDamaged
from commonroot.protocol import fixed
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import to_hex
from commonroot.protocol.wire import Answer

_BYTES = ("base_root", "dataset", "delta_root", "signature")


@final
@dataclass(frozen=True, slots=True)
class Memory:
    """The folder of one node's contributions to one program."""

    folder: Path

    def delta(self, round: int, epoch: int) -> Fixed | None:
        """Return the delta made for an epoch, if one was."""
        path = self._path(round, epoch, "delta")
        return fixed.from_bytes(path.read_bytes()) if path.exists() else None

    def keep_delta(self, round: int, epoch: int, delta: Fixed) -> None:
        """Keep a delta; only then may it be signed."""
        write_whole(self._path(round, epoch, "delta"), fixed.to_bytes(delta), mode=0o600)

    def answer(self, round: int, epoch: int) -> Answer | None:
        """Return the receipt signed for an epoch, if one was."""
        path = self._path(round, epoch, "json")
        if not path.exists():
            return None
        try:
            found: dict[str, Any] = load_json(path.read_bytes())
            raw = {name: bytes.fromhex(found[name].removeprefix("0x")) for name in _BYTES}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise SettingsDamaged(f"{path} cannot be read: {exc}.") from exc
        return Answer.from_fields({**found, **raw})

    def keep_answer(self, answer: Answer) -> None:
        """Keep a receipt and its signature; only then may they be sent."""
        fields = answer.to_fields()
        shown = {
            name: to_hex(value) if isinstance(value, bytes) else value
            for name, value in fields.items()
        }
        path = self._path(answer.receipt.round, answer.receipt.epoch, "json")
        write_whole(path, (json.dumps(shown, indent=1, sort_keys=True) + "\n").encode())

    def keep_ack(self, round: int, epoch: int, signature: bytes) -> None:
        """Keep the aggregator's promise."""
        write_whole(self._path(round, epoch, "ack"), signature)

    def rounds_with_deltas(self) -> list[int]:
        """Return the rounds of which deltas are kept."""
        numbers = (path.name.partition("-")[0] for path in self.folder.glob("*-*.delta"))
        return sorted({int(number) for number in numbers if number.isdecimal()})

    def forget_deltas(self, round: int) -> None:
        """Drop the deltas of a round that is over; receipts and acks stay."""
        for path in self.folder.glob(f"{round}-*.delta"):
            path.unlink(missing_ok=True)

    def _path(self, round: int, epoch: int, kind: str) -> Path:
        return self.folder / f"{round}-{epoch}.{kind}"
