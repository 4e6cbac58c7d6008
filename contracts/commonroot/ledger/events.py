"""
What happened, read from the logs: programs and their rounds, keys, datasets, sales.

Only what a contract emitted counts here; what it holds now is asked through the gateways. Where one
number has several events (a round and its epochs, a purchase and its delivery), they become one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

from commonroot.keys.delivery import Delivery, Point
from commonroot.ledger.deployed import Log
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.gateways.records import (
    Charter,
    Payroll,
    Stage,
    charter_of,
    close_of,
    payroll_of,
    proposal_of,
    rules_of,
)
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address
from commonroot.protocol.round import Close, Proposal
from commonroot.protocol.rules import Rules


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """Where on the chain something was said."""

    block: int
    transaction: Digest


@final
@dataclass(frozen=True, slots=True)
class ProgramRecord:
    """A program as it was created."""

    program: int
    sponsor: Address
    charter: Charter
    rules: Rules
    created: Seen


@final
@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One epoch of a round, as far as it came."""

    program: int
    round: int
    epoch: int
    parent: int
    deadline: int
    opened: Seen
    stage: Stage = Stage.OPEN
    """How far it came; NONE for an epoch that was abandoned."""
    close: Close | None = None
    closed: Seen | None = None
    seed: Digest | None = None
    proposal: Proposal | None = None
    proposed: Seen | None = None
    finalizable_at: int | None = None
    version: int | None = None
    payroll: Payroll | None = None
    finalized: Seen | None = None


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
class KeysRecord:
    """The keys that began to speak for a node."""

    node: Address
    receipt_key: Address
    flower_key: bytes
    set: Seen


@final
@dataclass(frozen=True, slots=True)
class EnrolmentRecord:
    """A node that took part with a dataset, in place of any before."""

    program: int
    node: Address
    dataset: Digest
    enrolled: Seen


@final
@dataclass(frozen=True, slots=True)
class OfferRecord:
    """An offer as it was made."""

    offer: int
    model: int
    version: int
    price: int
    duration: int
    seller: Address
    provider: Address
    key_hash: Digest
    offered: Seen


@final
@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """A purchase, as far as it came."""

    purchase: int
    offer: int
    buyer: Address
    model: int
    price: int
    key: Point
    bought: Seen
    stage: PurchaseStage = PurchaseStage.PAID
    delivery: Delivery | None = None
    delivered: Seen | None = None
    ended: Seen | None = None
    """When it was accepted or refunded."""


def programs(ledger: Ledger, spec: Digest | None = None) -> list[ProgramRecord]:
    """Return the programs, or those of one spec, oldest first."""
    filters = {} if spec is None else {"spec": spec}
    logs = ledger.programs.deployed.logs("ProgramCreated", ledger.book.block, **filters)
    return [
        ProgramRecord(
            program=log.arguments["program"],
            sponsor=to_address(log.arguments["sponsor"]),
            charter=charter_of(_fields(log, "charter")),
            rules=rules_of(_fields(log, "rules")),
            created=_seen(log),
        )
        for log in logs
    ]


def rounds(ledger: Ledger, program: int) -> list[RoundRecord]:
    """Return every epoch of every round of a program, oldest first."""
    found: dict[tuple[int, int], RoundRecord] = {}
    for log in _sorted(ledger, tuple(_ROUND_EVENTS), program=program):
        at = log.arguments["round"], log.arguments["epoch"]
        if log.name == "RoundOpened":
            found[at] = _opened(log)
        else:
            found[at] = replace(found[at], **_ROUND_EVENTS[log.name](log))
    return list(found.values())


def claims(ledger: Ledger, program: int) -> list[ClaimRecord]:
    """Return what was claimed in a program, oldest first."""
    logs = ledger.programs.deployed.logs("Claimed", ledger.book.block, program=program)
    names = ("program", "round", "node", "to", "payout", "shares")
    return [ClaimRecord(*(log.arguments[name] for name in names), _seen(log)) for log in logs]


def endpoint(ledger: Ledger, program: int) -> EndpointRecord | None:
    """Return where a program's aggregator last said it is reached."""
    logs = list(ledger.programs.deployed.logs("EndpointSet", ledger.book.block, program=program))
    if not logs:
        return None
    said = logs[-1].arguments
    return EndpointRecord(program, said["endpoint"], Digest(said["certificate"]), _seen(logs[-1]))


def enrolments(ledger: Ledger, program: int) -> list[EnrolmentRecord]:
    """Return who takes part in a program now, in the order in which they came."""
    found: dict[Address, EnrolmentRecord] = {}
    for log in _sorted(ledger, ("Enrolled", "Quit"), program=program):
        node = to_address(log.arguments["node"])
        found.pop(node, None)
        if log.name == "Enrolled":
            dataset = Digest(log.arguments["dataset"])
            found[node] = EnrolmentRecord(program, node, dataset, _seen(log))
    return list(found.values())


