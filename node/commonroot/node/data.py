"""Datasets: committed to on chain, kept at home, shown to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.errors import UsageError
from commonroot.ledger.gateways.datasets import Dataset
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import ZERO, Address, Digest, keccak
from commonroot.store.artifacts import Store
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.owned import Owned, datasets

SCHEMA = keccak(b"commonroot/characters/1: name, drawing, height, width, pixels")
"""What the records of a set of characters look like, as `CharacterSet.records` spells them."""


class NoSuchDataset(UsageError):
    """A home has no dataset of that name."""

    hint = "`commonroot dataset list` shows those there are; `commonroot dataset add` makes one."

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no dataset {name} in this home.")
        self.name = name


@final
@dataclass(frozen=True, slots=True)
class Registered:
    """A dataset at home, and what the chain says of it."""

    owned: Owned
    id: Digest
    on_chain: Dataset | None


def keep(home: Path, name: str, characters: CharacterSet, source: str) -> Owned:
    """Commit to some characters and keep them at home; refuse a name that is taken."""
    folder = datasets(home) / _name(name)
    if (folder / "dataset.json").exists():
        raise UsageError(
            f"There is a dataset {name} in this home already.",
            hint=(
                f"It stays as it was committed to: `commonroot dataset register {name}` puts it on"
                " chain if it is not there; other records take another name."
            ),
        )
    return Owned.keep(folder, characters, source)


def register(ledger: Ledger, store: Store, owned: Owned, terms: bytes = b"") -> Registered:
    """Put a dataset's commitment on chain, and its terms into the store; once is enough."""
    known = look_up(ledger, owned, ledger.account)
    if known.on_chain is not None:
        return known
    digest = store.put(terms) if terms else ZERO
    ledger.datasets.register(owned.root, owned.count, SCHEMA, digest)
    return look_up(ledger, owned, ledger.account)


def look_up(ledger: Ledger, owned: Owned, account: Address) -> Registered:
    """Return what the chain says of an account's dataset."""
    id = owned.id_for(account)
    return Registered(owned, id, ledger.datasets.dataset(id))


def at_home(home: Path, name: str) -> Owned:
    """Return a home's dataset."""
    folder = datasets(home) / _name(name)
    if not (folder / "dataset.json").exists():
        raise NoSuchDataset(name)
    return Owned.read(folder)


def _name(name: str) -> str:
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise UsageError(
            f"{name!r} cannot be a dataset's name.", hint="Use letters, digits, `-` and `_`."
        )
    return name
