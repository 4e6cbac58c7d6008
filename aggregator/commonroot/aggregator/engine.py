"""
The engine: plays a program's rounds, one step after another, until all are final.

What to do next follows from the chain's stage and from the checkpoint alone, so it does not matter
between which two lines the last run ended. Where the rules let proposals wait, the next round begins on
a pending one; a void takes it along, and the same round is done again in another epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import final

from commonroot.aggregator.archive import Archive, BaseUnreadable
from commonroot.aggregator.bases import Base, Bases
from commonroot.aggregator.checkpoint import Epoch, MemoryLost, remembered
from commonroot.aggregator.collect import Collecting, Question
from commonroot.aggregator.duties import Duties, Overtaken
from commonroot.aggregator.events import Events
from commonroot.aggregator.gather import Door, Gathering
from commonroot.aggregator.mailbox import Post
from commonroot.aggregator.members import Member
from commonroot.aggregator.propose import (
    Closed,
    Proposed,
    in_close_order,
    ordered,
    propose,
    readers_of,
)
from commonroot.aggregator.quarantine import Gate
from commonroot.aggregator.rounds import Current, Look, Rounds
from commonroot.keys.signer import Signer
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.round import Close, Opening
from commonroot.protocol.spec import Spec
from commonroot.protocol.wire import Assignment

__all__ = ["Engine", "MemoryLost", "Parts"]

_RETRY = 2.0
"""Seconds before a round is opened again that was refused for want of something."""


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


@final
class Engine:
    """Plays the rounds of one program."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._past = parts, _Past()
        self._blocked = ""
        self._bases = Bases(parts.rounds, parts.archive)
        self._duties = Duties(
            parts.spec, parts.rounds, parts.archive.checkpoint, parts.events, self._bases
        )
        least = parts.spec.rules.min_nodes
        self._nodes = Gathering(parts.rounds, parts.post, parts.events, parts.door, least)

    def run(self) -> None:
        """Play rounds until the program's are done."""
        rounds = self._parts.rounds
        while True:
            look = self._duties.look()
            if rounds.ended():
                break
            try:
                self._step(look)
            except Overtaken:
                continue  # what there is to do now, the chain says
        self._parts.events.say("done", rounds=rounds.state().finalized)

    def _step(self, look: Look) -> None:
        match look.tip.state.stage:
            case Stage.OPEN:
                self._collect(look.tip)
            case Stage.CLOSED:
                self._propose(look.tip)
            case _ if not look.pending or look.may_open(self._parts.spec.rules):
                self._open(look)
            case _:
                self._duties.wait(look)

    # Opening

    def _open(self, look: Look) -> None:
        self._nodes.wait(self._duties.see_to)
        self._duties.begin(look.next)
        try:
            self._parts.rounds.open(self._older_base(look))
        except Reverted as exc:
            self._wait_for_others(look, exc)
        else:
            self._blocked = ""

    def _wait_for_others(self, look: Look, refused: Reverted) -> None:
        """Wait for what only others can do, having said so once; raise where nobody can."""
        if refused.error not in ("FreeBondTooSmall", "Overdue"):
            raise refused
        if refused.error != self._blocked:
            kind = "unbonded" if refused.error == "FreeBondTooSmall" else "overdue"
            facts = {name: str(value) for name, value in refused.arguments.items()}
            # The wallet is not ours, and the program neither: whoever runs us hears of it.
            self._parts.events.say(kind, round=look.next, **facts)
            self._blocked = refused.error
        time.sleep(_RETRY)

    def _older_base(self, look: Look) -> int | None:
        """Return an older version to start from, where a new aggregator cannot read the newest."""
        newest = look.program.finalized
        if look.pending or newest == 0 or newest != look.program.tenure:
            return None
        for version in range(newest, -1, -1):
            if self._bases.readable(version):
                return None if version == newest else version
        raise BaseUnreadable("No version of the program can be read, not even the first.")

    # Collecting

    def _collect(self, current: Current) -> None:
        memory = self._memory(current)
        close = memory.close()
        if close is None:
            opening = self._parts.rounds.opening(current)
            collecting = self._ask(current, opening, memory)
            least = self._parts.spec.rules.min_nodes
            if len(collecting.accepted) < least:
                self._abandon(current, f"{len(collecting.accepted)} of {least} nodes contributed.")
                return
            close = opening.closed(ordered(collecting.accepted.values()))
            memory.keep_close(close)
        deadline = remembered(memory.assignment()).deadline
        if time.time() > deadline:
            # Who signed was told that it would not be used any more by now.
            self._abandon(current, "The receipts' deadline is over.")
            return
        self._parts.rounds.close(close)
        self._say("closed", current, accepted=close.count)

    def _ask(self, current: Current, opening: Opening, memory: Epoch) -> Collecting:
        members = self._parts.rounds.asked(opening)
        self._nodes.admit(members)
        base = self._bases.of(opening.parent)
        assignment = memory.assignment() or self._assignment(opening, base)
        memory.keep_assignment(assignment)
        self._say("round_opened", current, asked=len(members), deadline=assignment.deadline)
        gate = Gate(self._parts.spec, self._parts.rounds.domain(), assignment)
        before = self._parts.archive.checkpoint.before(current.number, current.state.epoch)
        question = Question(
            gate=gate,
            base=base.lanes,
            members=members,
            until=assignment.deadline - self._spare(),
            kept=tuple(memory.kept(members)),
            promises=before.promises(),
            seen=before.before_round(current.number).roots(),
            tried=before.of_round(current.number).roots(),
            silent=self._past.silent,
            unanswered=self._past.unanswered,
        )
        collecting = Collecting(
            question, memory, self._parts.events, self._sign_ack, self._duties.within(current)
        )
        collecting.run(self._parts.post)
        self._past.silent = frozenset(collecting.silent)
        self._past.unanswered = collecting.asked
        return collecting

    def _assignment(self, opening: Opening, base: Base) -> Assignment:
        rules = self._parts.spec.rules
        # Judged by this machine's clock, and never so late that no time is left to close and propose.
        seconds = min(self._parts.spec.deadline, max(1, rules.patience // 2)) + self._spare()
        return Assignment(
            program=self._parts.rounds.program,
            round=opening.round,
            epoch=opening.epoch,
            base_root=base.at.root,
            aggregator=self._parts.signer.address,
            deadline=int(time.time()) + seconds,
        )

    def _spare(self) -> int:
        """Return the seconds between the end of collecting and the receipts' deadline."""
        return self._parts.spec.rules.patience // 4

    def _sign_ack(self, receipt: Receipt) -> bytes:
        return self._parts.signer.sign_ack(receipt, self._parts.rounds.domain())

    # Proposing

    def _propose(self, current: Current) -> None:
        memory = self._memory(current)
        close, proposal = remembered(memory.close()), memory.proposal()
        try:
            if proposal is None:
                proposed = self._work_out(current, memory, close)
                proposal = proposed.proposal
                memory.keep_proposal(proposal)
                self._announce(current, proposed)
            self._parts.rounds.propose(proposal)
        except Reverted as exc:
            if exc.error not in ("SeedGone", "TooLate"):
                raise
            self._abandon(current, str(exc))

    def _work_out(self, current: Current, memory: Epoch, close: Close) -> Proposed:
        base = self._bases.of(close.parent)
        kept = in_close_order(memory.kept(self._parts.rounds.asked(close.opening)))
        seed = self._parts.rounds.seed(current.number)
        with ThreadPoolExecutor(1) as beside:
            # Kept by the contract from now on, so that the chain cannot forget it while we compute.
            drawing = beside.submit(self._parts.rounds.draw_seed, current.number)
            gradient = memory.gradient(seed)
            if gradient is None:
                gradient = memory.keep_gradient(seed, self._parts.slope(base.lanes, seed))
            drawing.result()
        closed = Closed(close, base.lanes, base.at, base.key, kept, memory.absent())
        readers = [*self._parts.readers, *readers_of(kept, self._parts.rounds.domain())]
        return propose(closed, self._parts.spec, gradient, seed, self._parts.archive, readers)

    def _announce(self, current: Current, proposed: Proposed) -> None:
        paid = proposed.outcome.payouts
        self._say(
            "proposed",
            current,
            result=to_hex(proposed.outcome.result_root),
            payouts={each.node: str(each.payout) for each in paid},
            scores={each.node: str(each.score) for each in paid},
        )

    # What several steps need

    def _abandon(self, current: Current, why: str) -> None:
        self._say("abandoned", current, why=why)
        self._parts.rounds.abandon(current.state.opened_at + self._parts.spec.rules.patience)

    def _memory(self, current: Current) -> Epoch:
        return self._parts.archive.checkpoint.epoch(current.number, current.state.epoch)

    def _say(self, kind: str, current: Current, **facts: object) -> None:
        self._parts.events.say(kind, round=current.number, epoch=current.state.epoch, **facts)
