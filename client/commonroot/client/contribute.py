"""
One answer to one message: checked against the chain, learned from own data, signed, kept, sent.

Nothing is learned from a base that is not the version that the chain names, and no second delta is
made for an epoch: what was signed once is sent again.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from commonroot.client.chain import OPEN, Chain
from commonroot.client.errors import NotTheQuestion
from commonroot.client.memory import Memory
from commonroot.client.rehearsal import Rehearsal
from commonroot.client.settings import RunSettings
from commonroot.keys.agent import AgentSigner
from commonroot.keys.signer import Signer
from commonroot.learning.presets import learner_of, source_of
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.signature import recover
from commonroot.protocol.spec import Spec, parse
from commonroot.protocol.wire import Answer, Assignment, Promise
from commonroot.tasks.owned import Owned
from commonroot.tasks.types import generator


@final
@dataclass(frozen=True, slots=True)
class Contributor:
    """A node's side of one program."""

    settings: RunSettings
    spec: Spec
    memory: Memory
    signer: Signer

    @classmethod
    def read(cls, path: Path) -> Contributor:
        """Return the contributor that a settings file describes."""
        settings = RunSettings.read(path)
        spec = parse(Path(settings.spec).read_bytes())
        memory = Memory(Path(settings.memory))
        return cls(settings, spec, memory, AgentSigner(Path(settings.agent)))

    def answer(self, assignment: Assignment, data: bytes) -> tuple[Answer, bytes]:
        """Return a signed receipt and the delta's bytes."""
        self._check(assignment)
        base = self._base(assignment, data)
        if assignment.promise is not None:
            self.keep_promise(assignment.promise)
        round, epoch = assignment.round, assignment.epoch
        delta = self.memory.delta(round, epoch)
        if delta is None:
            rehearsal = Rehearsal.read(self.settings.rehearsal, self.settings.chain_id)
            delta = rehearsal.spoil(round, self._learn(base))
            self.memory.keep_delta(round, epoch, delta)
            self._forget(round)
        answer = self.memory.answer(round, epoch) or self._sign(assignment, delta)
        return answer, fixed.to_bytes(delta)

    def keep_promise(self, promise: Promise) -> None:
        """Keep the ack of a contribution of this node's; refuse one that nobody could be held to."""
        mine = self.memory.answer(promise.round, promise.epoch)
        if mine is None:
            return
        domain = self.settings.domain
        digest = Ack(mine.receipt.digest(domain), promise.epoch).digest(domain)
        if recover(digest, promise.signature) != mine.receipt.aggregator:
            raise NotTheQuestion(f"The ack of round {promise.round} is not the aggregator's.")
        self.memory.keep_ack(promise.round, promise.epoch, promise.signature)

    def _check(self, asked: Assignment) -> None:
        agreed = self.settings
        if (asked.program, asked.aggregator) != (agreed.program, agreed.aggregator):
            raise NotTheQuestion(
                f"Program {asked.program} of {asked.aggregator} is not the one agreed on."
            )
        if time.time() > asked.deadline:
            raise NotTheQuestion(f"Round {asked.round} is over.")
        chain = Chain(agreed.rpc)
        state = chain.round(agreed.programs, agreed.program, asked.round)
        if (state.stage, state.epoch) != (OPEN, asked.epoch):
            raise NotTheQuestion(
                f"Round {asked.round}, epoch {asked.epoch}, is not the one open on chain."
            )
        parent = chain.parent(agreed.programs, agreed.program, asked.round, state)
        root = chain.base_root(agreed.programs, agreed.models, agreed.program, parent)
        if root != asked.base_root:
            raise NotTheQuestion(f"The base of round {asked.round} is not version {parent}.")

    def _forget(self, round: int) -> None:
        """Drop the deltas of final rounds: until then they may have to be shown."""
        chain, agreed = Chain(self.settings.rpc), self.settings
        for number in self.memory.rounds_with_deltas():
            if number < round and chain.is_final(agreed.programs, agreed.program, number):
                self.memory.forget_deltas(number)

    def _base(self, asked: Assignment, data: bytes) -> Fixed:
        base = fixed.from_bytes(data)
        if tree.vector_root(base) != asked.base_root:
            raise NotTheQuestion(f"The bytes of round {asked.round} are not the base they name.")
        return base

    def _learn(self, base: Fixed) -> Fixed:
        """Return how far one node's data moves a base."""
        table = self.spec.table
        start = {name: torch.from_numpy(array) for name, array in table.decode(base).items()}
        source = source_of(self.spec, Owned.read(Path(self.settings.records)).characters())
        learned = learner_of(self.spec).local_update(
            start, source, generator(secrets.token_bytes(32))
        )
        return table.delta({name: value.cpu().numpy() for name, value in learned.items()}, base)

    def _sign(self, asked: Assignment, delta: Fixed) -> Answer:
        receipt = Receipt(
            program=asked.program,
            round=asked.round,
            epoch=asked.epoch,
            base_root=asked.base_root,
            aggregator=asked.aggregator,
            dataset=self.settings.dataset_id,
            delta_root=tree.vector_root(delta),
            weight=self.settings.weight,
            deadline=asked.deadline,
        )
        answer = Answer(receipt, self.signer.sign_receipt(receipt, self.settings.domain))
        self.memory.keep_answer(answer)
        return answer
