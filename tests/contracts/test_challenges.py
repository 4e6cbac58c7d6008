"""What a lie costs, what a false challenge does not change, and who is paid for a true one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from coincurve import PrivateKey
from eth_account import Account
from tests.contracts.court import (
    HOLDS,
    SALT,
    every_challenge,
    following,
    honest,
    proposed,
    verdict,
)
from tests.contracts.scene import (
    BOUNTY,
    BURNED,
    EACH,
    POOL,
    RULES,
    SEATS,
    Scene,
    case,
    commit,
    found,
    laid,
    omitted,
    on,
    outsider,
    place_of,
    promise,
    reveal,
    rotate,
    salted,
    show,
    signed,
    state,
    weights,
)
from tests.contracts.world import PLENTY, PURSE, World, refused, signer_of
from tests.protocol.drafts import Draft, Person, Settled, settle
from tests.protocol.lies import LIES
from tests.protocol.samples import digest

from commonroot.contracts import load
from commonroot.ledger.gateways.bonds import Bond
from commonroot.ledger.gateways.records import Stage as RoundStage
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import tree
from commonroot.protocol.evidence import rows as opened_rows
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import (
    Challenge,
    ForeignChunkChallenge,
    OutOfBoundsChallenge,
    StrangerChallenge,
    WrongPayrollChallenge,
    WrongSumChallenge,
    WrongWeightChallenge,
)
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, NO_ROW, NO_SHOWN, Case, Leaf
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX
from commonroot.protocol.hashing import ZERO, Digest, keccak, word
from commonroot.protocol.receipt import Domain
from commonroot.protocol.replay.faults import BASE, DELTAS, GRADIENT, RESULT, WrongSum
from commonroot.protocol.replay.layout import row_faults
from commonroot.protocol.round import Close, Proposal


def _of_a_stranger(scene: Scene) -> tuple[Settled, Challenge]:
    chance = Random("a stranger")
    alone = replace(scene.stage, people=(outsider(scene), *scene.stage.people[:5]))
    round = proposed(scene.world, honest(alone, chance, SEATS))
    return round, found(round)


def _of_an_omission(scene: Scene) -> tuple[Settled, Challenge]:
    chance = Random("an omission")
    people = sorted(scene.stage.people, key=lambda each: int(each.node, 16))
    round = proposed(scene.world, honest(replace(scene.stage, people=tuple(people[1:])), chance, 5))
    return round, omitted(round, *signed(scene.stage, people[0]), 0)


def _of_a_lie(name: str) -> Callable[[Scene], tuple[Settled, Challenge]]:
    def tell(scene: Scene) -> tuple[Settled, Challenge]:
        round = scene.told(name)
        return round, found(round)

    return tell


TOLD: dict[str, Callable[[Scene], tuple[Settled, Challenge]]] = {
    "wrongSum": _of_a_lie("a lane that is not the sum"),
    "foreignChunk": _of_a_lie("another delta in a row"),
    "outOfBounds": _of_a_lie("a delta beyond its bound"),
    "wrongPrefix": _of_a_lie("sums that are wrong in one chunk"),
    "wrongPayroll": _of_a_lie("a payout to somebody else"),
    "wrongSignature": _of_a_lie("a signature of somebody else"),
    "stranger": _of_a_stranger,
    "wrongWeight": _of_a_lie("other weights in the sums"),
    "disorder": _of_a_lie("two contributions in each other's place"),
    "omission": _of_an_omission,
}
"""One lie for each challenge."""


class TestTrueChallenge:
    @pytest.mark.parametrize("function", TOLD)
    def test_costs_the_bond(self, scene: Scene, function: str) -> None:
        """
        The round is void, half the bond burned, a quarter the challenger's, and nobody else pays.
        """
        world, before = scene.world, scene.worth()
        _, challenge = TOLD[function](scene)
        assert challenge.function == function

        show(scene, challenge, scene.challenger)

        aggregator, program = world.aggregator, world.stranger.programs.program(scene.program)
        assert world.stranger.programs.round(scene.program, 1).stage is RoundStage.NONE
        assert (program.tip, program.finalized, program.budget) == (0, 0, 3 * RULES.reward)
        assert aggregator.bonds.bond_of(scene.program, aggregator.account) == Bond(160, 0)
        scene.settle()
        changes = {scene.challenger.account: BOUNTY, aggregator.account: -2 * BURNED}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}
        assert scene.challenger.bonds.take(world.book.token, scene.challenger.account) == BOUNTY
        assert world.balance(scene.challenger) == PURSE + BOUNTY

    def test_leaves_the_round_to_be_done_again(self, scene: Scene) -> None:
        """
        The same round opens in its next epoch, on the second bond, and becomes a version.
        """
        world = scene.world
        _, challenge = TOLD["wrongSum"](scene)
        show(scene, challenge, scene.challenger)
        world.sponsor.programs.appoint(scene.program, world.aggregator.account)

        again = replace(scene.stage, opening=world.aggregator.programs.open(scene.program).opening)
        round = proposed(world, honest(again, Random("again"), SEATS))
        world.pass_time(RULES.window)
        world.stranger.programs.finalize(scene.program, round.recorded.proposal)

        assert (again.opening.round, again.opening.epoch) == (1, 2)
        assert world.stranger.programs.program(scene.program).finalized == 1

    def test_is_heard_once(self, scene: Scene) -> None:
        """
        Void is void: the same proof again takes nothing more.
        """
        _, challenge = TOLD["wrongSum"](scene)
        show(scene, challenge, scene.challenger)
        before = scene.worth()

        with refused("NotCommitted"):
            reveal(challenge, scene.copier)

        assert scene.worth() == before

    def test_comes_too_late_once_the_round_is_final(self, scene: Scene) -> None:
        """
        After the window a version is a version.
        """
        round, challenge = TOLD["wrongSum"](scene)
        scene.world.pass_time(RULES.window)
        scene.world.stranger.programs.finalize(scene.program, round.recorded.proposal)

        with refused("NoSuchCase", proposal=spelled(round.recorded.proposal)):
            reveal(challenge, scene.challenger)


class TestFalseChallenge:
    def test_says_what_is_right_and_changes_nothing(self, scene: Scene) -> None:
        """
        Each has an error of its own; whoever committed to it has only paid for gas.
        """
        round = scene.honest()
        before = scene.worth(), state(scene)

        for challenge in every_challenge(round, Random("false challenges")):
            with refused(HOLDS[challenge.function]):
                show(scene, challenge, scene.challenger)

        assert (scene.worth(), state(scene)) == before

    @pytest.mark.parametrize("change", [{"program": 99}, {"epoch": 2}, {"round": 2}])
    def test_about_another_round_finds_no_case(self, scene: Scene, change: Any) -> None:
        """
        A close that never was has no proposal that waits.
        """
        round = scene.told("a lane that is not the sum")
        close = replace(round.recorded.close, **change)
        other = replace(round.recorded.proposal, close=close.digest())
        challenge = replace(found(round), case=Case(close, other, SALT))

        with refused("NoSuchCase", proposal=spelled(other)):
            show(scene, challenge, scene.challenger)

    def test_cannot_pair_a_proposal_with_another_close(self, scene: Scene) -> None:
        """
        A proposal names its close.
        """
        round = scene.honest()
        close = replace(round.recorded.close, count=5)
        challenge = WrongSumChallenge(
            Case(close, round.recorded.proposal, SALT),
            opened_rows.with_bytes(laid(round), 0), 0, weights(round), NO_ROW,
        )  # fmt: skip

        with refused("NotTheClose", given=spelled(close)):
            reveal(challenge, scene.challenger)

    def test_finds_no_base_under_a_parent_that_does_not_wait(self, scene: Scene) -> None:
        """
        Whatever proposal a challenger brings along for the parent, it must be the one on chain.
        """
        world, first = scene.world, scene.honest()
        stage = following(world, scene.stage, first)
        second = proposed(world, honest(stage, Random("second"), SEATS), first.recorded.proposal)
        lie = replace(first.recorded.proposal, result_root=digest("another"))
        given = opened_rows.leaf_of(first.artifacts.base, 0)
        row = opened_rows.with_leaves(laid(second), 0)

        with refused("NotTheParent", number=1, proposal=spelled(lie)):
            reveal(
                ForeignChunkChallenge(case(second), row, BASE, given, NO_SHOWN, lie),
                scene.challenger,
            )


class TestBounty:
    def test_is_the_earliest_commitment_s(self, scene: Scene) -> None:
        """
        Who committed first may show it last, within a window of the verdict.
        """
        _, challenge = TOLD["wrongSum"](scene)
        first, second = scene.challenger, scene.copier
        commit(scene, salted(challenge, "first"), first)
        commit(scene, challenge, second)

        reveal(challenge, second)
        scene.world.pass_time(RULES.window)
        reveal(salted(challenge, "first"), first)
        scene.settle()

        assert scene.worth()[first.account] == PURSE + BOUNTY
        assert scene.worth()[second.account] == PURSE

    def test_front_running_a_challenge_gains_nothing(self, scene: Scene) -> None:
        """
        A copy from the pool voids the round all the same, and the bounty goes to who committed.
        """
        _, challenge = TOLD["wrongSum"](scene)
        commit(scene, challenge, scene.challenger)

        reveal(challenge, scene.copier)
        reveal(challenge, scene.challenger)
        scene.settle()

        assert scene.worth()[scene.copier.account] == PURSE
        assert scene.worth()[scene.challenger.account] == PURSE + BOUNTY

    def test_is_not_for_who_committed_after_the_verdict(self, scene: Scene) -> None:
        """
        Evidence is public from then on.
        """
        _, challenge = TOLD["wrongSum"](scene)
        reveal(challenge, scene.challenger)
        commit(scene, challenge, scene.copier)

        with refused("CommittedTooLate"):
            reveal(challenge, scene.copier)

        scene.settle()
        assert scene.worth()[scene.copier.account] == PURSE
        assert scene.worth()[scene.challenger.account] == PURSE

    def test_is_not_for_a_commitment_of_the_same_moment(self, scene: Scene) -> None:
        """
        In one block with its commitment a challenge is as good as uncommitted.
        """
        world = scene.world
        _, challenge = TOLD["wrongSum"](scene)
        shown_now = scene.challenger.challenges.proof(challenge)
        world.ask("evm_setAutomine", False)
        contract = scene.challenger.challenges.deployed.contract
        name = shown_now.commitment(scene.challenger.account)
        calls = [bytes.fromhex(contract.encode_abi("commit", [name])[2:]), shown_now.data]
        sent = [raw(world, scene.challenger, each, ahead) for ahead, each in enumerate(calls)]
        world.mine()
        world.ask("evm_setAutomine", True)

        assert {world.web3.eth.get_transaction_receipt(each)["status"] for each in sent} == {1}
        scene.settle()
        assert scene.worth()[scene.challenger.account] == PURSE

    def test_is_not_for_who_comes_after_the_window(self, scene: Scene) -> None:
        """
        The earliest commitment of all is worth nothing once the time is over.
        """
        round, challenge = TOLD["wrongSum"](scene)
        commit(scene, challenge, scene.challenger)
        reveal(challenge, scene.copier)
        scene.pass_window()

        with refused("NoSuchCase", proposal=spelled(round.recorded.proposal)):
            reveal(challenge, scene.challenger)

    def test_is_for_a_challenge_and_not_for_a_lie(self, scene: Scene) -> None:
        """
        Two lies in one proposal, shown by two: the earlier commitment gets the one bounty.
        """
        chance = Random("two lies")
        told = honest(scene.stage, chance, SEATS)
        LIES["a lane that is not the sum"].plant(told, chance)
        LIES["a payout of one more"].plant(told, chance)
        round = proposed(scene.world, told)
        of_rows, of_pay = both(round)
        commit(scene, of_pay, scene.copier)
        commit(scene, of_rows, scene.challenger)

        reveal(of_rows, scene.challenger)
        reveal(of_pay, scene.copier)
        scene.settle()

        assert scene.worth()[scene.copier.account] == PURSE + BOUNTY
        assert scene.worth()[scene.challenger.account] == PURSE

    def test_stands_at_the_first_time_that_something_was_committed(self, scene: Scene) -> None:
        """
        To commit to the same again changes nothing.
        """
        _, challenge = TOLD["wrongSum"](scene)
        gateway = scene.challenger.challenges
        shown_now = gateway.proof(challenge)
        name = shown_now.commitment(scene.challenger.account)
        assert gateway.committed_at(scene.challenger.account, name) is None

        gateway.commit(shown_now)
        first = gateway.committed_at(scene.challenger.account, name)
        gateway.commit(shown_now)

        assert first is not None
        assert gateway.committed_at(scene.challenger.account, name) == first < scene.world.now

    def test_self_challenge_does_not_bring_a_bond_back(self, scene: Scene) -> None:
        """
        Who shows its own lie, and draws for its own nodes, still burns more than a round can pay.
        """
        aggregator = scene.world.aggregator
        round, challenge = TOLD["wrongPayroll"](scene)
        before = sum(scene.worth().values())

        show(scene, challenge, aggregator)
        recorded = round.recorded
        for place in range(recorded.close.count):
            given, ack = promise(round, place)
            aggregator.challenges.draw(recorded.close, recorded.proposal, given, ack)
        scene.settle()

        lost = before - sum(scene.worth().values())
        assert lost == BURNED + POOL - SEATS * EACH
        assert lost >= RULES.reward


class TestHonestAggregator:
    @pytest.mark.parametrize("leave", ["quit", "resign", "retire", "another", "rotate"])
    def test_is_not_framed_by_leaving_or_rotating_after_the_ack(
        self, scene: Scene, leave: str
    ) -> None:
        """
        Members, keys, datasets and enrolments count as of the opening, whatever a node does later.
        """
        world, node = scene.world, scene.members[0]
        told = honest(scene.stage, Random("framed"), SEATS)
        LEAVING[leave](scene, node.ledger)
        round = proposed(world, told)
        place = [each.node for each in told.people].index(node.ledger.account)

        for challenge in every_challenge(round, Random(leave), place):
            refusal = verdict(world, challenge)
            assert refusal is not None, challenge.function
            assert refusal.error == HOLDS[challenge.function]

    def test_is_not_framed_by_a_receipt_that_it_has_included(self, scene: Scene) -> None:
        """
        Neither two neighbours nor an end of the close make a node that is in it missing.
        """
        round = scene.honest()
        for place in range(SEATS):
            given, ack = promise(round, place)
            for beside in (
                (place,),
                (0,),
                (SEATS - 1,),
                *((at, at + 1) for at in range(SEATS - 1)),
            ):
                refusal = verdict(scene.world, omitted(round, given, ack, *beside))

                assert refusal is not None
                assert refusal.error == "NothingOmitted"

    def test_is_not_framed_by_the_same_receipt_signed_anew(self, scene: Scene) -> None:
        """
        Receipts are compared by what they say, not by how they were signed.
        """
        round = scene.honest()
        person = scene.stage.people[0]
        place = place_of(round, person)
        given, ack = promise(round, place)
        anew = replace(given, signature=otherwise(person, given.receipt.digest(scene.stage.domain)))
        assert anew.signature != given.signature

        refusal = verdict(scene.world, omitted(round, anew, ack, place))

        assert refusal is not None
        assert refusal.error == "NothingOmitted"

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"program": 99}, "AnotherRound"),
            ({"round": 2}, "AnotherRound"),
            ({"epoch": 2}, "AnotherRound"),
            ({"base_root": digest("another")}, "AnotherRound"),
            ({"aggregator": "sponsor"}, "AnotherRound"),
            ({"weight": 2}, "NotIncludable"),
            ({"dataset": digest("another")}, "NotIncludable"),
            ({"dataset": ZERO}, "NotIncludable"),
        ],
    )
    def test_is_not_framed_by_a_receipt_replayed_from_another_round(
        self, scene: Scene, change: Any, error: str
    ) -> None:
        """
        An ack for another program, round, epoch, base or aggregator promises nothing here.
        """
        if "aggregator" in change:
            change = {"aggregator": scene.world.sponsor.account}
        round = scene.honest()
        given, ack = signed(scene.stage, scene.stage.people[0], **change)

        refusal = verdict(scene.world, omitted(round, given, ack, 0))

        assert refusal is not None
        assert refusal.error == error

    @pytest.mark.parametrize("change", [{"chain_id": 1}, {"programs": "stranger"}])
    def test_is_not_framed_by_a_receipt_replayed_from_another_chain(
        self, scene: Scene, change: Any
    ) -> None:
        """
        What was signed for another chain, or another contract, was signed by nobody here.
        """
        if "programs" in change:
            change = {"programs": scene.world.stranger.account}
        round, domain = scene.honest(), replace(scene.stage.domain, **change)
        given, ack = signed(replace(scene.stage, domain=domain), scene.stage.people[0])

        refusal = verdict(scene.world, omitted(round, given, ack, 0))

        assert refusal is not None
        assert refusal.error == "NotSigned"

    def test_is_not_framed_by_a_receipt_of_a_later_key(self, scene: Scene) -> None:
        """
        Only the key of the opening's block makes a receipt that can be included.
        """
        later = rotate(scene, scene.members[0].ledger)
        round = scene.honest()
        given, ack = signed(scene.stage, later)

        refusal = verdict(scene.world, omitted(round, given, ack, 0))

        assert refusal is not None
        assert refusal.error == "NotSigned"

    def test_is_not_framed_by_a_caller_who_brings_its_own_proof(self, scene: Scene) -> None:
        """
        Rows, leaves, contributions and weights count only under what the round committed to.
        """
        round, world = scene.honest(), scene.world
        row, at = opened_rows.with_leaves(laid(round), 0), case(round)
        forged = replace(row, leaves=(digest("forged"), *row.leaves[1:]))
        own = Leaf(digest("forged"), tuple(tree.proof(tree.chunk_leaves(laid(round).base), 0)))
        person = replace(shown(round.artifacts, 0), index=1)
        addition = opened_rows.with_bytes(laid(round), 0)

        for challenge, error in (
            (ForeignChunkChallenge(at, forged, BASE, own, NO_SHOWN, NO_PROPOSAL), "NotInProposal"),
            (ForeignChunkChallenge(at, row, BASE, own, NO_SHOWN, NO_PROPOSAL), "NotInVector"),
            (ForeignChunkChallenge(at, row, 9, own, NO_SHOWN, NO_PROPOSAL), "NoSuchPlace"),
            (ForeignChunkChallenge(at, row, DELTAS, own, person, NO_PROPOSAL), "NoSuchPlace"),
            (OutOfBoundsChallenge(at, row, GRADIENT, bytes(256), 0), "WrongBytes"),
            (OutOfBoundsChallenge(at, row, GRADIENT, bytes(252), 0), "WrongChunkBytes"),
            (OutOfBoundsChallenge(at, row, RESULT, bytes(256), 0), "NoSuchPlace"),
            (OutOfBoundsChallenge(at, row, GRADIENT, bytes(256), 64), "NoSuchLane"),
            (StrangerChallenge(at, person), "NotInClose"),
            (WrongSumChallenge(at, addition, 0, bytes(24), NO_ROW), "WrongWeights"),
            (WrongSumChallenge(at, addition, 64, weights(round), NO_ROW), "NoSuchLane"),
            (
                WrongSumChallenge(at, replace(addition, deltas=b""), 0, weights(round), NO_ROW),
                "WrongChunkBytes",
            ),
        ):
            refusal = verdict(world, challenge)
            assert refusal is not None, error
            assert refusal.error == error

    def test_is_voided_by_nobody_but_the_judges(self, scene: Scene) -> None:
        """
        There is no way around a proof, and no argument that names who checks it.
        """
        scene.honest()

        with refused("OnlyJudges", caller=scene.copier.account):
            scene.copier.programs.deployed.send("void", scene.program, 1)
        with refused("OnlyJudges", caller=scene.copier.account):
            scene.copier.bonds.deployed.send("award", scene.ended(), scene.copier.account, 1)
        proofs = [each for each in load("Challenges").abi if each.get("name") in HOLDS]
        assert len(proofs) == len(HOLDS)
        assert all(each["type"] != "address" for call in proofs for each in call["inputs"])


class TestLiar:
    @pytest.mark.parametrize("lane", [-GRADIENT_MAX - 1, GRADIENT_MAX + 1, -(2**31)])
    def test_finds_no_maximum_that_starts_at_zero_in_gradients(
        self, scene: Scene, lane: int
    ) -> None:
        """
        A bound holds on both sides of zero.
        """
        told = honest(scene.stage, Random("wide"), SEATS)
        told.gradient = told.gradient.copy()
        told.gradient[3] = lane
        challenge = found(proposed(scene.world, told))

        assert (challenge.function, getattr(challenge, "lane", None)) == ("outOfBounds", 3)
        assert verdict(scene.world, challenge) is None

    @pytest.mark.parametrize("lane", [-DELTA_MAX - 1, DELTA_MAX + 1, -(2**31), 2**31 - 1])
    def test_finds_no_maximum_that_starts_at_zero_in_deltas(self, scene: Scene, lane: int) -> None:
        """
        A delta whose lanes are all negative has a largest one too.
        """
        told = honest(scene.stage, Random("wide"), SEATS)
        told.deltas[1] = np.minimum(told.deltas[1], -1)
        told.deltas[1][RULES.weights : 128] = 0
        told.deltas[1][128 + RULES.moments :] = 0
        told.deltas[1][5] = lane
        challenge = found(proposed(scene.world, told))

        assert (challenge.function, getattr(challenge, "lane", None)) == ("outOfBounds", 5)
        assert verdict(scene.world, challenge) is None

    @pytest.mark.parametrize("change", [{"chain_id": 1}, {"programs": "stranger"}])
    def test_cannot_use_a_receipt_of_another_chain(self, scene: Scene, change: Any) -> None:
        """
        A signature from another chain is no signature.
        """
        if "programs" in change:
            change = {"programs": scene.world.stranger.account}
        told = honest(scene.stage, Random("replayed"), SEATS)
        away: Domain = replace(scene.stage.domain, **change)
        there = settle(on(scene.stage, told, domain=away)).artifacts.manifest.entries[2]
        told.after_signing[2] = {"signature": there.contribution.signature}

        challenge = found(proposed(scene.world, told))

        assert challenge.function == "wrongSignature"
        assert verdict(scene.world, challenge) is None

    @pytest.mark.parametrize("change", [{"program": 99}, {"round": 2}, {"epoch": 2}])
    def test_cannot_use_a_receipt_of_another_round(self, scene: Scene, change: Any) -> None:
        """
        Nor is one for another program, round or epoch.
        """
        told = honest(scene.stage, Random("replayed"), SEATS)
        other = replace(scene.stage.opening, **change)
        there = settle(on(scene.stage, told, opening=other)).artifacts.manifest.entries[2]
        told.after_signing[2] = {"signature": there.contribution.signature}

        challenge = found(proposed(scene.world, told))

        assert challenge.function == "wrongSignature"
        assert verdict(scene.world, challenge) is None

    def test_hides_behind_no_weights_of_zero(self, scene: Scene) -> None:
        """
        Without weights there is no mean to compare with; the weights themselves are the lie.
        """
        hidden = bytes(4 * SEATS)
        told = honest(scene.stage, Random("weightless"), SEATS)
        round = with_weights(scene, told, keccak(hidden))
        row = opened_rows.with_bytes(laid(round), 0)

        refusal = verdict(scene.world, WrongSumChallenge(case(round), row, 0, hidden, NO_ROW))

        assert refusal is not None
        assert refusal.error == "NoWeight"
        found_out = WrongWeightChallenge(case(round), shown(round.artifacts, 0), hidden)
        assert verdict(scene.world, found_out) is None

    def test_overflows_nothing(self, scene: Scene) -> None:
        """
        Sums and squares at the ends of their types are judged as all others are.
        """
        told = honest(scene.stage, Random("huge"), SEATS)
        told.sums = lambda sums: [
            replace(each, dots=(-(2**127),) * 3, squares=(2**128 - 1,) * 3) for each in sums
        ]
        round = proposed(scene.world, told)
        contributions = tuple(each.contribution for each in round.artifacts.manifest.entries)
        last = opened_rows.with_sums(laid(round), 1)

        refusal = verdict(scene.world, WrongPayrollChallenge(case(round), contributions, last))

        assert refusal is not None
        assert refusal.error == "PayrollHolds"
        challenge = found(round)
        assert challenge.function == "wrongPrefix"
        assert verdict(scene.world, challenge) is None


def spelled(what: Close | Proposal) -> str:
    """Return the hash of something on chain, as a refusal spells it."""
    return f"0x{what.digest().hex()}"


def _quits(scene: Scene, node: Ledger) -> None:
    node.enrolments.quit(scene.program)


def _resigns(scene: Scene, node: Ledger) -> None:
    node.nodes.resign()
    scene.world.stranger.enrolments.release(scene.program, node.account)


def _retires(scene: Scene, node: Ledger) -> None:
    dataset = node.enrolments.enrolled_at(scene.program, node.account, scene.world.block)
    assert dataset is not None
    node.datasets.retire(dataset)


def _takes_another(scene: Scene, node: Ledger) -> None:
    scene.world.enrol(scene.program, node, b"another")


def _rotates(scene: Scene, node: Ledger) -> None:
    rotate(scene, node)


LEAVING: dict[str, Callable[[Scene, Ledger], None]] = {
    "quit": _quits,
    "resign": _resigns,
    "retire": _retires,
    "another": _takes_another,
    "rotate": _rotates,
}


def both(round: Settled) -> tuple[Challenge, Challenge]:
    """Return the proofs of two lies in one round: about a row, and about what is paid."""
    entries = round.artifacts.manifest.entries
    contributions = tuple(each.contribution for each in entries)
    last = opened_rows.with_sums(laid(round), 1)
    faults = row_faults(round.recorded, round.artifacts, laid(round), round.artifacts.result)
    fault = next(faults)
    assert isinstance(fault, WrongSum)
    row = opened_rows.with_bytes(laid(round), fault.chunk)
    of_rows = WrongSumChallenge(case(round), row, fault.lane, weights(round), NO_ROW)
    return of_rows, WrongPayrollChallenge(case(round), contributions, last)


def otherwise(by: Person, what: Digest) -> bytes:
    """Return another signature over the same: with another nonce."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    nonce = 12345
    x, y = PrivateKey.from_int(nonce).public_key.point()
    s = pow(nonce, -1, order) * (int.from_bytes(what, "big") + x * by.key.to_int()) % order
    odd = y % 2
    if s > order // 2:
        s, odd = order - s, 1 - odd
    return word(x, 32) + word(s, 32) + bytes([27 + odd])


def with_weights(scene: Scene, told: Draft, hash: Digest) -> Settled:
    """Return a round whose close names other weights than its leaves."""
    world, close = scene.world, replace(settle(told).recorded.close, weights_hash=hash)
    world.aggregator.programs.close(close)
    world.mine()
    told.stage = replace(told.stage, seed=world.seed(close))
    told.proposal = {"close": close.digest()}
    round = settle(told)
    world.aggregator.programs.propose(scene.program, round.recorded.proposal)
    return replace(round, recorded=replace(round.recorded, close=close))


def raw(world: World, by: Ledger, data: bytes, ahead: int) -> bytes:
    """Send a call of the challenges without waiting for it; return its name."""
    account: Any = Account.from_key(signer_of(by).wallet.secret)
    transaction = {
        "chainId": world.book.chain_id,
        "nonce": world.web3.eth.get_transaction_count(account.address) + ahead,
        "to": world.book.challenges,
        "data": data,
        "gas": PLENTY,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
        "value": 0,
    }
    signed_now = account.sign_transaction(transaction)
    return bytes(world.web3.eth.send_raw_transaction(signed_now.raw_transaction))
