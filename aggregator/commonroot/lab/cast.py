"""The people of a demo: everybody has a home, a wallet and some test money of their own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from web3 import Web3

from commonroot.base.settings import Settings
from commonroot.keys.places import flower_key, receipt_keys, wallets
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Cost, Wallet
from commonroot.ledger.book import Book
from commonroot.ledger.border import asking
from commonroot.ledger.ledger import Ledger
from commonroot.node import data, membership
from commonroot.node.homes import book_path
from commonroot.protocol.hashing import Address, Digest
from commonroot.store.artifacts import Store
from commonroot.tasks.characters import CharacterSet

PASSWORD = "demo"
"""Of all the demo's wallets: what they hold is worth nothing, and a person wants to try them."""

ETHER = 10**18
_FOR_GAS = 10 * ETHER


@final
@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a home and an unlocked wallet."""

    name: str
    settings: Settings
    wallet: Wallet

    @property
    def address(self) -> Address:
        """Return the account that the person acts as."""
        return self.wallet.address

    @property
    def store(self) -> Store:
        """Return the store that the person's home names."""
        return Store.at(self.settings.store_url)

    def ledger(self, book: Book) -> Ledger:
        """Return the contracts as the person speaks to them."""
        return Ledger.open(self.settings.rpc, book, WalletSigner(self.wallet))

    def keep_chain(self, folder: Path) -> None:
        """Let the home use the chain whose journal lies in a folder, from now on."""
        # Relative, so that the whole folder can be moved.
        seen_from_home = os.path.relpath(folder.resolve(), self.settings.home)
        replace(self.settings, rpc=f"kept:{seen_from_home}").write()


def hire(name: str, home: Path, rpc: str, store: Path) -> Person:
    """Make a person: a home that points at the chain and the store, and a wallet in it."""
    # Seen from the home, as the kept chain will be: a demo's folder may be moved.
    settings = Settings(home.resolve(), rpc=rpc, store=os.path.relpath(store, home), wallet=name)
    settings.write()
    return Person(name, settings, wallets(home, Cost.THROWAWAY).create(name, PASSWORD))


def give_gas(web3: Web3, people: Iterable[Person]) -> None:
    """Send everybody ether from the dev chain's first account."""
    with asking(web3, "sending ether from the dev chain's first account"):
        rich = web3.eth.accounts[0]
        for person in people:
            gift: Any = {"from": rich, "to": person.address, "value": _FOR_GAS}
            web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(gift))


def tell_addresses(book: Book, people: Iterable[Person]) -> None:
    """Put the contracts' addresses into everybody's home."""
    for person in people:
        book.save(book_path(person.settings))


def become_node(person: Person, book: Book, characters: CharacterSet, source: str) -> Digest:
    """Join with a bond and keys, and register a dataset; return the dataset's id."""
    home, ledger = person.settings.home, person.ledger(book)
    receipt_key = receipt_keys(home, Cost.THROWAWAY).create(person.name, PASSWORD)
    membership.join(ledger, receipt_key, membership.flower_key_at(flower_key(home, person.name)))
    kept = data.keep(home, person.name, characters, source)
    return data.register(ledger, person.store, kept).id
