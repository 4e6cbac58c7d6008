"""
What a node signs, and what the aggregator signs back.

Both are EIP-712 typed data in the domain of the Programs contract of one chain, so neither means
anything on another chain, in another program, round or epoch. Types, in full:

    EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
    Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,address aggregator,
                 bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)
    Ack(bytes32 receiptDigest,uint64 epoch)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.protocol.hashing import Address, Digest, address_word, keccak, word

_DOMAIN_TYPE = keccak(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_RECEIPT_TYPE = keccak(
    b"Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,address aggregator,"
    b"bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)"
)
_ACK_TYPE = keccak(b"Ack(bytes32 receiptDigest,uint64 epoch)")


@final
@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature counts: one Programs contract on one chain."""

    chain_id: int
    programs: Address

    def separator(self) -> Digest:
        """Return the EIP-712 domain separator."""
        return keccak(
            _DOMAIN_TYPE,
            keccak(b"Commonroot"),
            keccak(b"1"),
            word(self.chain_id),
            address_word(self.programs),
        )

    def digest(self, struct: Digest) -> Digest:
        """Return what is signed for a struct in this domain."""
        return keccak(b"\x19\x01", self.separator(), struct)


@final
@dataclass(frozen=True, slots=True)
class Receipt:
    """A node's promise: this delta, from this dataset, for this round, to this aggregator."""

    program: int
    round: int
    epoch: int
    base_root: Digest
    aggregator: Address
    dataset: Digest
    delta_root: Digest
    weight: int
    deadline: int

    def digest(self, domain: Domain) -> Digest:
        """Return what the node signs."""
        return domain.digest(
            keccak(
                _RECEIPT_TYPE,
                word(self.program),
                word(self.round),
                word(self.epoch),
                self.base_root,
                address_word(self.aggregator),
                self.dataset,
                self.delta_root,
                word(self.weight),
                word(self.deadline),
            )
        )


@final
@dataclass(frozen=True, slots=True)
class Ack:
    """The aggregator's promise to include a contribution in the round's close."""

    receipt: Digest
    epoch: int

    def digest(self, domain: Domain) -> Digest:
        """Return what the aggregator signs."""
        return domain.digest(keccak(_ACK_TYPE, self.receipt, word(self.epoch)))
