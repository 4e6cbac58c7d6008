"""The CREATE2 factory is the one that other chains have, or there is none and it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.ledger.chains import (
    ALICE,
    POOR,
    TERMS,
    answering,
    at,
    is_presigned,
    new_chain,
    refusing,
    sender,
)

from commonroot.contracts import load
from commonroot.devchain.transaction import decode
from commonroot.ledger import factory
from commonroot.ledger.deploy import DeploymentUnpayable, deploy
from commonroot.ledger.errors import Reverted
from commonroot.ledger.factory import FactoryForeign, FactoryRefused, NotShown
from commonroot.protocol.hashing import to_address

UNPROTECTED = "only replay-protected (EIP-155) transactions allowed over RPC"


class TestPresigned:
    def test_is_the_one_that_everybody_sends(self) -> None:
        """
        Its signature is nobody's, and what it creates stands at the factory's address.
        """
        transaction = decode(factory.PRESIGNED)

        assert to_address(transaction.sender) == factory.MAKER
        assert to_address(transaction.creates) == factory.FACTORY
        assert transaction.cost == factory.COST == 10**16
        assert transaction.chain_id is None
        assert transaction.signature == (27, int("22" * 32, 16), int("22" * 32, 16))


class TestAddressOf:
    def test_is_where_it_is_put(self) -> None:
        """
        An address known before is the address found afterwards; putting it again costs nothing.
        """
        chain = new_chain()
        creation = load("Datasets").bytecode
        who = sender(chain)
        factory.ensure(who)

        first = factory.put(who, "a test", creation)
        before = chain.head.number

        assert first == factory.address_of(creation)
        assert factory.put(who, "a test", creation) == first
        assert chain.head.number == before
        assert load("Datasets").fits(factory.code_at(who.web3, first))

    def test_follows_eip_1014(self) -> None:
        """
        A known answer: the factory puts an empty contract, with the salt zero, here on every chain.
        """
        chain = new_chain()
        who = sender(chain)
        factory.ensure(who)
        said = who.web3.eth.call(
            {"to": factory.FACTORY, "data": "0x" + (factory.SALT + b"\x60\x00").hex()}  # type: ignore[typeddict-item]
        )

        assert to_address(bytes(said)) == factory.address_of(b"\x60\x00")


class TestEnsure:
    def test_puts_it_where_it_is_not(self) -> None:
        """
        Two transactions: one pays the account that nobody has the key of, one is that account's.
        """
        chain = new_chain()

        factory.ensure(sender(chain))

        assert factory.stands(at(chain))
        assert chain.head.number == 2

    def test_does_nothing_where_it_is(self) -> None:
        """
        The second who comes pays nothing.
        """
        chain = new_chain()
        factory.ensure(sender(chain))

        who = sender(chain, POOR)
        factory.ensure(who)

        assert who.tally.transactions == 0

    def test_pays_only_what_is_missing(self) -> None:
        """
        What others gave to that account is used.
        """
        chain = new_chain()
        sender(chain).send("a gift", factory.MAKER, value=4 * 10**15)
        before = at(chain).eth.get_balance(ALICE.address)

        factory.ensure(sender(chain))

        assert 6 * 10**15 <= before - at(chain).eth.get_balance(ALICE.address) < 7 * 10**15

    def test_pays_nothing_where_the_chain_refuses_it(self) -> None:
        """
        A chain without unprotected transactions says so before anything is lost; nothing is done instead.
        """
        chain = new_chain()
        strict = refusing("eth_sendRawTransaction", UNPROTECTED, is_presigned)
        token = _token(chain)
        before = chain.head.number

        with pytest.raises(FactoryRefused, match="replay-protected") as caught:
            deploy(sender(chain, bend=strict), replace(TERMS, token=token))

        assert factory.FACTORY in str(caught.value)
        assert "allow-unprotected" in caught.value.hint
        assert chain.head.number == before

    def test_says_that_gas_is_too_dear(self) -> None:
        """
        The price was fixed by the signature: above it, one can only wait.
        """
        chain = new_chain()
        dear = answering(
            "eth_getBlockByNumber", lambda _, block: {**block, "baseFeePerGas": hex(101 * 10**9)}
        )

        with pytest.raises(FactoryRefused, match="100 gwei"):
            factory.ensure(sender(chain, bend=dear))

        assert chain.head.number == 0

    def test_says_that_it_is_not_mined(self) -> None:
        """
        A node that takes the transaction and forgets it does not keep anybody for ever.
        """
        chain = new_chain()

        def swallow(method: str, params: Any, ask: Any) -> Any:
            if method == "eth_sendRawTransaction" and is_presigned(params):
                return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
            return ask(method, params)

        with pytest.raises(FactoryRefused, match="not mined"):
            factory.ensure(sender(chain, bend=swallow), patience=0.1)

    def test_refuses_a_foreign_contract(self) -> None:
        """
        Other code at the factory's address would put other things elsewhere.
        """
        chain = new_chain()
        foreign = answering(
            "eth_getCode", lambda params, code: "0x6000" if params[0] == factory.FACTORY else code
        )

        with pytest.raises(FactoryForeign):
            deploy(sender(chain, bend=foreign), TERMS)

        assert chain.head.number == 0

    def test_is_part_of_the_price(self) -> None:
        """
        Whoever has not enough for the factory too sends nothing.
        """
        chain = new_chain()
        token = _token(chain)

        with pytest.raises(DeploymentUnpayable) as caught:
            deploy(sender(chain, POOR), replace(TERMS, token=token))

        assert caught.value.needed > factory.COST
        assert not factory.stands(at(chain))


class TestAwaitCode:
    def test_bears_with_a_node_that_is_behind(self) -> None:
        """
        What one node created, another of the same RPC address may not know at once.
        """
        chain = new_chain()
        factory.ensure(sender(chain))
        asked = list[Any]()

        def forget_twice(params: Any, code: str) -> str:
            if code != "0x" and params[0] != factory.FACTORY:
                asked.append(params)
            return "0x" if 0 < len(asked) < 3 else code

        behind = sender(chain, bend=answering("eth_getCode", forget_twice))

        assert load("Datasets").fits(
            factory.code_at(behind.web3, factory.put(behind, "a test", load("Datasets").bytecode))
        )
        assert len(asked) > 3

    def test_does_not_wait_for_ever(self) -> None:
        """
        What never shows is said, with where it should be.
        """
        with pytest.raises(NotShown, match=ALICE.address) as caught:
            factory.await_code(at(new_chain()), "a test", ALICE.address, 0.05)

        assert "again" in caught.value.hint


class TestPut:
    def test_hands_on_a_refusal(self) -> None:
        """
        What a constructor refuses does not stand there afterwards.
        """
        who = sender(new_chain())
        factory.ensure(who)

        with pytest.raises(Reverted):
            factory.put(who, "a contract that refuses", bytes.fromhex("5f5ffd"))


def _token(chain: Any) -> Any:
    creation = load("TestToken").bytecode + (10**18).to_bytes(32)
    return sender(chain).send("a token", None, creation).contract
