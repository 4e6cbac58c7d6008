"""
What the federation's machines know each other by: TLS certificates, and the keys of Flower's nodes.

An aggregator's certificate is its own root. Nobody vouches for it but the chain, where its
fingerprint stands; so a node that compares the two needs no certificate authority.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from commonroot.base.errors import SettingsError
from commonroot.base.files import write_whole
from commonroot.keys.errors import BadKey
from commonroot.protocol.hashing import Digest

LOOPBACK = ("127.0.0.1", "localhost")


@final
@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate and its private key, both as PEM."""

    pem: bytes
    key: bytes = field(repr=False)

    @property
    def fingerprint(self) -> Digest:
        """Return what the chain holds of it."""
        return fingerprint(self.pem)

    def write(self, certificate: Path, key: Path) -> None:
        """Put both into files; the key only its owner can read."""
        write_whole(key, self.key, mode=0o600)
        write_whole(certificate, self.pem)


@final
@dataclass(frozen=True, slots=True)
class FlowerKey:
    """The key by which a SuperLink knows a SuperNode: a NIST curve, in OpenSSH's format."""

    private: bytes = field(repr=False)
    public: bytes
    """One line, `ecdsa-sha2-nistp256 ...`: what a SuperLink is told."""

    @property
    def der(self) -> bytes:
        """Return the public half as the chain binds it to an account."""
        return flower_der(self.public)

    def write(self, private: Path) -> Path:
        """Put the key into a file and its public half beside it; return the public half's file."""
        public = private.with_name(private.name + ".pub")
        write_whole(private, self.private, mode=0o600)
        write_whole(public, self.public + b"\n")
        return public


def self_signed(
    hosts: Sequence[str] = (), *, now: datetime | None = None, days: int = 365
) -> Certificate:
    """Return a new certificate for loopback and the given hosts, which is its own root."""
    start = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "commonroot")])
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(minutes=5))  # clocks differ a little
        .not_valid_after(start + timedelta(days=days))
    )
    for extension, critical in _extensions(hosts, key.public_key()):
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(signed.public_bytes(Encoding.PEM), pem)


def fingerprint(pem: bytes) -> Digest:
    """Return the SHA-256 digest of a certificate's DER form, as every TLS tool shows it."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as exc:
        raise BadKey("certificate") from exc
    return Digest(certificate.fingerprint(hashes.SHA256()))


def new_flower_key() -> FlowerKey:
    """Return a new key for a SuperNode."""
    return _flower_key(ec.generate_private_key(ec.SECP256R1()))


def read_flower_key(private: Path) -> FlowerKey:
    """Return the SuperNode's key in a file."""
    try:
        key = load_ssh_private_key(private.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise BadKey(f"SuperNode's key ({private}: {exc})") from exc
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadKey(f"SuperNode's key ({private}: Flower takes NIST curves only)")
    return _flower_key(key)


def flower_der(public: bytes) -> bytes:
    """Return a SuperNode's public key as DER (SubjectPublicKeyInfo), from OpenSSH's line or from PEM."""
    load = load_pem_public_key if public.startswith(b"-----") else load_ssh_public_key
    try:
        return load(public).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise BadKey("SuperNode's public key") from exc


def _flower_key(key: ec.EllipticCurvePrivateKey) -> FlowerKey:
    return FlowerKey(
        private=key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        public=key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    )


def _extensions(
    hosts: Sequence[str], key: ec.EllipticCurvePublicKey
) -> list[tuple[x509.ExtensionType, bool]]:
    names = [_alternative(host) for host in dict.fromkeys((*LOOPBACK, *hosts))]
    return [
        (x509.SubjectAlternativeName(names), False),
        # Its own authority, and of nobody else: no certificate it signed would be believed.
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_KEY_USAGE, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
    ]


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        if not host:
            raise ValueError
        return x509.DNSName(host.encode("idna").decode())
    except ValueError as exc:
        raise SettingsError(
            f"{host!r} is no host name.", hint="Name hosts as `example.org` or `192.0.2.1`."
        ) from exc


_KEY_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
