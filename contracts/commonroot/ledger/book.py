"""
The address book: which chain, and where on it each contract stands.

One file holds a deployment a chain, by chain id, so that a home can be on several chains.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

from web3 import Web3

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.ledger.border import asking
from commonroot.ledger.errors import BadBook, WrongChain
from commonroot.protocol.hashing import Address, Digest, to_address, to_digest, to_hex

PLACES = (
    "token",
    "deployer",
    "nodes",
    "datasets",
    "enrolments",
    "programs",
    "bonds",
    "challenges",
    "demands",
    "models",
    "licences",
)
"""The fields that are addresses."""


@final
@dataclass(frozen=True, slots=True)
class Book:
    """One deployment of all contracts."""

    chain_id: int
    genesis: Digest
    """The hash of the chain's first block: two chains may have one number."""
    block: int
    """Where to begin to look for events."""
    token: Address
    deployer: Address
    nodes: Address
    datasets: Address
    enrolments: Address
    programs: Address
    bonds: Address
    challenges: Address
    demands: Address
    models: Address
    licences: Address

    def places(self) -> dict[str, Address]:
        """Return where everything stands, by name."""
        return {name: getattr(self, name) for name in PLACES}

    def save(self, path: Path) -> None:
        """Write the book into a file, in place of what it says of the same chain."""
        with _alone(path.parent):
            books = {book.chain_id: book for book in (load_all(path) if path.exists() else ())}
            books[self.chain_id] = self
            held = {str(number): _record(books[number]) for number in sorted(books)}
            write_whole(path, json.dumps(held, indent=2).encode() + b"\n")

    def require_chain(self, web3: Web3) -> None:
        """Raise if a connection leads to another chain than the book's."""
        chain_id, genesis = identity(web3)
        if (chain_id, genesis) != (self.chain_id, self.genesis):
            raise WrongChain(
                f"chain {self.chain_id} that begins with {to_hex(self.genesis)}",
                f"{chain_id} and begins with {to_hex(genesis)}",
            )


def identity(web3: Web3) -> tuple[int, Digest]:
    """Return a chain's number and the hash of its first block."""
    with asking(web3, "the chain's identity"):
        chain_id, first = web3.eth.chain_id, web3.eth.get_block(0)
    return chain_id, Digest(bytes(first["hash"]))


def load(path: Path, chain_id: int | None = None) -> Book:
    """Return the book of a chain; without a number, of the only chain that the file is about."""
    books = {book.chain_id: book for book in load_all(path)}
    known = " and ".join(map(str, sorted(books)))
    if chain_id is None and len(books) > 1:
        raise BadBook(path, f"it is about chains {known}, and none of them was named")
    if chain_id is not None and chain_id not in books:
        raise BadBook(path, f"it says nothing of chain {chain_id}, only of {known}")
    return next(iter(books.values())) if chain_id is None else books[chain_id]


def of_chain(path: Path, web3: Web3) -> Book:
    """Return the book of the chain that a connection leads to."""
    with asking(web3, "eth_chainId"):
        book = load(path, web3.eth.chain_id)
    book.require_chain(web3)
    return book


def load_all(path: Path) -> tuple[Book, ...]:
    """Return every book that a file holds, at least one."""
    try:
        held = load_json(path.read_bytes())
        books = tuple(_parse(number, each) for number, each in held.items())
        if not books:
            raise ValueError("it is about no chain")
    except FileNotFoundError as exc:
        raise BadBook(path, "it does not exist") from exc
    except OSError as exc:
        raise BadBook(path, exc.strerror or str(exc)) from exc
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, ProtocolError) as exc:
        raise BadBook(path, f"it is malformed ({exc})") from exc
    return books


def _record(book: Book) -> dict[str, Any]:
    return {**asdict(book), "genesis": to_hex(book.genesis)}


def _parse(number: str, held: dict[str, Any]) -> Book:
    book = Book(
        chain_id=int(held["chain_id"]),
        genesis=to_digest(held["genesis"]),
        block=int(held["block"]),
        **{name: to_address(held[name]) for name in PLACES},
    )
    if str(book.chain_id) != number:
        raise ValueError(f"what stands under {number} is about chain {book.chain_id}")
    return book


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else write a book in a folder meanwhile: one file is read, changed and written."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
