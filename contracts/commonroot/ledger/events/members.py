"""Members' keys, and the datasets that accounts registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.events.reading import Seen, seen
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address


@final
@dataclass(frozen=True, slots=True)
class KeysRecord:
    """The keys that began to speak for a node."""

    node: Address
    receipt_key: Address
    flower_key: bytes
    set: Seen


def keys(ledger: Ledger) -> list[KeysRecord]:
    """Return all keys that ever began to speak for a node, oldest first."""
    logs = ledger.nodes.deployed.logs("KeysSet", ledger.book.block)
    return [
        KeysRecord(
            node=to_address(log.arguments["node"]),
            receipt_key=to_address(log.arguments["receiptKey"]),
            flower_key=bytes(log.arguments["flowerKey"]),
            set=seen(log),
        )
        for log in logs
    ]


def datasets(ledger: Ledger, owner: Address) -> list[Digest]:
    """Return the ids of an account's datasets, oldest first, retired ones too."""
    filters = {"owner": owner}
    logs = ledger.datasets.deployed.logs("DatasetRegistered", ledger.book.block, None, filters)
    return [Digest(log.arguments["dataset"]) for log in logs]
