"""Programs and their rounds: the events of one epoch of a round are one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, final

from commonroot.ledger.deployed import Log
from commonroot.ledger.events.reading import Seen, in_order, seen
from commonroot.ledger.gateways.records import (
    Charter,
    Stage,
    charter_of,
    close_of,
    opening_of,
    proposal_of,
    rules_of,
)
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.rules import Rules


@final
@dataclass(frozen=True, slots=True)
class ProgramRecord:
    """A program as it was created."""

    program: int
    sponsor: Address
    charter: Charter
    rules: Rules
    created: Seen


class End(StrEnum):
    """How an epoch ended that made no version."""

    ABANDONED = "abandoned"
    """Nothing was proposed in time."""
    VOIDED = "voided"
    """Its proposal was shown to be false."""
    DROPPED = "dropped"
    """A round that it built on was voided."""


@final
@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One epoch of a round, as far as it came."""

    opening: Opening
    deadline: int
    opened: Seen
    stage: Stage = Stage.OPEN
    """How far it came; NONE for an epoch that came to nothing."""
    close: Close | None = None
    closed: Seen | None = None
    seed: Digest | None = None
    proposal: Proposal | None = None
    proposed: Seen | None = None
    finalizable_at: int | None = None
    finalized: Seen | None = None
    end: End | None = None
    """How it came to nothing, if it did."""
    ended: Seen | None = None

    @property
    def program(self) -> int:
        """Return whose round it is."""
        return self.opening.program

    @property
    def round(self) -> int:
        """Return the round's number."""
        return self.opening.round

    @property
    def epoch(self) -> int:
        """Return which attempt at the round it was."""
        return self.opening.epoch

    @property
    def parent(self) -> int:
        """Return the version that it started from."""
        return self.opening.parent

    @property
    def version(self) -> int | None:
        """Return the version that it made, which has the round's number."""
        return self.round if self.stage is Stage.FINALIZED else None


@final
@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """What a node took of what a round owed it."""

    program: int
    round: int
    node: Address
    to: Address
    payout: int
    shares: int
    claimed: Seen


@final
@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """Where an aggregator said it is reached."""

    program: int
    endpoint: str
    certificate: Digest
    said: Seen


@final
@dataclass(frozen=True, slots=True)
class SuccessionRecord:
    """An aggregator that came after another one."""

    program: int
    former: Address
    aggregator: Address
    changed: Seen


@final
@dataclass(frozen=True, slots=True)
class EnrolmentRecord:
    """A node that took part with a dataset, in place of any before."""

    program: int
    node: Address
    dataset: Digest
    enrolled: Seen


def programs(ledger: Ledger, spec: Digest | None = None) -> list[ProgramRecord]:
    """Return the programs, or those of one spec, oldest first."""
    filters = {} if spec is None else {"spec": spec}
    logs = ledger.programs.deployed.logs("ProgramCreated", ledger.book.block, None, filters)
    return [
        ProgramRecord(
            program=log.arguments["program"],
            sponsor=to_address(log.arguments["sponsor"]),
            charter=charter_of(log.struct("charter")),
            rules=rules_of(log.struct("rules")),
            created=seen(log),
        )
        for log in logs
    ]


def rounds(ledger: Ledger, program: int) -> list[RoundRecord]:
    """Return every epoch of every round of a program, oldest first."""
    found: dict[tuple[int, int], RoundRecord] = {}
    for log in _of(ledger, program, *_ROUND_EVENTS):
        at = log.arguments["round"], log.arguments["epoch"]
        if log.name == "RoundOpened":
            found[at] = _opened(log)
        else:
            found[at] = replace(found[at], **_ROUND_EVENTS[log.name](log))
    return list(found.values())


def opening(ledger: Ledger, program: int, round: int, epoch: int) -> Opening:
    """Return what an epoch of a round opened with."""
    filters = {"program": program, "round": round, "epoch": epoch}
    (log,) = ledger.programs.deployed.logs("RoundOpened", ledger.book.block, None, filters)
    return opening_of(log.struct("opening"))


def successions(ledger: Ledger, program: int) -> list[SuccessionRecord]:
    """Return how a program's aggregators followed each other, oldest first."""
    return [
        SuccessionRecord(
            program=program,
            former=to_address(log.arguments["former"]),
            aggregator=to_address(log.arguments["aggregator"]),
            changed=seen(log),
        )
        for log in _of(ledger, program, "AggregatorChanged")
    ]


def claims(ledger: Ledger, program: int) -> list[ClaimRecord]:
    """Return what was claimed in a program, oldest first."""
    return [
        ClaimRecord(
            program=program,
            round=log.arguments["round"],
            node=to_address(log.arguments["node"]),
            to=to_address(log.arguments["to"]),
            payout=log.arguments["payout"],
            shares=log.arguments["shares"],
            claimed=seen(log),
        )
        for log in _of(ledger, program, "Claimed")
    ]


def endpoint(ledger: Ledger, program: int) -> EndpointRecord | None:
    """Return where a program's present aggregator last said it is reached."""
    logs = _of(ledger, program, "EndpointSet", "AggregatorChanged")
    if not logs or logs[-1].name != "EndpointSet":
        return None
    said = logs[-1].arguments
    return EndpointRecord(program, said["endpoint"], Digest(said["certificate"]), seen(logs[-1]))


def enrolments(ledger: Ledger, program: int) -> list[EnrolmentRecord]:
    """Return who takes part in a program now, in the order in which they came."""
    found: dict[Address, EnrolmentRecord] = {}
    deployed = ledger.enrolments.deployed
    for log in in_order(deployed, ("Enrolled", "Quit"), ledger.book.block, program=program):
        node = to_address(log.arguments["node"])
        found.pop(node, None)
        if log.name == "Enrolled":
            dataset = Digest(log.arguments["dataset"])
            found[node] = EnrolmentRecord(program, node, dataset, seen(log))
    return list(found.values())


def _opened(log: Log) -> RoundRecord:
    return RoundRecord(opening_of(log.struct("opening")), log.arguments["deadline"], seen(log))


def _ended(end: End) -> Callable[[Log], dict[str, Any]]:
    return lambda log: {"stage": Stage.NONE, "end": end, "ended": seen(log)}


_ROUND_EVENTS: Mapping[str, Callable[[Log], dict[str, Any]]] = {
    "RoundOpened": lambda log: {},
    "RoundClosed": lambda log: {
        "stage": Stage.CLOSED,
        "close": close_of(log.struct("close")),
        "closed": seen(log),
    },
    "SeedDrawn": lambda log: {"seed": Digest(log.arguments["seed"])},
    "RoundProposed": lambda log: {
        "stage": Stage.PROPOSED,
        "proposal": proposal_of(log.struct("proposal")),
        "seed": proposal_of(log.struct("proposal")).seed,
        "proposed": seen(log),
        "finalizable_at": log.arguments["finalizableAt"],
    },
    "RoundFinalized": lambda log: {"stage": Stage.FINALIZED, "finalized": seen(log)},
    "RoundAbandoned": _ended(End.ABANDONED),
    "RoundVoided": _ended(End.VOIDED),
    "RoundDropped": _ended(End.DROPPED),
}


def _of(ledger: Ledger, program: int, *names: str) -> list[Log]:
    return in_order(ledger.programs.deployed, names, ledger.book.block, program=program)
