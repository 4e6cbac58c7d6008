"""The rows of a layout, opened as far as somebody needs them."""

from __future__ import annotations

from commonroot.protocol import tree
from commonroot.protocol.evidence.shapes import Addition, Leaf, Row
from commonroot.protocol.fixed import LANES, Fixed, to_bytes
from commonroot.protocol.hashing import Digest, keccak, signed_word, word
from commonroot.protocol.replay.recorded import Laid


def chunk_bytes(lanes: Fixed, chunk: int) -> bytes:
    """Return one chunk of a vector."""
    return to_bytes(lanes[chunk * LANES : (chunk + 1) * LANES])


def chunk_leaf(lanes: Fixed, chunk: int) -> Digest:
    """Return the leaf of one chunk of a vector."""
    return tree.chunk_leaf(chunk, chunk_bytes(lanes, chunk))


def leaf_of(lanes: Fixed, chunk: int) -> Leaf:
    """Return a leaf of a vector, with what leads to the vector's root."""
    return Leaf(chunk_leaf(lanes, chunk), tuple(tree.proof(tree.chunk_leaves(lanes), chunk)))


def row_proof(laid: Laid, chunk: int) -> tuple[Digest, ...]:
    """Return what leads from a row to the root of all."""
    return tuple(tree.proof(laid.rows(), chunk))


def leaves_of(laid: Laid, chunk: int) -> tuple[Digest, ...]:
    """Return the leaves of a row."""
    vectors = (laid.base, laid.result, laid.gradient, *laid.deltas)
    return tuple(chunk_leaf(each, chunk) for each in vectors)


def sums_of(laid: Laid, chunk: int) -> tuple[bytes, ...]:
    """Return the sums through a row's chunk, a word a contribution."""
    return tuple(
        signed_word(each.dots[chunk], 16) + word(each.squares[chunk], 16) for each in laid.sums
    )


def with_leaves(laid: Laid, chunk: int) -> Row:
    """Return a row whose leaves are open and whose sums are a hash."""
    hidden = keccak(*sums_of(laid, chunk))
    return Row(chunk, leaves_of(laid, chunk), (), hidden, row_proof(laid, chunk))


def with_sums(laid: Laid, chunk: int) -> Row:
    """Return a row whose sums are open and whose leaves are a hash."""
    hidden = keccak(*leaves_of(laid, chunk))
    return Row(chunk, (), sums_of(laid, chunk), hidden, row_proof(laid, chunk))


def with_both(laid: Laid, chunk: int) -> Row:
    """Return a row that is open altogether."""
    leaves, sums = leaves_of(laid, chunk), sums_of(laid, chunk)
    return Row(chunk, leaves, sums, Digest(bytes(32)), row_proof(laid, chunk))


def with_bytes(laid: Laid, chunk: int) -> Addition:
    """Return a row with the bytes of what was added up."""
    return Addition(
        chunk,
        chunk_bytes(laid.base, chunk),
        chunk_bytes(laid.result, chunk),
        chunk_leaf(laid.gradient, chunk),
        b"".join(chunk_bytes(each, chunk) for each in laid.deltas),
        keccak(*sums_of(laid, chunk)),
        row_proof(laid, chunk),
    )
