"""The challenges, a class each, their fields in the order of the contract's arguments."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeAlias, final

from commonroot.protocol.evidence.shapes import Addition, Case, Leaf, Row, Shown, Signed, as_abi
from commonroot.protocol.hashing import Digest
from commonroot.protocol.round import Contribution, Proposal


class _Call:
    """A call of the Challenges contract."""

    __slots__ = ()
    function: ClassVar[str]

    def arguments(self) -> list[Any]:
        """Return the arguments as the ABI takes them."""
        return [as_abi(getattr(self, field.name)) for field in fields(self)]  # type: ignore[arg-type]  # each of ours is one


@final
@dataclass(frozen=True, slots=True)
class WrongSumChallenge(_Call):
    """One lane of the result is not what the rules make of the row."""

    function: ClassVar[str] = "wrongSum"
    case: Case
    row: Addition
    lane: int
    weights: bytes
    last: Row


@final
@dataclass(frozen=True, slots=True)
class ForeignChunkChallenge(_Call):
    """A leaf in a row is not the one that its vector holds there."""

    function: ClassVar[str] = "foreignChunk"
    case: Case
    row: Row
    place: int
    own: Leaf
    shown: Shown
    parent: Proposal


@final
@dataclass(frozen=True, slots=True)
class OutOfBoundsChallenge(_Call):
    """A lane is beyond its bound, or padding and not zero."""

    function: ClassVar[str] = "outOfBounds"
    case: Case
    row: Row
    place: int
    chunk: bytes
    lane: int


@final
@dataclass(frozen=True, slots=True)
class WrongPrefixChallenge(_Call):
    """The sums through a chunk are not those through the one before and its own."""

    function: ClassVar[str] = "wrongPrefix"
    case: Case
    row: Row
    before: Row
    index: int
    gradient: bytes
    delta: bytes


@final
@dataclass(frozen=True, slots=True)
class WrongPayrollChallenge(_Call):
    """The payouts are not what the rules make of contributions and sums."""

    function: ClassVar[str] = "wrongPayroll"
    case: Case
    contributions: tuple[Contribution, ...]
    last: Row


@final
@dataclass(frozen=True, slots=True)
class WrongSignatureChallenge(_Call):
    """A contribution was not signed by its node's key."""

    function: ClassVar[str] = "wrongSignature"
    case: Case
    shown: Shown
    parent: Proposal


@final
@dataclass(frozen=True, slots=True)
class StrangerChallenge(_Call):
    """A contribution's node had no business in the round."""

    function: ClassVar[str] = "stranger"
    case: Case
    shown: Shown


@final
@dataclass(frozen=True, slots=True)
class WrongWeightChallenge(_Call):
    """A contribution's weight is not what the rules give, or not what the weights' hash holds."""

    function: ClassVar[str] = "wrongWeight"
    case: Case
    shown: Shown
    weights: bytes


@final
@dataclass(frozen=True, slots=True)
class DisorderChallenge(_Call):
    """Two neighbouring contributions are not ascending."""

    function: ClassVar[str] = "disorder"
    case: Case
    first: Shown
    second: Shown


@final
@dataclass(frozen=True, slots=True)
class OmissionChallenge(_Call):
    """An acked receipt is not in the close."""

    function: ClassVar[str] = "omission"
    case: Case
    given: Signed
    ack: bytes
    beside: tuple[Shown, ...]
    parent: Proposal


@final
@dataclass(frozen=True, slots=True)
class EquivocationChallenge(_Call):
    """A node signed two deltas for one epoch of a round."""

    function: ClassVar[str] = "equivocation"
    first: Signed
    second: Signed
    salt: Digest


Challenge: TypeAlias = (
    WrongSumChallenge
    | ForeignChunkChallenge
    | OutOfBoundsChallenge
    | WrongPrefixChallenge
    | WrongPayrollChallenge
    | WrongSignatureChallenge
    | StrangerChallenge
    | WrongWeightChallenge
    | DisorderChallenge
    | OmissionChallenge
    | EquivocationChallenge
)
