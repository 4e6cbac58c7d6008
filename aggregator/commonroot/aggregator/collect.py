"""
Asking the members of a round, and taking in what they answer until there is nothing to wait for.

Whoever was silent in the last round is asked again but not waited for, so that a crashed node costs one
deadline and not one a round. An answer to the last round that comes in this one shows that it is back.

An ack is a promise with a bond behind it. Until there are enough contributions for a round, nobody knows
whether there will be one, so nobody is promised anything.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

from commonroot.aggregator.checkpoint import Epoch, Kept
from commonroot.aggregator.events import Events
from commonroot.aggregator.mailbox import Letter, Post
from commonroot.aggregator.members import Member
from commonroot.aggregator.quarantine import Accepted, Gate, Refused
from commonroot.base.messages import MessageRefused, pack, unpack
from commonroot.protocol import fixed
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.wire import Promise

LOOK = 0.2
"""Seconds between looks into the mailbox."""

_MOST_ASKED = 3
"""A node may say as well that it is lost, and each asking sends it the whole base."""

_UNCONNECTED = "Its SuperNode is not connected."
_LOST = "Its SuperNode was lost while it worked."
_LATE = "It did not answer in time."
_SLOW = "It did not answer in several times the time that the others took."
_NOT_AWAITED = "It was silent in the last round and did not answer before the others had."


@final
@dataclass(frozen=True, slots=True)
class Question:
    """What one epoch asks, of whom, and what it already knows."""

    gate: Gate
    base: Fixed
    members: tuple[Member, ...]
    until: float
    """When collecting ends: early enough to close before the receipts' own deadline."""
    kept: tuple[Kept, ...]
    """Contributions accepted before a restart."""
    promises: Mapping[Address, Promise]
    """The acks of the last round, which go out with this one's messages."""
    seen: Mapping[Digest, Address]
    """The deltas of the last round, by root."""
    tried: Mapping[Digest, Address]
    """Those of earlier attempts at this one, which came to nothing: each is its own node's to send again."""
    silent: frozenset[Address]
    """Who was silent in the last round."""
    unanswered: Mapping[str, Member]
    """The messages of the last round that may still be answered."""


