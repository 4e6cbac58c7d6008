"""
The manifest: what a round was made of, as one canonical document that its proposal names.

It leads from the digest on chain to every artifact of the round, and says of each node that was asked
what became of its answer. Amounts are decimal strings, since JSON's integers end at 2^53.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import rfc8785

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import (
    Address,
    Digest,
    from_hex,
    keccak,
    to_address,
    to_digest,
    to_hex,
)
from commonroot.protocol.payout import Payout
from commonroot.protocol.round import Close, Contribution

MOST_BYTES = 2**22
MOST_WORDS = 200

_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,76}")
"""At most 77 digits; what still does not fit into its word is refused when it is hashed."""
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What would move a reader's cursor, or has no spelling in UTF-8."""


class ManifestRefused(ProtocolError):
    """Bytes that are no manifest."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The manifest is refused: {why[:300]}")


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
    """A node that was asked and is not in the round, and why: one short line."""

    node: Address
    why: str

    def __post_init__(self) -> None:
        # A node's own words may be in it: they must neither fill the manifest nor steer a terminal.
        object.__setattr__(self, "why", _UNCLEAN.sub(" ", self.why)[:MOST_WORDS])


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
        manifest = _manifest_in(load_json(text))
        again = manifest.to_bytes()
    except ManifestRefused:
        raise
    except (ProtocolError, KeyError, TypeError, ValueError, RecursionError) as exc:
        raise ManifestRefused(f"it is not one ({type(exc).__name__}: {exc}).") from exc
    if again != text:
        raise ManifestRefused("it is not in its canonical form.")
    if len(manifest.payouts) != len(manifest.entries):
        raise ManifestRefused(
            f"it has {len(manifest.payouts)} payouts for {len(manifest.entries)} contributions."
        )
    return manifest


def _manifest_in(document: Mapping[str, Any]) -> Manifest:
    if document["protocol"] != 1:
        raise ManifestRefused(f"it follows protocol {document['protocol']!r}; this is protocol 1.")
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
        "aggregator": close.aggregator,
        "open_block": close.open_block,
        "anchor": close.anchor,
        "seats": close.seats,
        "places": close.places,
        "sample": to_hex(close.sample),
        "count": close.count,
        "weights_hash": to_hex(close.weights_hash),
        "contributions_root": to_hex(close.contributions_root),
    }


def _close_in(document: Mapping[str, Any]) -> Close:
    return Close(
        program=_amount_in(document["program"]),
        round=_whole_in(document["round"]),
        epoch=_whole_in(document["epoch"]),
        parent=_whole_in(document["parent"]),
        aggregator=to_address(document["aggregator"]),
        open_block=_whole_in(document["open_block"]),
        anchor=_whole_in(document["anchor"]),
        seats=_whole_in(document["seats"]),
        places=_whole_in(document["places"]),
        sample=to_digest(document["sample"]),
        count=_whole_in(document["count"]),
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
            weight=_whole_in(document["weight"]),
            deadline=_whole_in(document["deadline"]),
            signature=_signature_in(document["signature"]),
        ),
        to_digest(document["artifact"]),
        _signature_in(document["ack"]),
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
        score=_decimal_in(document["score"]),
        square=_amount_in(document["square"]),
        payout=_amount_in(document["payout"]),
        shares=_amount_in(document["shares"]),
    )


def _whole_in(value: object) -> int:
    # `True` is an int to Python and 1.5 has a canonical form too: neither is a count.
    if type(value) is not int or not 0 <= value < 2**53:
        raise ManifestRefused(f"{value!r} is not a whole number below 2^53.")
    return value


def _decimal_in(value: object) -> int:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ManifestRefused(f"{value!r} is not a decimal string.")
    return int(value)


def _amount_in(value: object) -> int:
    amount = _decimal_in(value)
    if amount < 0:
        raise ManifestRefused(f"{amount} is negative.")
    return amount


def _signature_in(value: str) -> bytes:
    signature = from_hex(value)
    if len(signature) != 65:
        raise ManifestRefused(f"a signature has 65 bytes; this one has {len(signature)}.")
    return signature