def keys(ledger: Ledger) -> list[KeysRecord]:
    """Return all keys that ever began to speak for a node, oldest first."""
    logs = ledger.nodes.deployed.logs("KeysSet", ledger.book.block)
    return [
        KeysRecord(
            node=to_address(log.arguments["node"]),
            receipt_key=to_address(log.arguments["receiptKey"]),
            flower_key=bytes(log.arguments["flowerKey"]),
            set=_seen(log),
        )
        for log in logs
    ]


def datasets(ledger: Ledger, owner: Address) -> list[Digest]:
    """Return the ids of an account's datasets, oldest first, retired ones too."""
    logs = ledger.datasets.deployed.logs("DatasetRegistered", ledger.book.block, owner=owner)
    return [Digest(log.arguments["dataset"]) for log in logs]


def offers(ledger: Ledger, model: int | None = None) -> list[OfferRecord]:
    """Return the offers that were made, or those of one model, oldest first."""
    filters = {} if model is None else {"model": model}
    logs = ledger.licences.deployed.logs("Offered", ledger.book.block, **filters)
    return [
        OfferRecord(
            offer=log.arguments["offer"],
            model=log.arguments["model"],
            version=log.arguments["version"],
            price=log.arguments["price"],
            duration=log.arguments["duration"],
            seller=to_address(log.arguments["seller"]),
            provider=to_address(log.arguments["provider"]),
            key_hash=Digest(log.arguments["keyHash"]),
            offered=_seen(log),
        )
        for log in logs
    ]


def purchases(ledger: Ledger) -> list[PurchaseRecord]:
    """Return all purchases, oldest first."""
    found: dict[int, PurchaseRecord] = {}
    for log in _sorted(ledger, ("Bought", *_PURCHASE_EVENTS), of="Licences"):
        number = log.arguments["purchase"]
        if log.name == "Bought":
            found[number] = _bought(log)
        else:
            found[number] = replace(found[number], **_PURCHASE_EVENTS[log.name](log))
    return list(found.values())


def _opened(log: Log) -> RoundRecord:
    said = log.arguments
    names = ("program", "round", "epoch", "parent", "deadline")
    return RoundRecord(*(said[name] for name in names), opened=_seen(log))


_ROUND_EVENTS: Mapping[str, Callable[[Log], dict[str, Any]]] = {
    "RoundOpened": lambda log: {},
    "RoundClosed": lambda log: {
        "stage": Stage.CLOSED,
        "close": close_of(_fields(log, "close")),
        "closed": _seen(log),
    },
    "SeedDrawn": lambda log: {"seed": Digest(log.arguments["seed"])},
    "RoundProposed": lambda log: {
        "stage": Stage.PROPOSED,
        "proposal": proposal_of(_fields(log, "proposal")),
        "proposed": _seen(log),
        "finalizable_at": log.arguments["finalizableAt"],
    },
    "RoundFinalized": lambda log: {
        "stage": Stage.FINALIZED,
        "version": log.arguments["version"],
        "payroll": payroll_of(_fields(log, "payroll")),
        "finalized": _seen(log),
    },
    "RoundAbandoned": lambda log: {"stage": Stage.NONE},
}


def _bought(log: Log) -> PurchaseRecord:
    said = log.arguments
    return PurchaseRecord(
        purchase=said["purchase"],
        offer=said["offer"],
        buyer=to_address(said["buyer"]),
        model=said["model"],
        price=said["price"],
        key=Point(*_fields(log, "key")),
        bought=_seen(log),
    )


_PURCHASE_EVENTS: Mapping[str, Callable[[Log], dict[str, Any]]] = {
    "Delivered": lambda log: {
        "stage": PurchaseStage.DELIVERED,
        "delivery": Delivery(Point(*_fields(log, "ephemeral")), Digest(log.arguments["wrapped"])),
        "delivered": _seen(log),
    },
    "Accepted": lambda log: {"stage": PurchaseStage.ACCEPTED, "ended": _seen(log)},
    "PurchaseRefunded": lambda log: {"stage": PurchaseStage.REFUNDED, "ended": _seen(log)},
}


def _sorted(
    ledger: Ledger, names: Iterable[str], of: str = "Programs", **filters: Any
) -> list[Log]:
    contract = (ledger.programs if of == "Programs" else ledger.licences).deployed
    logs = [log for name in names for log in contract.logs(name, ledger.book.block, **filters)]
    return sorted(logs, key=lambda log: (log.block, log.index))


def _fields(log: Log, name: str) -> tuple[Any, ...]:
    """Return a struct's fields in the contract's order, however the library hands it over."""
    struct = log.arguments[name]
    return tuple(struct.values()) if isinstance(struct, Mapping) else tuple(struct)


def _seen(log: Log) -> Seen:
    return Seen(log.block, log.transaction)
