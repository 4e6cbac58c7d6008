"""
Who may take part in a program: a root over accounts, ascending.

    leaf = keccak(0x07 | account)

The contract holds no count beside the root, so a proof may have any length there; that is safe
because no leaf of this kind can be passed off as a node of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.hashing import ADMITTED, Address, Digest, address_bytes, keccak


@final
@dataclass(frozen=True, slots=True)
class Admission:
    """An account's place in an allowlist, as it shows it to join."""

    index: int
    proof: tuple[Digest, ...]


def leaf(account: Address) -> Digest:
    """Return the leaf of an admitted account."""
    return keccak(ADMITTED, address_bytes(account))


def root(accounts: Iterable[Address]) -> Digest:
    """Return the root over the admitted accounts, whatever order they come in."""
    return tree.root([leaf(account) for account in _ordered(accounts)])


def admission(accounts: Iterable[Address], account: Address) -> Admission:
    """Return an account's place; raise where it is not admitted."""
    ordered = _ordered(accounts)
    if account not in ordered:
        raise ProtocolError(f"{account} is not on the allowlist.")
    index = ordered.index(account)
    return Admission(index, tuple(tree.proof([leaf(each) for each in ordered], index)))


def _ordered(accounts: Iterable[Address]) -> list[Address]:
    return sorted(set(accounts), key=address_bytes)
