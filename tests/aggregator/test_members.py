"""A SuperNode's public key is known in every spelling, and nothing else passes for one."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from commonroot.aggregator.members import FlowerKeyRefused, flower_der, flower_pem, registered_key
from commonroot.keys.certificates import new_flower_key


def der_of(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
) -> bytes:
    """Return a key's public half as DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class TestSpellings:
    def test_all_lead_to_one(self) -> None:
        """
        The chain's, the SuperLink's and the registry's spelling are the same key.
        """
        key = new_flower_key()

        assert flower_der(key.public) == key.der
        assert flower_der(flower_pem(key.der)) == key.der
        assert flower_der(key.der) == key.der

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"not a key",
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            b"ecdsa-sha2-nistp256 AAAA",
            der_of(ec.generate_private_key(ec.SECP256K1())),
            der_of(ed25519.Ed25519PrivateKey.generate()),
            new_flower_key().der + b"\0",
        ],
        # By name: the keys are new each time, and both workers must see the same tests.
        ids=["empty", "words", "empty PEM", "empty OpenSSH", "secp256k1", "ed25519", "a byte more"],
    )
    def test_what_a_superlink_would_refuse_is_refused_here(self, raw: bytes) -> None:
        """
        The contract takes any bytes; a member with such a key must not stop a round.
        """
        with pytest.raises(FlowerKeyRefused, match="is no SuperNode's public key"):
            flower_der(raw)


class TestRegistered:
    def test_is_taken_as_der(self) -> None:
        """
        What `node join` registers is what a member is known by.
        """
        der = new_flower_key().der

        assert registered_key(der) == der

    def test_is_refused_in_another_spelling(self) -> None:
        """
        A key that is another member's already cannot be registered a second time as PEM, as OpenSSH's line
        or with its point compressed.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        spelled = der_of(key)
        compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
        assert flower_der(compressed) == spelled

        for raw in (compressed, flower_pem(spelled), new_flower_key().public):
            with pytest.raises(FlowerKeyRefused):
                registered_key(raw)
