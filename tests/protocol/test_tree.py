"""A tree says what its leaves are and how many, and no proof says anything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, digest, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.hashing import ZERO, Digest, keccak


def leaves_of(count: int) -> list[Digest]:
    """Return some leaves."""
    return [digest(f"leaf {at}") for at in range(count)]


class TestRoot:
    def test_of_one_leaf_is_the_leaf(self) -> None:
        """
        Nothing lies above a single leaf.
        """
        assert tree.root(leaves_of(1)) == leaves_of(1)[0]

    def test_of_three_leaves_by_hand(self) -> None:
        """
        The fourth place is the zero digest, and nodes begin with the byte 1.
        """
        one, two, three = leaves_of(3)
        left, right = keccak(b"\x01", one, two), keccak(b"\x01", three, ZERO)

        assert tree.root([one, two, three]) == keccak(b"\x01", left, right)

    def test_of_five_leaves_pads_to_eight(self) -> None:
        """
        Whole empty subtrees are hashed too: the depth follows from the count alone.
        """
        padded = leaves_of(5) + [ZERO] * 3

        assert tree.root(leaves_of(5)) == tree.root(padded)

    def test_refuses_no_leaves(self) -> None:
        """
        A commitment to nothing is no commitment.
        """
        with pytest.raises(ProtocolError, match="at least one leaf"):
            tree.root([])

    def test_leaves_its_leaves_alone(self) -> None:
        """
        Padding is not added to the caller's list.
        """
        leaves = leaves_of(5)
        tree.root(leaves)

        assert leaves == leaves_of(5)


class TestDepth:
    @pytest.mark.parametrize(("count", "depth"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8)])
    def test_follows_from_the_count(self, count: int, depth: int) -> None:
        """
        The depth is the smallest that holds so many leaves.
        """
        assert tree.depth(count) == depth


class TestProof:
    @BOUNDED
    @given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
    def test_leads_from_every_leaf_to_the_root(self, case: tuple[int, int]) -> None:
        """
        Each leaf of a tree of any size proves its own place.
        """
        count, at = case
        leaves = leaves_of(count)

        assert tree.root_from(leaves[at], at, count, tree.proof(leaves, at)) == tree.root(leaves)

    @pytest.mark.parametrize("at", [-1, 5])
    def test_refuses_a_leaf_that_is_not_there(self, at: int) -> None:
        """
        Padding has no proof.
        """
        with pytest.raises(ProtocolError, match=f"no leaf {at} among 5"):
            tree.proof(leaves_of(5), at)


class TestRootFrom:
    @pytest.mark.parametrize("at", [-1, 5, 7, 8, 2**64])
    def test_refuses_an_index_beyond_the_count(self, at: int) -> None:
        """
        Unused bits of an index would give one leaf several places.
        """
        with pytest.raises(ProtocolError, match=f"no leaf {at} among 5"):
            tree.root_from(leaves_of(5)[0], at, 5, tree.proof(leaves_of(5), 0))

    @pytest.mark.parametrize("change", [-1, 1])
    def test_refuses_a_proof_of_another_length(self, change: int) -> None:
        """
        A shorter proof would pass a node off as a leaf, a longer one a leaf as a node.
        """
        siblings = ([*tree.proof(leaves_of(5), 2), ZERO])[: 3 + change]

        with pytest.raises(ProtocolError, match=rf"3 siblings; this one has {3 + change}"):
            tree.root_from(leaves_of(5)[2], 2, 5, siblings)

    def test_gives_another_root_for_another_place(self) -> None:
        """
        A leaf cannot be shown at its neighbour's place.
        """
        leaves = leaves_of(5)

        assert tree.root_from(leaves[2], 3, 5, tree.proof(leaves, 2)) != tree.root(leaves)

    @pytest.mark.parametrize("level", [0, 1, 2])
    def test_gives_another_root_for_a_wrong_sibling(self, level: int) -> None:
        """
        One flipped bit in any sibling leads elsewhere.
        """
        leaves = leaves_of(5)
        siblings = tree.proof(leaves, 2)
        siblings[level] = Digest(bytes([siblings[level][0] ^ 1]) + siblings[level][1:])

        assert tree.root_from(leaves[2], 2, 5, siblings) != tree.root(leaves)


class TestChunks:
    def test_hash_their_place_and_their_lanes(self) -> None:
        """
        A chunk's leaf is keccak(0 | index in eight bytes | 256 bytes).
        """
        vector = lanes(-1, 2, size=128)
        second = b"\x00" + (1).to_bytes(8, "big") + bytes(256)

        assert tree.chunk_leaves(vector)[1] == keccak(second)
        assert tree.chunk_leaves(vector)[0] == keccak(
            bytes(9), b"\xff\xff\xff\xff\x00\x00\x00\x02", bytes(248)
        )

    @pytest.mark.parametrize("lane", [0, 63, 64, 127])
    def test_every_lane_is_under_the_root(self, lane: int) -> None:
        """
        The root names the vector: one lane more by one is another vector.
        """
        vector, other = np.zeros(128, np.int32), np.zeros(128, np.int32)
        other[lane] = 1

        assert tree.vector_root(vector) != tree.vector_root(other)

    @pytest.mark.parametrize("size", [0, 63, 65])
    def test_refuse_what_is_not_whole(self, size: int) -> None:
        """
        A vector is at least one chunk and only whole ones.
        """
        with pytest.raises(ProtocolError, match=f"{size} lanes are not a whole number of chunks"):
            tree.vector_root(np.zeros(size, np.int32))

    def test_refuse_a_chunk_of_another_size(self) -> None:
        """
        A leaf is made of 256 bytes and of nothing else.
        """
        with pytest.raises(ProtocolError, match="256 bytes; this one has 255"):
            tree.chunk_leaf(0, bytes(255))
