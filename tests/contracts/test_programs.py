"""Programs from their creation to their end, their bonds and who takes part, function by function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.contracts.world import PURSE, RULES, SEED, SPEC, World, refused

from commonroot.contracts.artifacts import read
from commonroot.contracts.toolchain import ROOT
from commonroot.ledger.gateways.models import Place, Version
from commonroot.protocol import allowlist
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
            ("maxPending", {"max_pending": 0}),
            ("maxPending", {"max_pending": 2}),
            ("patience", {"patience": 0}),
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
        assert (held.budget, held.bond, held.finalized) == (240, 0, 0)
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


class TestEnd:
    def test_refuses_who_is_not_the_sponsor(self, world: World) -> None:
        """
        Not even the aggregator ends a program.
        """
        id = world.program()

        with refused("NotTheSponsor", caller=world.aggregator.account):
            world.aggregator.programs.end(id)

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
        close = world.closing(id, opened)
        world.aggregator.programs.close(close)
        world.mine()
        proposal = world.proposing(close, world.leaves())
        world.aggregator.programs.propose(close, proposal)
        world.pass_time(RULES.window)
        programs.finalize(close, proposal)
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
        assert done.payroll.payout_sum == 80
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


class TestBond:
    def test_refuses_who_is_not_the_aggregator(self, world: World) -> None:
        """
        The bond is the aggregator's, in and out.
        """
        id, eve = world.program(), world.stranger

        with refused("NotTheAggregator", caller=eve.account):
            eve.programs.deposit_bond(id, 1)
        with refused("NotTheAggregator", caller=eve.account):
            eve.programs.withdraw_bond(id, 1, eve.account)

    def test_refuses_to_give_out_more_than_there_is(self, world: World) -> None:
        """
        One program's bond does not pay for another's.
        """
        first, _ = world.program(), world.program()

        with refused("FreeBondTooSmall", free=160, needed=161):
            world.aggregator.programs.withdraw_bond(first, 161, world.aggregator.account)

    def test_refuses_to_give_out_what_a_round_has_locked(self, world: World) -> None:
        """
        From opening to end, twice the reward of 80 answers for the round.
        """
        id, aggregator = world.program(bond=190), world.aggregator
        aggregator.programs.open(id)

        with refused("FreeBondTooSmall", free=30, needed=31):
            aggregator.programs.withdraw_bond(id, 31, aggregator.account)
        aggregator.programs.withdraw_bond(id, 30, aggregator.account)

        held = aggregator.programs.program(id)
        assert (held.bond, held.locked, held.free_bond) == (160, 160, 0)

    def test_goes_to_the_address_named(self, world: World) -> None:
        """
        Free bond comes back whole.
        """
        id = world.program()

        world.aggregator.programs.withdraw_bond(id, 160, world.buyer.account)

        assert world.balance(world.buyer) == PURSE + 160
        assert world.aggregator.programs.program(id).bond == 0


class TestJoin:
    def test_refuses_who_is_no_member(self, world: World) -> None:
        """
        A dataset alone does not make a node.
        """
        id, ada = world.program(), world.nodes[0]
        dataset = world.dataset(ada)

        with refused("NotMember", account=ada.account):
            ada.programs.join(id, dataset)

    def test_refuses_anothers_dataset(self, world: World) -> None:
        """
        A node takes part with data of its own.
        """
        id, ada, bob = world.program(), world.member(world.nodes[0]), world.nodes[1]
        dataset = world.dataset(bob)

        with refused("DatasetNotUsable", dataset="0x" + dataset.hex()):
            ada.programs.join(id, dataset)

    def test_refuses_a_retired_dataset(self, world: World) -> None:
        """
        Retired is retired.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        dataset = world.dataset(ada)
        ada.datasets.retire(dataset)

        with refused("DatasetNotUsable"):
            ada.programs.join(id, dataset)

    def test_refuses_a_program_that_ends(self, world: World) -> None:
        """
        There is nothing left to take part in.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.sponsor.programs.end(id)

        with refused("ProgramEnding", program=id):
            ada.programs.join(id, world.dataset(ada))

    def test_refuses_who_is_not_on_the_allowlist(self, world: World) -> None:
        """
        Another's proof does not help.
        """
        listed = [node.account for node in world.nodes[:3]]
        id = world.program(replace(RULES, allowlist=allowlist.root(listed)))
        eve = world.member(world.nodes[3])
        dataset = world.dataset(eve)
        place = allowlist.admission(listed, listed[0])

        for index, proof in ((place.index, place.proof), (0, ())):
            with refused("NotAdmitted", account=eve.account):
                eve.programs.join(id, dataset, index, proof)

    def test_admits_everyone_on_the_allowlist(self, world: World) -> None:
        """
        Each by its own place.
        """
        listed = [node.account for node in world.nodes[:3]]
        id = world.program(replace(RULES, allowlist=allowlist.root(listed)))

        for node in world.nodes[:3]:
            dataset = world.dataset(world.member(node))
            place = allowlist.admission(listed, node.account)
            node.programs.join(id, dataset, place.index, place.proof)

            assert node.programs.enrolled_at(id, node.account, world.block) == dataset

    def test_is_read_by_block(self, world: World) -> None:
        """
        Which dataset a node takes part with is a matter of the block, and a later one replaces it.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        first, second = world.dataset(ada, b"first"), world.dataset(ada, b"second")
        ada.programs.join(id, first)
        joined = world.block

        ada.programs.join(id, second)

        found = [ada.programs.enrolled_at(id, ada.account, joined + step) for step in (-1, 0, 1)]
        assert found == [None, first, second]


