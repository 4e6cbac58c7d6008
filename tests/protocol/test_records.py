"""A dataset's root commits to every record and gives none away."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from tests.protocol.samples import digest

from commonroot.base.errors import ProtocolError
from commonroot.protocol import records, tree
from commonroot.protocol.hashing import keccak

SECRET = digest("secret")


def test_salt_is_an_hmac_of_the_place() -> None:
    """
    A record's salt is HMAC-SHA256 of its index under the dataset's secret.
    """
    expected = hmac.new(SECRET, (3).to_bytes(8, "big"), hashlib.sha256).digest()

    assert records.salt(SECRET, 3) == expected
    assert records.leaf(SECRET, 3, b"record") == keccak(
        b"\x06", (3).to_bytes(8, "big"), expected, b"record"
    )


def test_equal_records_look_different() -> None:
    """
    Nobody sees from the leaves that a record occurs twice, or that two datasets share it.
    """
    leaves = {records.leaf(secret, at, b"x") for secret in (SECRET, digest("b")) for at in (0, 1)}

    assert len(leaves) == 4


def test_a_record_opens_without_its_neighbours() -> None:
    """
    Leaf and proof of one record lead to the root.
    """
    kept = [b"one", b"two", b"three"]
    root, count = records.commit(SECRET, kept)
    leaves = [records.leaf(SECRET, at, each) for at, each in enumerate(kept)]

    assert count == 3
    assert tree.root_from(leaves[1], 1, count, tree.proof(leaves, 1)) == root


def test_refuses_an_empty_dataset() -> None:
    """
    A claim to nothing is not registered.
    """
    with pytest.raises(ProtocolError, match="at least one record"):
        records.commit(SECRET, [])


def test_refuses_a_short_secret() -> None:
    """
    A secret that could be guessed would let records be guessed.
    """
    with pytest.raises(ProtocolError, match="32 bytes, not 16"):
        records.salt(bytes(16), 0)
