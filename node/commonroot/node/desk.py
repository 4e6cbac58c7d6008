"""One object that a command opens: a home's settings, its chain and contracts, its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from commonroot.base.settings import Settings
from commonroot.keys.signer import Signer
from commonroot.ledger.book import load_all
from commonroot.ledger.ledger import Ledger
from commonroot.node.homes import book_path
from commonroot.node.kept import chain_of
from commonroot.store.artifacts import Store


@final
@dataclass(frozen=True, slots=True)
class Desk:
    """Everything at hand that a command works with."""

    settings: Settings
    ledger: Ledger
    store: Store


@contextmanager
def open_desk(settings: Settings, signer: Signer | None = None) -> Iterator[Desk]:
    """Yield a desk at a home's chain; a chain that the home keeps runs meanwhile."""
    # The book first: without it there is no reason to start a chain.
    load_all(book_path(settings))
    with chain_of(settings) as url:
        ledger = Ledger.of_file(url, book_path(settings), signer)
        yield Desk(settings, ledger, Store.at(settings.store_url))
