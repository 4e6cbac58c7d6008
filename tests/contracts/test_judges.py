"""
The contracts are the third judge: they uphold what `replay` proves, and refuse all else.

COMMONROOT_JUDGED sets how many rounds with each lie they hear, and how many honest ones; they are held on
as many programs of every rule.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import final

import pytest
from tests.contracts.court import (
    HOLDS,
    SALT,
    Member,
    Step,
    every_challenge,
    following,
    honest,
    members,
    opened,
    proof,
    proposed,
    standing,
    verdict,
)
from tests.contracts.world import World, moment, refused
from tests.protocol import plain
from tests.protocol.drafts import Stage, plainly, sign
from tests.protocol.lies import LIES
from tests.protocol.samples import digest, key

from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.datasets import dataset_id
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import tree
from commonroot.protocol.evidence import (
    NotProvable,
    Signed,
    Wanted,
    answer_column,
    answer_contributions,
    answer_row,
    equivocation,
    omission,
)
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import (
    StrangerChallenge,
)
from commonroot.protocol.evidence.shapes import Case
from commonroot.protocol.hashing import ZERO
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.rules import Aggregation
from commonroot.protocol.sampling import sampled

JUDGED = int(os.environ.get("COMMONROOT_JUDGED", "1"))


@final
@dataclass(frozen=True, slots=True)
class Court:
    """A chain on which members are, and programs whose next round is open."""

    world: World
    members: list[Member]
    stages: list[Stage]

    def stage(self, chance: Random) -> Stage:
        """Return one of the open rounds."""
        return chance.choice(self.stages)


@pytest.fixture(scope="module")
def seated(deployed: World) -> Iterator[Court]:
    with moment(deployed) as world:
        world.sponsor.token.transfer(world.aggregator.account, 10**6)
        there = members(world)
        stages = [
            opened(world, there, Random(f"stage {number} {rule.name}"), rule, most)
            for number in range(JUDGED)
            for rule, most in zip(Aggregation, (8, 3, 8, 4), strict=True)
        ]
        yield Court(world, there, stages)


@pytest.fixture
def court(seated: Court) -> Iterator[Court]:
    with moment(seated.world) as now:
        ledgers = {each.account: each for each in now.ledgers}
        there = [replace(each, ledger=ledgers[each.ledger.account]) for each in seated.members]
        yield replace(seated, world=now, members=there)


@pytest.mark.parametrize("part", range(8))
def test_no_challenge_holds_against_an_honest_round(court: Court, part: int) -> None:
    """
    Whatever anybody shows of an honest round, the contract says what is right after all.
    """
    for number in range(JUDGED):
        with moment(court.world) as now:
            chance = Random(f"honest {part} {number}")
            stage = court.stages[(part + number) % len(court.stages)]
            round = proposed(now, honest(stage, chance))

            assert plain.judge(*plainly(round)) == (True, set())
            assert proof(round) is None
            for challenge in every_challenge(round, chance):
                found = verdict(now, challenge)
                assert found is not None, challenge.function
                assert found.error == HOLDS[challenge.function], found


@pytest.mark.parametrize("name", [name for name, lie in LIES.items() if not lie.staged])
def test_a_lie_is_upheld_by_the_contract(court: Court, name: str) -> None:
    """
    All three judges agree on a planted lie: what replay proves holds on chain.
    """
    lie = LIES[name]
    for number in range(JUDGED):
        with moment(court.world) as now:
            chance = Random(f"{name} on chain {number}")
            told = honest(court.stage(chance), chance, lie.least)
            lie.plant(told, chance)
            try:
                round = proposed(now, told)
            except Reverted as refusal:
                # What the contract sees for itself never becomes a proposal.
                assert refusal.error in ("PaysTooMuch", "TooManyShares")
                continue

            holds, proofs = plain.judge(*plainly(round))
            challenge = proof(round)

            assert not holds
            assert lie.provokes in (proofs or {None})
            assert (challenge.function if challenge else None) in (proofs or {None})
            if challenge is not None:
                assert verdict(now, challenge) is None


def _quits(world: World, program: int, node: Ledger) -> None:
    node.enrolments.quit(program)


def _retires(world: World, program: int, node: Ledger) -> None:
    dataset = node.enrolments.enrolled_at(program, node.account, world.block)
    assert dataset is not None
    node.datasets.retire(dataset)


def _takes_another(world: World, program: int, node: Ledger) -> None:
    node.enrolments.join(program, world.dataset(node, b"another"))


def _resigns(world: World, program: int, node: Ledger) -> None:
    node.nodes.resign()


@pytest.mark.parametrize("step", [_quits, _retires, _takes_another, _resigns])
def test_whoever_had_no_business_in_a_round_is_a_stranger(court: Court, step: Step) -> None:
    """
    Who quit, retired its dataset, took another or left before the opening is found out by all three.
    """
    chance = Random("a stranger")
    ready = opened(court.world, court.members, chance, before=step)
    round = proposed(court.world, honest(replace(ready, people=ready.people[:1]), chance))

    challenge = proof(round)

    assert challenge is not None
    assert challenge.function == "stranger"
    assert "stranger" in plain.judge(*plainly(round))[1]
    assert verdict(court.world, challenge) is None


def _comes_back(world: World, program: int, node: Ledger) -> None:
    node.enrolments.join(program, dataset_id(node.account, digest(f"records of {node.account}")))


def test_whoever_fills_a_seat_after_the_anchor_is_a_stranger(court: Court) -> None:
    """
    An empty seat that the sample asks cannot be filled once everybody knows that it does.
    """
    seen = set()
    for number in range(4):
        with moment(court.world) as now:
            chance = Random(f"filled {number}")
            there = [replace(each, ledger=_as(now, each.ledger)) for each in court.members]
            ready = opened(now, there, chance, most=3, before=_quits, after=_comes_back)
            told = honest(
                replace(
                    ready, people=ready.people[:1], opening=replace(ready.opening, sample=ZERO)
                ),
                chance,
            )
            told.stage = ready
            round = proposed(now, told)
            seat = ready.people[0].seat

            challenge = proof(round)

            assert challenge is not None
            assert challenge.function == "stranger"
            assert "stranger" in plain.judge(*plainly(round))[1]
            assert verdict(now, challenge) is None
            seen.add(sampled(seat, ready.opening))
    assert True in seen


def _as(world: World, ledger: Ledger) -> Ledger:
    return next(each for each in world.ledgers if each.account == ledger.account)


def test_whoever_was_not_sampled_is_a_stranger(court: Court) -> None:
    """
    With six nodes for three places, contracts and Python agree on who is asked and who is not.
    """
    seen = []
    world, chance = court.world, Random("sampled")
    ready = next(each for each in court.stages if each.rules.max_nodes == 3)
    everybody = replace(ready.opening, sample=ZERO)
    for person in ready.people:
        with moment(world) as now:
            alone = replace(ready, people=(person,))
            told = honest(replace(alone, opening=everybody), chance)
            told.stage = alone
            round = proposed(now, told)
            case = Case(round.recorded.close, round.recorded.proposal, SALT)

            challenge = proof(round)
            found = verdict(now, StrangerChallenge(case, shown(round.artifacts, 0)))

            seen.append(challenge.function if challenge else None)
            assert (found is None) is (challenge is not None)
            assert found is None or found.error == "NodeHolds"
    assert sorted(map(str, seen)) == ["None"] * 3 + ["stranger"] * 3


@pytest.mark.parametrize(
    ("left_out", "beside"),
    [(0, 1), (2, 2), (5, 1), (None, 1)],
    ids=["first", "between", "last", "in"],
)
def test_an_acked_receipt_that_was_left_out_is_upheld(
    court: Court, left_out: int | None, beside: int
) -> None:
    """
    Left out before the first, between two, after the last, or replaced by another of its node.
    """
    chance = Random(f"left out {left_out}")
    ready = next(each for each in court.stages if each.rules.max_nodes == 8)
    people = sorted(ready.people, key=lambda each: int(each.node, 16))
    person = people[3 if left_out is None else left_out]
    there = tuple(each for each in people if left_out is None or each is not person)
    round = proposed(court.world, honest(replace(ready, people=there), chance, len(there)))
    recorded, opening = round.recorded, ready.opening
    receipt = Receipt(
        opening.program, opening.round, opening.epoch, recorded.parent_root, opening.aggregator,
        person.dataset, digest("left out"), ready.rules.weight(person.records), 2_000_000_000,
    )  # fmt: skip
    said = receipt.digest(ready.domain)
    ack = Ack(said, opening.epoch).digest(ready.domain)

    challenge = omission(
        recorded, round.artifacts, person.node,
        standing(court.world, opening, person),
        Signed(receipt, sign(person.key, said)), sign(ready.aggregator, ack), SALT,
    )  # fmt: skip

    assert len(challenge.beside) == beside
    assert verdict(court.world, challenge) is None
    unacked = replace(challenge, ack=sign(key("somebody else"), ack))
    found = verdict(court.world, unacked)
    assert found is not None
    assert found.error == "NotAcked"


def test_two_deltas_for_one_epoch_cost_the_bond(court: Court) -> None:
    """
    Who signed twice is slashed once it was committed to; the same receipt twice is no offence.
    """
    world, ready = court.world, court.stages[0]
    person, opening = ready.people[0], ready.opening
    one = Receipt(
        opening.program, opening.round, opening.epoch, tree.vector_root(ready.base),
        opening.aggregator, person.dataset, digest("one"), 1, 2_000_000_000,
    )  # fmt: skip
    two = replace(one, delta_root=digest("two"))
    first, second = (
        Signed(each, sign(person.key, each.digest(ready.domain))) for each in (one, two)
    )
    challenge = equivocation(first, second, SALT)
    reporter = world.sponsor
    gateway = reporter.challenges
    shown_now = gateway.proof(challenge)

    with pytest.raises(NotProvable):
        equivocation(first, first, SALT)
    with refused("NoEquivocation"):
        gateway.deployed.call("equivocation", *replace(challenge, second=first).arguments())
    with refused("NotCommitted"):
        gateway.prove(shown_now)
    gateway.commit(shown_now)
    world.mine()
    gateway.prove(shown_now)

    assert not reporter.nodes.member_at(person.node, world.block)
    assert reporter.nodes.bond_of(person.node) == 0


@pytest.mark.parametrize(
    "name",
    [
        "another base in a row",
        "a signature of somebody else",
        "a lane that is not the sum",
        "another delta in a row",
    ],
)
def test_a_lie_about_a_round_that_builds_on_a_waiting_one_is_upheld(
    court: Court, name: str
) -> None:
    """
    Where the parent is not final yet, its proposal is shown and says what the base is.
    """
    chance, lie = Random(f"{name} on a waiting round"), LIES[name]
    first = opened(court.world, court.members, chance, pending=2)
    parent = proposed(court.world, honest(first, chance))
    second = following(court.world, first, parent)
    told = honest(second, chance, lie.least)
    lie.plant(told, chance)
    round = proposed(court.world, told, parent.recorded.proposal)

    challenge = proof(round)

    assert challenge is not None
    assert challenge.function == lie.provokes
    assert verdict(court.world, challenge) is None


def test_no_challenge_holds_against_an_honest_round_on_a_waiting_one(court: Court) -> None:
    """
    The parent's proposal beside it, an honest round is as safe as on a final version.
    """
    chance = Random("an honest round on a waiting one")
    first = opened(court.world, court.members, chance, pending=2)
    parent = proposed(court.world, honest(first, chance))
    second = following(court.world, first, parent)
    round = proposed(court.world, honest(second, chance), parent.recorded.proposal)

    for challenge in every_challenge(round, chance):
        found = verdict(court.world, challenge)
        assert found is not None, challenge.function
        assert found.error == HOLDS[challenge.function], found


@pytest.mark.parametrize("part", range(4))
def test_an_honest_aggregator_can_answer_every_demand(court: Court, part: int) -> None:
    """
    Any row, any node's signed delta at any chunk, and all contributions.
    """
    world, chance = court.world, Random(f"demands {part}")
    round = proposed(world, honest(court.stages[part], chance, 2))
    recorded, laid = round.recorded, round.artifacts.laid
    assert laid is not None
    of = recorded.close, recorded.proposal
    demander = world.sponsor
    demander.token.allow(world.book.demands, 3 * recorded.rules.demand_fee)
    chunk = chance.randrange(recorded.proposal.chunks)
    place = chance.randrange(recorded.close.count)
    row, column = Wanted(*of, Asked.ROW, chunk, 0), Wanted(*of, Asked.COLUMN, chunk, place)
    people = Wanted(*of, Asked.CONTRIBUTIONS, 0, 0)
    for wanted in (row, column, people):
        demander.demands.demand(wanted)

    demands = world.aggregator.demands
    demands.answer_row(row, answer_row(round.artifacts, laid, chunk), None)
    demands.answer_column(column, *answer_column(round.artifacts, chunk, place))
    demands.answer_contributions(people, answer_contributions(round.artifacts))

    owed = demands.owed(world.book.token, world.aggregator.account)
    assert owed == 3 * recorded.rules.demand_fee
