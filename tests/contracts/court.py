"""Brings the rounds that `tests.protocol.drafts` makes onto a chain, where the contracts judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import final

from coincurve import PrivateKey
from tests.contracts.world import World, signer_of
from tests.protocol.drafts import (
    Draft,
    Person,
    Settled,
    Stage,
    draft,
    random_base,
    random_rules,
    settle,
)
from tests.protocol.samples import digest

from commonroot.ledger.errors import Reverted
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import tree
from commonroot.protocol.evidence import Signed, first_evidence
from commonroot.protocol.evidence import rows as opened_rows
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import (
    Challenge,
    DisorderChallenge,
    ForeignChunkChallenge,
    OmissionChallenge,
    OutOfBoundsChallenge,
    StrangerChallenge,
    WrongPayrollChallenge,
    WrongPrefixChallenge,
    WrongSignatureChallenge,
    WrongSumChallenge,
    WrongWeightChallenge,
)
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, NO_ROW, NO_SHOWN, Case
from commonroot.protocol.fixed import LANES
from commonroot.protocol.hashing import ZERO, Digest
from commonroot.protocol.replay import Standing
from commonroot.protocol.replay.faults import BASE, DELTAS, GRADIENT, RESULT
from commonroot.protocol.round import Opening, Proposal, packed_weights
from commonroot.protocol.rules import Aggregation, Rules
from commonroot.protocol.sampling import sampled

Step = Callable[[World, int, Ledger], None]
"""What one node does beside the others: it quits, or retires its dataset."""

HOLDS = {
    "wrongSum": "SumHolds",
    "foreignChunk": "ChunkHolds",
    "outOfBounds": "LaneHolds",
    "wrongPrefix": "PrefixHolds",
    "wrongPayroll": "PayrollHolds",
    "wrongSignature": "SignatureHolds",
    "stranger": "NodeHolds",
    "wrongWeight": "WeightHolds",
    "disorder": "OrderHolds",
    "omission": "NothingOmitted",
}
"""What each challenge says where there is nothing wrong."""

SALT = digest("salt")
REWARDS = (0, 1, 80, 400)
PATIENCE = 4800
"""Rounds are opened once and heard again and again, on a chain that keeps the wall clock's time."""


@final
@dataclass(frozen=True, slots=True)
class Member:
    """A member of Nodes with a dataset of some records."""

    ledger: Ledger
    dataset: Digest
    records: int


def members(world: World) -> list[Member]:
    """Make six accounts members, each with a dataset of its own size."""
    made = []
    for records, ledger in enumerate(world.ledgers[2:8], 1):
        world.member(ledger)
        name = digest(f"records of {ledger.account}")
        dataset = ledger.datasets.register(name, records, digest("schema"), digest("terms"))
        made.append(Member(ledger, dataset, records))
    return made


def rules_for(chance: Random, rule: Aggregation | None, most: int) -> Rules:
    """Return rules of a small program that the world's purses can pay."""
    reward = chance.choice(REWARDS)
    rules = replace(random_rules(chance, rule), reward=reward, bond=max(1, 2 * reward))
    return replace(rules, max_nodes=most, window=99, patience=PATIENCE)


def opened(
    world: World,
    joined: list[Member],
    chance: Random,
    rule: Aggregation | None = None,
    most: int = 8,
    before: Step | None = None,
    after: Step | None = None,
    pending: int = 1,
    rules: Rules | None = None,
) -> Stage:
    """Return the stage of a round that was opened on the chain, something done before and after its anchor."""
    rules = rules or replace(rules_for(chance, rule, most), max_pending=pending)
    start = random_base(rules, chance)
    charter = {"seed": tree.vector_root(start), "spec": digest("spec")}
    bond = rules.max_pending * rules.bond
    program = world.program(rules, 3 * rules.reward or 1, bond, **charter)
    for each in joined:
        each.ledger.enrolments.join(program, each.dataset)
    if before is not None:
        before(world, program, joined[0].ledger)
    if world.aggregator.enrolments.population(program).live > rules.max_nodes:
        world.stranger.programs.anchor(program)
        world.mine(2)
    if after is not None:
        after(world, program, joined[0].ledger)
    return Stage(
        domain=world.stranger.programs.domain(),
        rules=rules,
        spec=digest("spec"),
        opening=world.aggregator.programs.open(program).opening,
        seed=ZERO,
        base=start,
        people=tuple(person_of(world, program, each) for each in joined),
        aggregator=_secret(world.aggregator),
    )


def following(world: World, stage: Stage, round: Settled) -> Stage:
    """Open the next round on one that still waits, and return its stage."""
    opening = world.aggregator.programs.open(stage.opening.program).opening
    assert round.artifacts.result is not None
    return replace(stage, opening=opening, base=round.artifacts.result)


def asked(stage: Stage) -> Stage:
    """Return the stage with those people alone whom the round asks."""
    there = tuple(each for each in stage.people if sampled(each.seat, stage.opening))
    return replace(stage, people=there)


def honest(stage: Stage, chance: Random, least: int = 1) -> Draft:
    """Return an honest round of those who are asked."""
    return draft(asked(stage), chance, least)