@final
@dataclass(slots=True)
class Collecting:
    """The state of one epoch's collecting."""

    question: Question
    memory: Epoch
    events: Events
    sign_ack: Callable[[Receipt], bytes]
    meanwhile: Callable[[], None] = lambda: None
    """What else must not wait; raises where the epoch is over."""
    accepted: dict[Address, Kept] = field(default_factory=dict)
    absent: dict[Address, str] = field(default_factory=dict)
    asked: dict[str, Member] = field(default_factory=dict)
    """Whose answer is out, by the id of the message."""
    silent: set[Address] = field(default_factory=set)
    """Who is not waited for; in the end, who did not answer."""
    lost: set[Address] = field(default_factory=set)
    """Whose SuperNode is gone, as the SuperLink says; asked again should it come back."""
    askings: Counter[Address] = field(default_factory=Counter)
    """How often each was asked."""
    told: set[Address] = field(default_factory=set)
    """Who was sent its ack by this process."""
    begun: float = field(default_factory=time.monotonic)
    slowest: float = 0.0
    """Seconds that the slowest of the answers took."""

    def run(self, post: Post) -> None:
        """Ask, and take in answers until all are there or time is over."""
        self.accepted = {kept.accepted.member.node: kept for kept in self.question.kept}
        self.silent = set(self.question.silent)
        next_asking = 0.0
        while not self._done():
            if time.monotonic() >= next_asking:
                self._ask(post, self._unasked())
                next_asking = time.monotonic() + 1.0
            for letter in post.collect():
                self._take(letter)
            self._promise(post)
            self.meanwhile()
            time.sleep(LOOK)
        self._promise(post)
        self._note_silence()
        self.memory.keep_absent(self.absent)

    def _unasked(self) -> list[Member]:
        asked = (member.node for member in self.asked.values())
        known = {*self.accepted, *self.absent, *asked}
        return [member for member in self.question.members if member.node not in known]

    def _ask(self, post: Post, members: Iterable[Member]) -> None:
        waiting = list(members)
        connected = post.nodes() if waiting else {}
        assignment = self.question.gate.assignment
        seconds = max(1.0, self.question.until - time.time())
        data = fixed.to_bytes(self.question.base)
        for member in waiting:
            node = connected.get(member.flower_key)
            if node is not None:
                promise = self.question.promises.get(member.node)
                content = pack(replace(assignment, promise=promise).to_fields(), data)
                message = post.send(node, content, str(assignment.round), seconds)
                self.asked[message] = member
                self.askings[member.node] += 1
                self.lost.discard(member.node)

    def _take(self, letter: Letter) -> None:
        member = self.asked.pop(letter.message, None)
        if member is None:
            late = self.question.unanswered.get(letter.message)
            # A SuperLink answers for a node that it has lost: that is no sign of life.
            if late is not None and letter.content is not None:
                self.silent.discard(late.node)
            return
        if letter.lost and self.askings[member.node] < _MOST_ASKED:
            self.lost.add(member.node)
            return
        try:
            self._accept(self._judge(member, letter))
        except (Refused, MessageRefused) as exc:
            self.absent[member.node] = str(exc)
            self._say("refused", node=member.node, why=str(exc))

    def _judge(self, member: Member, letter: Letter) -> Accepted:
        if letter.content is None:
            raise Refused(letter.trouble)
        fields, data = unpack(letter.content)
        tried = {root: who for root, who in self.question.tried.items() if who != member.node}
        mine = {kept.accepted.receipt.delta_root: node for node, kept in self.accepted.items()}
        return self.question.gate.judge(
            member, fields, data, {**self.question.seen, **tried, **mine}
        )

    def _accept(self, accepted: Accepted) -> None:
        # The delta first: an ack that survives a crash must find what it promises to include.
        self.memory.keep_delta(accepted)
        node = accepted.member.node
        self.accepted[node] = self.memory.keep(accepted)
        self.slowest = time.monotonic() - self.begun
        self._say("accepted", node=node)

    def _promise(self, post: Post) -> None:
        """Promise all contributions their place, once there are enough for a round."""
        waiting = self.accepted.keys() - self.told
        if not waiting or len(self.accepted) < self.question.gate.spec.rules.min_nodes:
            return
        connected = post.nodes()
        for node in waiting:
            kept = self.accepted[node]
            ack = kept.ack or self.sign_ack(kept.accepted.receipt)
            self.accepted[node] = self.memory.keep(kept.accepted, ack)
            self.told.add(node)
            self._tell(post, connected.get(kept.accepted.member.flower_key), ack)

    def _tell(self, post: Post, node: int | None, ack: bytes) -> None:
        if node is None:  # its ack goes out with the next round's message
            return
        asked = self.question.gate.assignment
        promise = Promise(asked.round, asked.epoch, ack)
        seconds = max(1.0, asked.deadline - time.time())
        post.tell(node, pack(promise.to_fields(), b""), str(asked.round), seconds)

    def _done(self) -> bool:
        if time.time() > self.question.until:
            return True
        if len(self.accepted) < self.question.gate.spec.rules.min_nodes:
            return len(self.accepted) + len(self.absent) == len(self.question.members)
        if self._patience_is_over():
            return True
        outstanding = {member.node for member in (*self.asked.values(), *self._unasked())}
        return outstanding <= self.silent | self.lost

    def _patience_is_over(self) -> bool:
        grace, waited = self.question.gate.spec.grace, time.monotonic() - self.begun
        # Answers from before a restart took nobody's time, and set no measure.
        return grace > 0 and self.slowest > 0 and waited > grace * self.slowest

    def _note_silence(self) -> None:
        late = time.time() > self.question.until
        self.silent = set()
        for member in self.asked.values():
            self._miss(member.node, _LATE if late else self._why_not_awaited(member))
        for member in self._unasked():
            self._miss(member.node, _LOST if member.node in self.lost else _UNCONNECTED)

    def _why_not_awaited(self, member: Member) -> str:
        return _NOT_AWAITED if member.node in self.question.silent else _SLOW

    def _miss(self, node: Address, why: str) -> None:
        self.absent[node] = why
        self.silent.add(node)
        self._say("silent", node=node, why=why)

    def _say(self, kind: str, **facts: str) -> None:
        asked = self.question.gate.assignment
        self.events.say(kind, round=asked.round, epoch=asked.epoch, **facts)
