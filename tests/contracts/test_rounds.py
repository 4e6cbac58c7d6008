"""A round from its opening to its end, function by function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.contracts.world import RULES, World, moment, refused

from commonroot.ledger.gateways.bonds import Bond, Fault, forfeit_key
from commonroot.ledger.gateways.models import Place, Version
from commonroot.ledger.gateways.programs import Opened
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.evidence import Wanted
from commonroot.protocol.hashing import ZERO, Digest, keccak
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.sampling import sampled


def closed(world: World, id: int) -> tuple[Opened, Close]:
    """Open and close a round, and wait for its seed."""
    opened = world.aggregator.programs.open(id)
    close = world.closing(opened)
    world.aggregator.programs.close(close)
    world.mine()
    return opened, close


def proposed(world: World, id: int) -> tuple[Close, Proposal]:
    """Take a round to its proposal."""
    close, proposal, _ = world.propose(id)
    return close, proposal


def void(world: World, close: Close, proposal: Proposal) -> None:
    """Void a round: demand a row, and let the answer's time pass."""
    wanted = Wanted(close, proposal, Asked.ROW, 0, 0)
    world.stranger.token.allow(world.book.demands, RULES.demand_fee)
    world.stranger.demands.demand(wanted)
    world.pass_time(RULES.window)
    world.stranger.demands.expire(wanted)


def block_hash(world: World, number: int) -> Digest:
    """Return the hash of a block."""
    return Digest(bytes(world.web3.eth.get_block(number)["hash"]))


