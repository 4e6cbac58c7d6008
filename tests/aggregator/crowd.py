"""An engine at work on a chain in this process, with nodes that answer as real ones do, but at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

import numpy as np
from flwr.app import RecordDict
from tests.contracts.world import World
from tests.node.life import RULES, TABLE, plan_of

from commonroot.aggregator.archive import Archive
from commonroot.aggregator.checkpoint import Checkpoint
from commonroot.aggregator.engine import Engine, Parts
from commonroot.aggregator.events import Events
from commonroot.aggregator.gather import Door
from commonroot.aggregator.mailbox import Letter
from commonroot.aggregator.rounds import Rounds
from commonroot.base.messages import pack, unpack
from commonroot.keys.certificates import FlowerKey, new_flower_key
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.ledger import Ledger
from commonroot.node.membership import enrol, join
from commonroot.node.programs import create
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest, keccak
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.rules import Rules, Visibility
from commonroot.protocol.spec import Spec
from commonroot.protocol.wire import Answer, Assignment, Promise
from commonroot.store.artifacts import Store

QUICK = replace(RULES, rounds=2, window=36, patience=3600)


@final
@dataclass(frozen=True, slots=True)
class Party:
    """A node that takes part."""

    ledger: Ledger
    receipts: Wallet
    flower: FlowerKey
    dataset: Digest

    def answer(self, asked: Assignment, base: Fixed, world: World) -> RecordDict:
        """Return what the node answers; the same whenever it is asked the same."""
        chance = np.random.default_rng([asked.round, int(self.ledger.account, 16) % 2**32])
        moved = {
            name: each + chance.normal(scale=0.1, size=each.shape)
            for name, each in TABLE.decode(base).items()
        }
        delta = TABLE.delta(moved, base)
        receipt = Receipt(
            program=asked.program,
            round=asked.round,
            epoch=asked.epoch,
            base_root=asked.base_root,
            aggregator=asked.aggregator,
            dataset=self.dataset,
            delta_root=tree.vector_root(delta),
            weight=1,
            deadline=asked.deadline,
        )
        signer = WalletSigner(self.receipts)
        signature = signer.sign_receipt(receipt, world.aggregator.programs.domain())
        return pack(Answer(receipt, signature).to_fields(), fixed.to_bytes(delta))


@final
@dataclass(slots=True)
class Crowd:
    """The post box of an aggregator among such nodes."""

    world: World
    parties: Sequence[Party]
    silent: set[str] = field(default_factory=set)
    admitted: list[bytes] = field(default_factory=list)
    asked: list[Assignment] = field(default_factory=list)
    told: list[tuple[str, Promise]] = field(default_factory=list)
    waiting: list[Letter] = field(default_factory=list)

    def nodes(self) -> Mapping[bytes, int]:
        """Return those who were admitted: they come at once."""
        ids = {party.flower.der: at for at, party in enumerate(self.parties)}
        return {key: at for key, at in ids.items() if key in self.admitted}

    def admit(self, flower_key: bytes) -> None:
        """Let a node in."""
        self.admitted.append(flower_key)

    def send(self, node: int, content: RecordDict, group: str, seconds: float) -> str:
        """Have a node answer, if it answers at all."""
        party = self.parties[node]
        fields, data = unpack(content)
        asked = Assignment.from_fields(fields)
        self.asked.append(asked)
        identity = f"{group}-{asked.epoch} to {node}"
        if party.ledger.account not in self.silent:
            answer = party.answer(asked, fixed.from_bytes(data), self.world)
            self.waiting.append(Letter(identity, answer))
        return identity

    def tell(self, node: int, content: RecordDict, group: str, seconds: float) -> None:
        """Note which promise a node was given."""
        fields, _ = unpack(content)
        self.told.append((self.parties[node].ledger.account, Promise.from_fields(fields)))

    def collect(self) -> list[Letter]:
        """Return what was answered."""
        letters, self.waiting = self.waiting, []
        return letters


@final
@dataclass(frozen=True, slots=True)
class Town:
    """A program, its nodes and its aggregator's folder."""

    world: World
    folder: Path
    store: Store
    spec: Spec
    program: int
    parties: tuple[Party, ...]

    def crowd(self) -> Crowd:
        """Return the nodes, with nobody admitted yet."""
        return Crowd(self.world, self.parties)

    def engine(self, post: Crowd) -> Engine:
        """Return an engine that remembers what lies in the folder, and nothing else."""
        aggregator = self.world.aggregator
        signer = aggregator.programs.deployed.speaker._signer
        rounds = Rounds(aggregator, self.program)
        archive = Archive(self.store, Checkpoint(self.folder), self.spec.rules.visibility)
        events = Events(self.folder / "events.jsonl")
        door = Door("127.0.0.1:9", keccak(b"certificate"))
        return Engine(
            Parts(self.spec, rounds, archive, events, post, signer, slope, door, readers=())
        )


def slope(base: Fixed, seed: Digest) -> Fixed:
    """Return a validation gradient that depends on the seed."""
    chance = np.random.default_rng(int.from_bytes(seed[:8]))
    weights = [tensor for tensor in TABLE.tensors if tensor.kind == "weight"]
    return TABLE.gradient({each.name: chance.normal(size=each.shape) for each in weights})


def settle(
    world: World, folder: Path, rules: Rules = QUICK, visibility: Visibility = Visibility.MEMBERS
) -> Town:
    """Create a program that two nodes take part in."""
    store = Store.at(str(folder / "store"))
    plan = plan_of(replace(rules, visibility=visibility))
    account = world.aggregator.account
    program = create(world.sponsor, store, plan, aggregator=account, budget=180)
    world.deposit(program, rules.bond * rules.max_pending)
    parties = tuple(_party(node, program) for node in world.nodes[:2])
    return Town(world, folder / "aggregator", store, plan.spec, program, parties)


def _party(node: Ledger, program: int) -> Party:
    receipts, flower = Wallet.random(), new_flower_key()
    join(node, receipts, flower)
    root = keccak(node.account.encode())
    dataset = node.datasets.register(root, 10, keccak(b"schema"), keccak(b"terms"))
    enrol(node, program, dataset)
    return Party(node, receipts, flower, dataset)
