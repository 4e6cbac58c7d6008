"""What bonds lost: an epoch that ended badly, who drew from its bond, and where the rest went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from commonroot.ledger.deployed import Log
from commonroot.ledger.events.reading import Seen, in_order, seen
from commonroot.ledger.gateways.bonds import Fault
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address


@final
@dataclass(frozen=True, slots=True)
class ForfeitRecord:
    """The bond behind an epoch that ended badly."""

    key: Digest
    program: int
    round: int
    epoch: int
    aggregator: Address
    fault: Fault
    amount: int
    pool: int
    """What acked nodes may draw from."""
    bounty: int
    burned: int
    forfeited: Seen
    drawn: tuple[Address, ...] = ()
    """Who was credited with a part, as they came."""
    settled: Seen | None = None
    challenger: Address | None = None
    """Who was credited with the bounty, once it is settled."""


def forfeits(ledger: Ledger, program: int) -> list[ForfeitRecord]:
    """Return what a program's aggregators lost, oldest first."""
    deployed, first = ledger.bonds.deployed, ledger.book.block
    logs = deployed.logs("Forfeited", first, None, {"program": program})
    found = {record.key: record for record in map(_forfeited, logs)}
    for log in in_order(deployed, ("Drawn", "Settled"), first, key=list(found)) if found else ():
        record = found[Digest(log.arguments["key"])]
        found[record.key] = _after(record, log)
    return list(found.values())


def _forfeited(log: Log) -> ForfeitRecord:
    said = log.arguments
    return ForfeitRecord(
        key=Digest(said["key"]),
        program=said["program"],
        round=said["round"],
        epoch=said["epoch"],
        aggregator=to_address(said["aggregator"]),
        fault=Fault(said["fault"]),
        amount=said["amount"],
        pool=said["pool"],
        bounty=said["bounty"],
        burned=said["burned"],
        forfeited=seen(log),
    )


def _after(record: ForfeitRecord, log: Log) -> ForfeitRecord:
    if log.name == "Drawn":
        return replace(record, drawn=(*record.drawn, to_address(log.arguments["account"])))
    challenger = to_address(log.arguments["challenger"])
    paid = challenger if log.arguments["bounty"] else None
    return replace(record, settled=seen(log), challenger=paid)