class TestOpen:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        Only the aggregator opens rounds.
        """
        id = world.program()

        with refused("NotTheAggregator", caller=world.sponsor.account):
            world.sponsor.programs.open(id)

    def test_refuses_without_a_bond(self, world: World) -> None:
        """
        A round locks twice its reward before anybody works for it.
        """
        id = world.program(bond=159)

        with refused("FreeBondTooSmall", free=159, needed=160):
            world.aggregator.programs.open(id)

    def test_refuses_without_a_budget_for_the_round(self, world: World) -> None:
        """
        With 80 of 159 earned, what is left is one less than a reward.
        """
        id = world.program(budget=159)
        world.run_round(id)

        with refused("BudgetTooSmall", budget=79):
            world.aggregator.programs.open(id)

    @pytest.mark.parametrize("stage", [Stage.OPEN, Stage.CLOSED])
    def test_refuses_a_second_round_before_the_first_is_proposed(
        self, world: World, stage: Stage
    ) -> None:
        """
        What a round comes to is known before another one builds on it.
        """
        id = world.program(replace(RULES, max_pending=2), bond=320)
        if stage is Stage.OPEN:
            world.aggregator.programs.open(id)
        else:
            closed(world, id)

        with refused("WrongStage", given=int(stage), expected=3):
            world.aggregator.programs.open(id)

    @pytest.mark.parametrize("most", [1, 2])
    def test_refuses_more_rounds_at_a_time_than_promised(self, world: World, most: int) -> None:
        """
        So many proposals may wait, and no more.
        """
        id = world.program(replace(RULES, max_pending=most), bond=480)
        for _ in range(most):
            proposed(world, id)

        with refused("TooManyPending", most=most):
            world.aggregator.programs.open(id)

    def test_builds_on_a_proposal_that_waits(self, world: World) -> None:
        """
        The version that a pending round will make is already the next one's parent.
        """
        id = world.program(replace(RULES, max_pending=2), bond=320)
        proposed(world, id)

        opened = world.aggregator.programs.open(id).opening

        assert (opened.round, opened.epoch, opened.parent) == (2, 1, 1)
        state = world.stranger.programs.program(id)
        assert (state.finalized, state.tip) == (0, 2)

    def test_refuses_where_the_budget_does_not_cover_all_in_progress(self, world: World) -> None:
        """
        Two rounds may both earn the whole reward.
        """
        id = world.program(replace(RULES, max_pending=2), budget=159, bond=320)
        proposed(world, id)

        with refused("BudgetTooSmall", budget=159):
            world.aggregator.programs.open(id)

    def test_refuses_more_rounds_than_promised(self, world: World) -> None:
        """
        Shares are bounded by the number of rounds, so that number is final.
        """
        rules = replace(RULES, rounds=1)
        id = world.program(rules)
        world.run_round(id, rules=rules)

        with refused("NoRoundsLeft", rounds=1):
            world.aggregator.programs.open(id)

    def test_fixes_block_and_deadline(self, world: World) -> None:
        """
        Members and keys are read as of this block; the proposal is due a thousand seconds later.
        """
        id = world.program()

        opened = world.aggregator.programs.open(id)

        held = world.stranger.programs.round(id, 1)
        account = world.aggregator.account
        opening = Opening(id, 1, 1, 0, account, world.block, world.block, 0, 0, ZERO)
        assert opened == Opened(opening, world.now + RULES.patience)
        assert (held.stage, held.epoch, held.places) == (Stage.OPEN, 1, 0)
        assert (held.opened_at, held.commitment) == (world.now, opening.digest())
        assert (held.proposal, held.seed) == (None, None)

    def test_gives_a_round_its_time_once(self, world: World) -> None:
        """
        A round's first opening is a sign of life, however late; the same round again is none.
        """
        id, programs = world.program(bond=320), world.aggregator.programs
        world.pass_time(5 * RULES.patience)
        opened = programs.open(id)
        due = world.now + 2 * RULES.patience
        assert programs.program(id).due == due
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(id)
        world.ask("evm_setNextBlockTimestamp", due - 1)

        opened = programs.open(id)

        assert (opened.opening.epoch, programs.program(id).due) == (2, due)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(id)
        world.deposit(id, RULES.bond)
        with refused("Overdue", due=due):
            programs.open(id)


class TestClose:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        Only who collected says what was collected.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id))

        with refused("NotTheAggregator"):
            world.stranger.programs.close(close)

    def test_refuses_out_of_turn(self, world: World) -> None:
        """
        There is an open round to close, and it is closed once.
        """
        id = world.program()
        account = world.aggregator.account
        nothing = world.closing(Opened(Opening(id, 1, 1, 0, account, 0, 0, 0, 0, ZERO), 0))
        with refused("WrongStage", given=0, expected=1):
            world.aggregator.programs.close(nothing)
        _, close = closed(world, id)

        with refused("WrongStage", given=2, expected=1):
            world.aggregator.programs.close(close)

    @pytest.mark.parametrize(
        "changes",
        [
            {"round": 2},
            {"epoch": 2},
            {"parent": 1},
            {"open_block": 1},
            {"anchor": 1},
            {"seats": 9},
            {"places": 9},
            {"sample": keccak(b"another")},
        ],
    )
    def test_refuses_what_is_about_another_round(
        self, world: World, changes: dict[str, Any]
    ) -> None:
        """
        Round, epoch, parent, block and sample are those that the contract opened.
        """
        id = world.program()
        opened = world.aggregator.programs.open(id)
        close = replace(world.closing(opened), **changes)

        with refused("WrongOpening", expected="0x" + opened.opening.digest().hex()):
            world.aggregator.programs.close(close)

    @pytest.mark.parametrize("count", [0, 1, 5])
    def test_refuses_too_few_or_too_many_nodes(self, world: World, count: int) -> None:
        """
        The rules say two to four.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id), count)

        with refused("WrongNodeCount", count=count, least=2, most=4):
            world.aggregator.programs.close(close)

    def test_keeps_one_hash(self, world: World) -> None:
        """
        The chain holds what Python hashes, and the block it came in.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id))

        world.aggregator.programs.close(close)

        held = world.stranger.programs.round(id, 1)
        assert (held.stage, held.commitment) == (Stage.CLOSED, close.digest())
        assert (held.close_block, held.count) == (world.block, 2)


class TestDrawSeed:
    def test_refuses_out_of_turn(self, world: World) -> None:
        """
        A round has a seed once it is closed.
        """
        id = world.program()

        with refused("WrongStage", given=0, expected=2):
            world.stranger.programs.draw_seed(id)

    def test_refuses_before_the_block_is_known(self, world: World) -> None:
        """
        In the block after the close its own hash is not known yet.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id))
        world.aggregator.programs.close(close)

        with refused("SeedNotYet", blockNumber=world.block + 1):
            world.stranger.programs.draw_seed(id)

    def test_draws_the_last_hash_that_is_known_and_no_older_one(self, world: World) -> None:
        """
        A chain keeps 8,191 hashes; with no seed drawn in time the epoch can only be abandoned.
        """
        id = world.program()
        closed(world, id)
        source = world.block
        world.pass_blocks(8190)
        with moment(world) as then:
            assert then.stranger.programs.draw_seed(id) == block_hash(then, source)

        world.mine()

        with refused("SeedGone", blockNumber=source):
            world.stranger.programs.draw_seed(id)

    def test_is_kept_for_the_proposal(self, world: World) -> None:
        """
        Drawn by anyone, the seed serves a proposal of any later block.
        """
        id = world.program()
        _, close = closed(world, id)
        seed = world.stranger.programs.draw_seed(id)
        assert world.stranger.programs.round(id, 1).seed == seed
        proposal = world.proposing(close, world.leaves())
        assert proposal.seed == seed
        world.pass_blocks(300)

        world.aggregator.programs.propose(id, proposal)

        assert world.stranger.programs.round(id, 1).stage is Stage.PROPOSED

    def test_is_what_the_gateway_waits_for(self, world: World) -> None:
        """
        Before the contract reads it and after, the seed is the hash of the block after the close.
        """
        id, programs = world.program(), world.aggregator.programs
        close = world.closing(programs.open(id))
        programs.close(close)
        source = world.block + 1

        seed = programs.wait_for_seed(id, 1)

        assert seed == block_hash(world, source)
        programs.draw_seed(id)
        assert programs.wait_for_seed(id, 1) == seed


