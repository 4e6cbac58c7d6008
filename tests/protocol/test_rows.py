"""A row holds everything that went into its chunk."""

from __future__ import annotations

import numpy as np
import pytest
from eth_abi.packed import encode_packed
from tests.protocol.samples import digest, lanes

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Digest, keccak
from commonroot.protocol.rows import row, rows
from commonroot.protocol.scores import prefix_sums
from commonroot.protocol.tree import chunk_leaves

BASE, RESULT, GRADIENT = digest("base"), digest("result"), digest("gradient")
DELTAS = [digest("one"), digest("two")]
DOTS, SQUARES = [-5, 2**100], [0, 2**127]


def honest() -> Digest:
    """Return the row of the sample."""
    return row(9, BASE, RESULT, GRADIENT, DELTAS, DOTS, SQUARES)


class TestRow:
    def test_is_what_solidity_packs(self) -> None:
        """
        The row is keccak(2 | c | keccak(leaves) | keccak(sums)), with sixteen bytes a sum.
        """
        inputs = keccak(BASE, RESULT, GRADIENT, *DELTAS)
        sums = keccak(encode_packed(["int128", "uint128"] * 2, [-5, 0, 2**100, 2**127]))

        assert honest() == keccak(
            encode_packed(["uint8", "uint64", "bytes32", "bytes32"], [2, 9, inputs, sums])
        )

    @pytest.mark.parametrize(
        "other",
        [
            row(8, BASE, RESULT, GRADIENT, DELTAS, DOTS, SQUARES),
            row(9, digest("x"), RESULT, GRADIENT, DELTAS, DOTS, SQUARES),
            row(9, BASE, digest("x"), GRADIENT, DELTAS, DOTS, SQUARES),
            row(9, BASE, RESULT, digest("x"), DELTAS, DOTS, SQUARES),
            row(9, BASE, RESULT, GRADIENT, DELTAS[::-1], DOTS, SQUARES),
            row(9, BASE, RESULT, GRADIENT, DELTAS, [5, 2**100], SQUARES),
            row(9, BASE, RESULT, GRADIENT, DELTAS, DOTS, [1, 2**127]),
            row(9, BASE, RESULT, GRADIENT, DELTAS, DOTS[::-1], SQUARES[::-1]),
        ],
    )
    def test_says_all_that_went_into_it(self, other: Digest) -> None:
        """
        One other input, sum or order is another row.
        """
        assert other != honest()

    @pytest.mark.parametrize(("dot", "square"), [(2**127, 0), (-(2**127) - 1, 0), (0, -1)])
    def test_refuses_sums_that_do_not_fit(self, dot: int, square: int) -> None:
        """
        A sum is never cut to its word.
        """
        with pytest.raises(ProtocolError, match="does not fit into 128"):
            row(0, BASE, RESULT, GRADIENT, DELTAS[:1], [dot], [square])


def test_rows_go_through_the_chunks() -> None:
    """
    Row c holds the leaves at c and the sums through c.
    """
    gradient, delta = (np.concatenate([lanes(2), lanes(at)]) for at in (3, 5))
    leaves, sums = chunk_leaves(delta), prefix_sums(gradient, delta, 2)

    found = rows(leaves, leaves, chunk_leaves(gradient), [leaves], [sums])

    assert len(found) == 2
    assert found[1] == row(
        1, leaves[1], leaves[1], chunk_leaves(gradient)[1], [leaves[1]], [4 + 15], [4 + 25]
    )
