"""What an aggregator answers when the bytes behind its proposal are demanded: the truth, in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.aggregator.bases import Bases
from commonroot.aggregator.checkpoint import Checkpoint, MemoryLost, remembered
from commonroot.aggregator.propose import in_close_order
from commonroot.aggregator.rounds import Current, Rounds
from commonroot.ledger import events
from commonroot.ledger.errors import Reverted
from commonroot.ledger.events import DemandRecord
from commonroot.ledger.gateways.demands import Standing
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.arithmetic import Given, work_out
from commonroot.protocol.evidence import Wanted, answer_column, answer_contributions, answer_row
from commonroot.protocol.replay import Artifacts, Laid
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.round import Proposal
from commonroot.protocol.spec import Spec
from commonroot.store.versions import get_manifest

_OVERTAKEN = {"NotOpen", "NotWaiting", "TooLate"}
"""Somebody else answered, the round is not waiting any more, or it is too late to matter."""


@final
@dataclass(frozen=True, slots=True)
class Answers:
    """Answers demands for one program's own proposals."""

    spec: Spec
    rounds: Rounds
    checkpoint: Checkpoint
    bases: Bases

    def give(self, current: Current) -> list[DemandRecord]:
        """Answer what is demanded of a proposal; return which demands."""
        ledger = self.rounds.ledger
        waiting = [
            each
            for each in events.demands(ledger, self.rounds.program, current.state.close_block)
            if (each.round, each.epoch) == (current.number, current.state.epoch)
            and each.standing is Standing.OPEN
        ]
        return [each for each in waiting if self._answer(current, each)]

    def _answer(self, current: Current, demand: DemandRecord) -> bool:
        memory = self.checkpoint.epoch(current.number, current.state.epoch)
        close, proposal = remembered(memory.close()), remembered(memory.proposal())
        wanted = Wanted(close, proposal, demand.kind, demand.chunk, demand.column)
        artifacts, laid = self._opened(close.parent, current, proposal)
        demands = self.rounds.ledger.demands
        try:
            match demand.kind:
                case Asked.CONTRIBUTIONS:
                    demands.answer_contributions(wanted, answer_contributions(artifacts))
                case Asked.COLUMN:
                    column = answer_column(artifacts, demand.chunk, demand.column)
                    demands.answer_column(wanted, *column)
                case Asked.ROW:
                    row = answer_row(artifacts, laid, demand.chunk)
                    demands.answer_row(wanted, row, self._parent(close.parent))
        except Reverted as exc:
            if exc.error not in _OVERTAKEN:
                raise
            return False
        return True

    def _opened(self, parent: int, current: Current, proposal: Proposal) -> tuple[Artifacts, Laid]:
        """Return all of a round's vectors, worked out again from what this folder remembers."""
        memory = self.checkpoint.epoch(current.number, current.state.epoch)
        close, gradient = remembered(memory.close()), remembered(memory.gradient(proposal.seed))
        kept = in_close_order(memory.kept(self.rounds.asked(close.opening)))
        base, deltas = self.bases.of(parent).lanes, tuple(each.accepted.delta for each in kept)
        given = Given(
            base=base,
            gradient=gradient,
            nodes=tuple(each.accepted.member.node for each in kept),
            deltas=deltas,
            weights=tuple(each.accepted.receipt.weight for each in kept),
        )
        outcome = work_out(given, self.spec.rules, current.number)
        if outcome.row_root != proposal.row_root:
            raise MemoryLost(f"Round {current.number} was proposed from something else.")
        manifest = get_manifest(self.bases.archive.store, proposal.manifest)
        laid = Laid(base, outcome.result, gradient, deltas, outcome.sums)
        return Artifacts(manifest, base, gradient, deltas, outcome.result), laid

    def _parent(self, version: int) -> Proposal | None:
        """Return the proposal of a parent that waits itself."""
        state = self.rounds.round(version) if version else None
        if state is None or state.stage is not Stage.PROPOSED:
            return None
        return remembered(self.checkpoint.epoch(version, state.epoch).proposal())
