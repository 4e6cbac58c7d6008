"""Zero stands for "nothing" on chain, None in Python."""

from __future__ import annotations

from commonroot.protocol.hashing import Address, Digest, to_address


def address_or_none(raw: str) -> Address | None:
    """Return an address, or None for the zero address."""
    address = to_address(raw)
    return address if int(address, 16) else None


def digest_or_none(raw: bytes) -> Digest | None:
    """Return a digest, or None for zero."""
    return Digest(bytes(raw)) if any(raw) else None
