"""Programs from their creation to their end, and who runs them, function by function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.contracts.world import (
    FLOOR,
    PURSE,
    RULES,
    SEED,
    SPEC,
    UNBONDING,
    World,
    fee_token,
    refused,
)

from commonroot.ledger.gateways.models import Place, Version
from commonroot.protocol.hashing import ZERO, keccak, to_address

NOBODY = to_address(bytes(20))


class TestCreate:
    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("weights", {"weights": 0}),
            ("rounds", {"rounds": 0}),
            ("minNodes", {"min_nodes": 0}),
            ("minNodes", {"min_nodes": 5}),
            ("maxNodes", {"max_nodes": 257}),
            ("maxWeight", {"max_weight": 0}),
            ("maxWeight", {"max_weight": 2**18 + 1}),
            ("stepFirst", {"step_first": 1025}),
            ("stepLast", {"step_last": 0}),
            ("stepLast", {"step_last": 2}),
            ("stepUnder", {"step_under": 0}),
            ("stepUnder", {"step_under": 1025}),
            ("normCap", {"norm_cap": 0}),
            ("trim", {"trim": 1}),
            ("trim", {"aggregation": 3, "trim": 0}),
            ("trim", {"aggregation": 3, "trim": 5_000}),
            ("maxPending", {"max_pending": 0}),
            ("maxPending", {"max_pending": 9}),
            ("window", {"window": 2}),
            ("patience", {"patience": 0}),
            ("succession", {"succession": 0}),
            ("bond", {"bond": 159}),
            ("bond", {"reward": 0, "bond": 0}),
            ("demandFee", {"demand_fee": 0}),
            ("ownerCut", {"owner_cut": 10_001}),
        ],
    )
    def test_refuses_rules_out_of_bounds(
        self, world: World, field: str, changes: dict[str, int]
    ) -> None:
        """
        The contract keeps the bounds itself, whatever a client checked; the error names the field.
        """
        rules = unchecked(**changes)

        with refused("ImpossibleRules", field=field):
            world.sponsor.programs.create(rules, world.charter(), 240)

    @pytest.mark.parametrize("changes", [{"spec": ZERO}, {"token": NOBODY}, {"aggregator": NOBODY}])
    def test_refuses_an_incomplete_charter(self, world: World, changes: dict[str, Any]) -> None:
        """
        A program has a spec, a token and an aggregator.
        """
        with refused("IncompleteCharter"):
            world.sponsor.programs.create(RULES, replace(world.charter(), **changes), 240)

    def test_refuses_a_seed_without_root(self, world: World) -> None:
        """
        Version 0 is something.
        """
        with refused("EmptyRoot"):
            world.sponsor.programs.create(RULES, replace(world.charter(), seed=ZERO), 240)

    def test_refuses_a_budget_below_one_reward(self, world: World) -> None:
        """
        A program that could not pay its first round does not start.
        """
        with refused("BudgetTooSmall", budget=79, reward=80):
            world.sponsor.programs.create(RULES, world.charter(), 79)

    def test_refuses_to_outlast_the_members_bonds(self, world: World) -> None:
        """
        A node's bond is held for as long as what it signed can be held against it.
        """
        rules = replace(RULES, patience=UNBONDING - RULES.window + 1)

        with refused("UnbondingTooShort", delay=UNBONDING, needed=UNBONDING + 1):
            world.sponsor.programs.create(rules, world.charter(), 240)

    def test_refuses_a_window_without_time_for_every_answer(self, world: World) -> None:
        """
        Three rows can be demanded at once; a third of the window must do for the answers.
        """
        create, charter = world.sponsor.programs.create, world.charter()
        needed = 3 * (FLOOR + 2)

        with refused("WindowTooShort", window=needed - 1, needed=needed):
            create(replace(RULES, window=needed - 1), charter, 240)
        world.program(replace(RULES, window=needed))

    def test_refuses_a_patience_without_time_for_an_answer(self, world: World) -> None:
        """
        No aggregator could keep it, and each of its bonds would be lost.
        """
        with refused("PatienceTooShort", patience=FLOOR - 1, needed=FLOOR):
            world.sponsor.programs.create(replace(RULES, patience=FLOOR - 1), world.charter(), 240)

    def test_refuses_a_royalty_above_everything(self, world: World) -> None:
        """
        A model asks at most all of its children's income.
        """
        with refused("RoyaltyTooHigh", royalty=10_001):
            world.sponsor.programs.create(RULES, replace(world.charter(), royalty=10_001), 240)

    def test_refuses_a_token_that_keeps_a_part(self, world: World) -> None:
        """
        What arrives must be what was sent.
        """
        token = fee_token(world)
        sponsor = world.sponsor
        sponsor.token_at(token).approve(world.book.programs, 240)

        with refused("WrongAmountReceived", token=token, sent=240, received=239):
            sponsor.programs.create(RULES, replace(world.charter(), token=token), 240)

    def test_refuses_a_parent_that_goes_on(self, world: World) -> None:
        """
        A child grows from what no longer changes.
        """
        parent = world.program()

        with refused("ParentNotEnded", parent=parent):
            world.sponsor.programs.create(RULES, replace(world.charter(), parent=parent), 240)

    def test_refuses_a_parent_that_is_not_there(self, world: World) -> None:
        """
        A parent is a program.
        """
        with refused("NoSuchProgram", program=99):
            world.sponsor.programs.create(RULES, replace(world.charter(), parent=99), 240)

    def test_refuses_another_token_than_the_parents(self, world: World) -> None:
        """
        Royalties go from inbox to inbox, in one token.
        """
        parent = world.program()
        world.sponsor.programs.end(parent)
        charter = replace(world.charter(), parent=parent, token=fee_token(world))

        with refused("TokenOfParentDiffers", expected=world.book.token):
            world.sponsor.programs.create(RULES, charter, 240)

    def test_keeps_rules_and_charter_and_takes_the_budget(self, world: World) -> None:
        """
        What was promised can be read back, and the money is there.
        """
        before = world.balance(world.sponsor)

        id = world.program(bond=0)

        programs = world.stranger.programs
        held = programs.program(id)
        assert id == programs.count() == 1
        assert programs.rules(id) == RULES
        assert (held.sponsor, held.aggregator) == (
            world.sponsor.account,
            world.aggregator.account,
        )
        assert (held.token, held.spec) == (world.book.token, SPEC)
        assert (held.budget, held.finalized, held.tip, held.tenure) == (240, 0, 0, 0)
        assert held.due == world.now + 2 * RULES.patience
        assert world.balance(world.sponsor) == before - 240

    def test_mints_the_model_with_its_seed(self, world: World) -> None:
        """
        The model has the program's number, belongs to the sponsor, and version 0 is the seed.
        """
        id = world.program()

        models = world.stranger.models
        assert models.owner_of(id) == world.sponsor.account
        assert models.head(id) == 0
        assert models.version(id, 0) == Version(SEED, keccak(b"manifest 0"))
        assert models.places_of(SEED) == [Place(id, 0)]
        assert (models.parent_of(id), models.royalty_of(id)) == (None, 2000)
        assert models.uri(id) == "ipfs://card"

    def test_numbers_a_child_and_names_its_parent(self, world: World) -> None:
        """
        One root may stand at two places; both are found, oldest first.
        """
        parent = world.program()
        world.sponsor.programs.end(parent)

        child = world.program(parent=parent)

        models = world.stranger.models
        assert models.parent_of(child) == parent
        assert models.places_of(SEED) == [Place(parent, 0), Place(child, 0)]


class TestFund:
    def test_refuses_an_unknown_program(self, world: World) -> None:
        """
        Money does not go where nobody is.
        """
        with refused("NoSuchProgram", program=7):
            world.stranger.programs.fund(7, 1)

    def test_refuses_a_program_that_ends(self, world: World) -> None:
        """
        What no round can earn is not taken.
        """
        id = world.program()
        world.sponsor.programs.end(id)

        with refused("ProgramEnding", program=id):
            world.sponsor.programs.fund(id, 1)

    def test_adds_to_the_budget(self, world: World) -> None:
        """
        Anyone may add.
        """
        id, giver = world.program(), world.stranger
        giver.token.allow(world.book.programs, 25)

        giver.programs.fund(id, 25)

        assert giver.programs.program(id).budget == 265
        assert world.balance(giver) == PURSE - 25

    def test_gives_the_aggregator_time_if_the_sponsor_pays(self, world: World) -> None:
        """
        An aggregator that waited for money is not overdue; others' money says nothing about it.
        """
        id, sponsor, stranger = world.program(), world.sponsor, world.stranger
        due = sponsor.programs.program(id).due
        for who in (stranger, sponsor):
            who.token.allow(world.book.programs, 1)
        world.pass_time(RULES.patience)
        stranger.programs.fund(id, 1)
        assert sponsor.programs.program(id).due == due

        sponsor.programs.fund(id, 1)

        assert sponsor.programs.program(id).due == world.now + 2 * RULES.patience


class TestEnd:
    def test_is_the_sponsors_alone_while_a_round_is_in_progress(self, world: World) -> None:
        """
        A proposal that waits for a long window is no silence.
        """
        id = world.program()
        _, proposal, _ = world.propose(id)
        world.ask(
            "evm_setNextBlockTimestamp",
            world.stranger.programs.program(id).due + 2 * RULES.succession,
        )

        with refused("RoundInProgress", round=1):
            world.stranger.programs.end(id)
        world.stranger.programs.finalize(id, proposal)
        world.sponsor.programs.end(id)

    def test_refuses_who_is_not_the_sponsor_before_anyone_may(self, world: World) -> None:
        """
        Others than the sponsor end a program once its aggregator is overdue by twice the succession.
        """
        id = world.program()
        earliest = world.stranger.programs.program(id).due + 2 * RULES.succession
        world.ask("evm_setNextBlockTimestamp", earliest - 1)

        with refused("TooEarly", earliest=earliest):
            world.stranger.programs.end(id)

    def test_is_anyones_where_nobody_moves(self, world: World) -> None:
        """
        A budget is not locked by a sponsor and an aggregator who are both gone.
        """
        id = world.program()
        earliest = world.stranger.programs.program(id).due + 2 * RULES.succession
        world.ask("evm_setNextBlockTimestamp", earliest)

        world.stranger.programs.end(id)

        assert world.stranger.programs.has_ended(id)

    def test_refuses_a_second_time(self, world: World) -> None:
        """
        An end is an end.
        """
        id = world.program()
        world.sponsor.programs.end(id)

        with refused("ProgramEnding", program=id):
            world.sponsor.programs.end(id)

    def test_ends_at_once_between_rounds(self, world: World) -> None:
        """
        Where no round is in progress nothing has to be waited for.
        """
        id = world.program()

        world.sponsor.programs.end(id)

        assert world.sponsor.programs.has_ended(id)

    def test_lets_a_round_in_progress_come_to_its_end(self, world: World) -> None:
        """
        The sponsor cannot take away what nodes are working for.
        """
        id, programs = world.program(), world.sponsor.programs
        opened = world.aggregator.programs.open(id)

        programs.end(id)

        assert not programs.has_ended(id)
        with refused("ProgramNotEnded", program=id):
            programs.refund(id, world.sponsor.account)
        close = world.closing(opened)
        world.aggregator.programs.close(close)
        world.mine()
        proposal = world.proposing(close, world.leaves())
        world.aggregator.programs.propose(id, proposal)
        world.pass_time(RULES.window)
        programs.finalize(id, proposal)
        assert programs.has_ended(id)
        with refused("ProgramEnding", program=id):
            world.aggregator.programs.open(id)

    def test_comes_by_itself_after_the_last_round(self, world: World) -> None:
        """
        With all promised rounds final there is nothing left to open.
        """
        rules = replace(RULES, rounds=1)
        id = world.program(rules)
        assert not world.stranger.programs.has_ended(id)

        world.run_round(id, rules=rules)

        assert world.stranger.programs.has_ended(id)


class TestRefund:
    def test_refuses_who_is_not_the_sponsor(self, world: World) -> None:
        """
        The error names who asked.
        """
        id = world.program()

        with refused("NotTheSponsor", caller=world.stranger.account):
            world.stranger.programs.refund(id, world.stranger.account)

    def test_refuses_before_the_end(self, world: World) -> None:
        """
        A budget that rounds may still earn stays.
        """
        id = world.program()

        with refused("ProgramNotEnded", program=id):
            world.sponsor.programs.refund(id, world.sponsor.account)

    def test_pays_what_no_round_earned(self, world: World) -> None:
        """
        Of 240, one round earned 80; its unclaimed payouts stay owed.
        """
        id = world.program()
        done = world.run_round(id)
        assert done.proposal.payout_sum == 80
        world.sponsor.programs.end(id)

        world.sponsor.programs.refund(id, world.buyer.account)

        assert world.balance(world.buyer) == PURSE + 160
        world.claim(done, 0)
        world.claim(done, 1)
        assert world.sponsor.programs.program(id).budget == 0

    def test_pays_it_once(self, world: World) -> None:
        """
        A second refund pays nothing.
        """
        id = world.program()
        world.sponsor.programs.end(id)
        world.sponsor.programs.refund(id, world.buyer.account)

        world.sponsor.programs.refund(id, world.buyer.account)

        assert world.balance(world.buyer) == PURSE + 240


class TestSetEndpoint:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        Nobody else leads nodes astray.
        """
        id = world.program()

        with refused("NotTheAggregator", caller=world.sponsor.account):
            world.sponsor.programs.set_endpoint(id, "evil:443", ZERO)


