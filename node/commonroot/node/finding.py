"""What a person means by X: a model file, a root, a spec's digest, or a model and its version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.errors import CommonrootError, UsageError
from commonroot.ledger import events
from commonroot.ledger.book import Book
from commonroot.ledger.errors import WrongChain
from commonroot.ledger.gateways.models import Place
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Digest, to_digest, to_hex
from commonroot.store import modelfile
from commonroot.store.modelfile import ModelFile, Origin

_NUMBERED = re.compile(r"(?P<model>[1-9][0-9]{0,18})(@(?P<version>0|[1-9][0-9]{0,17}))?")
_DIGEST = re.compile(r"0x[0-9a-fA-F]{64}")


class NotOnChain(CommonrootError):
    """The chain knows nothing of that name."""

    hint = "`commonroot model list` shows the models there are."


@final
@dataclass(frozen=True, slots=True)
class Found:
    """A version, and what led to it."""

    model: int
    version: int
    file: ModelFile | None = None
    others: tuple[Place, ...] = ()
    """Where else the same root stands: anyone may start from any root."""


def find(ledger: Ledger, text: str) -> Found:
    """Return the version that a file, a hash or a number stands for."""
    if _DIGEST.fullmatch(text):
        return _by_digest(ledger, to_digest(text))
    numbered = _NUMBERED.fullmatch(text)
    if numbered and not Path(text).is_file():
        version = None if numbered["version"] is None else int(numbered["version"])
        return _by_number(ledger, int(numbered["model"]), version)
    if not Path(text).is_file():
        raise UsageError(
            f"{text} is no file, no hash and no model.",
            hint="Name a model file, 0x and 64 digits, or a model's number (1 or 1@8).",
        )
    return by_file(ledger, modelfile.read(Path(text)))


def by_file(ledger: Ledger, file: ModelFile) -> Found:
    """Return the version that a file claims to be; refuse one of another chain."""
    require_same_chain(ledger.book, file.origin)
    found = _by_number(ledger, file.origin.model, file.origin.version)
    return Found(found.model, found.version, file)


def require_same_chain(book: Book, origin: Origin) -> None:
    """Raise if a file comes from another chain or other contracts than the book's."""
    ours = (book.chain_id, book.genesis, book.models)
    if ours != (origin.chain_id, origin.genesis, origin.models):
        raise WrongChain(
            f"the contracts of the file: {_named(origin.chain_id, origin.genesis, origin.models)}",
            f"that of {_named(*ours)}",
        )


def _by_number(ledger: Ledger, model: int, version: int | None) -> Found:
    count = ledger.programs.count()
    if not 1 <= model <= count:
        raise NotOnChain(f"There is no model {model} among {count}.")
    head = ledger.models.head(model)
    if version is not None and version > head:
        raise NotOnChain(f"Model {model} has no version {version}; its newest is {head}.")
    return Found(model, head if version is None else version)


def _by_digest(ledger: Ledger, digest: Digest) -> Found:
    # A proposal shows its result before it is final, and anybody may start a program from it meanwhile:
    # so what a round made comes before what is somebody's seed.
    places = sorted(ledger.models.places_of(digest), key=lambda place: place.version == 0)
    if places:
        return Found(places[0].model, places[0].version, others=tuple(places[1:]))
    programs = events.programs(ledger, spec=digest)
    if programs:
        return _by_number(ledger, programs[0].program, None)
    raise NotOnChain(f"No version and no spec on this chain has the hash {to_hex(digest)}.")


def _named(chain_id: int, genesis: Digest, models: str) -> str:
    return f"chain {chain_id} that begins with {to_hex(genesis)[:18]}…, models at {models}"
