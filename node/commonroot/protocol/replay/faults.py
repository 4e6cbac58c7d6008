"""
What can be wrong with a round, a class a kind, and what follows from it.

* Fault
  + Provable        one transaction shows it and takes the aggregator's bond
    - WrongSum, ForeignChunk, OutOfBounds, WrongPrefix      in the rows
    - WrongPayroll                                          in the payouts
    - WrongSignature, Stranger, WrongWeight, Disorder       in the contributions
  + Withheld        what would show it is not there; it can be demanded, and who does not answer loses
  + Auditable       anyone can see it, and no contract can: a document or a promise that is no commitment

An omission and two signatures for one round are provable too, but not from a round's artifacts: see
`commonroot.protocol.evidence.promises`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias, final

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import to_hex

BASE, RESULT, GRADIENT, DELTAS = range(4)
"""The vectors of a row by number; the delta of contribution i is DELTAS + i."""


@final
@dataclass(frozen=True, slots=True)
class WrongSum:
    """A lane of a chunk is not what the rule makes of it."""

    chunk: int
    lane: int


@final
@dataclass(frozen=True, slots=True)
class ForeignChunk:
    """A row was built from a chunk that is not the vector's."""

    chunk: int
    vector: int


@final
@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """A lane is larger than admitted, or padding and not zero."""

    chunk: int
    lane: int
    vector: int


@final
@dataclass(frozen=True, slots=True)
class WrongPrefix:
    """A node's sums through a chunk are not those through the one before and this chunk's."""

    chunk: int
    column: int


@final
@dataclass(frozen=True, slots=True)
class WrongPayroll:
    """The payouts do not follow from the contributions and the last sums."""


@final
@dataclass(frozen=True, slots=True)
class WrongSignature:
    """A contribution was not signed with its node's key."""

    place: int


@final
@dataclass(frozen=True, slots=True)
class Stranger:
    """A contribution's node had no business in the round: no member, not enrolled so, not sampled."""

    place: int


@final
@dataclass(frozen=True, slots=True)
class WrongWeight:
    """A contribution weighs something else than the rules give it, or than the sums were made with."""

    place: int


@final
@dataclass(frozen=True, slots=True)
class Disorder:
    """A contribution's node does not come after the one before it."""

    place: int
    """The first of the two."""


class Asked(IntEnum):
    """What can be demanded."""

    ROW = 0
    COLUMN = 1
    CONTRIBUTIONS = 2


@final
@dataclass(frozen=True, slots=True)
class Withheld:
    """What the chain committed to is nowhere to be seen."""

    asked: Asked
    chunk: int = 0
    column: int = 0
    """The contribution whose signed root must hold something at the chunk; zero unless a column is asked."""


@final
@dataclass(frozen=True, slots=True)
class Auditable:
    """No contract can see it."""


Provable: TypeAlias = (
    WrongSum
    | ForeignChunk
    | OutOfBounds
    | WrongPrefix
    | WrongPayroll
    | WrongSignature
    | Stranger
    | WrongWeight
    | Disorder
)
Fault: TypeAlias = Provable | Withheld | Auditable

AUDITABLE = Auditable()


class Mismatch(ProtocolError):
    """Something of a round is not what the chain holds."""

    def __init__(
        self, round: int, what: str, expected: object, found: object, fault: Fault = AUDITABLE
    ) -> None:
        super().__init__(
            f"Round {round} does not hold: {what} is {_shown(found)}, recorded is {_shown(expected)}."
        )
        self.round, self.what, self.expected, self.found = round, what, expected, found
        self.fault = fault

    @property
    def provable(self) -> bool:
        """Return whether one transaction can show it."""
        return not isinstance(self.fault, Withheld | Auditable)


def _shown(value: object) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)[:200]
