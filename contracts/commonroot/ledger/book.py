"""The address book: which chain, and where on it each contract stands."""

from __future__ import annotations

import json
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
    nodes: Address
    datasets: Address
    models: Address
    licences: Address
    programs: Address

    def save(self, path: Path) -> None:
        """Write the book, whole or not at all."""
        held = {**asdict(self), "genesis": to_hex(self.genesis)}
        write_whole(path, json.dumps(held, indent=2).encode() + b"\n")

    def require_chain(self, web3: Web3) -> None:
        """Raise if a connection leads to another chain than the book's."""
        with asking(web3, "the chain's identity"):
            chain_id, first = web3.eth.chain_id, web3.eth.get_block(0)
        genesis = Digest(bytes(first["hash"]))
        if (chain_id, genesis) != (self.chain_id, self.genesis):
            raise WrongChain(
                f"chain {self.chain_id} that begins with {to_hex(self.genesis)}",
                f"{chain_id} and begins with {to_hex(genesis)}",
            )


def load(path: Path) -> Book:
    """Return the book at a path."""
    try:
        held = load_json(path.read_bytes())
        return _parse(held)
    except FileNotFoundError as exc:
        raise BadBook(path, "it does not exist") from exc
    except OSError as exc:
        raise BadBook(path, exc.strerror or str(exc)) from exc
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, ProtocolError) as exc:
        raise BadBook(path, f"it is malformed ({exc})") from exc


def _parse(held: dict[str, Any]) -> Book:
    places = ("token", "nodes", "datasets", "models", "licences", "programs")
    return Book(
        chain_id=int(held["chain_id"]),
        genesis=to_digest(held["genesis"]),
        block=int(held["block"]),
        **{name: to_address(held[name]) for name in places},
    )
