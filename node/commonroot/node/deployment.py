"""Putting the contracts on a chain, once for a home."""

from __future__ import annotations

from commonroot.base.errors import UsageError
from commonroot.base.settings import Settings
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.book import Book
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import Terms, deploy
from commonroot.ledger.sender import Sender
from commonroot.node.homes import book_path
from commonroot.node.kept import chain_of
from commonroot.protocol.hashing import Address


def deploy_at(
    settings: Settings, wallet: Wallet, *, token: Address | None = None, minimum_bond: int
) -> Book:
    """Deploy all contracts on a home's chain and keep their addresses; refuse to replace a book."""
    path = book_path(settings)
    if path.exists():
        raise UsageError(
            f"{path} says where this home's contracts are already.",
            hint="Move it away to deploy anew, or use another home.",
        )
    with chain_of(settings) as url:
        terms = Terms(token=token, minimum_bond=minimum_bond)
        book = deploy(Sender(connect(url), WalletSigner(wallet)), terms)
        book.save(path)
    return book
