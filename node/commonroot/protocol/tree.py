"""
Merkle trees: one shape for chunks, rows, contributions and records.

Leaves are hashed by whoever knows what they mean; a node is `keccak(0x01 | left | right)`. The leaves are padded
with the zero digest to the depth that the committed count gives, so a proof has exactly one right
length and an index has no unused bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import LANES, Fixed, to_bytes
from commonroot.protocol.hashing import CHUNK, NODE, ZERO, Digest, keccak, word


def chunk_leaf(index: int, chunk: bytes) -> Digest:
    """Return the leaf of one 256-byte chunk: keccak(0x00 | uint64 index | chunk)."""
    if len(chunk) != 4 * LANES:
        raise ProtocolError(f"A chunk has {4 * LANES} bytes; this one has {len(chunk)}.")
    return keccak(CHUNK, word(index, 8), chunk)


def chunk_leaves(lanes: Fixed) -> list[Digest]:
    """Return the leaves of a vector, chunk by chunk."""
    if lanes.size == 0 or lanes.size % LANES:
        raise ProtocolError(f"{lanes.size} lanes are not a whole number of chunks.")
    data, size = to_bytes(lanes), 4 * LANES
    return [
        chunk_leaf(index, data[index * size : (index + 1) * size])
        for index in range(len(data) // size)
    ]


def vector_root(lanes: Fixed) -> Digest:
    """Return the root over a vector's chunks: the name of a version, a delta, a gradient."""
    return root(chunk_leaves(lanes))


def depth(count: int) -> int:
    """Return how many levels lie above `count` leaves."""
    if count < 1:
        raise ProtocolError("A tree has at least one leaf.")
    return (count - 1).bit_length()


def root(leaves: Sequence[Digest]) -> Digest:
    """Return the root over leaves."""
    return _levels(leaves)[-1][0]


def proof(leaves: Sequence[Digest], index: int) -> list[Digest]:
    """Return the siblings that lead from one leaf to the root, lowest first."""
    if not 0 <= index < len(leaves):
        raise ProtocolError(f"There is no leaf {index} among {len(leaves)}.")
    siblings = []
    for level in _levels(leaves)[:-1]:
        siblings.append(level[index ^ 1])
        index >>= 1
    return siblings


def root_from(leaf: Digest, index: int, count: int, siblings: Sequence[Digest]) -> Digest:
    """Return the root that a leaf and its siblings give; refuse what no tree of `count` can hold."""
    if not 0 <= index < count:
        raise ProtocolError(f"There is no leaf {index} among {count}.")
    if len(siblings) != depth(count):
        raise ProtocolError(
            f"A proof among {count} leaves has {depth(count)} siblings; this one has {len(siblings)}."
        )
    for sibling in siblings:
        pair = (sibling, leaf) if index & 1 else (leaf, sibling)
        leaf, index = keccak(NODE, *pair), index >> 1
    return leaf


def _levels(leaves: Sequence[Digest]) -> list[list[Digest]]:
    # Padding is hashed once a level, not once a leaf: the zero subtree of a level is always the same.
    levels, empty = [list(leaves)], ZERO
    for _ in range(depth(len(leaves))):
        below = levels[-1]
        if len(below) % 2:
            below.append(empty)
        levels.append([keccak(NODE, *below[at : at + 2]) for at in range(0, len(below), 2)])
        empty = keccak(NODE, empty, empty)
    return levels