class TestPropose:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        Only whose bond is locked proposes.
        """
        id = world.program()
        _, close = closed(world, id)

        with refused("NotTheAggregator"):
            world.stranger.programs.propose(id, world.proposing(close, world.leaves()))

    def test_refuses_before_the_close(self, world: World) -> None:
        """
        What is not collected comes to nothing.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id))

        with refused("WrongStage", given=1, expected=2):
            world.aggregator.programs.propose(id, world.proposing(close, world.leaves()))

    def test_refuses_another_close(self, world: World) -> None:
        """
        The contributions are those of the close, one bit and all.
        """
        id = world.program()
        _, close = closed(world, id)
        other = replace(close, weights_hash=keccak(b"others"))

        with refused("WrongClose", expected="0x" + close.digest().hex()):
            world.aggregator.programs.propose(id, world.proposing(other, world.leaves()))

    @pytest.mark.parametrize(
        ("changes", "error", "arguments"),
        [
            ({"chunks": 2}, "WrongChunkCount", {"given": 2, "expected": 3}),
            ({"chunks": 4}, "WrongChunkCount", {"given": 4, "expected": 3}),
            ({"count": 3}, "WrongCount", {"given": 3, "expected": 2}),
            ({"seed": keccak(b"mine")}, "WrongSeed", {}),
            ({"result_root": ZERO}, "EmptyResult", {}),
            ({"payout_sum": 81}, "PaysTooMuch", {"payoutSum": 81, "most": 80}),
            ({"shares_sum": 1025}, "TooManyShares", {"sharesSum": 1025, "most": 1024}),
        ],
    )
    def test_refuses_what_the_rules_forbid(
        self, world: World, changes: dict[str, Any], error: str, arguments: dict[str, int]
    ) -> None:
        """
        Chunks are counted, payouts and shares have their ceilings, a result is something.
        """
        id = world.program()
        _, close = closed(world, id)
        proposal = replace(world.proposing(close, world.leaves()), **changes)

        with refused(error, **arguments):
            world.aggregator.programs.propose(id, proposal)

    def test_refuses_after_the_deadline(self, world: World) -> None:
        """
        At the deadline it is not too late; a second after, anyone may abandon the epoch.
        """
        id = world.program()
        opened, close = closed(world, id)
        proposal = world.proposing(close, world.leaves())
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)

        with refused("TooLate", deadline=opened.deadline):
            world.aggregator.programs.propose(id, proposal)

    def test_is_in_time_at_the_deadline(self, world: World) -> None:
        """
        The last second counts.
        """
        id = world.program()
        opened, close = closed(world, id)
        world.ask("evm_setNextBlockTimestamp", opened.deadline)

        world.aggregator.programs.propose(id, world.proposing(close, world.leaves()))

        assert world.now == opened.deadline

    def test_refuses_before_the_seed(self, world: World) -> None:
        """
        Nobody proposes in the block whose hash is to seed the validation.
        """
        id = world.program()
        close = world.closing(world.aggregator.programs.open(id))
        world.aggregator.programs.close(close)

        with refused("SeedNotYet"):
            world.aggregator.programs.propose(id, world.proposing(close, world.leaves()))

    def test_keeps_one_hash(self, world: World) -> None:
        """
        The chain holds what Python hashes; the seed, the hash of the block after the close, is in it.
        """
        id = world.program()
        _, close = closed(world, id)
        source = world.block
        proposal = world.proposing(close, world.leaves())

        world.aggregator.programs.propose(id, proposal)

        held = world.stranger.programs.round(id, 1)
        assert (held.stage, held.proposal) == (Stage.PROPOSED, proposal.digest())
        assert proposal.seed == block_hash(world, source)
        assert held.proposed_at == world.now
        assert held.seed is None
        state = world.stranger.programs.program(id)
        assert state.due == world.now + RULES.window + 2 * RULES.patience


