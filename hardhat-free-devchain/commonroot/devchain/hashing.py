"""Keccak, and the other few words that every module here shares."""

from __future__ import annotations

from typing import TypeAlias

import sha3

Address: TypeAlias = bytes
"""Twenty bytes; empty where a transaction creates a contract."""

Hash: TypeAlias = bytes
"""Thirty-two bytes of keccak."""


def keccak(data: bytes) -> Hash:
    """Return Ethereum's hash of `data`."""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest
