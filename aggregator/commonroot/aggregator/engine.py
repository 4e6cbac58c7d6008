"""
The engine: plays a program's rounds, one step after another, until all are final.

What to do next follows from the chain's stage and from the checkpoint alone, so it does not matter
between which two lines the last run ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, final

from commonroot.aggregator.archive import Archive
from commonroot.aggregator.checkpoint import Epoch
from commonroot.aggregator.collect import Collecting, Question
from commonroot.aggregator.events import Events
from commonroot.aggregator.gather import Door, Gathering
from commonroot.aggregator.mailbox import Post
from commonroot.aggregator.members import Member
from commonroot.aggregator.propose import (
    Closed,
    Proposed,
    close_of,
    in_close_order,
    propose,
    readers_of,
)
from commonroot.aggregator.quarantine import Gate
from commonroot.aggregator.rounds import Current, Rounds
from commonroot.base.errors import CommonrootError
from commonroot.keys.signer import Signer
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.manifest import Vector
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.round import Close
from commonroot.protocol.spec import Spec
from commonroot.protocol.wire import Assignment

T = TypeVar("T")


class MemoryLost(CommonrootError):
    """The chain is further than what this folder remembers."""

    hint = (
        "Run the aggregator from the folder it ran from, or wait until the epoch can be abandoned."
    )


@final
@dataclass(frozen=True, slots=True)
class Parts:
    """All that the engine works with."""

    spec: Spec
    rounds: Rounds
    archive: Archive
    events: Events
    post: Post
    signer: Signer
    slope: Callable[[Fixed, Digest], Fixed]
    """The validation gradient at a base, on the tasks that a seed gives."""
    door: Door
    readers: tuple[bytes, ...]
    """Public keys that may read every round."""


@final
@dataclass(slots=True)
class _Past:
    """What of the last round matters in the next one; nothing of it is needed for correctness."""

    silent: frozenset[Address] = frozenset()
    unanswered: Mapping[str, Member] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)


@final
class Engine:
    """Plays the rounds of one program."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._past = parts, _Past()
        least = parts.spec.rules.min_nodes
        self._nodes = Gathering(parts.rounds, parts.post, parts.events, parts.door, least)

    def run(self) -> None:
        """Play rounds until the program's are done."""
        rounds = self._parts.rounds
        while not rounds.ended():
            current = rounds.current()
            match current.state.stage:
                case Stage.NONE:
                    self._nodes.wait()
                    self._past.begun = time.monotonic()
                    rounds.open()
                case Stage.OPEN:
                    self._collect(current)
                case Stage.CLOSED:
                    self._propose(current)
                case _:
                    self._finalize(current)
        self._parts.events.say("done", rounds=rounds.state().finalized)

    # Collecting

    def _collect(self, current: Current) -> None:
        memory = self._memory(current)
        close = memory.close()
        if close is None:
            collecting = self._ask(current, memory)
            least = self._parts.spec.rules.min_nodes
            if len(collecting.accepted) < least:
                self._abandon(current, f"{len(collecting.accepted)} of {least} nodes contributed.")
                return
            close = self._close(current, collecting)
            memory.keep_close(close)
        self._parts.rounds.close(close)
        self._say("closed", current, accepted=close.count)

    def _ask(self, current: Current, memory: Epoch) -> Collecting:
        members = self._parts.rounds.members(current.state.open_block)
        self._nodes.admit(members)
        assignment = memory.assignment() or self._assignment(current)
        memory.keep_assignment(assignment)
        self._say("round_opened", current, asked=len(members), deadline=assignment.deadline)
        gate = Gate(self._parts.spec, self._parts.rounds.domain(), assignment)
        before = self._parts.archive.checkpoint.before(current.number)
        question = Question(
            gate=gate,
            base=self._base(current)[0],
            members=members[: self._parts.spec.rules.max_nodes],
            kept=tuple(memory.kept(members)),
            promises=before.promises(),
            seen=before.roots(),
            silent=self._past.silent,
            unanswered=self._past.unanswered,
        )
        collecting = Collecting(question, memory, self._parts.events, self._sign_ack)
        collecting.run(self._parts.post)
        self._past.silent = frozenset(collecting.silent)
        self._past.unanswered = collecting.asked
        return collecting

    def _assignment(self, current: Current) -> Assignment:
        rules = self._parts.spec.rules
        # Judged by this machine's clock, and never so late that no time is left to propose.
        seconds = min(self._parts.spec.deadline, rules.patience * 3 // 4)
        return Assignment(
            program=self._parts.rounds.program,
            round=current.number,
            epoch=current.state.epoch,
            base_root=self._parts.rounds.version(current.state.parent)[0],
            aggregator=self._parts.signer.address,
            deadline=int(time.time()) + seconds,
        )

    def _sign_ack(self, receipt: Receipt) -> bytes:
        return self._parts.signer.sign_ack(receipt, self._parts.rounds.domain())

    def _close(self, current: Current, collecting: Collecting) -> Close:
        return close_of(
            collecting.accepted.values(),
            program=self._parts.rounds.program,
            round=current.number,
            epoch=current.state.epoch,
            parent=current.state.parent,
            open_block=current.state.open_block,
        )

    # Proposing

    def _propose(self, current: Current) -> None:
        memory = self._memory(current)
        close, proposal = _remembered(memory.close()), memory.proposal()
        try:
            if proposal is None:
                proposed = self._work_out(current, memory, close)
                proposal = proposed.proposal
                memory.keep_proposal(proposal)
                self._announce(current, proposed)
            self._parts.rounds.propose(close, proposal)
        except Reverted as exc:
            if exc.error not in ("SeedGone", "TooLate"):
                raise
            self._abandon(current, str(exc))

    def _work_out(self, current: Current, memory: Epoch, close: Close) -> Proposed:
        members = self._parts.rounds.members(current.state.open_block)
        base, at = self._base(current)
        kept = in_close_order(memory.kept(members))
        seed = self._parts.rounds.seed(current.number)
        closed = Closed(close, base, at, kept, memory.absent())
        readers = [*self._parts.readers, *readers_of(kept, self._parts.rounds.domain())]
        slope = self._parts.slope(base, seed)
        return propose(closed, self._parts.spec, slope, seed, self._parts.archive, readers)

    def _announce(self, current: Current, proposed: Proposed) -> None:
        paid = proposed.outcome.payouts
        self._say(
            "proposed",
            current,
            result=to_hex(proposed.outcome.result_root),
            payouts={each.node: str(each.payout) for each in paid},
            scores={each.node: str(each.score) for each in paid},
        )

    # Finalizing

    def _finalize(self, current: Current) -> None:
        memory = self._memory(current)
        close, proposal = _remembered(memory.close()), _remembered(memory.proposal())
        self._parts.rounds.finalize(close, proposal)
        transactions, gas = self._parts.rounds.spent()
        self._say(
            "finalized",
            current,
            version=current.state.parent + 1,
            result=to_hex(proposal.result_root),
            transactions=transactions,
            gas=gas,
            seconds=round(time.monotonic() - self._past.begun, 2),
        )
        # The last round is still needed: its acks go out with the next one, its deltas show copies.
        self._parts.archive.checkpoint.forget_before(current.number)

    def _abandon(self, current: Current, why: str) -> None:
        self._say("abandoned", current, why=why)
        self._parts.rounds.abandon(current.state.opened_at + self._parts.spec.rules.patience)

    # What several steps need

    def _base(self, current: Current) -> tuple[Fixed, Vector]:
        """Return the version that a round starts from, and where it lies."""
        parent = current.state.parent
        at = self._parts.archive.place(parent, *self._parts.rounds.version(parent))
        return self._parts.archive.read(self._parts.rounds.program, parent, at), at

    def _memory(self, current: Current) -> Epoch:
        return self._parts.archive.checkpoint.epoch(current.number, current.state.epoch)

    def _say(self, kind: str, current: Current, **facts: object) -> None:
        self._parts.events.say(kind, round=current.number, epoch=current.state.epoch, **facts)


def _remembered(found: T | None) -> T:
    if found is None:
        raise MemoryLost("What this round was closed or proposed with is not in this folder.")
    return found
