"""Sealed artifacts open for those whom the keyring names, and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rfc8785
from coincurve import PublicKey

from commonroot.keys.errors import BadKey, SealBroken
from commonroot.keys.sealing import new_key, seal, wrap
from commonroot.keys.wallet import Wallet
from commonroot.protocol.hashing import keccak, to_hex
from commonroot.store.artifacts import Store
from commonroot.store.errors import KeyMissing, KeyringDamaged, NotAReader
from commonroot.store.sealed import (
    Keyring,
    delta_label,
    get_sealed,
    gradient_label,
    open_keyring,
    put_sealed,
    version_label,
)

ADA, BOB, EVE = (Wallet(bytes(31) + bytes([secret])) for secret in (1, 2, 3))
KEY = bytes(range(32))
RING = Keyring({version_label(1, 2): KEY, gradient_label(1, 2, 0): bytes(32)})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.at(str(tmp_path))


class TestPutSealed:
    def test_opens_with_its_key(self, store: Store) -> None:
        """
        The digest names what is kept, so whoever has no key can still check the bytes.
        """
        digest = put_sealed(store, KEY, b"lanes", version_label(1, 2))

        assert get_sealed(store, KEY, digest, version_label(1, 2)) == b"lanes"
        assert keccak(store.get(digest)) == digest and b"lanes" not in store.get(digest)

    def test_opens_as_nothing_else(self, store: Store) -> None:
        """
        Neither another key nor another label opens it; the error names the label.
        """
        digest = put_sealed(store, KEY, b"lanes", version_label(1, 2))

        with pytest.raises(SealBroken, match="model 1 version 3"):
            get_sealed(store, KEY, digest, version_label(1, 3))
        with pytest.raises(SealBroken, match="model 1 version 2"):
            get_sealed(store, new_key(), digest, version_label(1, 2))

    def test_has_a_label_for_each_thing(self) -> None:
        """
        No two artifacts of a program share a label.
        """
        labels = {
            version_label(1, 2),
            version_label(1, 3),
            gradient_label(1, 2, 0),
            gradient_label(1, 2, 1),
            delta_label(1, 2, 0, ADA.address),
            delta_label(1, 2, 0, BOB.address),
            delta_label(1, 2, 1, BOB.address),
        }
        assert len(labels) == 7


class TestKeyring:
    def test_opens_for_each_reader(self) -> None:
        """
        Everyone it was wrapped for, in either spelling of the public key, reads all its keys.
        """
        whole = PublicKey(BOB.public_key).format(compressed=False)
        wrapped = RING.wrapped([ADA.public_key, whole])

        for reader in (ADA, BOB):
            assert open_keyring(wrapped, reader) == RING
        assert RING.key(version_label(1, 2)) == KEY

    def test_opens_for_nobody_else(self) -> None:
        """
        The error names the key that was tried.
        """
        with pytest.raises(NotAReader, match=EVE.public_key.hex()):
            open_keyring(RING.wrapped([ADA.public_key, BOB.public_key]), EVE)

    def test_shows_no_key(self) -> None:
        """
        Neither its wrapped form nor its repr gives a key away.
        """
        assert KEY.hex() not in repr(RING) + RING.wrapped([ADA.public_key]).decode()

    def test_names_a_missing_key(self) -> None:
        """
        The error names the label.
        """
        with pytest.raises(KeyMissing, match="model 9 version 9"):
            RING.key(version_label(9, 9))

    def test_refuses_a_reader_who_has_no_key(self) -> None:
        """
        Nothing is wrapped for bytes that are no public key.
        """
        with pytest.raises(BadKey):
            RING.wrapped([b"nobody"])

    def test_notices_a_changed_part(self) -> None:
        """
        Another's wrapping, or other keys, do not open.
        """
        mine, other = (json.loads(RING.wrapped([ADA.public_key])) for _ in range(2))

        with pytest.raises(SealBroken):
            open_keyring(rfc8785.dumps({**mine, "sealed": other["sealed"]}), ADA)

    @pytest.mark.parametrize(
        "junk",
        [
            b"",
            b"[]",
            b"[" * 10000,
            b'{"protocol":2}',
            b'{"protocol":1,"readers":[],"sealed":""}',
            b'{"protocol":1,"readers":{"0x":1},"sealed":""}',
            b'{"protocol":1,"readers":{},"sealed":"zz"}',
            b" " * (2**24 + 1),
        ],
        ids=range(8),
    )
    def test_refuses_what_is_no_keyring(self, junk: bytes) -> None:
        """
        Bytes of any shape are one clear error.
        """
        with pytest.raises(KeyringDamaged):
            open_keyring(junk, ADA)

    @pytest.mark.parametrize("inside", [b"junk", b"[]", b'{"a":1}', b'{"a":"zz"}'])
    def test_refuses_what_its_maker_made_badly(self, inside: bytes) -> None:
        """
        A whole seal over something that is no keys is refused as well.
        """
        document = {
            "protocol": 1,
            "readers": {to_hex(ADA.public_key): to_hex(wrap(ADA.public_key, KEY))},
            "sealed": to_hex(seal(KEY, inside, b"keyring")),
        }
        with pytest.raises(KeyringDamaged, match="no keys"):
            open_keyring(rfc8785.dumps(document), ADA)
