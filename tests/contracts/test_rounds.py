"""A round from its opening to its end, function by function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.contracts.world import RULES, World, refused

from commonroot.ledger.gateways.models import Place, Version
from commonroot.ledger.gateways.programs import Opened
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.hashing import ZERO, Digest, keccak
from commonroot.protocol.round import Close, Proposal


def closed(world: World, id: int) -> tuple[Opened, Close]:
    """Open and close a round, and wait for its seed."""
    opened = world.aggregator.programs.open(id)
    close = world.closing(id, opened)
    world.aggregator.programs.close(close)
    world.mine()
    return opened, close


def proposed(world: World, id: int) -> tuple[Close, Proposal]:
    """Take a round to its proposal."""
    _, close = closed(world, id)
    proposal = world.proposing(close, world.leaves())
    world.aggregator.programs.propose(close, proposal)
    return close, proposal


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

        with refused("BudgetTooSmall", budget=79, reward=80):
            world.aggregator.programs.open(id)

    @pytest.mark.parametrize("stage", [Stage.OPEN, Stage.CLOSED, Stage.PROPOSED])
    def test_refuses_a_second_round_at_a_time(self, world: World, stage: Stage) -> None:
        """
        Whatever the open round has come to, it comes to its end first.
        """
        id = world.program(bond=320)
        if stage is Stage.OPEN:
            world.aggregator.programs.open(id)
        else:
            (closed if stage is Stage.CLOSED else proposed)(world, id)

        with refused("WrongStage", given=int(stage), expected=0):
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
        assert opened == Opened(1, 1, 0, world.block, world.now + RULES.patience)
        assert (held.stage, held.epoch, held.parent) == (Stage.OPEN, 1, 0)
        assert (held.open_block, held.opened_at) == (world.block, world.now)
        assert (held.close, held.proposal, held.seed, held.payroll) == (None,) * 4


class TestClose:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        Only who collected says what was collected.
        """
        id = world.program()
        close = world.closing(id, world.aggregator.programs.open(id))

        with refused("NotTheAggregator"):
            world.stranger.programs.close(close)

    def test_refuses_out_of_turn(self, world: World) -> None:
        """
        There is an open round to close, and it is closed once.
        """
        id = world.program()
        nothing = world.closing(id, Opened(1, 1, 0, 0, 0))
        with refused("WrongStage", given=0, expected=1):
            world.aggregator.programs.close(nothing)
        _, close = closed(world, id)

        with refused("WrongStage", given=2, expected=1):
            world.aggregator.programs.close(close)

    @pytest.mark.parametrize(
        "changes", [{"round": 2}, {"epoch": 2}, {"parent": 1}, {"open_block": 1}]
    )
    def test_refuses_what_is_about_another_round(
        self, world: World, changes: dict[str, int]
    ) -> None:
        """
        Round, epoch, parent and block are those that the contract opened.
        """
        id = world.program()
        opened = world.aggregator.programs.open(id)
        close = replace(world.closing(id, opened), **changes)  # type: ignore[arg-type]

        with refused("NotTheOpenRound", round=1, epoch=1, parent=0, openBlock=opened.block):
            world.aggregator.programs.close(close)

    @pytest.mark.parametrize("count", [0, 1, 5])
    def test_refuses_too_few_or_too_many_nodes(self, world: World, count: int) -> None:
        """
        The rules say two to four.
        """
        id = world.program()
        close = world.closing(id, world.aggregator.programs.open(id), count)

        with refused("WrongNodeCount", count=count, least=2, most=4):
            world.aggregator.programs.close(close)

    def test_keeps_one_hash(self, world: World) -> None:
        """
        The chain holds what Python hashes, and the block it came in.
        """
        id = world.program()
        close = world.closing(id, world.aggregator.programs.open(id))

        world.aggregator.programs.close(close)

        held = world.stranger.programs.round(id, 1)
        assert (held.stage, held.close) == (Stage.CLOSED, close.digest())
        assert held.close_block == world.block


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
        close = world.closing(id, world.aggregator.programs.open(id))
        world.aggregator.programs.close(close)

        with refused("SeedNotYet", blockNumber=world.block + 1):
            world.stranger.programs.draw_seed(id)

    def test_refuses_when_the_chain_has_forgotten(self, world: World) -> None:
        """
        A chain knows its last 256 hashes; with no seed drawn in time the epoch can only be abandoned.
        """
        id = world.program()
        _, close = closed(world, id)
        source = world.block
        world.ask("hardhat_mine", 256)

        with refused("SeedGone", blockNumber=source):
            world.stranger.programs.draw_seed(id)
        with refused("SeedGone", blockNumber=source):
            proposal = world.proposing(close, world.leaves())
            world.aggregator.programs.propose(close, proposal)

    def test_draws_the_last_hash_that_is_known(self, world: World) -> None:
        """
        The block 256 back is still known.
        """
        id = world.program()
        closed(world, id)
        source = world.block
        world.ask("hardhat_mine", 255)

        assert world.stranger.programs.draw_seed(id) == block_hash(world, source)

    def test_keeps_what_the_chain_would_forget(self, world: World) -> None:
        """
        Drawn by anyone in time, the seed serves a proposal of any later block.
        """
        id = world.program()
        _, close = closed(world, id)
        seed = world.stranger.programs.draw_seed(id)
        world.ask("hardhat_mine", 300)

        world.aggregator.programs.propose(close, world.proposing(close, world.leaves()))

        assert world.stranger.programs.round(id, 1).seed == seed

    def test_is_what_the_gateway_waits_for(self, world: World) -> None:
        """
        Before the contract reads it and after, the seed is the hash of the block after the close.
        """
        id, programs = world.program(), world.aggregator.programs
        close = world.closing(id, programs.open(id))
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
            world.stranger.programs.propose(close, world.proposing(close, world.leaves()))

    def test_refuses_before_the_close(self, world: World) -> None:
        """
        What is not collected comes to nothing.
        """
        id = world.program()
        close = world.closing(id, world.aggregator.programs.open(id))

        with refused("WrongStage", given=1, expected=2):
            world.aggregator.programs.propose(close, world.proposing(close, world.leaves()))

    def test_refuses_another_close(self, world: World) -> None:
        """
        The contributions are those of the close, one bit and all.
        """
        id = world.program()
        _, close = closed(world, id)
        other = replace(close, weights_hash=keccak(b"others"))

        with refused("WrongClose", expected="0x" + close.digest().hex()):
            world.aggregator.programs.propose(other, world.proposing(close, world.leaves()))
        with refused("WrongClose", expected="0x" + close.digest().hex()):
            world.aggregator.programs.propose(close, world.proposing(other, world.leaves()))

    @pytest.mark.parametrize(
        ("changes", "error", "arguments"),
        [
            ({"chunks": 2}, "WrongChunkCount", {"given": 2, "expected": 3}),
            ({"chunks": 4}, "WrongChunkCount", {"given": 4, "expected": 3}),
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
            world.aggregator.programs.propose(close, proposal)

    def test_refuses_after_the_deadline(self, world: World) -> None:
        """
        At the deadline it is not too late; a second after, anyone may abandon the epoch.
        """
        id = world.program()
        opened, close = closed(world, id)
        proposal = world.proposing(close, world.leaves())
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)

        with refused("TooLate", deadline=opened.deadline):
            world.aggregator.programs.propose(close, proposal)

    def test_is_in_time_at_the_deadline(self, world: World) -> None:
        """
        The last second counts.
        """
        id = world.program()
        opened, close = closed(world, id)
        world.ask("evm_setNextBlockTimestamp", opened.deadline)

        world.aggregator.programs.propose(close, world.proposing(close, world.leaves()))

        assert world.now == opened.deadline

    def test_refuses_before_the_seed(self, world: World) -> None:
        """
        Nobody proposes in the block whose hash is to seed the validation.
        """
        id = world.program()
        close = world.closing(id, world.aggregator.programs.open(id))
        world.aggregator.programs.close(close)

        with refused("SeedNotYet"):
            world.aggregator.programs.propose(close, world.proposing(close, world.leaves()))

    def test_keeps_one_hash_and_the_seed(self, world: World) -> None:
        """
        The chain holds what Python hashes, and the hash of the block after the close.
        """
        id = world.program()
        _, close = closed(world, id)
        source = world.block
        proposal = world.proposing(close, world.leaves())

        world.aggregator.programs.propose(close, proposal)

        held = world.stranger.programs.round(id, 1)
        assert (held.stage, held.proposal) == (Stage.PROPOSED, proposal.digest())
        assert held.seed == block_hash(world, source)
        assert held.proposed_at == world.now


class TestFinalize:
    def test_refuses_without_a_proposal(self, world: World) -> None:
        """
        There is something to finalize once it is proposed.
        """
        id = world.program()
        _, close = closed(world, id)

        with refused("WrongStage", given=2, expected=3):
            world.stranger.programs.finalize(close, world.proposing(close, world.leaves()))

    def test_refuses_before_the_window_is_over(self, world: World) -> None:
        """
        Ninety-nine seconds of a hundred are not enough to look.
        """
        id = world.program()
        close, proposal = proposed(world, id)
        earliest = world.now + 100
        world.pass_time(99)

        with refused("TooEarly", earliest=earliest):
            world.stranger.programs.finalize(close, proposal)

    def test_refuses_another_proposal_or_close(self, world: World) -> None:
        """
        Final is what could be looked at, nothing else.
        """
        id = world.program()
        close, proposal = proposed(world, id)
        world.pass_time(100)

        with refused("WrongProposal", expected="0x" + proposal.digest().hex()):
            world.stranger.programs.finalize(close, replace(proposal, payout_sum=1))
        with refused("WrongClose"):
            world.stranger.programs.finalize(replace(close, count=3), proposal)

    def test_adds_the_version_and_frees_the_bond(self, world: World) -> None:
        """
        Anyone finalizes; the budget of 240 has earned 80, and the result is version 1.
        """
        id = world.program()
        close, proposal = proposed(world, id)
        world.pass_time(100)

        world.stranger.programs.finalize(close, proposal)

        held, round = world.stranger.programs.program(id), world.stranger.programs.round(id, 1)
        assert (held.finalized, held.budget, held.locked) == (1, 160, 0)
        assert round.stage is Stage.FINALIZED
        models = world.stranger.models
        assert models.head(id) == 1
        assert models.version(id, 1) == Version(proposal.result_root, proposal.manifest)
        assert models.places_of(proposal.result_root) == [Place(id, 1)]

    def test_happens_once(self, world: World) -> None:
        """
        The same round is not earned twice.
        """
        id = world.program()
        close, proposal = proposed(world, id)
        world.pass_time(100)
        world.stranger.programs.finalize(close, proposal)

        with refused("WrongStage", given=0, expected=3):
            world.stranger.programs.finalize(close, proposal)

    def test_waits_for_the_window_where_asked_to(self, world: World) -> None:
        """
        The gateway asks again when the time has come.
        """
        rules = replace(RULES, window=1)
        id = world.program(rules)
        close, proposal = proposed(world, id)

        world.aggregator.programs.finalize_when_due(close, proposal)

        assert world.stranger.programs.program(id).finalized == 1

    def test_leads_to_the_next_round(self, world: World) -> None:
        """
        Round 2 builds on version 1, in its own first epoch.
        """
        id = world.program()
        world.run_round(id)

        opened = world.aggregator.programs.open(id)

        assert (opened.round, opened.epoch, opened.parent) == (2, 1, 1)


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
    def test_raises_the_epoch_and_frees_the_bond(self, world: World, stage: Stage) -> None:
        """
        The same round opens again in its second epoch, on nothing that the first left behind.
        """
        id = world.program()
        deadline = (
            world.aggregator.programs.open(id) if stage is Stage.OPEN else closed(world, id)[0]
        ).deadline
        world.ask("evm_setNextBlockTimestamp", deadline + 1)

        world.stranger.programs.abandon(id)

        assert world.stranger.programs.program(id).locked == 0
        opened = world.aggregator.programs.open(id)
        held = world.stranger.programs.round(id, 1)
        assert (opened.round, opened.epoch, opened.parent) == (1, 2, 0)
        assert (held.close, held.seed, held.close_block) == (None, None, 0)

    def test_makes_the_old_close_worthless(self, world: World) -> None:
        """
        What was collected in one epoch does not count in the next.
        """
        id = world.program()
        opened = world.aggregator.programs.open(id)
        old = world.closing(id, opened)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(id)
        world.aggregator.programs.open(id)

        with refused("NotTheOpenRound", epoch=2):
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
