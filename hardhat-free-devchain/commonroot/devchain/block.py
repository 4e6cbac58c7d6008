"""
Blocks, receipts and logs: what they hold and how they are hashed (Prague's layouts).

Header: rlp of 21 fields in the order of `Header.encode`. Receipt: the transaction's type byte
(none for a legacy one), then rlp of status, cumulative gas, bloom and logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, final

import rlp
from trie.hexary import HexaryTrie

from commonroot.devchain.hashing import Address, Hash, keccak
from commonroot.devchain.transaction import Transaction, decode

EMPTY_ROOT = keccak(rlp.encode(b""))
NO_OMMERS = keccak(rlp.encode([]))
_NO_REQUESTS = sha256(b"").digest()
_FIRST_BASE_FEE = 10**9


@final
@dataclass(frozen=True, slots=True)
class Header:
    """What a block commits to."""

    number: int
    parent_hash: Hash
    timestamp: int
    gas_limit: int
    base_fee: int = _FIRST_BASE_FEE
    coinbase: Address = bytes(20)
    prev_randao: Hash = bytes(32)
    extra_data: bytes = b""
    excess_blob_gas: int = 0
    blob_gas_used: int = 0
    parent_beacon_root: Hash = bytes(32)
    withdrawals_root: Hash = EMPTY_ROOT
    requests_hash: Hash = _NO_REQUESTS
    state_root: Hash = EMPTY_ROOT
    transactions_root: Hash = EMPTY_ROOT
    receipts_root: Hash = EMPTY_ROOT
    bloom: int = 0
    gas_used: int = 0

    def encode(self) -> bytes:
        """Return the bytes that the block's hash is taken of."""
        fields: list[Any] = [
            self.parent_hash,
            NO_OMMERS,
            self.coinbase,
            self.state_root,
            self.transactions_root,
            self.receipts_root,
            self.bloom.to_bytes(256),
            0,  # difficulty
            self.number,
            self.gas_limit,
            self.gas_used,
            self.timestamp,
            self.extra_data,
            self.prev_randao,
            bytes(8),  # nonce
            self.base_fee,
            self.withdrawals_root,
            self.blob_gas_used,
            self.excess_blob_gas,
            self.parent_beacon_root,
            self.requests_hash,
        ]
        encoded: bytes = rlp.encode(fields)
        return encoded

    @classmethod
    def decode(cls, fields: Sequence[bytes]) -> Header:
        """Return the header with these 21 fields, none of them interpreted yet."""
        return cls(
            parent_hash=fields[0],
            coinbase=fields[2],
            state_root=fields[3],
            transactions_root=fields[4],
            receipts_root=fields[5],
            bloom=int.from_bytes(fields[6]),
            number=int.from_bytes(fields[8]),
            gas_limit=int.from_bytes(fields[9]),
            gas_used=int.from_bytes(fields[10]),
            timestamp=int.from_bytes(fields[11]),
            extra_data=fields[12],
            prev_randao=fields[13],
            base_fee=int.from_bytes(fields[15]),
            withdrawals_root=fields[16],
            blob_gas_used=int.from_bytes(fields[17]),
            excess_blob_gas=int.from_bytes(fields[18]),
            parent_beacon_root=fields[19],
            requests_hash=fields[20],
        )

    def next_base_fee(self) -> int:
        """Return the base fee of the block after this one (EIP-1559)."""
        target = self.gas_limit // 2
        change = self.base_fee * abs(self.gas_used - target) // target // 8
        if self.gas_used > target:
            return self.base_fee + max(change, 1)
        return self.base_fee - change

    def child(self, parent_hash: Hash, timestamp: int, gas_limit: int) -> Header:
        """Return the header that the next block starts from; execution fills the rest in."""
        return Header(
            number=self.number + 1,
            parent_hash=parent_hash,
            timestamp=timestamp,
            gas_limit=gas_limit,
            base_fee=self.next_base_fee(),
            # Any value will do, as long as a replay gives the same.
            prev_randao=keccak(parent_hash),
        )


@final
@dataclass(frozen=True, slots=True)
class Log:
    """What a contract said."""

    address: Address
    topics: tuple[Hash, ...]
    data: bytes


