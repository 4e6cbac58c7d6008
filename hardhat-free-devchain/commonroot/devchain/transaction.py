"""
A transaction: its bytes on the wire, and what the EVM wants to know of it.

Legacy (with and without EIP-155), EIP-2930, EIP-1559 and EIP-7702 transactions become the same
`Transaction`; its attributes have the names by which py-evm's executor asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

import coincurve
import rlp
from eth.vm.forks.prague.transactions import Authorization
from rlp.exceptions import RLPException

from commonroot.devchain.accounts import Account, address_of
from commonroot.devchain.errors import Rejected
from commonroot.devchain.hashing import Address, Hash, keccak

LEGACY, ACCESS_LIST, DYNAMIC_FEE, SET_CODE = 0, 1, 2, 4

AccessList: TypeAlias = tuple[tuple[Address, tuple[int, ...]], ...]

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_BASE_GAS, _CREATE_GAS, _ACCOUNT_GAS, _SLOT_GAS, _AUTHORITY_GAS = (
    21_000,
    32_000,
    2_400,
    1_900,
    25_000,
)
_WORD_GAS = 2


@final
@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction, or a call that looks like one; a call has no `raw`."""

    sender: Address
    to: Address
    """Empty for a contract creation."""
    data: bytes = b""
    value: int = 0
    gas: int = 0
    nonce: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    type_id: int = DYNAMIC_FEE
    chain_id: int | None = None
    """None for a legacy transaction without replay protection."""
    access_list: AccessList = ()
    authorization_list: tuple[Authorization, ...] = ()
    signature: tuple[int, int, int] = (0, 0, 0)
    """v as it is written in the transaction, r, s."""
    raw: bytes = b""

    @property
    def hash(self) -> Hash:
        """Return what names the transaction everywhere."""
        return keccak(self.raw)

    @property
    def creates(self) -> Address:
        """Return the address of the contract that it creates."""
        return keccak(rlp.encode([self.sender, self.nonce]))[12:]

    @property
    def cost(self) -> int:
        """Return the most that the sender may have to pay."""
        return self.gas * self.max_fee_per_gas + self.value

    @property
    def tokens(self) -> int:
        """Return the size of the data as EIP-7623 counts it."""
        zeros = self.data.count(0)
        return zeros + 4 * (len(self.data) - zeros)

    @property
    def floor_gas(self) -> int:
        """Return the least gas that data of this size costs, whatever is executed (EIP-7623)."""
        return _BASE_GAS + 10 * self.tokens

    @property
    def intrinsic_gas(self) -> int:
        """Return the gas taken before execution; py-evm takes the init code's words itself."""
        slots = sum(len(keys) for _, keys in self.access_list)
        return (
            _BASE_GAS
            + 4 * self.tokens
            + (0 if self.to else _CREATE_GAS)
            + _ACCOUNT_GAS * len(self.access_list)
            + _SLOT_GAS * slots
            + _AUTHORITY_GAS * len(self.authorization_list)
        )

    @property
    def least_gas(self) -> int:
        """Return the gas limit below which the transaction is not valid at all."""
        words = 0 if self.to else (len(self.data) + 31) // 32
        return self.intrinsic_gas + _WORD_GAS * words

    def price(self, base_fee: int) -> int:
        """Return what a unit of gas costs the sender in a block with this base fee."""
        return min(self.max_fee_per_gas, base_fee + self.max_priority_fee_per_gas)


def decode(raw: bytes) -> Transaction:
    """Return the transaction in `raw`, with the sender its signature names."""
    try:
        if raw and raw[0] >= 0xC0:
            return _legacy(raw)
        if len(raw) < 2:
            raise Rejected("typed transaction too short")
        build = _TYPED.get(raw[0])
        if build is None:
            raise Rejected("transaction type not supported")
        return build(raw, rlp.decode(raw[1:]))
    except (RLPException, TypeError, ValueError, RecursionError) as error:
        raise Rejected(f"rlp: {error}") from error


def sign(draft: Transaction, account: Account) -> Transaction:
    """Return a draft with its signature and its bytes; fees are EIP-1559's."""
    assert draft.chain_id is not None
    fields = [
        draft.chain_id,
        draft.nonce,
        draft.max_priority_fee_per_gas,
        draft.max_fee_per_gas,
        draft.gas,
        draft.to,
        draft.value,
        draft.data,
        [[address, [key.to_bytes(32) for key in keys]] for address, keys in draft.access_list],
    ]
    signature = account.sign(keccak(b"\x02" + rlp.encode(fields)))
    raw = b"\x02" + rlp.encode([*fields, *signature])
    return replace(draft, type_id=DYNAMIC_FEE, signature=signature, raw=raw)


