"""
A dataset's root: a commitment to records that nobody is shown.

    leaf = keccak(0x06 | uint64 index | salt of the record | record)

Each record is salted with its own HMAC of one secret, so a guess at a record cannot be tested against
the root, and one record can be opened without opening its neighbours.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.hashing import RECORD, Digest, keccak, word


def salt(secret: bytes, index: int) -> bytes:
    """Return the salt of one record."""
    if len(secret) != 32:
        raise ProtocolError(f"The salting secret has 32 bytes, not {len(secret)}.")
    return hmac.new(secret, word(index, 8), hashlib.sha256).digest()


def leaf(secret: bytes, index: int, record: bytes) -> Digest:
    """Return the leaf of one record."""
    return keccak(RECORD, word(index, 8), salt(secret, index), record)


def commit(secret: bytes, records: Iterable[bytes]) -> tuple[Digest, int]:
    """Return the root over records and their count."""
    leaves = [leaf(secret, index, record) for index, record in enumerate(records)]
    if not leaves:
        raise ProtocolError("A dataset has at least one record.")
    return tree.root(leaves), len(leaves)