@final
@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction."""

    succeeded: bool
    gas_used: int
    cumulative_gas: int
    logs: tuple[Log, ...]
    bloom: int

    @classmethod
    def of(cls, succeeded: bool, gas_used: int, before: int, logs: tuple[Log, ...]) -> Receipt:
        """Return the receipt of a transaction that came after `before` gas of its block."""
        return cls(succeeded, gas_used, before + gas_used, logs, bloom_of(logs))

    def encode(self, type_id: int) -> bytes:
        """Return the bytes that the receipts root is taken of."""
        logs = [[log.address, list(log.topics), log.data] for log in self.logs]
        status = b"\x01" if self.succeeded else b""
        body: bytes = rlp.encode([status, self.cumulative_gas, self.bloom.to_bytes(256), logs])
        return bytes([type_id]) + body if type_id else body

    @classmethod
    def decode(cls, encoded: bytes, before: int) -> Receipt:
        """Return the receipt in `encoded`, of a transaction after `before` gas of its block."""
        body = encoded if encoded[0] >= 0xC0 else encoded[1:]
        status, cumulative, bloom, logs = rlp.decode(body)
        total = int.from_bytes(cumulative)
        said = tuple(Log(address, tuple(topics), data) for address, topics, data in logs)
        return cls(status == b"\x01", total - before, total, said, int.from_bytes(bloom))


@final
@dataclass(frozen=True, slots=True)
class Block:
    """A block with everything that happened in it."""

    header: Header
    hash: Hash
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]

    @classmethod
    def seal(
        cls, header: Header, transactions: Sequence[Transaction], receipts: Sequence[Receipt]
    ) -> Block:
        """Return the block with the roots of what it holds; `header` has its state root."""
        sealed = replace(
            header,
            transactions_root=root_of(transaction.raw for transaction in transactions),
            receipts_root=root_of(
                receipt.encode(transaction.type_id)
                for transaction, receipt in zip(transactions, receipts, strict=True)
            ),
            bloom=_union(receipt.bloom for receipt in receipts),
            gas_used=receipts[-1].cumulative_gas if receipts else 0,
        )
        return cls(sealed, keccak(sealed.encode()), tuple(transactions), tuple(receipts))

    @property
    def number(self) -> int:
        """Return how many blocks came before it."""
        return self.header.number

    @property
    def size(self) -> int:
        """Return how many bytes the block takes on the wire: header, transactions, nothing else."""
        bodies = sum(len(_item(transaction)) for transaction in self.transactions)
        inner = len(self.header.encode()) + _list_size(bodies) + 2  # no ommers, no withdrawals
        return _list_size(inner)

    def to_rlp(self) -> list[Any]:
        """Return header, transactions and receipts, ready to be written down."""
        pairs = zip(self.transactions, self.receipts, strict=True)
        return [
            self.header.encode(),
            [transaction.raw for transaction in self.transactions],
            [receipt.encode(transaction.type_id) for transaction, receipt in pairs],
        ]

    @classmethod
    def from_rlp(cls, parts: Sequence[Any]) -> Block:
        """Return the block that `to_rlp` wrote down."""
        header, transactions, encoded = parts
        receipts: list[Receipt] = []
        for item in encoded:
            receipts.append(Receipt.decode(item, receipts[-1].cumulative_gas if receipts else 0))
        return cls(
            Header.decode(rlp.decode(header)),
            keccak(header),
            tuple(decode(raw) for raw in transactions),
            tuple(receipts),
        )


def root_of(items: Iterable[bytes]) -> Hash:
    """Return the root of the trie that maps each item's position to the item."""
    trie = HexaryTrie({})
    for index, item in enumerate(items):
        trie[rlp.encode(index)] = item
    return bytes(trie.root_hash)


def bloom_of(logs: Iterable[Log]) -> int:
    """Return the 2048-bit filter in which each address and topic sets three bits."""
    bits = 0
    for log in logs:
        for word in (log.address, *log.topics):
            digest = keccak(word)
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2]) & 2047)
    return bits


def _union(blooms: Iterable[int]) -> int:
    bits = 0
    for bloom in blooms:
        bits |= bloom
    return bits


def _item(transaction: Transaction) -> bytes:
    """Return a transaction as an item of a block's list: a typed one is a string there."""
    wrapped: bytes = rlp.encode(transaction.raw) if transaction.type_id else transaction.raw
    return wrapped


def _list_size(payload: int) -> int:
    return payload + 1 + (0 if payload < 56 else (payload.bit_length() + 7) // 8)
