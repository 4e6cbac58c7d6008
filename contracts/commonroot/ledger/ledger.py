"""All contracts of one deployment, as one account speaks to them, or as anyone reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

from web3 import Web3

from commonroot.base.errors import UsageError
from commonroot.keys.signer import Signer
from commonroot.ledger.book import Book, load_all, of_chain
from commonroot.ledger.connect import connect
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.bonds import Bonds
from commonroot.ledger.gateways.challenges import Challenges
from commonroot.ledger.gateways.datasets import Datasets
from commonroot.ledger.gateways.demands import Demands
from commonroot.ledger.gateways.enrolments import Enrolments
from commonroot.ledger.gateways.licences import Licences
from commonroot.ledger.gateways.models import Models
from commonroot.ledger.gateways.nodes import Nodes
from commonroot.ledger.gateways.programs import Programs
from commonroot.ledger.gateways.token import Token
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address


@final
@dataclass(frozen=True)  # no slots: making a contract's interface takes milliseconds, so it is kept
class Ledger:
    """One deployment, spoken to by one account or by none."""

    web3: Web3
    book: Book
    sender: Sender | None = None

    @classmethod
    def open(cls, url: str, book: Book, signer: Signer | None = None) -> Ledger:
        """Return the deployment of a book at an RPC address; refuse another chain than the book's."""
        web3 = connect(url, book.chain_id)
        book.require_chain(web3)
        return cls(web3, book, None if signer is None else Sender(web3, signer))

    @classmethod
    def of_file(cls, url: str, path: Path, signer: Signer | None = None) -> Ledger:
        """Return the deployment that a file of books names for the chain at an RPC address."""
        only, *others = load_all(path)
        book = of_chain(path, connect(url)) if others else only
        return cls.open(url, book, signer)

    @property
    def account(self) -> Address:
        """Return the account that speaks."""
        if self.sender is None:
            raise UsageError("This needs an account that signs.", hint="Name a wallet.")
        return self.sender.address

    @cached_property
    def token(self) -> Token:
        """Return the token that bonds are in."""
        return self.token_at(self.book.token)

    @cached_property
    def nodes(self) -> Nodes:
        """Return the members."""
        return Nodes(self._at("Nodes", self.book.nodes))

    @cached_property
    def datasets(self) -> Datasets:
        """Return the datasets."""
        return Datasets(self._at("Datasets", self.book.datasets))

    @cached_property
    def enrolments(self) -> Enrolments:
        """Return who takes part where."""
        return Enrolments(self._at("Enrolments", self.book.enrolments))

    @cached_property
    def bonds(self) -> Bonds:
        """Return the aggregators' bonds."""
        return Bonds(self._at("Bonds", self.book.bonds))

    @cached_property
    def challenges(self) -> Challenges:
        """Return where proofs are heard."""
        return Challenges(self._at("Challenges", self.book.challenges))

    @cached_property
    def demands(self) -> Demands:
        """Return where demands are heard."""
        return Demands(self._at("Demands", self.book.demands))

    @cached_property
    def models(self) -> Models:
        """Return the models."""
        return Models(self._at("Models", self.book.models), self.book.block)

    @cached_property
    def licences(self) -> Licences:
        """Return the licences."""
        return Licences(self._at("Licences", self.book.licences))

    @cached_property
    def programs(self) -> Programs:
        """Return the programs."""
        return Programs(self._at("Programs", self.book.programs))

    def token_at(self, address: Address) -> Token:
        """Return any token, such as one that a program is paid in."""
        return Token(self._at("TestToken", address))

    def _at(self, name: str, address: Address) -> Deployed:
        return Deployed.at(self.web3, name, address, self.sender)
