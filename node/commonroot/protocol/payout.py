"""
Who is paid what, and the tree under which it is claimed.

Half of a round's reward goes in equal parts to every accepted contribution, half by positive score;
nobody gets more than twice the equal part of the whole. What that leaves stays in the budget. Shares
follow the payouts.

The tree carries sums, so that a claim recomputes them and no leaf can promise more than was committed:

    leaf = keccak(0x04 | uint64 index | node | int256 score | uint256 square | uint256 payout | uint256 shares)
    node = keccak(0x05 | left | uint256 payout | uint256 shares | right | uint256 payout | uint256 shares)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import (
    PAYOUT,
    PAYOUT_NODE,
    ZERO,
    Address,
    Digest,
    address_bytes,
    keccak,
    signed_word,
    word,
)
from commonroot.protocol.tree import depth


@final
@dataclass(frozen=True, slots=True)
class Payout:
    """One node's part of a round."""

    node: Address
    score: int
    square: int
    payout: int
    shares: int

    def branch(self, index: int) -> Branch:
        """Return the payout as the lowest branch of the tree."""
        leaf = keccak(
            PAYOUT,
            word(index, 8),
            address_bytes(self.node),
            signed_word(self.score),
            word(self.square),
            word(self.payout),
            word(self.shares),
        )
        return Branch(leaf, self.payout, self.shares)


@final
@dataclass(frozen=True, slots=True)
class Branch:
    """A point of the sum tree: a digest, and what all the leaves below it add up to."""

    digest: Digest
    payout: int
    shares: int

    def joined(self, right: Branch) -> Branch:
        """Return the branch above this one and its right neighbour."""
        digest = keccak(PAYOUT_NODE, *(part for side in (self, right) for part in side.parts()))
        return Branch(digest, self.payout + right.payout, self.shares + right.shares)

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Return the branch as it is hashed."""
        return self.digest, word(self.payout), word(self.shares)

    def fields(self) -> tuple[bytes, int, int]:
        """Return the struct as the contract takes it."""
        return self.digest, self.payout, self.shares


NOTHING = Branch(ZERO, 0, 0)


def payouts(
    nodes: Sequence[Address],
    scores: Sequence[int],
    squares: Sequence[int],
    reward: int,
    shares: int,
) -> list[Payout]:
    """Return what each node of a round gets."""
    amounts = _amounts(scores, reward)
    total = sum(amounts)
    return [
        Payout(node, score, square, amount, shares * amount // total if total else 0)
        for node, score, square, amount in zip(nodes, scores, squares, amounts, strict=True)
    ]


def _amounts(scores: Sequence[int], reward: int) -> list[int]:
    count = len(scores)
    if count == 0:
        raise ProtocolError("A round without contributions pays nobody.")
    equal = reward // 2 // count
    by_score = reward // 2
    positive = [max(score, 0) for score in scores]
    total = sum(positive)
    most = 2 * reward // count
    return [min(equal + (by_score * each // total if total else 0), most) for each in positive]


def tree_root(leaves: Sequence[Payout]) -> Branch:
    """Return the top of the sum tree."""
    return _levels(leaves)[-1][0]


def proof(leaves: Sequence[Payout], index: int) -> list[Branch]:
    """Return the branches beside the way from one leaf to the top, lowest first."""
    if not 0 <= index < len(leaves):
        raise ProtocolError(f"There is no payout {index} among {len(leaves)}.")
    beside = []
    for level in _levels(leaves)[:-1]:
        beside.append(level[index ^ 1])
        index >>= 1
    return beside


def _levels(leaves: Sequence[Payout]) -> list[list[Branch]]:
    levels, empty = [[leaf.branch(index) for index, leaf in enumerate(leaves)]], NOTHING
    for _ in range(depth(len(leaves))):
        below = levels[-1]
        if len(below) % 2:
            below.append(empty)
        levels.append([below[at].joined(below[at + 1]) for at in range(0, len(below), 2)])
        empty = empty.joined(empty)
    return levels
