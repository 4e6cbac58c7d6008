"""
What must not wait while a round goes on: proposals that come due, and demands for what is behind them.

An aggregator that lets a demand pass loses its bond as if it had lied, so it looks often.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import final

from commonroot.aggregator.answers import Answers
from commonroot.aggregator.bases import Bases
from commonroot.aggregator.checkpoint import Checkpoint, remembered
from commonroot.aggregator.events import Events
from commonroot.aggregator.rounds import Current, Look, Rounds
from commonroot.protocol.hashing import to_hex
from commonroot.protocol.spec import Spec

_OFTEN, _SELDOM = 1.0, 15.0
"""Seconds between looks at the chain: a twelfth of the window, but neither more nor less often."""


class Overtaken(Exception):
    """The round at hand is not in progress any more, or another of its epochs is."""


@final
class Duties:
    """Sees to the proposals that wait."""

    def __init__(
        self,
        spec: Spec,
        rounds: Rounds,
        checkpoint: Checkpoint,
        events: Events,
        bases: Bases,
    ) -> None:
        self._spec, self._rounds, self._checkpoint, self._events = spec, rounds, checkpoint, events
        self._answers = Answers(spec, rounds, checkpoint, bases)
        self._pending: tuple[Current, ...] = ()
        self._begun: dict[int, float] = {}
        self._pause = min(max(spec.rules.window / 12, _OFTEN), _SELDOM)
        self._next = 0.0

    def begin(self, round: int) -> None:
        """Note when a round began, to say later how long it took."""
        self._begun[round] = time.monotonic()

    def look(self) -> Look:
        """Return the rounds in progress, after all that is due was done."""
        while True:
            look = self._rounds.look()
            self._note(look)
            due = look.pending[0] if look.pending else None
            if due is None or self._rounds.now() < self._due(due):
                break
            self._finalize(due)
        self._answer()
        self._next = time.monotonic() + self._pause
        return look

    def see_to(self) -> None:
        """Do what is due, if there was no look for a while and anything waits."""
        if self._pending and time.monotonic() >= self._next:
            self.look()

    def within(self, current: Current) -> Callable[[], None]:
        """Return what a round in progress does meanwhile; it raises once the round is overtaken."""

        def meanwhile() -> None:
            if time.monotonic() < self._next:
                return
            look = self.look()
            place = look.tip.number, look.tip.state.epoch, look.tip.state.stage
            if place != (current.number, current.state.epoch, current.state.stage):
                raise Overtaken

        return meanwhile

    def wait(self, look: Look) -> None:
        """Wait a little for the oldest proposal to become due."""
        self._rounds.wait_for_time(self._due(look.pending[0]))

    def _due(self, current: Current) -> int:
        return current.state.proposed_at + self._spec.rules.window

    def _note(self, look: Look) -> None:
        """Say what became of proposals that do not wait any more, whoever saw to that."""
        now = {(each.number, each.state.epoch) for each in look.pending}
        for gone in self._pending:
            if (gone.number, gone.state.epoch) in now:
                continue
            if gone.number <= look.program.finalized:
                self._say_final(gone)
            else:
                self._events.say("voided", round=gone.number, epoch=gone.state.epoch)
        self._pending = look.pending

    def _answer(self) -> None:
        for current in self._pending:
            for demand in self._answers.give(current):
                self._events.say(
                    "answered",
                    round=current.number,
                    epoch=current.state.epoch,
                    what=demand.kind.name.lower(),
                    chunk=demand.chunk,
                    column=demand.column,
                )

    def _finalize(self, current: Current) -> None:
        memory = self._checkpoint.epoch(current.number, current.state.epoch)
        self._rounds.finalize(remembered(memory.proposal()))

    def _say_final(self, current: Current) -> None:
        memory = self._checkpoint.epoch(current.number, current.state.epoch)
        transactions, gas = self._rounds.spent()
        begun = self._begun.pop(current.number, time.monotonic())
        self._events.say(
            "finalized",
            round=current.number,
            epoch=current.state.epoch,
            version=current.number,
            result=to_hex(remembered(memory.proposal()).result_root),
            transactions=transactions,
            gas=gas,
            seconds=round(time.monotonic() - begun, 2),
        )
        # The last round is still needed: its acks go out with the next one, its deltas show copies.
        self._checkpoint.forget_before(current.number)
