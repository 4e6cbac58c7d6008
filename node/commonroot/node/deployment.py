"""Putting the contracts on a chain, or finding them there, for a home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from web3 import Web3

from commonroot.base.amounts import to_units
from commonroot.base.errors import UsageError
from commonroot.base.settings import Settings
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.book import Book, identity, load_all
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import (
    Outlook,
    Terms,
    Told,
    book_of,
    check,
    deploy,
    is_dev_chain,
    outlook,
    require_token,
)
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import NoContract
from commonroot.ledger.gateways.token import Token
from commonroot.ledger.inspection import plan_at
from commonroot.ledger.plan import Plan, differences
from commonroot.ledger.sender import Sender
from commonroot.node.homes import book_path
from commonroot.node.kept import chain_of
from commonroot.protocol.hashing import Address, to_hex

_ANOTHER_HOME = "Move the file away to deploy anew, or use another home."


class AlreadyElsewhere(UsageError):
    """A home's address book names other contracts on this chain than those that are wanted."""

    def __init__(self, path: Path, chain_id: int, why: str) -> None:
        super().__init__(
            f"{path} says where this home's contracts on chain {chain_id} are already: {why}.",
            hint=_ANOTHER_HOME,
        )
        self.path, self.chain_id, self.why = path, chain_id, why


@final
@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants deployed."""

    terms: Terms
    bond: str
    """The least bond, as people write amounts of the token."""
    chain_id: int | None = None
    """The only chain that will do; None takes any."""


@final
@dataclass(frozen=True, slots=True)
class Deployment:
    """What is left to do for a home's wishes on its chain, and how to do it."""

    web3: Web3
    chain_id: int
    terms: Terms
    outlook: Outlook
    path: Path

    @property
    def costs(self) -> bool:
        """Say whether what is left has to be paid with ether that is worth something."""
        return bool(self.outlook.missing) and not is_dev_chain(self.web3)

    def carry_out(self, wallet: Callable[[], Wallet], told: Told) -> Book:
        """Deploy what is missing, verify everything, and write down where it is."""
        # A wallet is opened only if something is to be signed.
        if self.outlook.plan is not None and not self.outlook.missing:
            book = book_of(self.web3, self.outlook.plan)
            check(self.web3, book)
            told("Every contract was found, and verified.")
        else:
            book = deploy(Sender(self.web3, WalletSigner(wallet())), self.terms, told)
        book.save(self.path)
        return book


@contextmanager
def prepare(settings: Settings, account: Address, wishes: Wishes) -> Iterator[Deployment]:
    """Yield what a deployment takes at a home's chain; refuse to contradict the home's book."""
    path = book_path(settings)
    with chain_of(settings) as url:
        web3 = connect(url, wishes.chain_id)
        terms = replace(wishes.terms, minimum_bond=_least_bond(web3, wishes))
        found = outlook(web3, terms, account)
        chain_id, _ = identity(web3)
        _require_agreement(web3, path, found.plan)
        yield Deployment(web3, chain_id, terms, found, path)


def _least_bond(web3: Web3, wishes: Wishes) -> int:
    if wishes.terms.token is None:
        return to_units(wishes.bond)
    require_token(web3, wishes.terms.token)
    token = Token(Deployed.at(web3, "TestToken", wishes.terms.token))
    return to_units(wishes.bond, token.decimals())


def _require_agreement(web3: Web3, path: Path, wanted: Plan | None) -> None:
    """Refuse to deploy where the book already tells of something else on this chain."""
    chain_id, genesis = identity(web3)
    books = {book.chain_id: book for book in (load_all(path) if path.exists() else ())}
    book = books.get(chain_id)
    if book is None or (wanted is not None and _same(book, wanted, genesis)):
        return
    if book.genesis != genesis:
        why = f"that was another chain, which began with {to_hex(book.genesis)}"
    else:
        why = _difference(web3, book, wanted)
    raise AlreadyElsewhere(path, chain_id, why)


def _same(book: Book, wanted: Plan, genesis: bytes) -> bool:
    return (book.genesis, book.deployer) == (genesis, wanted.deployer)


def _difference(web3: Web3, book: Book, wanted: Plan | None) -> str:
    try:
        check(web3, book)
    except NoContract as exc:
        return f"at {exc.address}, where it has {exc.name}, stands no such contract of this version"
    if wanted is None:
        return f"bonds are in the token {book.token}, and none was named"
    other = differences(plan_at(web3, book), wanted)
    return f"with other terms; {', '.join(other)}"
