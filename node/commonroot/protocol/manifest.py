"""
The manifest: what a round was made of, as one canonical document that its proposal names.

It leads from the digest on chain to every artifact of the round, and says of each node that was asked
what became of its answer. Amounts are decimal strings, since JSON's integers end at 2^53.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import rfc8785

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import (
    Address,
    Digest,
    keccak,
    to_address,
    to_digest,
    to_hex,
)
from commonroot.protocol.payout import Payout
from commonroot.protocol.round import Close, Contribution

MOST_BYTES = 2**22


class ManifestRefused(ProtocolError):
    """Bytes that are no manifest."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The manifest is refused: {why}")


@final
@dataclass(frozen=True, slots=True)
class Vector:
    """A vector of the round: the root over its chunks, and the stored bytes that hold it."""

    root: Digest
    artifact: Digest


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted contribution, where its delta lies, and the promise it was given."""

    contribution: Contribution
    artifact: Digest
    ack: bytes


@final
@dataclass(frozen=True, slots=True)
class Absence:
    """A node that was asked and is not in the round, and why."""

    node: Address
    why: str


@final
@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a round but its numbers."""

    spec: Digest
    close: Close
    seed: Digest
    base: Vector
    result: Vector
    gradient: Vector
    entries: tuple[Entry, ...]
    absent: tuple[Absence, ...]
    payouts: tuple[Payout, ...]
    key_hash: Digest
    """keccak of the key that the new version is sealed with: what a licence sells; zero if open."""
    keyring: Digest
    """The stored keys of the round's artifacts, wrapped for those who may read; zero if open."""

    def to_bytes(self) -> bytes:
        """Return the manifest's one spelling."""
        return rfc8785.dumps(
            {
                "protocol": 1,
                "spec": to_hex(self.spec),
                "close": _close_out(self.close),
                "seed": to_hex(self.seed),
                **{
                    name: _vector_out(getattr(self, name))
                    for name in ("base", "result", "gradient")
                },
                "contributions": [_entry_out(entry) for entry in self.entries],
                "absent": [{"node": each.node, "why": each.why} for each in self.absent],
                "payouts": [_payout_out(each) for each in self.payouts],
                "key_hash": to_hex(self.key_hash),
                "keyring": to_hex(self.keyring),
            }
        )

    @property
    def digest(self) -> Digest:
        """Return the digest that the proposal names."""
        return keccak(self.to_bytes())


def parse(text: bytes) -> Manifest:
    """Return the manifest in some bytes; refuse all but its one spelling."""
    if len(text) > MOST_BYTES:
        raise ManifestRefused(f"it has {len(text)} bytes; at most {MOST_BYTES} are read.")
    try:
        manifest = _manifest_in(json.loads(text))
        again = manifest.to_bytes()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as exc:
        raise ManifestRefused(f"it is not one ({type(exc).__name__}: {exc}).") from exc
    if again != text:
        raise ManifestRefused("it is not in its canonical form.")
    return manifest


def _manifest_in(document: Mapping[str, Any]) -> Manifest:
    if document["protocol"] != 1:
        raise ManifestRefused(f"it follows protocol {document['protocol']}; this is protocol 1.")
    return Manifest(
        spec=to_digest(document["spec"]),
        close=_close_in(document["close"]),
        seed=to_digest(document["seed"]),
        base=_vector_in(document["base"]),
        result=_vector_in(document["result"]),
        gradient=_vector_in(document["gradient"]),
        entries=tuple(_entry_in(each) for each in document["contributions"]),
        absent=tuple(
            Absence(to_address(each["node"]), str(each["why"])) for each in document["absent"]
        ),
        payouts=tuple(_payout_in(each) for each in document["payouts"]),
        key_hash=to_digest(document["key_hash"]),
        keyring=to_digest(document["keyring"]),
    )


def _close_out(close: Close) -> dict[str, Any]:
    return {
        "program": str(close.program),
        "round": close.round,
        "epoch": close.epoch,
        "parent": close.parent,
        "open_block": close.open_block,
        "count": close.count,
        "weights_hash": to_hex(close.weights_hash),
        "contributions_root": to_hex(close.contributions_root),
    }


def _close_in(document: Mapping[str, Any]) -> Close:
    return Close(
        program=int(document["program"]),
        round=document["round"],
        epoch=document["epoch"],
        parent=document["parent"],
        open_block=document["open_block"],
        count=document["count"],
        weights_hash=to_digest(document["weights_hash"]),
        contributions_root=to_digest(document["contributions_root"]),
    )


def _vector_out(vector: Vector) -> dict[str, str]:
    return {"root": to_hex(vector.root), "artifact": to_hex(vector.artifact)}


def _vector_in(document: Mapping[str, Any]) -> Vector:
    return Vector(to_digest(document["root"]), to_digest(document["artifact"]))


def _entry_out(entry: Entry) -> dict[str, Any]:
    given = entry.contribution
    return {
        "node": given.node,
        "dataset": to_hex(given.dataset),
        "delta": to_hex(given.delta_root),
        "weight": given.weight,
        "deadline": given.deadline,
        "signature": to_hex(given.signature),
        "artifact": to_hex(entry.artifact),
        "ack": to_hex(entry.ack),
    }


def _entry_in(document: Mapping[str, Any]) -> Entry:
    return Entry(
        Contribution(
            node=to_address(document["node"]),
            dataset=to_digest(document["dataset"]),
            delta_root=to_digest(document["delta"]),
            weight=document["weight"],
            deadline=document["deadline"],
            signature=bytes.fromhex(document["signature"].removeprefix("0x")),
        ),
        to_digest(document["artifact"]),
        bytes.fromhex(document["ack"].removeprefix("0x")),
    )


def _payout_out(paid: Payout) -> dict[str, str]:
    return {
        "node": paid.node,
        "score": str(paid.score),
        "square": str(paid.square),
        "payout": str(paid.payout),
        "shares": str(paid.shares),
    }


def _payout_in(document: Mapping[str, Any]) -> Payout:
    return Payout(
        node=to_address(document["node"]),
        score=int(document["score"]),
        square=int(document["square"]),
        payout=int(document["payout"]),
        shares=int(document["shares"]),
    )