class TestAppoint:
    def test_refuses_who_is_not_the_sponsor(self, world: World) -> None:
        """
        The error names who asked.
        """
        id = world.program()

        with refused("NotTheSponsor", caller=world.stranger.account):
            world.stranger.programs.appoint(id, world.stranger.account)

    def test_refuses_nobody_as_aggregator(self, world: World) -> None:
        """
        A program without an aggregator would stand still for ever.
        """
        id = world.program()
        world.pass_time(2 * RULES.patience)

        with refused("NoAggregator"):
            world.sponsor.programs.appoint(id, NOBODY)

    def test_refuses_while_a_round_is_in_progress(self, world: World) -> None:
        """
        A bond stays behind its round until that is over: others were promised parts of it.
        """
        id = world.program()
        world.aggregator.programs.open(id)
        world.pass_time(RULES.window + 2 * RULES.patience)

        with refused("RoundInProgress", round=1):
            world.sponsor.programs.appoint(id, world.buyer.account)

    def test_gives_the_same_one_the_floor_anew(self, world: World) -> None:
        """
        An aggregator that is overdue opens no round a second time, unless its sponsor trusts it again.
        """
        id = world.program(bond=480)
        opened = world.aggregator.programs.open(id)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + RULES.patience)
        world.stranger.programs.abandon(id)
        world.mine()
        with refused("Overdue"):
            world.aggregator.programs.open(id)

        world.sponsor.programs.appoint(id, world.aggregator.account)

        assert world.aggregator.programs.open(id).opening.epoch == 2

    def test_gives_the_program_to_another(self, world: World) -> None:
        """
        From here on the new one runs the rounds, with a bond of its own.
        """
        id, buyer = world.program(), world.buyer
        world.pass_time(2 * RULES.patience)

        world.sponsor.programs.appoint(id, buyer.account)

        held = buyer.programs.program(id)
        assert (held.aggregator, held.due) == (buyer.account, world.now + 2 * RULES.patience)
        with refused("NotTheAggregator", caller=world.aggregator.account):
            world.aggregator.programs.open(id)
        with refused("FreeBondTooSmall", free=0, needed=RULES.bond):
            buyer.programs.open(id)
        world.deposit(id, RULES.bond, buyer)
        assert buyer.programs.open(id).opening.aggregator == buyer.account
        world.aggregator.bonds.withdraw(id, 160, world.aggregator.account)


