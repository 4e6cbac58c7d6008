"""How logs are read: where something was said, in what order, and with which fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

from commonroot.ledger.deployed import Deployed, Log
from commonroot.protocol.hashing import Digest


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """Where on the chain something was said."""

    block: int
    transaction: Digest


def in_order(deployed: Deployed, names: Iterable[str], first: int, **filters: Any) -> list[Log]:
    """Return the events of several names as they happened."""
    logs = [log for name in names for log in deployed.logs(name, first, None, filters)]
    return sorted(logs, key=lambda log: (log.block, log.index))


def seen(log: Log) -> Seen:
    """Return where a log stands."""
    return Seen(log.block, log.transaction)