def _legacy(raw: bytes) -> Transaction:
    fields = _items(rlp.decode(raw), 9)
    v, r, s = (_int(item) for item in fields[6:])
    chain_id = None if v in {27, 28} else (v - 35) // 2
    parity = v - 27 if chain_id is None else (v - 35) % 2
    if v < 27 or 28 < v < 35:
        raise Rejected("invalid transaction v, r, s values")
    signed = fields[:6] if chain_id is None else [*fields[:6], _bytes(chain_id), b"", b""]
    price = _int(fields[1])
    return Transaction(
        sender=_sender(keccak(rlp.encode(signed)), (parity, r, s)),
        nonce=_int(fields[0], 8),
        max_fee_per_gas=price,
        max_priority_fee_per_gas=price,
        gas=_int(fields[2], 8),
        to=_to(fields[3]),
        value=_int(fields[4]),
        data=_blob(fields[5]),
        type_id=LEGACY,
        chain_id=chain_id,
        signature=(v, r, s),
        raw=raw,
    )


def _access_list(raw: bytes, decoded: Any) -> Transaction:
    fields = _items(decoded, 11)
    chain_id, nonce, price, gas, to, value, data, accesses = fields[:8]
    fees = (_int(price), _int(price))
    return _typed(raw, fields, 8, (chain_id, nonce, fees, gas, to, value, data, accesses))


def _dynamic_fee(raw: bytes, decoded: Any) -> Transaction:
    fields = _items(decoded, 12)
    chain_id, nonce, tip, cap, gas, to, value, data, accesses = fields[:9]
    fees = (_int(cap), _int(tip))
    return _typed(raw, fields, 9, (chain_id, nonce, fees, gas, to, value, data, accesses))


def _set_code(raw: bytes, decoded: Any) -> Transaction:
    fields = _items(decoded, 13)
    chain_id, nonce, tip, cap, gas, to, value, data, accesses, authorities = fields[:10]
    fees = (_int(cap), _int(tip))
    typed = _typed(raw, fields, 10, (chain_id, nonce, fees, gas, to, value, data, accesses))
    if not typed.to:
        raise Rejected("input string too short for common.Address")
    if not authorities:
        raise Rejected("EIP-7702 transaction with empty auth list")
    return replace(typed, authorization_list=tuple(_authority(item) for item in authorities))


def _typed(raw: bytes, fields: Sequence[Any], signed: int, parts: tuple[Any, ...]) -> Transaction:
    chain_id, nonce, fees, gas, to, value, data, accesses = parts
    parity, r, s = (_int(item) for item in fields[signed:])
    return Transaction(
        sender=_sender(keccak(raw[:1] + rlp.encode(fields[:signed])), (parity, r, s)),
        nonce=_int(nonce, 8),
        max_fee_per_gas=fees[0],
        max_priority_fee_per_gas=fees[1],
        gas=_int(gas, 8),
        to=_to(to),
        value=_int(value),
        data=_blob(data),
        type_id=raw[0],
        chain_id=_int(chain_id),
        access_list=tuple(_accesses(item) for item in _list(accesses)),
        signature=(parity, r, s),
        raw=raw,
    )


_TYPED: dict[int, Callable[[bytes, Any], Transaction]] = {
    ACCESS_LIST: _access_list,
    DYNAMIC_FEE: _dynamic_fee,
    SET_CODE: _set_code,
}


def _sender(digest: Hash, signature: tuple[int, int, int]) -> Address:
    parity, r, s = signature
    # A high s would let anybody give the same transaction a second hash (EIP-2).
    if parity > 1 or not r or not 0 < s <= _HALF_ORDER:
        raise Rejected("invalid transaction v, r, s values")
    compact = r.to_bytes(32) + s.to_bytes(32) + bytes([parity])
    try:
        key = coincurve.PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError as error:
        raise Rejected("invalid sender") from error
    return address_of(key)


def _authority(item: Any) -> Authorization:
    chain_id, address, nonce, parity, r, s = _items(item, 6)
    return Authorization(
        _int(chain_id), _address(address), _int(nonce, 8), _int(parity, 1), _int(r), _int(s)
    )


def _accesses(item: Any) -> tuple[Address, tuple[int, ...]]:
    address, keys = _items(item, 2)
    if any(len(_blob(key)) != 32 for key in _list(keys)):
        raise ValueError("input string too short for common.Hash")
    return _address(address), tuple(int.from_bytes(key) for key in keys)


def _items(item: Any, count: int) -> list[Any]:
    if len(_list(item)) != count:
        raise ValueError(f"expected a list of {count} items, got {len(item)}")
    return list(item)


def _list(item: Any) -> Sequence[Any]:
    if isinstance(item, bytes):
        raise ValueError("expected input list")
    return list(item)


def _blob(item: Any) -> bytes:
    if not isinstance(item, bytes):
        raise ValueError("expected input string or byte")
    return item


def _int(item: Any, size: int = 32) -> int:
    if len(_blob(item)) > size:
        raise ValueError("input string too long for an integer")
    if item[:1] == b"\x00":
        raise ValueError("non-canonical integer (leading zero bytes)")
    return int.from_bytes(item)


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _address(item: Any) -> Address:
    if len(_blob(item)) != 20:
        raise ValueError("input string too short for common.Address")
    return bytes(item)


def _to(item: Any) -> Address:
    return _address(item) if item else b""