class TestTakeOver:
    def test_refuses_before_the_sponsor_had_its_time(self, world: World) -> None:
        """
        The sponsor comes first, for as long as the succession says.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        earliest = world.stranger.programs.program(id).due + RULES.succession
        world.ask("evm_setNextBlockTimestamp", earliest - 1)

        with refused("TooEarly", earliest=earliest):
            ada.programs.take_over(id)

    def test_refuses_who_takes_no_part(self, world: World) -> None:
        """
        A program goes to one of its nodes, and not to whoever passes by.
        """
        id = world.program()
        world.pass_time(2 * RULES.patience + RULES.succession)

        with refused("NotEnrolled", program=id, account=world.stranger.account):
            world.stranger.programs.take_over(id)

    def test_refuses_who_is_no_member_any_more(self, world: World) -> None:
        """
        Who has left has no bond, even if nobody has taken it out of the program yet.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        ada.nodes.resign()
        world.pass_time(2 * RULES.patience + RULES.succession)

        with refused("NotEnrolled", program=id, account=ada.account):
            ada.programs.take_over(id)

    def test_refuses_while_a_round_is_in_progress(self, world: World) -> None:
        """
        What an aggregator has behind a round cannot come free by its own successor.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        world.pass_time(2 * RULES.patience + RULES.succession)
        world.aggregator.programs.open(id)
        world.pass_time(2 * RULES.patience + RULES.succession)

        with refused("RoundInProgress", round=1):
            ada.programs.take_over(id)

    def test_makes_a_node_the_aggregator(self, world: World) -> None:
        """
        Nobody's silence stops a program.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        world.pass_time(2 * RULES.patience + RULES.succession)

        ada.programs.take_over(id)

        assert ada.programs.program(id).aggregator == ada.account


