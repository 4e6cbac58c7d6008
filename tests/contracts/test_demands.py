"""What is behind a proposal can be demanded, in time and once; who does not answer has lied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from tests.contracts.court import following, honest, proposed, verdict
from tests.contracts.scene import (
    BOUNTY,
    RULES,
    SEATS,
    Scene,
    case,
    found,
    laid,
    show,
)
from tests.contracts.world import PURSE, refused
from tests.protocol.drafts import Draft, Settled, settle
from tests.protocol.samples import digest

from commonroot.ledger.gateways.bonds import Bond
from commonroot.ledger.gateways.demands import Standing, demand_id
from commonroot.ledger.gateways.records import Stage as RoundStage
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import tree
from commonroot.protocol.evidence import (
    Wanted,
    answer_column,
    answer_contributions,
    answer_row,
)
from commonroot.protocol.evidence import rows as opened_rows
from commonroot.protocol.evidence.challenges import ForeignChunkChallenge
from commonroot.protocol.evidence.shapes import NO_PROPOSAL
from commonroot.protocol.hashing import ZERO
from commonroot.protocol.replay.faults import DELTAS, Asked
from commonroot.protocol.round import Proposal

FEE = RULES.demand_fee
THIRD = RULES.window // 3


def wanted(round: Settled, kind: Asked = Asked.ROW, chunk: int = 0, column: int = 0) -> Wanted:
    """Return what a demand asks for."""
    return Wanted(round.recorded.close, round.recorded.proposal, kind, chunk, column)


def demand(scene: Scene, what: Wanted, by: Ledger | None = None) -> Wanted:
    """Pay the fee and demand something."""
    who = by or scene.challenger
    who.token.allow(scene.world.book.demands, FEE)
    who.demands.demand(what)
    return what


def answer(
    scene: Scene, round: Settled, what: Wanted, by: Ledger | None = None, **changes: Any
) -> None:
    """Answer a demand with what the round holds, changed as said."""
    demands = (by or scene.world.aggregator).demands
    match what.kind:
        case Asked.ROW:
            row = answer_row(round.artifacts, laid(round), what.chunk)
            parent: Proposal | None = changes.pop("parent", round.recorded.parent)
            demands.answer_row(what, replace(row, **changes), parent)
        case Asked.COLUMN:
            column, leaf = answer_column(round.artifacts, what.chunk, what.column)
            demands.answer_column(what, changes.get("shown", column), changes.get("own", leaf))
        case Asked.CONTRIBUTIONS:
            given = answer_contributions(round.artifacts)
            demands.answer_contributions(what, changes.get("given", given))


def until(scene: Scene, round: Settled, thirds: int) -> None:
    """Let the next block come when so many thirds of the window are over."""
    at = scene.world.stranger.programs.round(scene.program, round.recorded.close.round).proposed_at
    scene.world.ask("evm_setNextBlockTimestamp", at + thirds * THIRD)


def standing(scene: Scene, what: Wanted) -> Standing:
    """Return how far a demand has come."""
    return scene.world.stranger.demands.demand_of(demand_id(what)).standing


class TestDemand:
    def test_costs_the_fee(self, scene: Scene) -> None:
        """
        It is kept until there is an answer, or none.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))

        made = scene.world.stranger.demands.demand_of(demand_id(what))
        proposed_at = scene.world.stranger.programs.round(scene.program, 1).proposed_at
        assert (made.demander, made.standing) == (scene.challenger.account, Standing.OPEN)
        assert made.demanded_at == scene.world.now
        assert made.answer_until == proposed_at + 2 * THIRD
        assert scene.world.balance(scene.challenger) == PURSE - FEE

    def test_needs_the_fee(self, scene: Scene) -> None:
        """
        Without an approval nothing is demanded.
        """
        what = wanted(scene.honest())

        with refused("ERC20InsufficientAllowance"):
            scene.challenger.demands.demand(what)

    @pytest.mark.parametrize(
        ("kind", "chunk", "column"),
        [
            (Asked.ROW, 3, 0),
            (Asked.ROW, 0, 1),
            (Asked.COLUMN, 3, 0),
            (Asked.COLUMN, 0, SEATS),
            (Asked.CONTRIBUTIONS, 1, 0),
            (Asked.CONTRIBUTIONS, 0, 1),
        ],
    )
    def test_is_for_something_that_is_there(
        self, scene: Scene, kind: Asked, chunk: int, column: int
    ) -> None:
        """
        Each thing has one name, so that there is an end of them.
        """
        what = wanted(scene.honest(), kind, chunk, column)

        with refused("NothingThere", chunk=chunk, column=column):
            demand(scene, what)

    @pytest.mark.parametrize("kind", list(Asked))
    def test_is_made_once(self, scene: Scene, kind: Asked) -> None:
        """
        Whether it waits, was answered, or is over: nobody asks for the same again.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, kind))

        with refused("AlreadyDemanded"):
            demand(scene, what, scene.copier)
        answer(scene, round, what)
        with refused("AlreadyDemanded"):
            demand(scene, what, scene.copier)

    def test_comes_in_the_first_third(self, scene: Scene) -> None:
        """
        Afterwards there would be no time for all answers.
        """
        round = scene.honest()
        scene.challenger.token.allow(scene.world.book.demands, 2 * FEE)
        until(scene, round, 1)

        with refused("TooLate"):
            scene.challenger.demands.demand(wanted(round))

    def test_is_of_a_proposal_that_waits(self, scene: Scene) -> None:
        """
        Not of one that nobody made, nor of a final one.
        """
        round = scene.honest()
        other = replace(round.recorded.proposal, manifest=ZERO)

        with refused("NotWaiting"):
            demand(scene, replace(wanted(round), proposal=other))
        scene.world.pass_time(RULES.window)
        scene.world.stranger.programs.finalize(scene.program, round.recorded.proposal)
        with refused("NotWaiting"):
            demand(scene, wanted(round))


KINDS = [(Asked.ROW, 2, 0), (Asked.COLUMN, 1, 3), (Asked.CONTRIBUTIONS, 0, 0)]


class TestAnswer:
    @pytest.mark.parametrize("place", KINDS)
    def test_is_paid_to_the_aggregator(self, scene: Scene, place: Any) -> None:
        """
        Whoever sends it: who copies one out of the pool gains nothing.
        """
        before, round = scene.worth(), scene.honest()
        what = demand(scene, wanted(round, *place))

        answer(scene, round, what, by=scene.copier)

        aggregator = scene.world.aggregator
        changes = {scene.challenger.account: -FEE, aggregator.account: FEE}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}
        assert standing(scene, what) is Standing.ANSWERED
        assert aggregator.demands.take(scene.world.book.token, scene.copier.account) == FEE
        assert scene.world.balance(scene.copier) == PURSE + FEE

    @pytest.mark.parametrize("place", KINDS)
    def test_is_given_once(self, scene: Scene, place: Any) -> None:
        """
        An answered demand waits for nothing.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, *place))
        answer(scene, round, what)

        with refused("NotOpen"):
            answer(scene, round, what)

    @pytest.mark.parametrize("place", KINDS)
    def test_comes_before_the_second_third_is_over(self, scene: Scene, place: Any) -> None:
        """
        One second before is in time.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, *place))
        until(scene, round, 2)

        with refused("TooLate"):
            answer(scene, round, what)
        at = scene.world.stranger.demands.demand_of(demand_id(what)).answer_until
        scene.world.ask("evm_setNextBlockTimestamp", at - 1)
        answer(scene, round, what)

        assert scene.world.now == at - 1
        assert standing(scene, what) is Standing.ANSWERED

    def test_is_of_the_kind_that_was_demanded(self, scene: Scene) -> None:
        """
        A cheap answer is none to a dear demand.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))
        column, leaf = answer_column(round.artifacts, 0, 0)

        with refused("WrongKind"):
            scene.world.aggregator.demands.answer_column(what, column, leaf)
        with refused("NotOpen"):
            answer(scene, round, replace(what, kind=Asked.COLUMN))

    @pytest.mark.parametrize(
        ("part", "changes"),
        [
            ("row", {"sums": "other"}),
            ("row", {"row_proof": "other"}),
            ("base", {"base_proof": "other"}),
            ("result", {"result_proof": "other"}),
            ("gradient", {"gradient_proof": "other"}),
        ],
    )
    def test_of_a_row_leads_to_everything(self, scene: Scene, part: str, changes: Any) -> None:
        """
        To the row root, the parent's version, the result and the gradient.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, chunk=0))
        row = answer_row(round.artifacts, laid(round), 0)
        (name,) = changes
        held = getattr(row, name)

        with refused("WrongAnswer"):
            answer(scene, round, what, **{name: (digest("other"), *held[1:])})

    def test_of_a_row_has_all_bytes(self, scene: Scene) -> None:
        """
        Fewer, more, or other ones are no answer.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))
        row = answer_row(round.artifacts, laid(round), 0)

        for changes, error in (
            ({"deltas": row.deltas[:-256]}, "WrongChunkBytes"),
            ({"deltas": row.deltas + bytes(256)}, "WrongChunkBytes"),
            ({"base": b""}, "WrongChunkBytes"),
            ({"result": row.result[:-1]}, "WrongChunkBytes"),
            ({"gradient": row.gradient + b"\0"}, "WrongChunkBytes"),
            ({"sums": row.sums[:-1]}, "WrongLength"),
            ({"weights": row.weights[:-4]}, "WrongWeights"),
            ({"weights": bytes(len(row.weights))}, "WrongWeights"),
            ({"row_proof": row.row_proof[:-1]}, "WrongProofLength"),
            ({"base": bytes(256)}, "WrongAnswer"),
        ):
            with refused(error):
                answer(scene, round, what, **changes)

    def test_of_a_column_is_that_column(self, scene: Scene) -> None:
        """
        Another contribution, another chunk, or something beside the tree is no answer.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, Asked.COLUMN, 2, 1))
        _, leaf = answer_column(round.artifacts, 2, 1)
        assert leaf.proof[0] == ZERO  # three chunks: the fourth leaf is padding
        other, other_leaf = answer_column(round.artifacts, 2, 0)

        for changes, error in (
            ({"shown": other, "own": other_leaf}, "WrongAnswer"),
            ({"shown": replace(other, index=1)}, "NotInClose"),
            ({"own": other_leaf}, "WrongAnswer"),
            ({"own": replace(leaf, proof=leaf.proof[:-1])}, "WrongProofLength"),
            ({"own": replace(leaf, proof=(digest("x"), *leaf.proof[1:]))}, "NotPadding"),
        ):
            with refused(error):
                answer(scene, round, what, **changes)

    def test_of_contributions_is_all_of_them(self, scene: Scene) -> None:
        """
        In the close's order, with signatures as long as signatures are.
        """
        round = scene.honest()
        what = demand(scene, wanted(round, Asked.CONTRIBUTIONS))
        given = answer_contributions(round.artifacts)

        for changes, error in (
            (given[:-1], "WrongLength"),
            ((*given, given[0]), "WrongLength"),
            (given[::-1], "NotTheContributions"),
        ):
            with refused(error):
                answer(scene, round, what, given=changes)

    def test_brings_the_parent_s_proposal_while_that_waits(self, scene: Scene) -> None:
        """
        Once the parent is final, its version says what the base is.
        """
        world, first = scene.world, scene.honest()
        parent = first.recorded.proposal
        stage = following(world, scene.stage, first)
        second = proposed(world, honest(stage, Random("second"), SEATS), parent)
        early, late = (demand(scene, wanted(second, chunk=at)) for at in (0, 1))

        with refused("NotTheParent", number=1):
            answer(scene, second, early, parent=None)
        answer(scene, second, early)
        world.pass_time(THIRD)
        answer(scene, second, late)

        owed = world.aggregator.demands.owed(world.book.token, world.aggregator.account)
        assert owed == 2 * FEE


def _unknown(name: str) -> Callable[[Draft], None]:
    def plant(told: Draft) -> None:
        told.proposal[name] = digest("nothing")

    return plant


def _unknown_delta(told: Draft) -> None:
    told.after_signing[2] = {"delta_root": digest("nothing")}


def _long_signature(told: Draft) -> None:
    told.after_signing[1] = {"signature": b"\1" * 66}


def _other_weights(told: Draft) -> None:
    told.used_weights = [1, 2, 1, 1, 1, 1]


class TestExpiry:
    @pytest.mark.parametrize(
        ("plant", "place", "error"),
        [
            (_unknown("row_root"), (Asked.ROW, 0, 0), "WrongAnswer"),
            (_unknown("result_root"), (Asked.ROW, 1, 0), "WrongAnswer"),
            (_unknown("gradient_root"), (Asked.ROW, 2, 0), "WrongAnswer"),
            (_unknown_delta, (Asked.COLUMN, 1, 2), "WrongAnswer"),
            (_long_signature, (Asked.CONTRIBUTIONS, 0, 0), "WrongSignatureLength"),
            (_other_weights, (Asked.CONTRIBUTIONS, 0, 0), "WrongAnswer"),
        ],
        ids=["rows", "result", "gradient", "delta", "signature", "weights"],
    )
    def test_withheld_rows_cost_the_bond(
        self, scene: Scene, plant: Any, place: Any, error: str
    ) -> None:
        """
        What nobody can open has no answer: the round is void, and the demander gets the bounty.
        """
        world, before = scene.world, scene.worth()
        told = honest(scene.stage, Random("withheld"), SEATS)
        plant(told)
        round = proposed(world, told)
        what = demand(scene, wanted(round, *place))
        with refused(error):
            answer(scene, round, what)
        until(scene, round, 2)

        scene.copier.demands.expire(what)

        assert world.stranger.programs.round(scene.program, 1).stage is RoundStage.NONE
        assert standing(scene, what) is Standing.OVER
        scene.settle()
        changes = {scene.challenger.account: BOUNTY, world.aggregator.account: -160}
        assert scene.worth() == {who: had + changes.get(who, 0) for who, had in before.items()}
        left = world.aggregator.bonds.bond_of(scene.program, world.aggregator.account)
        assert left == Bond(160, 0)

    @pytest.mark.parametrize(
        ("name", "part"),
        [("row_root", "row"), ("result_root", "result"), ("gradient_root", "gradient")],
    )
    def test_nothing_hides_in_the_padding_of_a_tree(
        self, scene: Scene, name: str, part: str
    ) -> None:
        """
        With something beside its last chunk a root is no vector's, though every leaf can be proved.
        """
        told = honest(scene.stage, Random("padded"), SEATS)
        rows = laid(settle(told))
        leaves = rows.rows() if part == "row" else tree.chunk_leaves(getattr(rows, part))
        hidden = [*leaves, digest("hidden")]
        told.proposal[name] = tree.root(hidden)
        round = proposed(scene.world, told)
        what = demand(scene, wanted(round, chunk=2))

        with refused("NotPadding"):
            answer(scene, round, what, **{f"{part}_proof": tuple(tree.proof(hidden, 2))})

    def test_waits_until_the_answer_is_overdue(self, scene: Scene) -> None:
        """
        Until the second third is over the aggregator has time.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))
        at = scene.world.stranger.demands.demand_of(demand_id(what)).answer_until

        with refused("NotOverdue", deadline=at):
            scene.copier.demands.expire(what)
        scene.world.ask("evm_setNextBlockTimestamp", at - 1)
        with refused("NotOverdue", deadline=at):
            scene.copier.demands.expire(what)

    def test_is_of_an_open_demand(self, scene: Scene) -> None:
        """
        Not of an answered one, nor of one that nobody made.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))
        answer(scene, round, what)
        scene.world.pass_time(3 * THIRD)

        with refused("NotOpen"):
            scene.copier.demands.expire(what)
        with refused("NotOpen"):
            scene.copier.demands.expire(wanted(round, chunk=1))

    def test_is_too_late_for_a_final_round(self, scene: Scene) -> None:
        """
        Whoever sleeps through the last third gets its fee back, and no more.
        """
        before, round = scene.worth(), scene.honest()
        what = demand(scene, wanted(round))
        scene.world.pass_time(RULES.window)
        scene.world.stranger.programs.finalize(scene.program, round.recorded.proposal)

        with refused("NotWaiting"):
            scene.copier.demands.expire(what)
        scene.copier.demands.give_back(what)
        with refused("NotOpen"):
            scene.copier.demands.give_back(what)

        assert scene.worth() == before

    def test_competes_for_a_bounty_since_the_demand(self, scene: Scene) -> None:
        """
        Two waited for answers: the one who asked first gets the bounty, whoever made it expire.
        """
        round = scene.told("a lane that is not the sum")
        first, second = wanted(round, chunk=0), wanted(round, chunk=1)
        demand(scene, first, scene.challenger)
        demand(scene, second, scene.copier)
        before = scene.worth()
        until(scene, round, 2)

        scene.world.stranger.demands.expire(second)
        scene.world.stranger.demands.expire(first)
        scene.settle()

        worth = scene.worth()
        assert worth[scene.challenger.account] == before[scene.challenger.account] + FEE + BOUNTY
        assert worth[scene.copier.account] == before[scene.copier.account] + FEE

    def test_does_not_compete_where_the_round_was_void_before_it_was_overdue(
        self, scene: Scene
    ) -> None:
        """
        A demand with time left shows nothing; its fee comes back.
        """
        before = scene.worth()
        round = scene.told("a lane that is not the sum")
        what = demand(scene, wanted(round), scene.copier)
        show(scene, found(round), scene.challenger)
        scene.world.pass_time(2 * THIRD)

        with refused("NotOverdue"):
            scene.world.stranger.demands.expire(what)
        with refused("NotWaiting"):
            answer(scene, round, what)
        scene.world.stranger.demands.give_back(what)
        scene.settle()

        assert scene.worth()[scene.copier.account] == before[scene.copier.account]
        assert scene.worth()[scene.challenger.account] == PURSE + BOUNTY

    def test_costs_a_round_on_a_void_one_no_more_than_that(self, scene: Scene) -> None:
        """
        Where the parent is void, nobody need answer for what was built on it.
        """
        world, first = scene.world, scene.told("a lane that is not the sum")
        parent = first.recorded.proposal
        stage = following(world, scene.stage, first)
        second = proposed(world, honest(stage, Random("second"), SEATS), parent)
        what = demand(scene, wanted(second), scene.copier)
        show(scene, found(first), scene.challenger)
        world.pass_time(2 * THIRD)

        with refused("NotWaiting"):
            world.stranger.demands.expire(what)
        world.stranger.demands.give_back(what)

        assert scene.worth()[scene.copier.account] == PURSE

    def test_waits_with_giving_back(self, scene: Scene) -> None:
        """
        While the proposal waits, a fee is the answer's.
        """
        round = scene.honest()
        what = demand(scene, wanted(round))

        with refused("StillWaiting"):
            scene.challenger.demands.give_back(what)


class TestColumn:
    def test_shows_a_lie_that_no_other_proof_reaches(self, scene: Scene) -> None:
        """
        The row holds another delta than its node signed; the column that was demanded proves it.
        """
        round = scene.told("another delta in a row")
        challenge = found(round)
        assert isinstance(challenge, ForeignChunkChallenge)
        place, chunk = challenge.place - DELTAS, challenge.row.chunk
        what = demand(scene, wanted(round, Asked.COLUMN, chunk, place))
        column, leaf = answer_column(round.artifacts, chunk, place)
        scene.world.aggregator.demands.answer_column(what, column, leaf)

        row = opened_rows.with_leaves(laid(round), chunk)
        proved = ForeignChunkChallenge(case(round), row, challenge.place, leaf, column, NO_PROPOSAL)

        assert verdict(scene.world, proved) is None

    def test_costs_no_less_to_demand_than_to_answer(self, scene: Scene) -> None:
        """
        There are very many columns: whoever asks for all of them pays as much as who answers.
        """
        round = scene.honest()
        what = wanted(round, Asked.COLUMN, 1, 3)
        scene.challenger.token.allow(scene.world.book.demands, FEE)
        asked = scene.challenger.demands.demand(what)
        given = scene.world.aggregator.demands.answer_column(
            what, *answer_column(round.artifacts, 1, 3)
        )

        assert given.gas <= asked.gas
