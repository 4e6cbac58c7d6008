"""The structs that challenges, demands and answers are made of, field by field as the contracts have them."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, final

from commonroot.protocol.hashing import ZERO, Digest, to_address
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.round import Close, Contribution, Proposal


@final
@dataclass(frozen=True, slots=True)
class Case:
    """The proposal that a challenge is about."""

    close: Close
    proposal: Proposal
    salt: Digest
    """Any digest that nobody guesses: it hides what a commitment stands for."""


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A contribution and what shows that the close holds it."""

    index: int
    contribution: Contribution
    proof: tuple[Digest, ...]


@final
@dataclass(frozen=True, slots=True)
class Row:
    """A row, opened as far as a challenge needs it."""

    chunk: int
    leaves: tuple[Digest, ...]
    """Of base, result, gradient and every delta; or none, and `hidden` is their hash."""
    sums: tuple[bytes, ...]
    """A word a contribution, dot and square; or none, and `hidden` is their hash."""
    hidden: Digest
    proof: tuple[Digest, ...]


@final
@dataclass(frozen=True, slots=True)
class Addition:
    """A row with the bytes of its sum."""

    chunk: int
    base: bytes
    result: bytes
    gradient: Digest
    deltas: bytes
    sums: Digest
    proof: tuple[Digest, ...]


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that a vector's own root holds."""

    leaf: Digest
    proof: tuple[Digest, ...]


@final
@dataclass(frozen=True, slots=True)
class Signed:
    """A receipt and the node's signature over it."""

    receipt: Receipt
    signature: bytes


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """What a demand asks for."""

    close: Close
    proposal: Proposal
    kind: Asked
    chunk: int
    column: int


@final
@dataclass(frozen=True, slots=True)
class WholeRow:
    """A whole row, as an answer shows it."""

    base: bytes
    result: bytes
    gradient: bytes
    deltas: bytes
    sums: tuple[bytes, ...]
    weights: bytes
    row_proof: tuple[Digest, ...]
    base_proof: tuple[Digest, ...]
    result_proof: tuple[Digest, ...]
    gradient_proof: tuple[Digest, ...]


# What a contract does not read is still an argument.
NO_ROW = Row(0, (), (), ZERO, ())
NO_PROPOSAL = Proposal(ZERO, ZERO, 0, 0, ZERO, ZERO, ZERO, ZERO, 0, 0, ZERO)
NO_SHOWN = Shown(0, Contribution(to_address(bytes(20)), ZERO, ZERO, 0, 0, b""), ())


def as_abi(value: Any) -> Any:
    """Return a value as the ABI takes it: a struct is a tuple of its fields."""
    if is_dataclass(value):
        return tuple(as_abi(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return [as_abi(each) for each in value]
    return value
