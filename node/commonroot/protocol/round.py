"""
What a round puts on chain: who contributed, what it closed over, what it proposes.

The chain stores one hash for a close and one for a proposal, of structs it emits; whoever needs the
fields later shows them and the contract hashes them again. All fields are one ABI word each, so
`abi.encode(struct)` is their plain concatenation.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.fixed import WEIGHT_MAX
from commonroot.protocol.hashing import CONTRIBUTION, Address, Digest, address_bytes, keccak, word
from commonroot.protocol.receipt import Receipt

MOST_CONTRIBUTIONS = 256
"""A row, which holds something of every contribution, must fit into a transaction."""


@final
@dataclass(frozen=True, slots=True)
class Contribution:
    """One accepted delta, as the close commits to it."""

    node: Address
    dataset: Digest
    delta_root: Digest
    weight: int
    deadline: int
    signature: bytes

    def leaf(self, index: int) -> Digest:
        """
        Return the leaf in the contributions tree:
        keccak(0x03 | uint64 index | node | dataset | deltaRoot | uint32 weight | uint64 deadline | signature).
        """
        return keccak(
            CONTRIBUTION,
            word(index, 8),
            address_bytes(self.node),
            self.dataset,
            self.delta_root,
            word(self.weight, 4),
            word(self.deadline, 8),
            self.signature,
        )

    def receipt(self, close: Close, base_root: Digest, aggregator: Address) -> Receipt:
        """Return the receipt that the signature must be over."""
        return Receipt(
            program=close.program,
            round=close.round,
            epoch=close.epoch,
            base_root=base_root,
            aggregator=aggregator,
            dataset=self.dataset,
            delta_root=self.delta_root,
            weight=self.weight,
            deadline=self.deadline,
        )


def in_order(contributions: Sequence[Contribution]) -> list[Contribution]:
    """Return contributions ascending by node; refuse two of one node, too many, or too heavy."""
    ordered = sorted(contributions, key=lambda each: address_bytes(each.node))
    if not 1 <= len(ordered) <= MOST_CONTRIBUTIONS:
        raise ProtocolError(
            f"A round has 1 to {MOST_CONTRIBUTIONS} contributions, not {len(ordered)}."
        )
    for one, next_one in itertools.pairwise(ordered):
        if one.node == next_one.node:
            raise ProtocolError(f"Node {one.node} appears twice in one round.")
    if sum(each.weight for each in ordered) > WEIGHT_MAX or any(
        each.weight < 1 for each in ordered
    ):
        raise ProtocolError(f"Weights start at 1 and add up to at most {WEIGHT_MAX}.")
    return ordered


def contributions_root(contributions: Sequence[Contribution]) -> Digest:
    """Return the root over contributions that are in order."""
    return tree.root([each.leaf(index) for index, each in enumerate(contributions)])


def weights_hash(weights: Sequence[int]) -> Digest:
    """Return the commitment to the weights: keccak of them as packed uint32."""
    return keccak(*(word(weight, 4) for weight in weights))


@final
@dataclass(frozen=True, slots=True)
class Close:
    """The end of collecting: from here on the round's contributions are fixed."""

    program: int
    round: int
    epoch: int
    parent: int
    open_block: int
    count: int
    weights_hash: Digest
    contributions_root: Digest

    def fields(self) -> tuple[int | bytes, ...]:
        """Return the struct as the contract takes it."""
        return (
            self.program,
            self.round,
            self.epoch,
            self.parent,
            self.open_block,
            self.count,
            self.weights_hash,
            self.contributions_root,
        )

    def digest(self) -> Digest:
        """Return the hash that the chain stores."""
        return _struct_hash(self.fields())


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """The claim of what the round comes to, with a bond behind it."""

    close: Digest
    chunks: int
    row_root: Digest
    result_root: Digest
    gradient_root: Digest
    payout_root: Digest
    payout_sum: int
    shares_sum: int
    manifest: Digest

    def fields(self) -> tuple[int | bytes, ...]:
        """Return the struct as the contract takes it."""
        return (
            self.close,
            self.chunks,
            self.row_root,
            self.result_root,
            self.gradient_root,
            self.payout_root,
            self.payout_sum,
            self.shares_sum,
            self.manifest,
        )

    def digest(self) -> Digest:
        """Return the hash that the chain stores."""
        return _struct_hash(self.fields())


def _struct_hash(fields: Sequence[int | bytes]) -> Digest:
    return keccak(*(word(field) if isinstance(field, int) else field for field in fields))
