"""A small round as an aggregator sees it: a gate, members, and what they answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
from flwr.app import RecordDict
from tests.protocol.samples import DOMAIN, RULES, TABLE, account, digest, signed

from commonroot.aggregator.checkpoint import Kept
from commonroot.aggregator.mailbox import Letter
from commonroot.aggregator.members import Member
from commonroot.aggregator.quarantine import Accepted, Gate
from commonroot.base.messages import pack
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.spec import compose
from commonroot.protocol.wire import Answer, Assignment

LANES = 192

SPEC = compose(
    name="A sample",
    architecture={"name": "linear"},
    learner={"name": "reptile"},
    tasks={"name": "characters"},
    table=TABLE,
    validation=(digest("validation"), 4),
    gate=(1000, 60, 0),
    rules=RULES,
)

BASE: Fixed = TABLE.encode({tensor.name: np.zeros(tensor.shape) for tensor in TABLE.tensors})

ASSIGNMENT = Assignment(
    program=7,
    round=3,
    epoch=1,
    base_root=tree.vector_root(BASE),
    aggregator=account("aggregator"),
    deadline=2_000_000_000,
)

GATE = Gate(SPEC, DOMAIN, ASSIGNMENT)


def member(name: str) -> Member:
    """Return somebody who takes part."""
    return Member(
        node=account(name),
        receipt_key=account(f"receipts of {name}"),
        flower_key=f"flower key of {name}".encode(),
        dataset=digest(f"dataset of {name}"),
        records=5,
    )


def delta_of(*first: int) -> Fixed:
    """Return a delta that begins with the given lanes."""
    lanes = np.zeros(LANES, np.int32)
    lanes[: len(first)] = first
    return lanes


def answer_of(
    name: str, delta: Fixed, assignment: Assignment = ASSIGNMENT, signer: str = "", **wrong: Any
) -> Answer:
    """Return somebody's signed answer; what is wrong with it is signed, too."""
    given = Receipt(
        program=assignment.program,
        round=assignment.round,
        epoch=assignment.epoch,
        base_root=assignment.base_root,
        aggregator=assignment.aggregator,
        dataset=digest(f"dataset of {name}"),
        delta_root=tree.vector_root(delta),
        weight=5,
        deadline=assignment.deadline,
    )
    receipt = replace(given, **wrong)
    return Answer(receipt, signed(signer or f"receipts of {name}", receipt.digest(DOMAIN)))


def accepted_of(name: str, delta: Fixed) -> Accepted:
    """Return a contribution that has passed the gate."""
    return GATE.judge(member(name), answer_of(name, delta).to_fields(), fixed.to_bytes(delta), {})


def ack_of(receipt: Receipt) -> bytes:
    """Return the aggregator's ack."""
    return signed("aggregator", Ack(receipt.digest(DOMAIN), receipt.epoch).digest(DOMAIN))


def kept_of(name: str, delta: Fixed) -> Kept:
    """Return a contribution that was accepted and acked."""
    accepted = accepted_of(name, delta)
    return Kept(accepted, ack_of(accepted.receipt))


@final
@dataclass(slots=True)
class Village:
    """A post box among nodes that answer at once, with whatever they were given to say."""

    says: dict[str, Letter | RecordDict | None]
    """What each name answers; None is silence."""
    connected: set[str] | None = None
    sent: list[tuple[str, RecordDict]] = field(default_factory=list)
    told: list[tuple[str, RecordDict]] = field(default_factory=list)
    waiting: list[Letter] = field(default_factory=list)

    def nodes(self) -> Mapping[bytes, int]:
        """Return who is connected, numbered in the order of the names."""
        names = self.says if self.connected is None else self.connected
        return {member(name).flower_key: at for at, name in enumerate(self.says) if name in names}

    def send(self, node: int, content: RecordDict, group: str, seconds: float) -> str:
        """Note a message, and have the node answer."""
        name = list(self.says)[node]
        identity = f"{group} to {name}"
        self.sent.append((name, content))
        said = self.says[name]
        if isinstance(said, Letter):
            self.waiting.append(replace(said, message=identity))
        elif said is not None:
            self.waiting.append(Letter(identity, said))
        return identity

    def tell(self, node: int, content: RecordDict, group: str, seconds: float) -> None:
        """Note a message that needs no answer."""
        self.told.append((list(self.says)[node], content))

    def collect(self) -> list[Letter]:
        """Return what was answered."""
        letters, self.waiting = self.waiting, []
        return letters


def honest(name: str, *first: int, assignment: Assignment = ASSIGNMENT) -> RecordDict:
    """Return the content of somebody's honest reply."""
    delta = delta_of(*first)
    return pack(answer_of(name, delta, assignment).to_fields(), fixed.to_bytes(delta))


def due_in(seconds: float) -> Assignment:
    """Return the assignment with a deadline close by."""
    return replace(ASSIGNMENT, deadline=int(time.time() + seconds))


def nodes_of(*names: str) -> set[Address]:
    """Return some people's accounts."""
    return {account(name) for name in names}
