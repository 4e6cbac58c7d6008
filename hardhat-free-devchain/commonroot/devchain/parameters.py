"""
Reads the parameters of a request: JSON in, Python out, or -32602 with the position.

Quantities are `0x` and hex digits without leading zeros, data is `0x` and whole bytes, as
Ethereum's execution APIs define them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

from commonroot.devchain.block import Block
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import InvalidParams, RpcError
from commonroot.devchain.hashing import Address, Hash
from commonroot.devchain.transaction import DYNAMIC_FEE, Transaction

T = TypeVar("T")

CALL_GAS = 50_000_000
"""The most gas that a call gets, and what it gets when it asks for none; geth's figure too."""

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*")
_LATEST = {"latest", "safe", "finalized"}


@final
@dataclass(frozen=True, slots=True)
class Params:
    """The positional parameters of one request."""

    items: Sequence[Any]

    def get(self, index: int, read: Callable[[Any], T]) -> T:
        """Return a parameter that must be there."""
        if index >= len(self.items) or self.items[index] is None:
            raise InvalidParams(f"missing value for required argument {index}")
        return self._read(index, read)

    def opt(self, index: int, read: Callable[[Any], T], default: T) -> T:
        """Return a parameter that may be left out."""
        if index >= len(self.items) or self.items[index] is None:
            return default
        return self._read(index, read)

    def block(self, index: int, chain: Chain) -> Block | None:
        """Return the block that a parameter names, "latest" by default; None means pending."""
        if index >= len(self.items) or self.items[index] is None:
            return chain.head
        return self._read(index, lambda item: block_named(item, chain))

    def mined_block(self, index: int, chain: Chain) -> Block:
        """Return the block that a parameter names; the latest where it names the pending one."""
        return self.block(index, chain) or chain.head

    def _read(self, index: int, read: Callable[[Any], T]) -> T:
        try:
            return read(self.items[index])
        except ValueError as error:
            raise InvalidParams(f"invalid argument {index}: {error}") from error


def quantity(item: Any) -> int:
    """Read a number."""
    if not isinstance(item, str):
        raise ValueError("a quantity is a hex string")
    if not item.startswith("0x"):
        raise ValueError("hex string without 0x prefix")
    if not _QUANTITY.fullmatch(item):
        raise ValueError("not a hex number without leading zero digits, of 256 bits at most")
    return int(item, 16)


def lenient(item: Any) -> int:
    """Read a number that tools write in hex or in JSON's own way."""
    if isinstance(item, int) and not isinstance(item, bool) and 0 <= item < 2**64:
        return item
    return quantity(item)


def data(item: Any) -> bytes:
    """Read bytes."""
    if not isinstance(item, str) or not item.startswith("0x"):
        raise ValueError("hex string without 0x prefix")
    if not _DATA.fullmatch(item):
        raise ValueError("not an even number of hex digits")
    return bytes.fromhex(item[2:])


def address(item: Any) -> Address:
    """Read an address."""
    return _sized(item, 20)


def hash32(item: Any) -> Hash:
    """Read a hash."""
    return _sized(item, 32)


def slot(item: Any) -> int:
    """Read a storage slot: up to 32 bytes, with or without leading zeros."""
    if not isinstance(item, str) or not re.fullmatch(r"0x[0-9a-fA-F]{0,64}", item):
        raise ValueError("a storage slot is a hex string of 32 bytes at most")
    return int(item, 16) if len(item) > 2 else 0


def flag(item: Any) -> bool:
    """Read a boolean."""
    if not isinstance(item, bool):
        raise ValueError("not a boolean")
    return item


def mapping(item: Any) -> Mapping[str, Any]:
    """Read an object."""
    if not isinstance(item, dict):
        raise ValueError("not an object")
    return item


def sequence(item: Any) -> Sequence[Any]:
    """Read a list."""
    if not isinstance(item, list):
        raise ValueError("not a list")
    return item


def block_named(item: Any, chain: Chain) -> Block | None:
    """Read the name of a block that exists; None for the pending one."""
    block = block_or_none(item, chain)
    if block is None and item != "pending":
        raise RpcError("header not found")
    return block


def block_or_none(item: Any, chain: Chain) -> Block | None:
    """Read a block's number, tag or hash (EIP-1898); None where there is no such block."""
    if isinstance(item, dict):
        return _block_in(item, chain)
    if item in _LATEST if isinstance(item, str) else False:
        return chain.head
    if item == "pending":
        return None
    if item == "earliest":
        return chain.archive.block(0)
    if isinstance(item, str) and len(item) == 66:
        return chain.archive.block_of(hash32(item))
    return chain.archive.block(quantity(item))


def call_request(item: Any, most_gas: int) -> Transaction:
    """Read what eth_call, eth_estimateGas and eth_sendTransaction take."""
    fields = {key: value for key, value in mapping(item).items() if value is not None}
    price = quantity(fields.get("gasPrice", "0x0"))
    return Transaction(
        sender=address(fields["from"]) if "from" in fields else bytes(20),
        to=address(fields["to"]) if "to" in fields else b"",
        data=_input(fields),
        value=quantity(fields.get("value", "0x0")),
        gas=min(quantity(fields["gas"]), most_gas) if "gas" in fields else most_gas,
        nonce=quantity(fields.get("nonce", "0x0")),
        max_fee_per_gas=quantity(fields["maxFeePerGas"]) if "maxFeePerGas" in fields else price,
        max_priority_fee_per_gas=_tip(fields, price),
        type_id=DYNAMIC_FEE,
        chain_id=quantity(fields["chainId"]) if "chainId" in fields else None,
        access_list=tuple(_accesses(entry) for entry in sequence(fields.get("accessList", []))),
    )


def _block_in(fields: Mapping[str, Any], chain: Chain) -> Block | None:
    if ("blockHash" in fields) == ("blockNumber" in fields):
        raise ValueError("name a block by blockHash or by blockNumber")
    if "blockHash" in fields:
        return chain.archive.block_of(hash32(fields["blockHash"]))
    if not isinstance(fields["blockNumber"], str):
        raise ValueError("blockNumber is a hex string or a tag")
    return block_or_none(fields["blockNumber"], chain)


def _tip(fields: Mapping[str, Any], price: int) -> int:
    if "gasPrice" in fields and {"maxFeePerGas", "maxPriorityFeePerGas"} & fields.keys():
        raise ValueError("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
    return quantity(fields["maxPriorityFeePerGas"]) if "maxPriorityFeePerGas" in fields else price


def _input(fields: Mapping[str, Any]) -> bytes:
    given = [data(fields[key]) for key in ("input", "data") if key in fields]
    if len(given) == 2 and given[0] != given[1]:
        raise ValueError('both "data" and "input" are set and not equal')
    return given[0] if given else b""


def _accesses(entry: Any) -> tuple[Address, tuple[int, ...]]:
    fields = mapping(entry)
    keys = tuple(int.from_bytes(hash32(key)) for key in sequence(fields.get("storageKeys", [])))
    return address(fields.get("address")), keys


def _sized(item: Any, size: int) -> bytes:
    value = data(item)
    if len(value) != size:
        raise ValueError(f"hex string has length {2 * len(value)}, want {2 * size}")
    return value
