"""
Rows: one commitment a chunk to everything that went into it.

    row c = keccak(0x02 | uint64 c | inputs | sums)
    inputs = keccak(leaf of base | of result | of gradient | of every delta, all at c)
    sums   = keccak(for every node: int128 dot through c | uint128 square through c)

One row opened on chain proves a wrong sum; two neighbours a wrong score; a row and one proof under a
signed root a delta that its node never sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonroot.protocol.hashing import ROW, Digest, keccak, signed_word, word
from commonroot.protocol.scores import Sums


def row(
    index: int,
    base: Digest,
    result: Digest,
    gradient: Digest,
    deltas: Sequence[Digest],
    dots: Sequence[int],
    squares: Sequence[int],
) -> Digest:
    """Return the row of one chunk from its leaves and the sums through it."""
    inputs = keccak(base, result, gradient, *deltas)
    sums = keccak(
        *(
            signed_word(dot, 16) + word(square, 16)
            for dot, square in zip(dots, squares, strict=True)
        )
    )
    return keccak(ROW, word(index, 8), inputs, sums)


def rows(
    base: Sequence[Digest],
    result: Sequence[Digest],
    gradient: Sequence[Digest],
    deltas: Sequence[Sequence[Digest]],
    sums: Sequence[Sums],
) -> list[Digest]:
    """Return the rows of a round from the leaves of its vectors."""
    return [
        row(
            index,
            base[index],
            result[index],
            gradient[index],
            [leaves[index] for leaves in deltas],
            [each.dots[index] for each in sums],
            [each.squares[index] for each in sums],
        )
        for index in range(len(base))
    ]