class TestOpenFrom:
    def test_refuses_who_is_only_appointed_again(self, world: World) -> None:
        """
        The same aggregator has what it made: a new word of its sponsor does not let it go back.
        """
        id = world.program()
        world.run_round(id)
        world.sponsor.programs.appoint(id, world.aggregator.account)

        with refused("NotAReplacement", tenure=0):
            world.aggregator.programs.open_from(id, 0)

    def test_refuses_an_aggregator_that_was_always_there(self, world: World) -> None:
        """
        Who made the newest version builds on it.
        """
        id = world.program()
        world.run_round(id)

        with refused("NotAReplacement", tenure=0, finalized=1, tip=1):
            world.aggregator.programs.open_from(id, 0)

    def test_lets_a_replacement_begin_on_what_it_has(self, world: World) -> None:
        """
        Without the newest version's bytes, an older one will do, and the round keeps its number.
        """
        id, buyer = world.program(), world.buyer
        world.run_round(id)
        world.pass_time(2 * RULES.patience)
        world.sponsor.programs.appoint(id, buyer.account)
        world.deposit(id, RULES.bond, buyer)
        with refused("NoSuchVersion", version=2, newest=1):
            buyer.programs.open_from(id, 2)

        opened = buyer.programs.open_from(id, 0).opening

        assert (opened.round, opened.parent) == (2, 0)


def unchecked(**changes: int) -> Any:
    """Return rules that Python itself would refuse to make."""
    rules = replace(RULES)
    for name, value in changes.items():
        object.__setattr__(rules, name, value)
    return rules
