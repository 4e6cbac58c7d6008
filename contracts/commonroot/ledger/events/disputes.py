"""What was disputed: proposals shown to be false, nodes that signed twice, and what was demanded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from commonroot.ledger.deployed import Log
from commonroot.ledger.events.reading import Seen, in_order, seen
from commonroot.ledger.gateways.demands import Standing
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address
from commonroot.protocol.replay.faults import Asked


@final
@dataclass(frozen=True, slots=True)
class RefutationRecord:
    """A proposal that a challenge showed to be false."""

    program: int
    round: int
    epoch: int
    challenger: Address
    challenge: str
    """The challenge's name, as the contract has it."""
    committed: int | None
    """The block in which the challenger had committed to it."""
    refuted: Seen


@final
@dataclass(frozen=True, slots=True)
class EquivocationRecord:
    """A node that signed two deltas for one epoch."""

    node: Address
    program: int
    round: int
    epoch: int
    reporter: Address
    shown: Seen


@final
@dataclass(frozen=True, slots=True)
class DemandRecord:
    """Something that was demanded, and what came of it."""

    id: Digest
    program: int
    round: int
    epoch: int
    kind: Asked
    chunk: int
    column: int
    demander: Address
    answer_until: int
    demanded: Seen
    standing: Standing = Standing.OPEN
    ended: Seen | None = None
    """When it was answered, ran out, or was given back."""


def refutations(ledger: Ledger, program: int) -> list[RefutationRecord]:
    """Return which proposals of a program were shown to be false, oldest first."""
    deployed = ledger.challenges.deployed
    return [
        RefutationRecord(
            program=program,
            round=log.arguments["round"],
            epoch=log.arguments["epoch"],
            challenger=to_address(log.arguments["challenger"]),
            challenge=deployed.function_of(bytes(log.arguments["challenge"])),
            committed=log.arguments["committed"] or None,
            refuted=seen(log),
        )
        for log in in_order(deployed, ("ProposalRefuted",), ledger.book.block, program=program)
    ]


def equivocations(ledger: Ledger, program: int) -> list[EquivocationRecord]:
    """Return which nodes were shown to have signed twice in a program, oldest first."""
    deployed = ledger.challenges.deployed
    return [
        EquivocationRecord(
            node=to_address(log.arguments["node"]),
            program=program,
            round=log.arguments["round"],
            epoch=log.arguments["epoch"],
            reporter=to_address(log.arguments["reporter"]),
            shown=seen(log),
        )
        for log in in_order(deployed, ("Equivocated",), ledger.book.block, program=program)
    ]


def demands(ledger: Ledger, program: int, since: int | None = None) -> list[DemandRecord]:
    """Return what was demanded in a program, oldest first; from a block on, where one is named."""
    found: dict[Digest, DemandRecord] = {}
    names, first = ("Demanded", *_ENDS), ledger.book.block if since is None else since
    for log in in_order(ledger.demands.deployed, names, first, program=program):
        id = Digest(log.arguments["id"])
        if log.name == "Demanded":
            found[id] = _demanded(id, log)
        elif id in found:  # else it was demanded before the first block that is looked at
            found[id] = replace(found[id], standing=_ENDS[log.name], ended=seen(log))
    return list(found.values())


def _demanded(id: Digest, log: Log) -> DemandRecord:
    said = log.arguments
    return DemandRecord(
        id=id,
        program=said["program"],
        round=said["round"],
        epoch=said["epoch"],
        kind=Asked(said["kind"]),
        chunk=said["chunk"],
        column=said["column"],
        demander=to_address(said["demander"]),
        answer_until=said["answerUntil"],
        demanded=seen(log),
    )


_ENDS = {
    "Answered": Standing.ANSWERED,
    "Expired": Standing.OVER,
    "Returned": Standing.OVER,
}
