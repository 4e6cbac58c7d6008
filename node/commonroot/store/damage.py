"""
What is wrong with a copy of a version, down to the chunk and the tensor.

A copy holds lanes and the leaves of their tree; the chain holds the root. Whichever of the two hashes to the
root is right, and then says where the other one is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import final

import numpy as np

from commonroot.protocol import tree
from commonroot.protocol.fixed import LANES, Fixed
from commonroot.protocol.hashing import Digest, to_hex
from commonroot.protocol.table import Table

_MOST_NAMED = 8


class Finding(Enum):
    """What comparing a copy with the chain's root comes to."""

    WHOLE = "every chunk is as the chain says"
    DATA_DAMAGED = "its data is damaged"
    LEAVES_DAMAGED = "its data is as the chain says, but its own list of leaves is damaged"
    BOTH_DAMAGED = (
        "neither its data nor its own list of leaves is as the chain says; the chunks that do not"
        " match their leaf are named, and there may be others"
    )
    ANOTHER = "it is whole in itself, but is not what the chain has under this name"


@final
@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a tensor: its lanes from `first` up to and with `last`, flattened."""

    tensor: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.tensor}[{self.first}..{self.last}]"


@final
@dataclass(frozen=True, slots=True)
class Damage:
    """A chunk that does not hash to its leaf, and what lies in it."""

    chunk: int
    stretches: tuple[Stretch, ...]

    def __str__(self) -> str:
        return f"chunk {self.chunk} ({', '.join(map(str, self.stretches))})"


@final
@dataclass(frozen=True, slots=True)
class Examination:
    """A finding, and where it applies."""

    finding: Finding
    expected: Digest
    found: Digest
    """The root that the copy's data has."""
    damages: tuple[Damage, ...]

    @property
    def whole(self) -> bool:
        """Say whether the copy is what the chain has, in every bit."""
        return self.finding is Finding.WHOLE

    def __str__(self) -> str:
        said = self.finding.value
        if self.damages:
            more = len(self.damages) - _MOST_NAMED
            said += ": " + ", ".join(map(str, self.damages[:_MOST_NAMED]))
            said += f" and {more} more" if more > 0 else ""
        if self.found != self.expected:
            said += (
                f"; its data has the root {to_hex(self.found)}, the chain {to_hex(self.expected)}"
            )
        return said


def examine(table: Table, lanes: Fixed, leaves: Sequence[Digest], root: Digest) -> Examination:
    """Return what is wrong with a copy of the version that has a root."""
    actual = tree.chunk_leaves(lanes)
    found, listed = tree.root(actual), tree.root(leaves)
    wrong = [
        index for index, pair in enumerate(zip(actual, leaves, strict=True)) if pair[0] != pair[1]
    ]
    finding = _finding(found == root, listed == root, differ=bool(wrong))
    return Examination(finding, root, found, tuple(_damage(table, index) for index in wrong))


def _finding(data: bool, list_: bool, *, differ: bool) -> Finding:
    if data and list_:
        return Finding.WHOLE
    if data:
        return Finding.LEAVES_DAMAGED
    if list_:
        return Finding.DATA_DAMAGED
    return Finding.BOTH_DAMAGED if differ else Finding.ANOTHER


def _damage(table: Table, chunk: int) -> Damage:
    # A vector that holds its own indices says where each tensor lies.
    places = table.unpack(np.arange(table.chunks() * LANES))
    stretches = []
    for tensor in table.tensors:
        start = int(places[tensor.name].flat[0])
        first = max(chunk * LANES - start, 0)
        last = min((chunk + 1) * LANES - start, tensor.size) - 1
        if first <= last:
            stretches.append(Stretch(tensor.name, first, last))
    return Damage(chunk, tuple(stretches))