class TestFinalize:
    def test_refuses_without_a_proposal(self, world: World) -> None:
        """
        There is something to finalize once it is proposed.
        """
        id = world.program()
        _, close = closed(world, id)

        with refused("WrongStage", given=2, expected=3):
            world.stranger.programs.finalize(id, world.proposing(close, world.leaves()))

    def test_refuses_before_the_window_is_over(self, world: World) -> None:
        """
        Ninety-nine seconds of a hundred are not enough to look.
        """
        id = world.program()
        _, proposal = proposed(world, id)
        earliest = world.now + 100
        world.pass_time(99)

        with refused("TooEarly", earliest=earliest):
            world.stranger.programs.finalize(id, proposal)

    def test_refuses_another_proposal(self, world: World) -> None:
        """
        Final is what could be looked at, nothing else.
        """
        id = world.program()
        _, proposal = proposed(world, id)
        world.pass_time(100)

        with refused("WrongProposal", expected="0x" + proposal.digest().hex()):
            world.stranger.programs.finalize(id, replace(proposal, payout_sum=1))

    def test_adds_the_version_and_frees_the_bond(self, world: World) -> None:
        """
        Anyone finalizes; the budget of 240 has earned 80, and the result is version 1.
        """
        id = world.program()
        _, proposal = proposed(world, id)
        world.pass_time(100)

        world.stranger.programs.finalize(id, proposal)

        held, round = world.stranger.programs.program(id), world.stranger.programs.round(id, 1)
        assert (held.finalized, held.tip, held.budget) == (1, 1, 160)
        assert world.stranger.bonds.bond_of(id, world.aggregator.account) == Bond(160, 0)
        assert (round.stage, round.proposal) == (Stage.FINALIZED, proposal.digest())
        models = world.stranger.models
        assert models.head(id) == 1
        assert models.version(id, 1) == Version(proposal.result_root, proposal.manifest)
        assert models.places_of(proposal.result_root) == [Place(id, 1)]

    def test_happens_once(self, world: World) -> None:
        """
        The same round is not earned twice.
        """
        id = world.program()
        _, proposal = proposed(world, id)
        world.pass_time(100)
        world.stranger.programs.finalize(id, proposal)

        with refused("WrongStage", given=0, expected=3):
            world.stranger.programs.finalize(id, proposal)

    def test_waits_for_the_window_where_asked_to(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        The gateway asks again when the time has come.
        """
        id = world.program()
        _, proposal = proposed(world, id)
        waited: list[int] = []

        def come_to(_: object, timestamp: int) -> None:
            waited.append(timestamp - world.now)
            world.pass_time(waited[-1])

        monkeypatch.setattr("commonroot.ledger.gateways.programs.wait_for_time", come_to)

        world.aggregator.programs.finalize_when_due(id, proposal)

        assert waited == [RULES.window]
        assert world.stranger.programs.program(id).finalized == 1

    def test_leads_to_the_next_round(self, world: World) -> None:
        """
        Round 2 builds on version 1, in its own first epoch.
        """
        id = world.program()
        world.run_round(id)

        opened = world.aggregator.programs.open(id).opening

        assert (opened.round, opened.epoch, opened.parent) == (2, 1, 1)

    def test_comes_in_order(self, world: World) -> None:
        """
        Of two that wait, the older one becomes final first, whichever is shown.
        """
        id = world.program(replace(RULES, max_pending=2), bond=320)
        _, first = proposed(world, id)
        _, second = proposed(world, id)
        world.pass_time(RULES.window)

        with refused("WrongProposal", expected="0x" + first.digest().hex()):
            world.stranger.programs.finalize(id, second)
        world.stranger.programs.finalize(id, first)
        world.pass_time(RULES.window)
        world.stranger.programs.finalize(id, second)

        assert world.stranger.models.head(id) == 2


class TestAbandon:
    def test_refuses_before_the_deadline_is_over(self, world: World) -> None:
        """
        At the deadline the aggregator may still propose.
        """
        id = world.program()
        opened = world.aggregator.programs.open(id)
        world.ask("evm_setNextBlockTimestamp", opened.deadline)

        with refused("TooEarly", earliest=opened.deadline + 1):
            world.stranger.programs.abandon(id)

    @pytest.mark.parametrize("stage", [Stage.NONE, Stage.PROPOSED])
    def test_refuses_where_nothing_is_late(self, world: World, stage: Stage) -> None:
        """
        A program without a round, or a round with its proposal, has nothing to abandon.
        """
        id = world.program()
        if stage is Stage.PROPOSED:
            proposed(world, id)
        world.pass_time(5000)

        with refused("WrongStage", given=int(stage), expected=1):
            world.stranger.programs.abandon(id)

    @pytest.mark.parametrize("stage", [Stage.OPEN, Stage.CLOSED])
    def test_raises_the_epoch_and_forfeits_the_bond(self, world: World, stage: Stage) -> None:
        """
        The same round opens again in its second epoch, on nothing that the first left behind.
        """
        id = world.program(bond=320)
        deadline = (
            world.aggregator.programs.open(id) if stage is Stage.OPEN else closed(world, id)[0]
        ).deadline
        world.ask("evm_setNextBlockTimestamp", deadline + 1)

        world.stranger.programs.abandon(id)

        gone = world.stranger.programs.round(id, 1)
        assert (gone.stage, gone.commitment, gone.seed, gone.close_block) == (0, None, None, 0)
        bond = world.stranger.bonds.bond_of(id, world.aggregator.account)
        assert bond == Bond(320 - (80 if stage is Stage.OPEN else 120), 0)
        opened = world.aggregator.programs.open(id).opening
        assert (opened.round, opened.epoch, opened.parent) == (1, 2, 0)

    def test_makes_the_old_close_worthless(self, world: World) -> None:
        """
        What was collected in one epoch does not count in the next.
        """
        id = world.program(bond=320)
        opened = world.aggregator.programs.open(id)
        old = world.closing(opened)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(id)
        world.aggregator.programs.open(id)

        with refused("WrongOpening"):
            world.aggregator.programs.close(old)

    def test_lets_an_ending_program_end(self, world: World) -> None:
        """
        A silent aggregator cannot hold the sponsor's budget for longer than the patience.
        """
        id = world.program()
        opened = world.aggregator.programs.open(id)
        world.sponsor.programs.end(id)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.sponsor.programs.abandon(id)

        world.sponsor.programs.refund(id, world.sponsor.account)

        assert world.sponsor.programs.program(id).budget == 0


class TestVoid:
    def test_is_a_matter_of_the_judges(self, world: World) -> None:
        """
        Nobody else says that a proposal is false.
        """
        id = world.program()
        proposed(world, id)

        with refused("OnlyJudges", caller=world.sponsor.account):
            world.sponsor.programs.deployed.send("void", id, 1)

    def test_ends_all_that_was_built_on_a_lie(self, world: World) -> None:
        """
        The liar loses the floor at once, one bond as a liar, and a half of each later one to its nodes.
        """
        rules = replace(RULES, max_pending=3)
        id, account = world.program(rules, bond=480), world.aggregator.account
        close, proposal, _ = world.propose(id, rules=rules)
        world.propose(id, rules=rules)
        world.close(id)

        void(world, close, proposal)

        programs, bonds = world.stranger.programs, world.stranger.bonds
        assert [programs.round(id, number).stage for number in (1, 2, 3)] == [Stage.NONE] * 3
        state = programs.program(id)
        assert (state.tip, state.due, state.anchor_block) == (0, world.now, world.block)
        assert bonds.bond_of(id, account) == Bond(160, 0)
        held = [bonds.forfeit_of(forfeit_key(id, number, 1)) for number in (1, 2, 3)]
        assert [each and each.fault for each in held] == [Fault.FALSE, Fault.SILENT, Fault.SILENT]
        world.pass_time(RULES.window + 1)
        for number in (1, 2, 3):
            world.stranger.bonds.settle(id, number, 1)
        assert bonds.bond_of(id, account) == Bond(320, 0)
        with refused("Overdue"):
            world.aggregator.programs.open(id)


class TestAnchor:
    def test_is_kept_whenever_an_epoch_ends(self, world: World) -> None:
        """
        Who comes after an epoch that failed may be asked in the next.
        """
        id = world.program(bond=320)
        opened = world.aggregator.programs.open(id)
        assert opened.opening.anchor == world.block
        world.enrol(id, world.member(world.nodes[0]))
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)

        world.stranger.programs.abandon(id)

        state = world.stranger.programs.program(id)
        assert (state.anchor_block, state.anchor_seats, state.anchor_live) == (world.block, 1, 1)

    def test_counts_as_none_where_there_was_room_for_all(self, world: World) -> None:
        """
        Those who came later would never be asked: seats are counted anew.
        """
        rules = replace(RULES, max_nodes=2)
        id = world.program(rules)
        for node in world.nodes[:2]:
            world.enrol(id, world.member(node))
        world.run_round(id, rules=rules)
        world.enrol(id, world.member(world.nodes[2]))
        world.mine()
        with refused("AnchorNeeded", program=id):
            world.aggregator.programs.open(id)

        world.stranger.programs.anchor(id)

        world.mine()
        opened = world.aggregator.programs.open(id).opening
        assert (opened.anchor, opened.seats) == (opened.open_block - 2, 3)

    def test_is_refused_where_everybody_is_asked(self, world: World) -> None:
        """
        Two nodes fit into a round of four.
        """
        id = world.program()

        with refused("AnchorNotNeeded", program=id):
            world.stranger.programs.anchor(id)

    def test_samples_where_more_take_part_than_a_round_has_room_for(self, world: World) -> None:
        """
        Of three nodes two are asked, by the hash of a block that nobody knew when it was anchored.
        """
        id = world.program(replace(RULES, max_nodes=2))
        for node in world.nodes[:3]:
            world.enrol(id, world.member(node))
        with refused("AnchorNeeded", program=id):
            world.aggregator.programs.open(id)
        world.stranger.programs.anchor(id)
        source = world.block + 1
        with refused("AnchorNotNeeded", program=id):
            world.stranger.programs.anchor(id)
        world.mine()

        opened = world.aggregator.programs.open(id).opening

        assert (opened.seats, opened.places) == (3, 2)
        assert opened.sample == block_hash(world, source)
        assert sum(sampled(seat, opened) for seat in range(3)) == 2
        assert world.stranger.programs.round(id, 1).places == 2
