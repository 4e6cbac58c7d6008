"""Rounds that chance makes, honest ones and ones with a lie in them, complete in all that commits to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any, final

import numpy as np
from coincurve import PrivateKey
from tests.protocol.samples import account, digest, key

from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, next_version, paid_out
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed
from commonroot.protocol.hashing import (
    ZERO,
    Address,
    Digest,
    address_bytes,
    keccak,
    to_address,
)
from commonroot.protocol.manifest import Entry, Manifest, Vector
from commonroot.protocol.payout import Branch, Payout, tree_root
from commonroot.protocol.receipt import Ack, Domain, Receipt
from commonroot.protocol.replay import Artifacts, Laid, Recorded, Standing
from commonroot.protocol.round import Contribution, Opening, Proposal, packed_weights
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.sampling import sampled
from commonroot.protocol.scores import Sums, exact_sums
from commonroot.protocol.signature import address_of
from commonroot.protocol.table import Table, Tensor

DEADLINE = 2_000_000_000


@final
@dataclass(frozen=True, slots=True)
class Person:
    """A node, with the key that it signs receipts with."""

    node: Address
    key: PrivateKey
    dataset: Digest
    records: int
    seat: int

    def standing(self) -> Standing:
        """Return what the chain says of an honest node."""
        key = address_of(self.key.public_key)
        return Standing(key, self.dataset, self.records, self.seat, anchored=True)


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Where a round takes place: what the chain fixed when it was opened."""

    domain: Domain
    rules: Rules
    spec: Digest
    opening: Opening
    seed: Digest
    base: Fixed
    people: tuple[Person, ...]
    aggregator: PrivateKey

    @property
    def table(self) -> Table:
        """Return a table that fills the rules' lanes."""
        moments = [Tensor("m", (self.rules.moments,), "moment")] if self.rules.moments else []
        return Table.of([Tensor("w", (self.rules.weights,)), *moments])


def _same(value: Any) -> Any:
    return value


@dataclass(slots=True)
class Draft:
    """A round in the making; a liar changes something of it before everything else commits to that."""

    stage: Stage
    gradient: Fixed
    people: list[Person]
    deltas: list[Fixed]
    weights: list[int]
    signers: dict[int, PrivateKey] = field(default_factory=dict)
    after_signing: dict[int, dict[str, Any]] = field(default_factory=dict)
    standings: dict[Address, Standing] = field(default_factory=dict)
    acks: dict[int, bytes] = field(default_factory=dict)
    used_weights: list[int] | None = None
    laid_base: Fixed | None = None
    laid_gradient: Fixed | None = None
    laid_deltas: dict[int, Fixed] = field(default_factory=dict)
    sums: Callable[[list[Sums]], list[Sums]] = _same
    result: Callable[[Fixed], Fixed] = _same
    published: Callable[[Fixed], Fixed] = _same
    payouts: Callable[[list[Payout]], list[Payout]] = _same
    pay_top: Callable[[Branch], Branch] = _same
    proposal: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Settled:
    """A round as it stands: on chain and in the store."""

    stage: Stage
    recorded: Recorded
    artifacts: Artifacts


def stage(chance: Random) -> Stage:
    """Return a place for a round of a random program."""
    rules = random_rules(chance)
    wide, block = chance.random() < 0.5, chance.randrange(100, 2**32)
    opening = Opening(
        program=chance.randrange(1, 2**64),
        round=chance.randint(1, rules.rounds),
        epoch=chance.randint(1, 3),
        parent=0,
        aggregator=account("aggregator"),
        open_block=block,
        anchor=block - 50 if wide else block,
        seats=chance.randint(20, 90) if wide else 9,
        places=chance.randint(12, 18) if wide else 9,
        sample=digest(f"block {chance.random()}") if wide else ZERO,
    )
    seats = [seat for seat in range(opening.seats) if sampled(seat, opening)]
    people = tuple(
        Person(account(name), key(f"receipts of {name}"), digest(f"set of {name}"), records, seat)
        for name, records, seat in zip(
            map("node {}".format, range(8)),
            [chance.randint(1, 9) for _ in range(8)],
            chance.sample(seats, 8),
            strict=True,
        )
    )
    domain = Domain(chance.randrange(1, 2**32), account("programs"))
    seed = digest(f"seed {chance.random()}")
    base = random_base(rules, chance)
    return Stage(domain, rules, digest("spec"), opening, seed, base, people, key("aggregator"))


