"""
What a round puts on chain: who contributed, what it closed over, what it proposes.

The chain stores one hash for an opening, a close or a proposal, of structs it emits; whoever needs the
fields later shows them and the contract hashes them again. All fields are one ABI word each, so
`abi.encode(struct)` is their plain concatenation.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.fixed import WEIGHT_MAX
from commonroot.protocol.hashing import (
    CONTRIBUTION,
    Address,
    Digest,
    address_bytes,
    address_word,
    keccak,
    to_address,
    word,
)
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

    def receipt(self, opening: Opening | Close, base_root: Digest) -> Receipt:
        """Return the receipt that the signature must be over."""
        return Receipt(
            program=opening.program,
            round=opening.round,
            epoch=opening.epoch,
            base_root=base_root,
            aggregator=opening.aggregator,
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
    return keccak(packed_weights(weights))


def packed_weights(weights: Sequence[int]) -> bytes:
    """Return weights as they are hashed."""
    return b"".join(word(weight, 4) for weight in weights)


@final
@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of an epoch: what is fixed before anybody trains."""

    program: int
    round: int
    epoch: int
    parent: int
    """The version that the round starts from; of a pending parent, the version it will be."""
    aggregator: Address
    open_block: int
    """Membership, keys, datasets and enrolments are read as of here."""
    anchor: int
    """Whoever is asked took part here too: the block before the sample's, or the open block."""
    seats: int
    places: int
    """A seat is asked if the sample shuffles it to one of so many first places."""
    sample: Digest
    """The block hash that shuffles the seats; zero where everybody is asked."""

    def fields(self) -> tuple[int | bytes | str, ...]:
        """Return the struct as the contract takes it."""
        return _fields(self)

    def digest(self) -> Digest:
        """Return the hash that the chain stores until the close."""
        return _struct_hash(self)

    def closed(self, contributions: Sequence[Contribution]) -> Close:
        """Return the close over contributions that are in order."""
        ours = (
            len(contributions),
            weights_hash([each.weight for each in contributions]),
            contributions_root(contributions),
        )
        return Close(*(*astuple(self), *ours))


@final
@dataclass(frozen=True, slots=True)
class Close:
    """The end of collecting: from here on the round's contributions are fixed."""

    program: int
    round: int
    epoch: int
    parent: int
    aggregator: Address
    open_block: int
    anchor: int
    seats: int
    places: int
    sample: Digest
    count: int
    weights_hash: Digest
    contributions_root: Digest

    @property
    def opening(self) -> Opening:
        """Return the part that was fixed when the round was opened."""
        return Opening(*astuple(self)[: len(fields(Opening))])

    def fields(self) -> tuple[int | bytes | str, ...]:
        """Return the struct as the contract takes it."""
        return _fields(self)

    def digest(self) -> Digest:
        """Return the hash that the chain stores."""
        return _struct_hash(self)


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """The claim of what the round comes to, with a bond behind it."""

    close: Digest
    seed: Digest
    """The hash of the block after the close, which validation tasks are drawn with."""
    chunks: int
    count: int
    row_root: Digest
    result_root: Digest
    gradient_root: Digest
    payout_root: Digest
    payout_sum: int
    shares_sum: int
    manifest: Digest

    def fields(self) -> tuple[int | bytes | str, ...]:
        """Return the struct as the contract takes it."""
        return _fields(self)

    def digest(self) -> Digest:
        """Return the hash that the chain stores."""
        return _struct_hash(self)


def _fields(struct: Opening | Close | Proposal) -> tuple[int | bytes | str, ...]:
    return tuple(getattr(struct, each.name) for each in fields(struct))


def _struct_hash(struct: Opening | Close | Proposal) -> Digest:
    return keccak(*(_abi_word(field) for field in _fields(struct)))


def _abi_word(field: int | bytes | str) -> bytes:
    if isinstance(field, int):
        return word(field)
    return field if isinstance(field, bytes) else address_word(to_address(field))
