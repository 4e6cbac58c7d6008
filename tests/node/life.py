"""A program's life on a chain in this process: two nodes, real deltas, one round or more, to the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests.contracts.world import World

from commonroot.keys.certificates import new_flower_key
from commonroot.keys.delivery import key_hash
from commonroot.keys.places import version_key
from commonroot.keys.sealing import new_key
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.gateways.programs import Opened
from commonroot.ledger.ledger import Ledger
from commonroot.node.membership import enrol, join
from commonroot.node.programs import Plan, create
from commonroot.protocol import fixed, tree
from commonroot.protocol.arithmetic import Given, Outcome, work_out
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import ZERO, Digest, keccak
from commonroot.protocol.manifest import Absence, Entry, Manifest, Vector
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.replay import Laid
from commonroot.protocol.round import Close, Contribution, Proposal
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.spec import Spec, compose
from commonroot.protocol.table import Table, Tensor
from commonroot.store.artifacts import Store
from commonroot.store.sealed import (
    Keyring,
    delta_label,
    gradient_label,
    put_sealed,
    version_label,
)
from commonroot.store.versions import get_lanes, get_manifest

TABLE = Table.of([Tensor("kernel", (5, 17)), Tensor("second", (4,), kind="moment")])
"""85 lanes of weights in two chunks, 4 of moments in a third."""

RULES = Rules(
    aggregation=Aggregation.WEIGHTED_MEAN,
    weighting=Weighting.EQUAL,
    visibility=Visibility.MEMBERS,
    max_weight=1,
    weights=85,
    moments=4,
    rounds=3,
    min_nodes=2,
    max_nodes=4,
    step_first=1,
    step_last=1,
    step_under=1,
    trim=0,
    norm_cap=2**22,
    max_pending=1,
    window=100,
    patience=1000,
    succession=3000,
    reward=60,
    bond=120,
    demand_fee=5,
    shares_per_round=1000,
    owner_cut=1000,
    allowlist=ZERO,
)
VALIDATION = b"a public validation set"


@dataclass(frozen=True, slots=True)
class Party:
    """A node: its account, the key its receipts are signed with, its dataset."""

    ledger: Ledger
    receipts: Wallet
    dataset: Digest


@dataclass(frozen=True, slots=True)
class Life:
    """A program and who takes part in it."""

    world: World
    store: Store
    home: Path
    """Where the aggregator keeps versions' keys."""
    spec: Spec
    program: int
    parties: tuple[Party, ...]

    def play(self, base: Fixed, seed: int = 1) -> Fixed:
        """Take a round from its opening to its end; return the new version."""
        proposal, outcome = self.propose(base, seed)
        self.world.pass_time(RULES.window)
        self.world.aggregator.programs.finalize(self.program, proposal)
        return outcome.result

    def propose(
        self, base: Fixed, seed: int = 1, lie: Callable[[Laid, Outcome], Outcome] | None = None
    ) -> tuple[Proposal, Outcome]:
        """Take a round from its opening to its proposal, which is a lie if somebody makes it one."""
        aggregator = self.world.aggregator
        opened = aggregator.programs.open(self.program)
        opening = opened.opening
        chance = np.random.default_rng(seed)
        deltas = [
            TABLE.delta(
                {
                    name: each + chance.normal(size=each.shape)
                    for name, each in TABLE.decode(base).items()
                },
                base,
            )
            for _ in self.parties
        ]
        given = [
            self._contribution(party, opened, delta, tree.vector_root(base))
            for party, delta in zip(self.parties, deltas, strict=True)
        ]
        close = opening.closed(given)
        aggregator.programs.close(close)
        self.world.mine(2)
        drawn = aggregator.programs.draw_seed(self.program)
        gradient = TABLE.gradient({"kernel": chance.normal(size=(5, 17))})
        nodes = tuple(each.node for each in given)
        weights = tuple(each.weight for each in given)
        outcome = work_out(
            Given(base, gradient, nodes, tuple(deltas), weights), self.spec.rules, opening.round
        )
        if lie is not None:
            laid = Laid(base, outcome.result, gradient, tuple(deltas), outcome.sums)
            outcome = lie(laid, outcome)
        manifest = self._manifest(close, drawn, given, deltas, (base, gradient), outcome)
        proposal = outcome.proposal(close, drawn, self.store.put(manifest.to_bytes()))
        aggregator.programs.propose(self.program, proposal)
        return proposal, outcome

    def head(self, version: int) -> Fixed:
        """Return a version that was played, as its aggregator reads it."""
        named = self.world.stranger.models.version(self.program, version).manifest
        assert named is not None
        artifact = get_manifest(self.store, named).result.artifact
        key = self.key(version).read_bytes()
        return get_lanes(self.store, artifact, key, version_label(self.program, version))

    def key(self, version: int) -> Path:
        """Return the file with a version's key: each was made in its round's first epoch."""
        return version_key(self.home, self.program, version, 1)

    def _contribution(
        self, party: Party, opened: Opened, delta: Fixed, base_root: Digest
    ) -> Contribution:
        receipt = Receipt(
            program=self.program,
            round=opened.opening.round,
            epoch=opened.opening.epoch,
            base_root=base_root,
            aggregator=self.world.aggregator.account,
            dataset=party.dataset,
            delta_root=tree.vector_root(delta),
            weight=1,
            deadline=opened.deadline,
        )
        signature = WalletSigner(party.receipts).sign_receipt(
            receipt, self.world.aggregator.programs.domain()
        )
        return Contribution(
            node=party.ledger.account,
            dataset=party.dataset,
            delta_root=receipt.delta_root,
            weight=1,
            deadline=receipt.deadline,
            signature=signature,
        )

    def _manifest(
        self,
        close: Close,
        drawn: Digest,
        given: Sequence[Contribution],
        deltas: Sequence[Fixed],
        vectors: tuple[Fixed, Fixed],
        outcome: Outcome,
    ) -> Manifest:
        shelf = _Shelf(self.store, self.spec.rules.visibility, {})
        base, gradient = vectors
        version = close.round
        label = version_label(self.program, version)
        at = self.program, close.round, close.epoch
        result = Vector(outcome.result_root, shelf.put(outcome.result, label))
        slope = Vector(outcome.gradient_root, shelf.put(gradient, gradient_label(*at)))
        domain = self.world.aggregator.programs.domain()
        signer = _signer(self.world.aggregator)
        entries = [
            Entry(
                each,
                shelf.put(delta, delta_label(*at, each.node)),
                signer.sign_ack(each.receipt(close, tree.vector_root(base)), domain),
            )
            for each, delta in zip(given, deltas, strict=True)
        ]
        sold, ring = ZERO, ZERO
        if shelf.keys:
            key = shelf.keys[label]
            sold = key_hash(key)
            path = self.key(version)
            if close.parent:
                before = self.key(close.parent).read_bytes()
                shelf.keys[version_label(self.program, close.parent)] = before
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(key)
            readers = [party.receipts.public_key for party in self.parties]
            ring = self.store.put(Keyring(shelf.keys).wrapped(readers))
        return Manifest(
            spec=self.spec.digest,
            close=close,
            seed=drawn,
            base=Vector(tree.vector_root(base), keccak(b"where the base lies")),
            result=result,
            gradient=slope,
            entries=tuple(entries),
            absent=(Absence(self.world.stranger.account, "no answer in 60 s"),),
            payouts=outcome.payouts,
            key_hash=sold,
            keyring=ring,
        )


