"""A round's structs are hashed as Solidity encodes them, and contributions have one order."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_abi.packed import encode_packed
from tests.protocol.samples import account, digest

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import WEIGHT_MAX
from commonroot.protocol.hashing import Address, keccak, to_address
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.round import (
    Close,
    Contribution,
    Opening,
    Proposal,
    contributions_root,
    in_order,
    weights_hash,
)

GIVEN = Contribution(
    node=account("node"),
    dataset=digest("set"),
    delta_root=digest("delta"),
    weight=6,
    deadline=2_000_000_000,
    signature=bytes(range(65)),
)
OPENING = Opening(
    program=2**255,
    round=2**64 - 1,
    epoch=5,
    parent=2,
    aggregator=account("aggregator"),
    open_block=1234,
    anchor=1200,
    seats=300,
    places=17,
    sample=digest("block"),
)
CLOSE = Close(
    *astuple(OPENING),
    count=3,
    weights_hash=digest("weights"),
    contributions_root=digest("contributions"),
)
PROPOSAL = Proposal(
    close=CLOSE.digest(),
    seed=digest("seed"),
    chunks=99,
    count=3,
    row_root=digest("rows"),
    result_root=digest("result"),
    gradient_root=digest("gradient"),
    payout_root=digest("payouts"),
    payout_sum=10**21,
    shares_sum=10**6,
    manifest=digest("manifest"),
)


def node(number: int) -> Address:
    """Return an account that sorts by a number."""
    return to_address(number.to_bytes(20, "big"))


def by(*numbers: int, weight: int = 1) -> list[Contribution]:
    """Return contributions of some nodes."""
    return [replace(GIVEN, node=node(number), weight=weight) for number in numbers]


class TestInOrder:
    def test_sorts_by_the_accounts_bytes(self) -> None:
        """
        The order is that of numbers, in which 0xa… stands before 0xB…, whatever the checksum's case.
        """
        ordered = in_order(by(0xB0, 2**159, 0x0A, 0xA0))

        assert [each.node for each in ordered] == [node(0x0A), node(0xA0), node(0xB0), node(2**159)]

    def test_refuses_two_of_one_node(self) -> None:
        """
        A node contributes once.
        """
        with pytest.raises(ProtocolError, match=f"Node {node(2)} appears twice"):
            in_order(by(2, 1, 2))

    @pytest.mark.parametrize("count", [0, 257])
    def test_refuses_too_few_or_too_many(self, count: int) -> None:
        """
        A round has at least one contribution and no more than fit into a row.
        """
        with pytest.raises(ProtocolError, match=f"1 to 256 contributions, not {count}"):
            in_order(by(*range(1, count + 1)))

    def test_admits_the_bounds(self) -> None:
        """
        256 nodes of 4096 each are the most there can be.
        """
        assert len(in_order(by(*range(1, 257), weight=WEIGHT_MAX // 256))) == 256

    @pytest.mark.parametrize("weights", [(0, 1), (-1, 2), (WEIGHT_MAX, 1)])
    def test_refuses_impossible_weights(self, weights: tuple[int, int]) -> None:
        """
        Every contribution weighs something, and all together not more than the sums can hold.
        """
        given = [
            replace(each, weight=weight) for each, weight in zip(by(1, 2), weights, strict=True)
        ]

        with pytest.raises(ProtocolError, match="Weights start at 1"):
            in_order(given)


class TestContribution:
    def test_leaf_is_what_solidity_packs(self) -> None:
        """
        The leaf's bytes are those of abi.encodePacked, after the kind.
        """
        types = ["uint8", "uint64", "address", "bytes32", "bytes32", "uint32", "uint64", "bytes"]
        values = [3, 7, *(getattr(GIVEN, name) for name in Contribution.__match_args__)]

        assert GIVEN.leaf(7) == keccak(encode_packed(types, values))

    @pytest.mark.parametrize(
        "change",
        [
            {"node": account("another")},
            {"dataset": digest("another")},
            {"delta_root": digest("another")},
            {"weight": 7},
            {"deadline": 2_000_000_001},
            {"signature": bytes(65)},
        ],
    )
    def test_leaf_says_all_its_fields(self, change: dict[str, Any]) -> None:
        """
        A contribution cannot be changed behind its leaf.
        """
        assert replace(GIVEN, **change).leaf(7) != GIVEN.leaf(7)

    def test_leaf_says_its_place(self) -> None:
        """
        The same contribution elsewhere is another leaf.
        """
        assert GIVEN.leaf(0) != GIVEN.leaf(1)

    def test_receipt_is_rebuilt_from_leaf_and_close(self) -> None:
        """
        What a node signed follows from the leaf, the close, the base and the aggregator.
        """
        receipt = GIVEN.receipt(CLOSE, digest("base"))

        assert receipt == Receipt(
            2**255, 2**64 - 1, 5, digest("base"), account("aggregator"), digest("set"),
            digest("delta"), 6, 2_000_000_000,
        )  # fmt: skip

    def test_root_depends_on_the_order(self) -> None:
        """
        The contributions' root is over places, so disorder can be proved.
        """
        assert contributions_root(by(1, 2)) != contributions_root(by(2, 1))


class TestWeightsHash:
    def test_packs_four_bytes_each(self) -> None:
        """
        Weights 1 and 258 are hashed as 00000001 00000102.
        """
        assert weights_hash([1, 258]) == keccak(bytes.fromhex("0000000100000102"))

    @pytest.mark.parametrize("weight", [-1, 2**32])
    def test_refuses_what_does_not_fit(self, weight: int) -> None:
        """
        A weight is a uint32.
        """
        with pytest.raises(ProtocolError, match="does not fit into 32 unsigned bits"):
            weights_hash([weight])


def other(value: Any) -> Any:
    """Return another value of a field."""
    if isinstance(value, str):
        return account("another")
    return digest("another") if isinstance(value, bytes) else value - 1


OPENING_TYPES = [
    "uint256", "uint64", "uint64", "uint64", "address", "uint64", "uint64", "uint32", "uint32", "bytes32",
]  # fmt: skip
CLOSE_TYPES = [*OPENING_TYPES, "uint32", "bytes32", "bytes32"]
PROPOSAL_TYPES = [
    "bytes32", "bytes32", "uint64", "uint32", "bytes32", "bytes32", "bytes32", "bytes32", "uint256",
    "uint256", "bytes32",
]  # fmt: skip


@pytest.mark.parametrize(
    ("struct", "types"),
    [(OPENING, OPENING_TYPES), (CLOSE, CLOSE_TYPES), (PROPOSAL, PROPOSAL_TYPES)],
    ids=["opening", "close", "proposal"],
)
class TestStructs:
    def test_digest_is_that_of_the_encoded_struct(self, struct: Any, types: list[str]) -> None:
        """
        The chain hashes abi.encode(struct); so do we.
        """
        assert struct.digest() == keccak(encode(types, struct.fields()))

    def test_digest_says_every_field(self, struct: Any, types: list[str]) -> None:
        """
        No field can be changed behind a digest.
        """
        assert len(type(struct).__match_args__) == len(types)
        for name in type(struct).__match_args__:
            changed = replace(struct, **{name: other(getattr(struct, name))})
            assert changed.digest() != struct.digest()


class TestClose:
    def test_begins_with_its_opening(self) -> None:
        """
        What was fixed at the opening stands in the close, field by field.
        """
        assert CLOSE.opening == OPENING
        assert CLOSE.fields()[:10] == OPENING.fields()

    def test_is_the_opening_over_contributions(self) -> None:
        """
        An opening and contributions in order make one close.
        """
        close = OPENING.closed(by(1, 2, weight=3))

        assert (close.opening, close.count) == (OPENING, 2)
        assert close.weights_hash == weights_hash([3, 3])
        assert close.contributions_root == contributions_root(by(1, 2, weight=3))
