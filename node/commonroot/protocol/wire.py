"""
What an aggregator and a node say to each other in a round, whatever carries it.

Fields are text, whole numbers and bytes under fixed names; a vector travels beside them as its
big-endian bytes. What comes from the other side is taken apart here and nowhere else: one missing,
foreign or mistyped field refuses the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Address, Digest, to_address, to_digest
from commonroot.protocol.receipt import Receipt

Field: TypeAlias = str | int | bytes

_RECEIPT = {
    "program": str,  # 256 bits, which no carrier's integers hold
    "round": int,
    "epoch": int,
    "base_root": bytes,
    "aggregator": str,
    "deadline": int,
}
_ACKED = {"acked_round": int, "acked_epoch": int, "ack": bytes}
_ANSWER = {**_RECEIPT, "dataset": bytes, "delta_root": bytes, "weight": int, "signature": bytes}
_NEVER = 2**63 - 1


class WireRefused(ProtocolError):
    """A message is not one of this protocol."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The message is refused: {why}")
        self.why = why


@final
@dataclass(frozen=True, slots=True)
class Promise:
    """The aggregator's signature under an earlier contribution of the node."""

    round: int
    epoch: int
    signature: bytes

    def to_fields(self) -> dict[str, Field]:
        """Return the promise as it is sent by itself."""
        return {"acked_round": self.round, "acked_epoch": self.epoch, "ack": self.signature}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Promise:
        """Return the promise in some fields; refuse all that is not one."""
        _require(fields, _ACKED)
        return cls(fields["acked_round"], fields["acked_epoch"], fields["ack"])


@final
@dataclass(frozen=True, slots=True)
class Assignment:
    """What a node is asked: to improve on a base, for one epoch of one round."""

    program: int
    round: int
    epoch: int
    base_root: Digest
    aggregator: Address
    deadline: int
    """Unix time until which a receipt counts."""
    promise: Promise | None = None
    """The ack of the node's last contribution, where it has not been sent yet."""

    def to_fields(self) -> dict[str, Field]:
        """Return the assignment as it is sent."""
        fields: dict[str, Field] = {
            "program": str(self.program),
            "round": self.round,
            "epoch": self.epoch,
            "base_root": bytes(self.base_root),
            "aggregator": self.aggregator,
            "deadline": self.deadline,
        }
        if self.promise is not None:
            fields.update(self.promise.to_fields())
        return fields

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Assignment:
        """Return the assignment in some fields; refuse all that is not one."""
        acked = "ack" in fields
        _require(fields, {**_RECEIPT, **_ACKED} if acked else _RECEIPT)
        promise = (
            Promise(fields["acked_round"], fields["acked_epoch"], fields["ack"]) if acked else None
        )
        return cls(
            program=_number(fields["program"]),
            round=fields["round"],
            epoch=fields["epoch"],
            base_root=to_digest(fields["base_root"]),
            aggregator=to_address(fields["aggregator"]),
            deadline=fields["deadline"],
            promise=promise,
        )


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What a node answers: its receipt and signature; the delta's bytes travel beside it."""

    receipt: Receipt
    signature: bytes

    def to_fields(self) -> dict[str, Field]:
        """Return the answer as it is sent."""
        given = self.receipt
        return {
            "program": str(given.program),
            "round": given.round,
            "epoch": given.epoch,
            "base_root": bytes(given.base_root),
            "aggregator": given.aggregator,
            "deadline": given.deadline,
            "dataset": bytes(given.dataset),
            "delta_root": bytes(given.delta_root),
            "weight": given.weight,
            "signature": self.signature,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Answer:
        """Return the answer in some fields; refuse all that is not one."""
        _require(fields, _ANSWER)
        receipt = Receipt(
            program=_number(fields["program"]),
            round=fields["round"],
            epoch=fields["epoch"],
            base_root=to_digest(fields["base_root"]),
            aggregator=to_address(fields["aggregator"]),
            dataset=to_digest(fields["dataset"]),
            delta_root=to_digest(fields["delta_root"]),
            weight=fields["weight"],
            deadline=fields["deadline"],
        )
        return cls(receipt, fields["signature"])


def _require(fields: Mapping[str, Any], expected: Mapping[str, type]) -> None:
    missing, foreign = expected.keys() - fields.keys(), fields.keys() - expected.keys()
    if missing:
        raise WireRefused(f"it has no {min(missing)}.")
    if foreign:
        raise WireRefused(f"it has a foreign field {sorted(map(str, foreign))[0][:40]!r}.")
    for name, kind in expected.items():
        value: Any = fields[name]
        if type(value) is not kind:
            raise WireRefused(f"its {name} is a {type(value).__name__}, not a {kind.__name__}.")
        if isinstance(value, int) and not 0 <= value <= _NEVER:
            raise WireRefused(f"its {name} is {value}.")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 78 or text != str(int(text)):
        raise WireRefused(f"{text[:40]!r} is no number.")
    return int(text)
