"""
Puts all contracts on a chain.

Models, Licences and Programs name each other and never change, so each is told the others' addresses
before they exist: a contract's address follows from its creator and the creator's nonce. In the end
every contract is asked whom it knows, and its code is compared with what was compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from web3 import Web3
from web3.types import Nonce
from web3.utils import get_create_address

from commonroot.contracts import load
from commonroot.ledger.book import Book
from commonroot.ledger.border import asking
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import DeploymentMismatch, NoContract
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address, Digest, to_address

ETHER = 10**18


@final
@dataclass(frozen=True, slots=True)
class Terms:
    """What a deployment fixes for ever; the defaults are for a local chain."""

    token: Address | None = None
    """The token that bonds are in; None deploys a test token, all of it the deployer's."""
    supply: int = 10**9 * ETHER
    """How much of the test token there is."""
    minimum_bond: int = 100 * ETHER
    unbonding_delay: int = 7 * 24 * 3600
    """Seconds between leaving and taking a bond back."""
    delivery_time: int = 24 * 3600
    """Seconds in which a purchase must be delivered."""
    dispute_time: int = 24 * 3600
    """Seconds in which a delivery can be disputed."""


def deploy(sender: Sender, terms: Terms = Terms()) -> Book:
    """Deploy all contracts and return where they are; raise if anything is not as it should be."""
    web3 = sender.web3
    with asking(web3, "the chain's identity"):
        chain_id, first = web3.eth.chain_id, web3.eth.get_block(0)
        block = web3.eth.block_number + 1
    token = terms.token or _create(sender, "TestToken", terms.supply)
    nonce = sender.next_nonce()
    nodes, datasets, models, licences, programs = (
        to_address(get_create_address(sender.address, Nonce(nonce + place))) for place in range(5)
    )
    book = Book(
        chain_id=chain_id,
        genesis=Digest(bytes(first["hash"])),
        block=block,
        token=token,
        nodes=nodes,
        datasets=datasets,
        models=models,
        licences=licences,
        programs=programs,
    )
    for name, expected, arguments in _plan(book, terms):
        found = _create(sender, name, *arguments)
        if found != expected:
            raise DeploymentMismatch(f"The address of {name}", expected, found)
    check(web3, book)
    return book


def check(web3: Web3, book: Book) -> None:
    """Raise unless every contract of a book is there, is ours, and knows the right others."""
    for name, address in _places(book).items():
        with asking(web3, "eth_getCode"):
            code = bytes(web3.eth.get_code(address))
        if not load(name).fits(code):
            raise NoContract(name, address)
    for name, knows in _knowledge(book).items():
        deployed = Deployed.at(web3, name, _places(book)[name])
        for other, expected in knows.items():
            found = to_address(deployed.call(other))
            if found != expected:
                raise DeploymentMismatch(f"{name}.{other}", expected, found)


def _plan(book: Book, terms: Terms) -> Iterator[tuple[str, Address, tuple[Any, ...]]]:
    yield "Nodes", book.nodes, (book.token, terms.minimum_bond, terms.unbonding_delay)
    yield "Datasets", book.datasets, ()
    yield "Models", book.models, (book.programs,)
    times = (terms.delivery_time, terms.dispute_time)
    yield "Licences", book.licences, (book.programs, book.models, *times)
    yield "Programs", book.programs, (book.nodes, book.datasets, book.models, book.licences)


def _places(book: Book) -> dict[str, Address]:
    return {
        "Nodes": book.nodes,
        "Datasets": book.datasets,
        "Models": book.models,
        "Licences": book.licences,
        "Programs": book.programs,
    }


def _knowledge(book: Book) -> dict[str, dict[str, Address]]:
    return {
        "Nodes": {"token": book.token},
        "Models": {"programs": book.programs},
        "Licences": {"programs": book.programs, "models": book.models},
        "Programs": {
            "nodes": book.nodes,
            "datasets": book.datasets,
            "models": book.models,
            "licences": book.licences,
        },
    }


def _create(sender: Sender, name: str, *arguments: Any) -> Address:
    artifact = load(name)
    factory: Any = sender.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    data = bytes.fromhex(factory.constructor(*arguments).data_in_transaction.removeprefix("0x"))
    sent = sender.send(f"the creation of {name}", None, data)
    if sent.contract is None:
        raise NoContract(name, "the address its creation should have had")
    return sent.contract