def random_rules(chance: Random, rule: Aggregation | None = None) -> Rules:
    """Return rules of a small program, by a way to aggregate or by any."""
    rule = chance.choice(list(Aggregation)) if rule is None else rule
    reward = chance.choice([0, 1, 80, 10**18 + 7])
    first = chance.randint(1, 1024)
    return Rules(
        aggregation=rule,
        weighting=chance.choice(list(Weighting)),
        visibility=Visibility.OPEN,
        max_weight=chance.randint(1, 9),
        weights=chance.choice([1, 63, 64, 65, 100, 128]),
        moments=chance.choice([0, 0, 1, 64, 70]),
        rounds=3,
        min_nodes=1,
        max_nodes=8,
        step_first=first,
        step_last=chance.randint(1, first),
        step_under=chance.randint(1, 1024),
        trim=chance.randint(1, 4999) if rule is Aggregation.TRIMMED_MEAN else 0,
        norm_cap=chance.choice([1, 2**10, 2**20, 2**26, 2**60]),
        max_pending=1,
        window=99,
        patience=600,
        succession=600,
        reward=reward,
        bond=max(1, 2 * reward),
        demand_fee=1,
        shares_per_round=chance.choice([0, 1, 1_000_000]),
        owner_cut=0,
        allowlist=ZERO,
    )


def random_base(rules: Rules, chance: Random) -> Fixed:
    """Return a version, with lanes at the ends of int32 now and then."""
    return _lanes(rules, chance, chance.choice([2**31 - 1, 2**20]))


def draft(stage: Stage, chance: Random, least: int = 1) -> Draft:
    """Return an honest round on a stage."""
    count = chance.randint(least, min(6, len(stage.people)))
    people = sorted(chance.sample(stage.people, count), key=lambda each: address_bytes(each.node))
    rules = stage.rules
    return Draft(
        stage=stage,
        gradient=_lanes(rules, chance, chance.choice([0, 1, GRADIENT_MAX])),
        people=people,
        deltas=[_lanes(rules, chance, chance.choice([3, 2**16, DELTA_MAX])) for _ in people],
        weights=[rules.weight(each.records) for each in people],
    )


def _lanes(rules: Rules, chance: Random, bound: int) -> Fixed:
    numbers = np.random.default_rng(chance.randrange(2**32))
    lanes = numbers.integers(-bound, bound, rules.chunks() * LANES, endpoint=True, dtype=np.int64)
    if chance.random() < 0.3:
        lanes[:] = chance.choice([-bound, bound])
    cut = rules.weight_chunks() * LANES
    lanes[rules.weights : cut] = 0
    lanes[cut + rules.moments :] = 0
    return lanes.astype(np.int32)


def settle(draft: Draft) -> Settled:
    """Return the round that a draft makes, all that is committed to following from what it says."""
    on, rules = draft.stage, draft.stage.rules
    parent_root = tree.vector_root(on.base)
    given = [_contribution(draft, place, parent_root) for place in range(len(draft.people))]
    close = on.opening.closed(given)
    if draft.used_weights is not None:
        used = keccak(packed_weights(draft.used_weights))
        close = replace(close, weights_hash=used)
    laid = _laid(draft, [each.weight for each in given])
    result = draft.published(laid.result)
    nodes, weights = [each.node for each in given], [each.weight for each in given]
    paid = draft.payouts(paid_out(nodes, weights, laid.sums, rules))
    top = draft.pay_top(tree_root(paid))
    proposal = Proposal(
        close=close.digest(),
        seed=on.seed,
        chunks=rules.chunks(),
        count=close.count,
        row_root=tree.root(laid.rows()),
        result_root=tree.vector_root(result),
        gradient_root=tree.vector_root(draft.gradient),
        payout_root=top.digest,
        payout_sum=top.payout,
        shares_sum=top.shares,
        manifest=ZERO,
    )
    manifest = Manifest(
        spec=on.spec,
        close=close,
        seed=on.seed,
        base=Vector(parent_root, digest("stored base")),
        result=Vector(proposal.result_root, digest("stored result")),
        gradient=Vector(proposal.gradient_root, digest("stored gradient")),
        entries=tuple(
            Entry(
                each,
                digest(f"stored {place}"),
                _ack(draft, place, each.receipt(close, parent_root)),
            )
            for place, each in enumerate(given)
        ),
        absent=(),
        payouts=tuple(paid),
        key_hash=ZERO,
        keyring=ZERO,
    )
    manifest = replace(manifest, **draft.manifest)
    recorded = Recorded(
        domain=on.domain,
        rules=rules,
        spec=on.spec,
        opening=on.opening,
        close=close,
        proposal=replace(proposal, manifest=manifest.digest, **draft.proposal),
        seed=on.seed,
        parent_root=parent_root,
        standings={each.node: each.standing() for each in draft.people} | draft.standings,
    )
    used_weights = None if draft.used_weights is None else tuple(draft.used_weights)
    deltas = tuple(draft.deltas)
    artifacts = Artifacts(manifest, on.base, draft.gradient, deltas, result, laid, used_weights)
    return Settled(on, recorded, artifacts)


