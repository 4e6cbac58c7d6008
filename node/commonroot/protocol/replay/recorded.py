"""What there is to judge a round by: what the chain says of it, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from commonroot.protocol import tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.manifest import Manifest
from commonroot.protocol.receipt import Domain
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.rows import rows
from commonroot.protocol.rules import Rules
from commonroot.protocol.scores import Sums


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """What the chain says of a node as of a round's open block."""

    key: Address | None
    """Its receipt key; None where it was no member."""
    dataset: Digest | None
    """What it took part in the program with; None where it did not."""
    records: int
    """The record count of that dataset; zero where it was not active."""
    seat: int | None
    """Its seat in the program; None where it never took one."""
    anchored: bool
    """Whether it took part, with whatever dataset, as of the opening's anchor too."""


NOBODY = Standing(None, None, 0, None, False)


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """What the chain says of a round."""

    domain: Domain
    rules: Rules
    spec: Digest
    opening: Opening
    close: Close
    proposal: Proposal
    seed: Digest
    parent_root: Digest
    standings: Mapping[Address, Standing]
    """Of every node that is in the round's close."""
    parent: Proposal | None = None
    """The parent round's proposal, where that round was not final yet."""

    def standing(self, node: Address) -> Standing:
        """Return what the chain says of a node."""
        return self.standings.get(node, NOBODY)


@final
@dataclass(frozen=True, slots=True)
class Laid:
    """The vectors and sums that a round's rows were built from, honest or not."""

    base: Fixed
    result: Fixed
    gradient: Fixed
    deltas: tuple[Fixed, ...]
    sums: tuple[Sums, ...]

    def rows(self) -> list[Digest]:
        """Return the row of every chunk."""
        base, result, gradient, *deltas = (
            tree.chunk_leaves(each)
            for each in (self.base, self.result, self.gradient, *self.deltas)
        )
        return rows(base, result, gradient, deltas, self.sums)


@final
@dataclass(frozen=True, slots=True)
class Artifacts:
    """The bytes of a round, read but not believed."""

    manifest: Manifest
    base: Fixed
    gradient: Fixed
    deltas: tuple[Fixed, ...]
    result: Fixed | None = None
    """The new version as the aggregator published it, where somebody has it."""
    laid: Laid | None = None
    """What the rows were built from, where that is known not to be the vectors above."""
    weights: tuple[int, ...] | None = None
    """What the close's weights hash is of, where that is known not to be the contributions' weights."""
