"""Keccak-256, and the types of what it gives and of what it names."""

from __future__ import annotations

from typing import NewType

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address, to_canonical_address, to_checksum_address
from sha3 import keccak_256

from commonroot.base.errors import ProtocolError

Digest = NewType("Digest", bytes)
"""Thirty-two bytes that name other bytes."""

Address = ChecksumAddress
"""An account, in the spelling with the checksum."""

ZERO = Digest(bytes(32))
"""The digest that stands for "nothing": padding in trees, absence on chain."""

# One first byte for each kind of hashed thing, so that none can be passed off as another.
CHUNK, NODE, ROW, CONTRIBUTION, PAYOUT, PAYOUT_NODE, RECORD, ADMITTED, SEAT = (
    bytes([kind]) for kind in range(9)
)


def keccak(*parts: bytes) -> Digest:
    """Return the Keccak-256 digest of the parts, one after another."""
    # Straight from C: eth_hash's choice of back end takes four times as long, for every leaf.
    return Digest(keccak_256(b"".join(parts)).digest())


def word(value: int, size: int = 32) -> bytes:
    """Return an unsigned integer as `size` big-endian bytes, as Solidity's encodePacked does."""
    try:
        return value.to_bytes(size, "big")
    except OverflowError as exc:
        raise ProtocolError(f"{value} does not fit into {8 * size} unsigned bits.") from exc


def signed_word(value: int, size: int = 32) -> bytes:
    """Return a signed integer as `size` big-endian bytes in two's complement."""
    try:
        return value.to_bytes(size, "big", signed=True)
    except OverflowError as exc:
        raise ProtocolError(f"{value} does not fit into {8 * size} signed bits.") from exc


def address_bytes(address: Address) -> bytes:
    """Return the twenty bytes of an account."""
    if not is_checksum_address(address):
        raise ProtocolError(f"{address!r} is not an address with a valid checksum.")
    return to_canonical_address(address)


def address_word(address: Address) -> bytes:
    """Return an account as one ABI word."""
    return bytes(12) + address_bytes(address)


def to_address(raw: bytes | str) -> Address:
    """Return an account from its bytes or from any spelling of them."""
    try:
        return to_checksum_address(raw)
    except (ValueError, TypeError) as exc:
        raise ProtocolError(f"{str(raw)[:80]!r} is not an address.") from exc


def to_digest(raw: bytes | str) -> Digest:
    """Return a digest from its bytes or their hexadecimal form; refuse any other length."""
    data = from_hex(raw) if isinstance(raw, str) else raw
    # What was read from JSON may be anything, and `bytes(2**40)` would ask for a terabyte of zeros.
    if not isinstance(data, bytes):
        raise ProtocolError(f"A digest is bytes or hexadecimal, not {type(data).__name__}.")
    if len(data) != 32:
        raise ProtocolError(f"A digest has 32 bytes; this one has {len(data)}.")
    return Digest(bytes(data))


def from_hex(text: str) -> bytes:
    """Return the bytes that hexadecimal digits spell, with or without 0x."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except (ValueError, AttributeError) as exc:
        raise ProtocolError(f"{str(text)[:80]!r} is not hexadecimal.") from exc


def to_hex(raw: bytes) -> str:
    """Return bytes as people and JSON see them."""
    return "0x" + raw.hex()
