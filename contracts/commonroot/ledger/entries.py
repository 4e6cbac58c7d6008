"""A signed transaction that may not be settled yet, as it is noted before anybody is sent it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

from commonroot.base.documents import load_json
from commonroot.ledger.fees import Fees
from commonroot.protocol.hashing import Address, Digest, from_hex, keccak, to_address, to_hex

Wish: TypeAlias = tuple[Address | None, bytes, int]
"""To whom, which bytes, how much: two sendings of one wish are the same to the chain."""


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One nonce of an account, and all that was signed for it."""

    call: str
    """What people call it."""
    to: Address | None
    data: bytes
    value: int
    nonce: int
    gas: int
    fees: Fees
    """What the newest of the signed ones offers."""
    signed: tuple[bytes, ...]
    """The transaction, and those that were to replace it, oldest first; one of them is mined."""
    since: int
    """The chain's latest block when it was signed."""
    at: float
    """When it was signed, in seconds since 1970."""

    @property
    def wish(self) -> Wish:
        """Return what the transaction is for."""
        return self.to, self.data, self.value

    @property
    def raw(self) -> bytes:
        """Return the newest of the signed ones."""
        return self.signed[-1]

    @property
    def hash(self) -> Digest:
        """Return what the newest is called."""
        return keccak(self.raw)

    @property
    def hashes(self) -> tuple[Digest, ...]:
        """Return what all of them are called, the newest first."""
        return tuple(keccak(raw) for raw in reversed(self.signed))

    def outbid(self, raw: bytes, fees: Fees) -> Entry:
        """Return the entry with one more signed transaction, which offers more."""
        return replace(self, signed=(*self.signed, raw), fees=fees)

    def encode(self) -> bytes:
        """Return the entry as it lies in a file."""
        held: dict[str, Any] = {
            "call": self.call,
            "to": self.to,
            "data": to_hex(self.data),
            "value": self.value,
            "nonce": self.nonce,
            "gas": self.gas,
            "tip": self.fees.tip,
            "cap": self.fees.cap,
            "signed": [to_hex(raw) for raw in self.signed],
            "since": self.since,
            "at": self.at,
        }
        return json.dumps(held, indent=2).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Entry:
        """Return the entry in a file's bytes; raise ValueError, TypeError or KeyError on others."""
        held = load_json(data)
        return cls(
            call=str(held["call"]),
            to=None if held["to"] is None else to_address(held["to"]),
            data=from_hex(held["data"]),
            value=int(held["value"]),
            nonce=int(held["nonce"]),
            gas=int(held["gas"]),
            fees=Fees(int(held["tip"]), int(held["cap"])),
            signed=tuple(from_hex(raw) for raw in held["signed"]),
            since=int(held["since"]),
            at=float(held["at"]),
        )