class TestQuit:
    def test_refuses_who_is_not_in(self, world: World) -> None:
        """
        One takes leave of what one is in.
        """
        id, eve = world.program(), world.stranger

        with refused("NotEnrolled", program=id, account=eve.account):
            eve.programs.quit(id)

    def test_ends_the_enrolment_from_its_block_on(self, world: World) -> None:
        """
        Before it, the node still took part.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        dataset = world.dataset(ada)
        ada.programs.join(id, dataset)
        before = world.block

        ada.programs.quit(id)

        assert ada.programs.enrolled_at(id, ada.account, before) == dataset
        assert ada.programs.enrolled_at(id, ada.account, world.block) is None
        with refused("NotEnrolled"):
            ada.programs.quit(id)


class TestModels:
    def test_take_orders_from_programs_alone(self, world: World) -> None:
        """
        Nobody else mints a model or adds a version, not even its owner.
        """
        id = world.program()
        owner = world.sponsor.models.deployed
        seed = (keccak(b"mine"), ZERO)

        with refused("OnlyPrograms", caller=world.sponsor.account):
            owner.send("append", id, seed)
        with refused("OnlyPrograms", caller=world.sponsor.account):
            owner.send("mint", world.sponsor.account, 99, seed, 0, 0, "")

    def test_know_only_versions_that_exist(self, world: World) -> None:
        """
        A version's number is below their count.
        """
        id = world.program()

        with refused("NoSuchVersion", model=id, version=1):
            world.stranger.models.version(id, 1)
        with refused("ERC721NonexistentToken", tokenId=9):
            world.stranger.models.head(9)
        assert world.stranger.models.places_of(keccak(b"nowhere")) == []

    def test_say_the_royalty_of_a_sale(self, world: World) -> None:
        """
        ERC-2981: of 500, a fifth goes to whoever sponsored the model.
        """
        id = world.program()

        said = world.stranger.models.deployed.call("royaltyInfo", id, 500)

        assert said == [world.sponsor.account, 100]

    @pytest.mark.parametrize(
        ("interface", "spoken"),
        [("80ac58cd", True), ("2a55205a", True), ("01ffc9a7", True), ("ffffffff", False)],
    )
    def test_say_which_interfaces_they_speak(
        self, world: World, interface: str, spoken: bool
    ) -> None:
        """
        ERC-721, ERC-2981 and ERC-165, and not just anything.
        """
        models = world.stranger.models.deployed

        assert models.call("supportsInterface", bytes.fromhex(interface)) is spoken


def unchecked(**changes: int) -> Any:
    """Return rules that Python itself would refuse to make."""
    rules = replace(RULES)
    for name, value in changes.items():
        object.__setattr__(rules, name, value)
    return rules


def fee_token(world: World) -> Any:
    """Deploy a token that keeps one unit of every transfer."""
    artifact = read(ROOT / "test" / "artifacts" / "FeeToken.json")
    factory: Any = world.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    code = bytes.fromhex(factory.constructor(10**9).data_in_transaction[2:])
    assert world.sponsor.sender is not None
    return world.sponsor.sender.send("the token", None, code).contract
