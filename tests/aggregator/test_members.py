"""A SuperNode's public key is known in every spelling, and nothing else passes for one."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from commonroot.aggregator.members import FlowerKeyRefused, flower_der, flower_pem
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
    )
    def test_what_a_superlink_would_refuse_is_refused_here(self, raw: bytes) -> None:
        """
        The contract takes any bytes; a member with such a key must not stop a round.
        """
        with pytest.raises(FlowerKeyRefused, match="is no SuperNode's public key"):
            flower_der(raw)