def _contribution(draft: Draft, place: int, parent_root: Digest) -> Contribution:
    person = draft.people[place]
    unsigned = Contribution(
        node=person.node,
        dataset=person.dataset,
        delta_root=tree.vector_root(draft.deltas[place]),
        weight=draft.weights[place],
        deadline=DEADLINE,
        signature=bytes(65),
    )
    receipt = unsigned.receipt(draft.stage.opening, parent_root)
    signer = draft.signers.get(place, person.key)
    signed = replace(unsigned, signature=sign(signer, receipt.digest(draft.stage.domain)))
    return replace(signed, **draft.after_signing.get(place, {}))


def _ack(draft: Draft, place: int, receipt: Receipt) -> bytes:
    domain = draft.stage.domain
    said = Ack(receipt.digest(domain), receipt.epoch).digest(domain)
    return draft.acks.get(place) or sign(draft.stage.aggregator, said)


def _laid(draft: Draft, weights: Sequence[int]) -> Laid:
    rules, given = draft.stage.rules, draft.deltas
    base = draft.stage.base if draft.laid_base is None else draft.laid_base
    gradient = draft.gradient if draft.laid_gradient is None else draft.laid_gradient
    deltas = tuple(draft.laid_deltas.get(place, each) for place, each in enumerate(given))
    of_weights = rules.weight_chunks()
    sums = draft.sums([exact_sums(gradient, each, of_weights) for each in deltas])
    used = tuple(draft.used_weights or weights)
    nodes = tuple(each.node for each in draft.people)
    squares = [each.squares[of_weights - 1] for each in sums]
    start = Given(base, gradient, nodes, deltas, used)
    right = next_version(start, squares, rules, draft.stage.opening.round)
    return Laid(base, draft.result(right), gradient, deltas, tuple(sums))


def sign(by: PrivateKey, what: Digest) -> bytes:
    """Return a signature as the contracts take it."""
    raw = by.sign_recoverable(what, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def plainly(round: Settled) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a round as the plain judge takes it."""
    recorded, artifacts, laid = round.recorded, round.artifacts, round.artifacts.laid
    chain = {
        "rules": {each.name: getattr(recorded.rules, each.name) for each in fields(Rules)}
        | {
            name: getattr(recorded.rules, name).name.lower()
            for name in ("aggregation", "weighting", "visibility")
        },
        "domain": (recorded.domain.chain_id, address_bytes(recorded.domain.programs)),
        "opening": [_raw(each) for each in recorded.opening.fields()],
        "close": [_raw(each) for each in recorded.close.fields()],
        "proposal": [_raw(each) for each in recorded.proposal.fields()],
        "seed": recorded.seed,
        "spec": recorded.spec,
        "parent_root": recorded.parent_root,
        "standings": {
            address_bytes(node): standing_plainly(each) for node, each in recorded.standings.items()
        },
    }
    vectors = {
        "base": artifacts.base.tolist(),
        "gradient": artifacts.gradient.tolist(),
        "deltas": [each.tolist() for each in artifacts.deltas],
    }
    if artifacts.result is not None:
        vectors["result"] = artifacts.result.tolist()
    if artifacts.weights is not None:
        vectors["weights"] = list(artifacts.weights)
    if laid is not None:
        vectors |= {
            f"laid_{name}": getattr(laid, name).tolist() for name in ("base", "result", "gradient")
        }
        vectors["laid_deltas"] = [each.tolist() for each in laid.deltas]
        columns = [list(zip(each.dots, each.squares, strict=True)) for each in laid.sums]
        vectors["laid_sums"] = [list(each) for each in zip(*columns, strict=True)]
    return chain, json.loads(artifacts.manifest.to_bytes()), vectors


def standing_plainly(said: Standing) -> tuple[Any, ...]:
    """Return a node's standing as the plain judge takes it."""
    receipts = None if said.key is None else address_bytes(said.key)
    return receipts, said.dataset, said.records, said.seat, said.anchored


def _raw(value: int | bytes | str) -> int | bytes:
    return address_bytes(to_address(value)) if isinstance(value, str) else value