@dataclass(frozen=True, slots=True)
class _Shelf:
    store: Store
    visibility: Visibility
    keys: dict[str, bytes]

    def put(self, lanes: Fixed, label: str) -> Digest:
        data = fixed.to_bytes(lanes)
        if self.visibility is Visibility.OPEN:
            return self.store.put(data)
        self.keys[label] = new_key()
        return put_sealed(self.store, self.keys[label], data, label)


def begin(
    world: World,
    folder: Path,
    visibility: Visibility = Visibility.MEMBERS,
    nodes: Sequence[int] = (0, 1),
) -> Life:
    """Create a program, and two nodes that take part in it."""
    store = Store.at(str(folder / "store"))
    plan = plan_of(replace(RULES, visibility=visibility))
    program = create(world.sponsor, store, plan, aggregator=world.aggregator.account, budget=180)
    world.deposit(program, RULES.bond)
    parties = tuple(_party(world.nodes[at], program) for at in nodes)
    return Life(world, store, folder, plan.spec, program, parties)


def again(life: Life, world: World, folder: Path) -> Life:
    """Return a life as it was begun, in a world of this moment and with a folder of its own."""
    shutil.copytree(life.home, folder)
    ledgers = {ledger.account: ledger for ledger in world.ledgers}
    parties = tuple(replace(party, ledger=ledgers[party.ledger.account]) for party in life.parties)
    store = Store.at(str(folder / "store"))
    return replace(life, world=world, store=store, home=folder, parties=parties)


def plan_of(rules: Rules = RULES) -> Plan:
    """Return a plan with some rules."""
    spec = compose(
        name="A small life",
        architecture={"name": "none"},
        learner={"name": "none"},
        tasks={"name": "none"},
        table=TABLE,
        validation=(keccak(VALIDATION), 5),
        gate=(10**9, 60, 0),
        rules=rules,
    )
    return Plan(spec, seed_lanes(), VALIDATION)


def seed_lanes() -> Fixed:
    """Return version 0."""
    chance = np.random.default_rng(0)
    return TABLE.encode({each.name: chance.normal(size=each.shape) for each in TABLE.tensors})


def _party(node: Ledger, program: int) -> Party:
    receipts = Wallet.random()
    join(node, receipts, new_flower_key())
    name = keccak(node.account.encode())
    dataset = node.datasets.register(name, 10, keccak(b"schema"), keccak(b"terms"))
    enrol(node, program, dataset)
    return Party(node, receipts, dataset)


def _signer(ledger: Ledger) -> WalletSigner:
    assert ledger.sender is not None
    signer = ledger.sender._signer
    assert isinstance(signer, WalletSigner)
    return signer
