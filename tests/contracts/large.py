"""Rounds of up to 256 contributions with every lie in them, and the challenge that shows each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np
from tests.contracts.court import Member, opened, proposed
from tests.contracts.scene import RULES, case, laid, omitted, signed, weights
from tests.contracts.world import World
from tests.protocol.drafts import Draft, Person, Settled, Stage
from tests.protocol.samples import account, digest, key

from commonroot.protocol.evidence import rows as opened_rows
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import (
    Challenge,
    DisorderChallenge,
    ForeignChunkChallenge,
    OutOfBoundsChallenge,
    StrangerChallenge,
    WrongPayrollChallenge,
    WrongPrefixChallenge,
    WrongSignatureChallenge,
    WrongSumChallenge,
    WrongWeightChallenge,
)
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, NO_ROW
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed
from commonroot.protocol.hashing import address_bytes
from commonroot.protocol.replay.faults import DELTAS
from commonroot.protocol.round import packed_weights
from commonroot.protocol.rules import Aggregation, Rules

CHUNKS = 100
"""Chunks of weights; one of moments comes after them."""
LIED, CHUNK, LANE = 3, 1, 5
"""Where the lies are: about which contribution, in which chunk and lane."""


def large(
    world: World,
    there: list[Member],
    count: int,
    rule: Aggregation = Aggregation.WEIGHTED_MEAN,
    *,
    honest: bool = False,
) -> tuple[Settled, Person | None]:
    """Propose a round of so many contributions, by default with all lies in it; return it, and who was left out."""
    chance = Random(f"{count} {rule.name}")
    rules = replace(
        RULES, aggregation=rule, weights=CHUNKS * LANES - 20, max_nodes=256,
        trim=1000 if rule is Aggregation.TRIMMED_MEAN else 0, norm_cap=10**7, window=1000, max_pending=1,
        reward=10**6, bond=2 * 10**6,
    )  # fmt: skip
    world.sponsor.token.transfer(world.aggregator.account, rules.bond)
    stage = opened(world, there, chance, rules=rules)
    told = _draft(stage, count)
    if not honest:
        _lie(told)
    return proposed(world, told), stage.people[-1] if there else None


def challenges(round: Settled, left_out: Person | None) -> Iterator[Challenge]:
    """Yield the challenge that shows each of the lies."""
    at, rows, artifacts = case(round), laid(round), round.artifacts
    last = opened_rows.with_sums(rows, CHUNKS - 1)
    used = packed_weights(artifacts.weights or ())
    yield wrong_sum(round)
    row, place = opened_rows.with_leaves(rows, CHUNK), DELTAS + LIED
    whose = shown(artifacts, LIED)
    own = opened_rows.leaf_of(artifacts.deltas[LIED], CHUNK)
    yield ForeignChunkChallenge(at, row, place, own, whose, NO_PROPOSAL)
    gradient, wide = (
        opened_rows.chunk_bytes(each, CHUNK) for each in (rows.gradient, rows.deltas[LIED])
    )
    yield OutOfBoundsChallenge(at, row, place, wide, LANE)
    both, before = opened_rows.with_both(rows, CHUNK), opened_rows.with_sums(rows, CHUNK - 1)
    yield WrongPrefixChallenge(at, both, before, LIED, gradient, wide)
    entries = tuple(each.contribution for each in artifacts.manifest.entries)
    yield WrongPayrollChallenge(at, entries, last)
    yield WrongSignatureChallenge(at, whose, NO_PROPOSAL)
    yield StrangerChallenge(at, whose)
    yield WrongWeightChallenge(at, whose, used)
    yield DisorderChallenge(at, shown(artifacts, 0), shown(artifacts, 1))
    if left_out is not None:
        nodes = [address_bytes(each.node) for each in entries]
        after = next(
            i for i, each in enumerate(nodes[2:], 2) if each > address_bytes(left_out.node)
        )
        yield omitted(round, *signed(round.stage, left_out), after - 1, after)


def wrong_sum(round: Settled) -> WrongSumChallenge:
    """Return the challenge of the one wrong lane."""
    rows = laid(round)
    clips = round.recorded.rules.aggregation is Aggregation.CLIPPED_MEAN
    last = opened_rows.with_sums(rows, CHUNKS - 1) if clips else NO_ROW
    used = packed_weights(round.artifacts.weights or ()) or weights(round)
    row = opened_rows.with_bytes(rows, CHUNK)
    return WrongSumChallenge(case(round), row, LANE, used, last)


def _draft(stage: Stage, count: int) -> Draft:
    rules, numbers = stage.rules, np.random.default_rng(count)
    there = stage.people[:-1]
    others = [
        Person(account(f"other {at}"), key(f"other {at}"), digest(f"set {at}"), 1, 0)
        for at in range(count - len(there))
    ]
    people = sorted([*there, *others], key=lambda each: address_bytes(each.node))
    return Draft(
        stage=stage,
        gradient=_lanes(rules, numbers, GRADIENT_MAX),
        people=people,
        deltas=[_lanes(rules, numbers, DELTA_MAX) for _ in people],
        weights=[1] * count,
    )


def _lie(told: Draft) -> None:
    people, there = told.people, told.stage.people
    # One of those who are no members is lied about, and the first two stand in each other's place.
    lied = next(at for at, each in enumerate(people) if at > LIED and each not in there)
    people[LIED], people[lied] = people[lied], people[LIED]
    people[0], people[1] = people[1], people[0]
    wide = told.deltas[LIED].copy()
    wide[CHUNK * LANES + LANE] = DELTA_MAX + 1
    told.laid_deltas = {LIED: wide}
    told.used_weights = [2 if at == LIED else 1 for at in range(len(people))]
    told.signers = {LIED: key("somebody else")}
    told.pay_top = lambda top: replace(top, payout=top.payout - 1)
    told.result = _one_more
    told.sums = lambda sums: [
        replace(each, dots=tuple(dot + (chunk == CHUNK) for chunk, dot in enumerate(each.dots)))
        if at == LIED
        else each
        for at, each in enumerate(sums)
    ]


def _one_more(right: Fixed) -> Fixed:
    other = right.copy()
    other[CHUNK * LANES + LANE] ^= 1
    return other


def _lanes(rules: Rules, numbers: np.random.Generator, bound: int) -> Fixed:
    lanes = numbers.integers(-bound, bound, rules.chunks() * LANES, endpoint=True)
    cut = rules.weight_chunks() * LANES
    lanes[rules.weights : cut] = 0
    lanes[cut + rules.moments :] = 0
    return lanes.astype(np.int32)
