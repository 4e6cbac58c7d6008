"""What an aggregator's ack is worth where an epoch ends badly, and what a node's two receipts cost it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from tests.contracts.court import (
    SALT,
    following,
    honest,
    opened,
    proposed,
    verdict,
)
from tests.contracts.scene import (
    EACH,
    RULES,
    SEATS,
    Scene,
    case,
    found,
    omitted,
    outsider,
    place_of,
    promise,
    rotate,
    seen_by,
    show,
    signed,
)
from tests.contracts.world import BOND, PURSE, UNBONDING, World, moment, refused
from tests.protocol.drafts import Person, Settled, settle, sign
from tests.protocol.samples import digest, key

from commonroot.ledger.gateways.bonds import Bond, Fault
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import EquivocationChallenge, StrangerChallenge
from commonroot.protocol.hashing import ZERO
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.sampling import sampled

SILENT = 80 // SEATS
"""What an acked node draws of half a bond, where nothing was proposed."""

ALL = [*range(SEATS)]


def abandoned(scene: Scene, *, closed: bool) -> Settled:
    """Abandon the open round, its contributions fixed or not; return what it would have been."""
    world, round = scene.world, settle(honest(scene.stage, Random("silent"), SEATS))
    if closed:
        world.aggregator.programs.close(round.recorded.close)
        world.mine()
    world.pass_time(RULES.patience + 1)
    world.stranger.programs.abandon(scene.program)
    return round


def refuted(scene: Scene) -> Settled:
    """Propose a lie and show it; return the round."""
    round = scene.told("a lane that is not the sum")
    show(scene, found(round), scene.challenger)
    return round


def draw(
    scene: Scene,
    round: Settled,
    place: int,
    ended: Opening | Close | None = None,
    proposal: Proposal | None = None,
    by: Ledger | None = None,
) -> None:
    """Draw for the node at a place of a round."""
    given, ack = promise(round, place)
    who = by or scene.copier
    who.challenges.draw(ended or round.recorded.close, proposal, given, ack)


class TestDraw:
    def test_of_an_epoch_that_never_closed_shows_its_opening(self, scene: Scene) -> None:
        """
        Each of six draws a sixth of half the bond; what is left over goes back.
        """
        before = scene.worth()
        round = abandoned(scene, closed=False)

        for place in ALL:
            draw(scene, round, place, scene.stage.opening)

        aggregator = scene.world.aggregator
        scene.settle()
        nodes = {each.ledger.account: SILENT for each in scene.members}
        changes = nodes | {aggregator.account: -SEATS * SILENT}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}
        assert aggregator.bonds.bond_of(scene.program, aggregator.account).locked == 0

    def test_of_an_epoch_that_closed_shows_its_close(self, scene: Scene) -> None:
        """
        Where the seed could be seen, another quarter is burned; what nobody drew goes back.
        """
        before = scene.worth()
        round = abandoned(scene, closed=True)

        with refused("NotTheEpoch"):
            draw(scene, round, 0, scene.stage.opening)
        draw(scene, round, 0)
        draw(scene, round, 3)

        scene.settle()
        nodes = [round.artifacts.manifest.entries[place].contribution.node for place in (0, 3)]
        changes = dict.fromkeys(nodes, SILENT)
        changes |= {scene.world.aggregator.account: -2 * SILENT - 40}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}

    def test_of_a_false_epoch_shows_its_proposal(self, scene: Scene) -> None:
        """
        The pool is a quarter; the challenger gets its own quarter beside it, and the rest is burned.
        """
        before = scene.worth()
        round = refuted(scene)
        close, proposal = round.recorded.close, round.recorded.proposal

        with refused("NotTheClose"):
            draw(scene, round, 0, close, None)
        with refused("NotTheEpoch"):
            draw(scene, round, 0, close, replace(proposal, manifest=ZERO))
        for place in ALL:
            draw(scene, round, place, close, proposal)

        scene.settle()
        nodes = {each.ledger.account: EACH for each in scene.members}
        others = {scene.challenger.account: 40, scene.world.aggregator.account: -160}
        changes = nodes | others
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}

    def test_of_a_round_that_built_on_a_lie_is_as_of_a_silent_one(self, scene: Scene) -> None:
        """
        Its nodes worked for nothing through the same aggregator's fault.
        """
        world = scene.world
        first = scene.told("a lane that is not the sum")
        stage = following(world, scene.stage, first)
        parent = first.recorded.proposal
        second = proposed(world, honest(stage, Random("second"), SEATS), parent)
        before = scene.worth()

        show(scene, found(first), scene.challenger)
        for place in ALL:
            draw(scene, second, place)

        forfeit = world.stranger.bonds.forfeit_of(scene.ended(number=2))  # type: ignore[arg-type]
        assert forfeit is not None
        assert forfeit.fault is Fault.SILENT
        scene.settle(number=2)
        nodes = {each.ledger.account: SILENT for each in scene.members}
        changes = nodes | {world.aggregator.account: -160 - SEATS * SILENT}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}
        left = world.aggregator.bonds.bond_of(scene.program, world.aggregator.account)
        assert left == Bond(160 - SEATS * SILENT, 0)

    def test_is_the_node_s_whoever_sends_it(self, scene: Scene) -> None:
        """
        Whoever copies a draw out of the pool has paid for its gas.
        """
        round = abandoned(scene, closed=False)
        node = round.artifacts.manifest.entries[0].contribution.node
        ledger = next(each.ledger for each in scene.members if each.ledger.account == node)
        held = scene.world.balance(ledger)

        draw(scene, round, 0, scene.stage.opening, by=scene.copier)
        ledger.bonds.take(scene.world.book.token, node)

        assert scene.world.balance(ledger) == held + SILENT
        assert scene.worth()[scene.copier.account] == PURSE

    def test_is_once_for_a_node(self, scene: Scene) -> None:
        """
        Nor does another receipt of the same epoch, acked or not, bring it a second part.
        """
        round = abandoned(scene, closed=False)
        person = scene.stage.people[0]
        draw(scene, round, place_of(round, person), scene.stage.opening)
        given, ack = signed(scene.stage, person, deadline=5)

        with refused("AlreadyDrawn", account=person.node):
            draw(scene, round, place_of(round, person), scene.stage.opening)
        with refused("AlreadyDrawn", account=person.node):
            scene.copier.challenges.draw(scene.stage.opening, None, given, ack)

    def test_ends_with_the_window(self, scene: Scene) -> None:
        """
        After it what is left goes where it goes.
        """
        round = abandoned(scene, closed=False)
        scene.pass_window()

        with refused("TooLate"):
            draw(scene, round, 0, scene.stage.opening)

    def test_needs_an_epoch_that_ended_badly(self, scene: Scene) -> None:
        """
        Of a round that goes on, or that is final, nothing is drawn.
        """
        world, round = scene.world, scene.honest()

        with refused("NotTheEpoch"):
            draw(scene, round, 0)
        world.pass_time(RULES.window)
        world.stranger.programs.finalize(scene.program, round.recorded.proposal)
        with refused("NotTheEpoch"):
            draw(scene, round, 0)

    def test_needs_the_aggregator_s_ack(self, scene: Scene) -> None:
        """
        Without a promise there is nothing to draw.
        """
        round = abandoned(scene, closed=False)
        given, _ = promise(round, 0)
        ack = sign(key("somebody else"), digest("an ack"))

        with refused("NotAcked"):
            scene.copier.challenges.draw(scene.stage.opening, None, given, ack)

    def test_needs_the_key_of_the_opening_s_block(self, scene: Scene) -> None:
        """
        A later key of the same node, or a key of nobody, signed nothing for this round.
        """
        later = rotate(scene, scene.members[0].ledger)
        abandoned(scene, closed=False)

        for person in (later, replace(later, key=key("nobody's"))):
            with refused("NotSigned"):
                scene.copier.challenges.draw(
                    scene.stage.opening, None, *signed(scene.stage, person)
                )

    def test_needs_a_node_that_took_part(self, scene: Scene) -> None:
        """
        An aggregator can ack whomever it likes; only who was asked draws.
        """
        ledger = scene.copier
        scene.world.member(ledger)
        scene.world.enrol(scene.program, ledger)
        abandoned(scene, closed=False)
        late, other = outsider(scene), scene.stage.people[0]

        with refused("NotSigned"):
            scene.copier.challenges.draw(scene.stage.opening, None, *signed(scene.stage, late))
        with refused("NotIncludable"):
            given, ack = signed(scene.stage, other, dataset=digest("another"))
            scene.copier.challenges.draw(scene.stage.opening, None, given, ack)

    @pytest.mark.parametrize("change", [{"program": 9}, {"round": 2}, {"epoch": 2}])
    def test_needs_a_receipt_of_that_epoch(self, scene: Scene, change: Any) -> None:
        """
        A receipt replayed from another program, round or epoch draws nothing here.
        """
        abandoned(scene, closed=False)
        given, ack = signed(scene.stage, scene.stage.people[0], **change)

        with refused("AnotherRound"):
            scene.copier.challenges.draw(scene.stage.opening, None, given, ack)

    def test_holds_whatever_the_node_did_since(self, scene: Scene) -> None:
        """
        Who quit, left or rotated after its ack has been promised its part all the same.
        """
        told = settle(honest(scene.stage, Random("silent"), SEATS))
        first, second, third = (scene.members[at].ledger for at in (0, 1, 2))
        first.enrolments.quit(scene.program)
        second.nodes.resign()
        rotate(scene, third)
        scene.world.pass_time(RULES.patience + 1)
        scene.world.stranger.programs.abandon(scene.program)

        for place in ALL:
            draw(scene, told, place, scene.stage.opening)

        owed = [
            each.ledger.bonds.owed(scene.world.book.token, each.ledger.account)
            for each in scene.members
        ]
        assert owed == [SILENT] * SEATS


@pytest.fixture(scope="module")
def refilled(seated: Scene) -> Iterator[Scene]:
    """Yield a round for three of six seats, two of which were empty when that was decided."""
    with moment(seated.world) as world:
        there = seen_by(world, seated).members
        leaving = [each.ledger for each in there[:2]]

        def leave(world: World, program: int, node: Ledger) -> None:
            for each in leaving:
                each.enrolments.quit(program)

        def come_back(world: World, program: int, node: Ledger) -> None:
            for each in there[:2]:
                each.ledger.enrolments.join(program, each.dataset)

        stage = opened(
            world, there, Random("refilled"), before=leave, after=come_back,
            rules=replace(RULES, max_nodes=3),
        )  # fmt: skip
        yield Scene(world, there, stage)


@pytest.fixture
def sampling(refilled: Scene) -> Iterator[Scene]:
    with moment(refilled.world) as now:
        yield seen_by(now, refilled)


class TestSample:
    def asked(self, scene: Scene) -> list[bool]:
        """Return who of the six is asked: who was sampled, and was there at the anchor."""
        assert scene.stage.opening.sample != ZERO
        assert scene.stage.opening.places == 5  # three of four, and two seats empty
        returned = scene.stage.people[:2]
        return [
            sampled(each.seat, scene.stage.opening) and each not in returned
            for each in scene.stage.people
        ]

    def test_leaves_out_who_filled_a_seat_afterwards(self, sampling: Scene) -> None:
        """
        Whoever comes back to a seat once the sample is known is a stranger.
        """
        asked = self.asked(sampling)
        with moment(sampling.world) as now:
            scene = seen_by(now, sampling)
            people = sorted(scene.stage.people, key=lambda each: int(each.node, 16))
            everybody = replace(scene.stage.opening, sample=ZERO)
            told = honest(
                replace(scene.stage, people=tuple(people[:3]), opening=everybody), Random("x"), 3
            )
            told.stage = scene.stage
            round = proposed(now, told)
            for place in range(3):
                person = people[place]
                expected = asked[scene.stage.people.index(person)]
                found_out = verdict(
                    now, StrangerChallenge(case(round), shown(round.artifacts, place))
                )
                assert (found_out is not None) is expected
                assert found_out is None or found_out.error == "NodeHolds"
            for person in people[3:]:
                expected = asked[scene.stage.people.index(person)]
                beside = 2
                refusal = verdict(now, omitted(round, *signed(scene.stage, person), beside))
                assert (refusal is None) is expected
                assert refusal is None or refusal.error == "NotIncludable"

    def test_draws_are_for_the_asked(self, sampling: Scene) -> None:
        """
        Of an epoch that ended silently, each of five places is worth a fifth of half the bond.
        """
        scene, world = sampling, sampling.world
        world.pass_time(RULES.patience + 1)
        world.stranger.programs.abandon(scene.program)

        for person, expected in zip(scene.stage.people, self.asked(scene), strict=True):
            given, ack = signed(scene.stage, person)
            if expected:
                scene.copier.challenges.draw(scene.stage.opening, None, given, ack)
            else:
                with refused("NotIncludable", node=person.node):
                    scene.copier.challenges.draw(scene.stage.opening, None, given, ack)
            owed = world.stranger.bonds.owed(world.book.token, person.node)
            assert owed == (16 if expected else 0)


def twice(scene: Scene, by: Person, **changes: Any) -> EquivocationChallenge:
    """Return two receipts of one node that differ in the delta, and in what is said."""
    first, _ = signed(scene.stage, by)
    second, _ = signed(scene.stage, by, **({"delta_root": digest("another")} | changes))
    return EquivocationChallenge(first, second, SALT)


class TestEquivocation:
    def test_costs_the_node_s_bond(self, scene: Scene) -> None:
        """
        A quarter is the reporter's, the rest nobody's, and the node is no member any more.
        """
        world, person = scene.world, scene.stage.people[0]
        nodes, held = world.stranger.nodes, world.stranger.token.balance_of(world.book.nodes)

        show(scene, twice(scene, person), scene.challenger)

        assert nodes.bond_of(person.node) == 0
        assert nodes.owed(scene.challenger.account) == BOND // 4
        assert not nodes.member_at(person.node, world.block)
        assert world.stranger.token.balance_of(world.book.nodes) == held
        scene.challenger.nodes.take(scene.challenger.account)
        assert world.balance(scene.challenger) == PURSE + BOND // 4

    def test_is_punished_once_and_for_ever(self, scene: Scene) -> None:
        """
        The same receipts take nothing again, and the account never comes back.
        """
        world, person = scene.world, scene.stage.people[0]
        node = scene.members[0].ledger
        show(scene, twice(scene, person), scene.challenger)

        with refused("NoBond", account=person.node):
            show(scene, twice(scene, person), scene.copier)
        node.token.allow(world.book.nodes, BOND)
        with refused("WasSlashed", account=person.node):
            node.nodes.join(BOND, world.keys(node))

    def test_must_be_committed_to(self, scene: Scene) -> None:
        """
        Who only copied two receipts out of the pool gains nothing.
        """
        challenge = twice(scene, scene.stage.people[0])
        gateway = scene.copier.challenges

        with refused("NotCommitted", caller=scene.copier.account):
            gateway.prove(gateway.proof(challenge))

    @pytest.mark.parametrize(
        "change",
        [
            {"delta_root": digest("a delta"), "deadline": 5},
            {"program": 9},
            {"round": 2},
            {"epoch": 2},
            {"base_root": digest("another")},
            {"aggregator": None},
        ],
    )
    def test_is_on_one_base_for_one_aggregator(self, scene: Scene, change: Any) -> None:
        """
        The same delta twice is none, nor are receipts for two epochs, bases or aggregators.
        """
        if "aggregator" in change:
            change = {"aggregator": scene.world.sponsor.account}

        with refused("NoEquivocation"):
            show(scene, twice(scene, scene.stage.people[0], **change), scene.challenger)

        assert scene.world.stranger.nodes.bond_of(scene.stage.people[0].node) == BOND

    def test_is_of_one_node(self, scene: Scene) -> None:
        """
        Two nodes, or a node and nobody, do not contradict each other.
        """
        one, other = scene.stage.people[:2]
        stranger = replace(one, key=key("nobody's"))

        for second in (other, stranger):
            challenge = twice(scene, one)
            mixed = replace(challenge, second=twice(scene, second).second)
            with refused("NotSigned"):
                show(scene, mixed, scene.challenger)

    @pytest.mark.parametrize("change", [{"chain_id": 1}, {"programs": None}])
    def test_is_on_this_chain(self, scene: Scene, change: Any) -> None:
        """
        Receipts replayed from another chain, or another contract, are nobody's here.
        """
        if "programs" in change:
            change = {"programs": scene.world.stranger.account}
        there = replace(scene.stage, domain=replace(scene.stage.domain, **change))

        with refused("NotSigned"):
            show(scene, twice(replace(scene, stage=there), scene.stage.people[0]), scene.challenger)

    def test_counts_across_a_node_s_keys(self, scene: Scene) -> None:
        """
        To rotate in between is no excuse.
        """
        person = scene.stage.people[0]
        later = rotate(scene, scene.members[0].ledger)
        challenge = replace(twice(scene, person), second=twice(scene, later).second)

        show(scene, challenge, scene.challenger)

        assert scene.world.stranger.nodes.bond_of(person.node) == 0

    def test_counts_after_a_node_left(self, scene: Scene) -> None:
        """
        Until its bond is paid back, it answers for what was signed.
        """
        person = scene.stage.people[0]
        scene.members[0].ledger.nodes.resign()
        scene.world.pass_time(UNBONDING - 10)

        show(scene, twice(scene, person), scene.challenger)

        assert scene.world.stranger.nodes.bond_of(person.node) == 0

    @pytest.mark.parametrize("which", ["first", "second"])
    def test_needs_keys_that_were_not_given_up_long_ago(self, scene: Scene, which: str) -> None:
        """
        Who finds a key that its node rotated out long ago cannot slash it for ever.
        """
        person = scene.stage.people[0]
        later = rotate(scene, scene.members[0].ledger)
        mixed = {which: getattr(twice(scene, person), which)}
        challenge = replace(twice(scene, later), **mixed)
        scene.world.pass_time(UNBONDING + 1)

        with refused("KeyRetired", receiptKey=person.node):
            show(scene, challenge, scene.challenger)

        assert scene.world.stranger.nodes.bond_of(person.node) == BOND
