"""A deployment is whole, stands where its terms and code say, and is verified; or there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from tests.contracts.world import DELIVERY, DISPUTE, UNBONDING, World, signer_of
from tests.ledger.chains import (
    ALICE,
    BOB,
    POOR,
    TERMS,
    TRANSACTIONS,
    answering,
    at,
    new_chain,
    refusing,
    sender,
)

from commonroot.base.errors import ProtocolError
from commonroot.contracts import load
from commonroot.ledger import plan as plans
from commonroot.ledger.book import Book
from commonroot.ledger.deploy import (
    DeploymentUnpayable,
    NoSuchToken,
    NoTokenNamed,
    check,
    deploy,
    is_dev_chain,
    outlook,
)
from commonroot.ledger.errors import DeploymentMismatch, NoContract
from commonroot.ledger.inspection import plan_at, told
from commonroot.ledger.plan import DEPLOYER, PARTS, Plan, Terms, differences
from commonroot.ledger.sender import Sender


class TestDeploy:
    def test_takes_thirteen_transactions_and_then_none(self) -> None:
        """
        A token, two for the factory, the deployer, nine parts; the second time all is found.
        """
        chain, heard = new_chain(), list[str]()
        first, second = sender(chain), sender(chain)

        book = deploy(first, TERMS)
        again = deploy(second, TERMS, heard.append)

        assert chain.head.number == TRANSACTIONS
        assert second.tally.transactions == 0
        assert again == book
        assert heard == ["Every contract was found, and verified."]

    def test_says_what_it_does(self) -> None:
        """
        Every part is told of once, with its address.
        """
        heard = list[str]()

        book = deploy(sender(new_chain()), TERMS, heard.append)

        assert heard[0] == f"A test token stands at {book.token}."
        assert heard[1] == f"The deployer stands at {book.deployer}."
        assert heard[2] == f"Nodes stands at {book.nodes} (1 of 9)."
        assert heard[10] == f"Licences stands at {book.licences} (9 of 9)."
        assert heard[11:] == ["Every contract is verified."]

    def test_gives_the_same_addresses_on_every_chain(self) -> None:
        """
        What tells two deployments of the same terms apart is the chain, and nothing else.
        """
        books = [deploy(sender(new_chain(chain_id)), TERMS) for chain_id in (31337, 1337)]

        assert books[0].places() == books[1].places()
        assert [book.chain_id for book in books] == [31337, 1337]

    def test_stands_where_the_plan_said(self) -> None:
        """
        All addresses are known before anything is sent, whoever will send it.
        """
        chain = new_chain()
        token = deploy(sender(chain), TERMS).token
        terms = replace(TERMS, token=token, minimum_bond=8)
        before = outlook(at(chain), terms, BOB.address)
        assert before.plan is not None

        book = deploy(sender(chain, BOB), terms)

        assert (book.deployer, book.token) == (before.plan.deployer, token)
        assert (
            book.places().items()
            >= {name.lower(): place for name, place in before.plan.places.items()}.items()
        )

    @pytest.mark.parametrize(
        "change",
        [
            {"minimum_bond": 8},
            {"unbonding_delay": 51},
            {"answer_floor": 2},
            {"answers_per_second": 999},
            {"delivery_time": 501},
            {"dispute_time": 301},
            {"token": BOB.address},
        ],
    )
    def test_gives_other_terms_other_addresses(self, change: dict[str, Any]) -> None:
        """
        Nobody can put other terms where somebody expects these.
        """
        here, other = (
            Plan(terms.token or ALICE.address, terms) for terms in (TERMS, replace(TERMS, **change))
        )

        assert not set(here.places.values()) & set(other.places.values())

    def test_keeps_its_terms(self, world: World) -> None:
        """
        Bond, delays and supply are what was said.
        """
        ledger = world.stranger

        assert ledger.nodes.token() == world.book.token
        assert ledger.nodes.unbonding_delay() == UNBONDING
        times = (ledger.licences.delivery_time(), ledger.licences.dispute_time())
        assert times == (DELIVERY, DISPUTE)
        assert ledger.token.symbol() == "TEST"
        assert ledger.token.decimals() == 18

    def test_takes_a_token_that_is_there(self, world: World) -> None:
        """
        Bonds can be in any token; then no test token is made.
        """
        who = Sender(world.web3, signer_of(world.stranger))

        book = deploy(who, Terms(token=world.book.token, minimum_bond=7))

        assert book.token == world.book.token
        assert who.tally.transactions == 1 + len(PARTS)
        assert replace(world.stranger, book=book).nodes.minimum_bond() == 7

    def test_begins_its_events_with_the_deployer(self) -> None:
        """
        Whoever finds a deployment later looks for events from the same block on.
        """
        chain = new_chain()

        assert deploy(sender(chain), TERMS).block == 4
        chain.mine()
        assert deploy(sender(chain, BOB), replace(TERMS, token=None)).block > 4

    @pytest.mark.parametrize(
        "change",
        [{"unbonding_delay": 2**64}, {"delivery_time": -1}, {"minimum_bond": 2**256}],
    )
    def test_refuses_terms_that_fit_no_contract(self, change: dict[str, int]) -> None:
        """
        What would be cut off is not sent.
        """
        chain = new_chain()
        terms = replace(TERMS, token=deploy(sender(chain), TERMS).token, **change)

        with pytest.raises(ProtocolError, match="does not fit"):
            deploy(sender(chain), terms)


class TestToken:
    def test_is_not_made_where_things_have_value(self) -> None:
        """
        A public chain gets no test token: the one for bonds is named.
        """
        chain = new_chain(5)
        proxied = answering("web3_clientVersion", lambda _, __: "Geth/v1.15.0")

        with pytest.raises(NoTokenNamed, match="Chain 5") as caught:
            deploy(sender(chain, bend=proxied), TERMS)

        assert "--token" in caught.value.hint
        assert chain.head.number == 0

    def test_is_not_made_where_the_node_hides_its_name(self) -> None:
        """
        A node that does not say what it is may be anybody's.
        """
        hidden = refusing("web3_clientVersion", "the method does not exist")

        assert not is_dev_chain(at(new_chain(5), hidden))
        assert is_dev_chain(at(new_chain(5)))
        assert is_dev_chain(at(new_chain(), hidden))

    @pytest.mark.parametrize("kind", ["an account", "another contract"])
    def test_must_be_there(self, kind: str) -> None:
        """
        What is no token cannot hold a bond; nothing is sent.
        """
        chain = new_chain()
        book = deploy(sender(chain), TERMS)
        before = chain.head.number
        named = BOB.address if kind == "an account" else book.datasets

        with pytest.raises(NoSuchToken, match=named):
            deploy(sender(chain), replace(TERMS, token=named))

        assert chain.head.number == before

    def test_is_made_with_the_supply_that_is_wanted(self) -> None:
        """
        Another supply is another token; the same one is found again.
        """
        chain = new_chain()
        first = deploy(sender(chain), TERMS)
        second = deploy(sender(chain), replace(TERMS, supply=5))

        assert first.token != second.token
        assert deploy(sender(chain), replace(TERMS, supply=5)) == second


class TestOutlook:
    def test_says_what_is_left(self) -> None:
        """
        Before: everything, and no address yet; after: nothing, and all addresses.
        """
        chain = new_chain()
        before = outlook(at(chain), TERMS, ALICE.address)
        deploy(sender(chain), TERMS)
        after = outlook(at(chain), TERMS, ALICE.address)

        assert before.plan is None
        assert before.missing == ("CREATE2 factory", "TestToken", DEPLOYER, *PARTS)
        assert after.plan is not None
        assert (after.missing, after.gas, after.ether) == ((), 0, 0)

    def test_is_enough(self) -> None:
        """
        A deployment uses less gas than was said, and not much less.
        """
        chain = new_chain()
        who = sender(chain)
        expected = outlook(at(chain), TERMS, ALICE.address).gas

        deploy(who, TERMS)

        assert 0.7 * expected < who.tally.gas < expected

    def test_refuses_who_cannot_pay(self) -> None:
        """
        Nothing is sent for a deployment that would stop half way; the account and the sum are named.
        """
        chain = new_chain()
        terms = replace(TERMS, token=deploy(sender(chain), TERMS).token, minimum_bond=8)
        sender(chain).send("half of it", POOR.address, value=10**15)
        before = chain.head.number

        with pytest.raises(DeploymentUnpayable, match=POOR.address) as caught:
            deploy(sender(chain, POOR), terms)

        assert caught.value.has == 10**15 < caught.value.needed
        assert chain.head.number == before
        sender(chain).send("the rest", POOR.address, value=10**18)
        deploy(sender(chain, POOR), terms)


class TestCheck:
    def test_is_content_with_a_whole_deployment(self, world: World) -> None:
        """
        Everything is there and knows each other.
        """
        check(world.web3, world.book)

    @pytest.mark.parametrize("name", [DEPLOYER, *PARTS])
    def test_notices_what_is_not_there(self, world: World, name: str) -> None:
        """
        An account without code, or with other code, is no contract of ours.
        """
        for address in (world.buyer.account, world.book.token):
            book: Book = replace(world.book, **{name.lower(): address})  # type: ignore[arg-type]

            with pytest.raises(NoContract, match=address) as caught:
                check(world.web3, book)
            assert caught.value.name == name

    @pytest.mark.parametrize("name", ["Token", DEPLOYER, *PARTS])
    def test_notices_contracts_of_two_deployments(self, world: World, name: str) -> None:
        """
        The right code of another deployment is not what the deployer's address commits to.
        """
        other = deploy(Sender(world.web3, signer_of(world.stranger)), Terms())
        field = name.lower()
        mixed: Book = replace(world.book, **{field: getattr(other, field)})

        with pytest.raises(DeploymentMismatch, match="address of"):
            check(world.web3, mixed)

    @pytest.mark.parametrize("name", [DEPLOYER, *PARTS])
    def test_notices_one_byte_of_other_code(self, world: World, name: str) -> None:
        """
        Code is compared to the last byte, but for what its constructor was told.
        """
        target = getattr(world.book, name.lower())

        def flip(params: Any, code: str) -> str:
            last = "00" if code[-2:] != "00" else "01"
            return code[:-2] + last if params[0] == target else code

        with pytest.raises(NoContract, match=target):
            check(at(world.chain, answering("eth_getCode", flip)), world.book)

    @pytest.mark.parametrize("name", PARTS)
    def test_asks_everybody_whom_they_know(self, world: World, name: str) -> None:
        """
        What a constructor was told is asked for, and must be what follows from the terms.
        """
        for what in told(name):
            selector = _selector(name, what)

            def lie(
                params: Any,
                result: str,
                to: str = getattr(world.book, name.lower()),
                what: bytes = selector,
            ) -> str:
                asked = params[0]["to"] == to and params[0]["data"] == "0x" + what.hex()
                return "0x" + encode(["uint256"], [1]).hex() if asked else result

            with pytest.raises(DeploymentMismatch, match=rf"^{name}\.{what} "):
                check(at(world.chain, answering("eth_call", lie)), world.book)

    def test_misses_nothing_that_a_constructor_is_told(self) -> None:
        """
        Every contract says again all that it was told, by the same names.
        """
        for name in PARTS:
            given = [
                one["name"].rstrip("_")
                for each in load(name).abi
                if each["type"] == "constructor"
                for one in each["inputs"]
            ]

            assert list(told(name)) == given


class TestTampering:
    def test_leads_elsewhere(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Whoever has other code than a deployment's finds it foreign.
        """

        def tampered(name: str) -> Any:
            artifact = load(name)
            code = artifact.bytecode[:-1] + bytes([artifact.bytecode[-1] ^ 1])
            return replace(artifact, bytecode=code) if name == "Bonds" else artifact

        stated = plan_at(world.web3, world.book)
        assert Plan(stated.token, stated.terms).deployer == world.book.deployer
        monkeypatch.setattr(plans, "load", tampered)

        assert Plan(stated.token, stated.terms).deployer != world.book.deployer
        with pytest.raises(DeploymentMismatch, match="deployer's address"):
            check(world.web3, world.book)


class TestDifferences:
    def test_names_each_term(self) -> None:
        """
        Other terms are said in words, the same ones not at all.
        """
        here = Plan(ALICE.address, TERMS)
        other = Plan(BOB.address, replace(TERMS, minimum_bond=9, dispute_time=1))

        assert differences(here, other) == [
            f"the token is {ALICE.address}, not {BOB.address}",
            "the least bond is 7, not 9",
            "the dispute time is 300, not 1",
        ]
        assert differences(here, here) == []


def _selector(name: str, function: str) -> bytes:
    from eth_utils.abi import function_abi_to_4byte_selector

    return next(
        function_abi_to_4byte_selector(each)
        for each in load(name).abi
        if each["type"] == "function" and each["name"] == function
    )