def proposed(world: World, told: Draft, parent: Proposal | None = None) -> Settled:
    """Close and propose a round on the chain as it was drafted, and return it as the chain has it."""
    world.aggregator.programs.close(settle(told).recorded.close)
    world.mine()
    close = settle(told).recorded.close
    told.stage = replace(told.stage, seed=world.seed(close))
    round = settle(told)
    world.aggregator.programs.propose(close.program, round.recorded.proposal)
    standings = {each.node: standing(world, close.opening, each) for each in told.people}
    return replace(round, recorded=replace(round.recorded, standings=standings, parent=parent))


def standing(world: World, opening: Opening, person: Person) -> Standing:
    """Return what the chain says of a node as of a round's opening."""
    chain, program, block = world.stranger, opening.program, opening.open_block
    dataset = chain.enrolments.enrolled_at(program, person.node, block)
    seat = chain.enrolments.seat_of(program, person.node)
    held = chain.datasets.dataset(dataset) if dataset else None
    active = dataset is not None and chain.datasets.active_at(dataset, block)
    return Standing(
        key=chain.nodes.receipt_key_at(person.node, block),
        dataset=dataset,
        records=held.count if held and active else 0,
        seat=None if seat is None else seat.number,
        anchored=chain.enrolments.enrolled_at(program, person.node, opening.anchor) is not None,
    )


def verdict(world: World, challenge: Challenge) -> Reverted | None:
    """Return how the contract refuses a challenge; None where it holds. Nothing is changed."""
    try:
        world.stranger.challenges.deployed.call(challenge.function, *challenge.arguments())
    except Reverted as refused:
        return refused
    return None


def proof(round: Settled) -> Challenge | None:
    """Return the challenge that our replay comes to."""
    found = first_evidence(round.recorded, round.artifacts, round.stage.table, SALT)
    return None if found is None else found[1]


def every_challenge(
    round: Settled, chance: Random, place: int | None = None
) -> Iterator[Challenge]:
    """Yield a challenge of every kind about an honest round, somewhere in it or about one place."""
    parent = round.recorded.parent or NO_PROPOSAL
    recorded, artifacts, laid = round.recorded, round.artifacts, round.artifacts.laid
    assert laid is not None
    case, rules = Case(recorded.close, recorded.proposal, SALT), recorded.rules
    chunk, lane = chance.randrange(rules.chunks()), chance.randrange(LANES)
    column = chance.randrange(recorded.close.count) if place is None else place
    weights = packed_weights([each.contribution.weight for each in artifacts.manifest.entries])
    last = opened_rows.with_sums(laid, rules.weight_chunks() - 1)
    yield WrongSumChallenge(case, opened_rows.with_bytes(laid, chunk), lane, weights, last)
    row = opened_rows.with_leaves(laid, chunk)
    vectors = {
        BASE: laid.base,
        RESULT: laid.result,
        GRADIENT: laid.gradient,
        DELTAS + column: laid.deltas[column],
    }
    for kind, vector in vectors.items():
        whose = shown(artifacts, column) if kind >= DELTAS else NO_SHOWN
        own = opened_rows.leaf_of(vector, chunk)
        yield ForeignChunkChallenge(case, row, kind, own, whose, parent)
        if kind >= GRADIENT:
            data = opened_rows.chunk_bytes(vector, chunk)
            yield OutOfBoundsChallenge(case, row, kind, data, lane)
    yield WrongPrefixChallenge(
        case,
        opened_rows.with_both(laid, chunk),
        opened_rows.with_sums(laid, chunk - 1) if chunk else NO_ROW,
        column,
        opened_rows.chunk_bytes(laid.gradient, chunk),
        opened_rows.chunk_bytes(laid.deltas[column], chunk),
    )
    given = tuple(entry.contribution for entry in artifacts.manifest.entries)
    yield WrongPayrollChallenge(case, given, last)
    yield WrongSignatureChallenge(case, shown(artifacts, column), parent)
    yield StrangerChallenge(case, shown(artifacts, column))
    yield WrongWeightChallenge(case, shown(artifacts, column), weights)
    yield WrongWeightChallenge(case, shown(artifacts, column), b"")
    if column:
        yield DisorderChallenge(case, shown(artifacts, column - 1), shown(artifacts, column))
    entry = artifacts.manifest.entries[column]
    receipt = entry.contribution.receipt(recorded.close, recorded.parent_root)
    signed = Signed(receipt, entry.contribution.signature)
    beside = (shown(artifacts, column),)
    yield OmissionChallenge(case, signed, entry.ack, beside, parent)


def person_of(world: World, program: int, each: Member) -> Person:
    """Return a member as one of a program's people."""
    seat = world.stranger.enrolments.seat_of(program, each.ledger.account)
    # Who never joined has no seat; a draft may use it all the same, and is told off.
    number = 0 if seat is None else seat.number
    return Person(each.ledger.account, _secret(each.ledger), each.dataset, each.records, number)


def _secret(of: Ledger) -> PrivateKey:
    return PrivateKey(signer_of(of).wallet.secret)
