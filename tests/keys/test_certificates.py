"""Certificates and Flower keys are what TLS and Flower take."""

from __future__ import annotations

import hashlib
import socket
import ssl
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, uses_nist_ec_curve

from commonroot.base.errors import SettingsError
from commonroot.keys.certificates import (
    fingerprint,
    flower_der,
    new_flower_key,
    read_flower_key,
    self_signed,
)
from commonroot.keys.errors import BadKey


def greet(files: Path, host: str) -> bytes:
    """Return the certificate that a client sees which trusts ours alone and asks for a host."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files / "cert.pem", files / "key.pem")
    client = ssl.create_default_context(cafile=str(files / "cert.pem"))
    near, far = socket.socketpair()
    with ThreadPoolExecutor(1) as pool:
        answer: Future[ssl.SSLSocket] = pool.submit(server.wrap_socket, near, server_side=True)
        try:
            with client.wrap_socket(far, server_hostname=host) as tls:
                seen = tls.getpeercert(binary_form=True)
                answer.result().close()
        finally:
            far.close()
            near.close()
    assert seen is not None
    return seen


class TestSelfSigned:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "node.example.org", "192.0.2.7"])
    def test_is_trusted_as_its_own_root(self, tmp_path: Path, host: str) -> None:
        """
        A client that has only this certificate accepts the server under each of its names.
        """
        made = self_signed(["node.example.org", "192.0.2.7"])
        made.write(tmp_path / "cert.pem", tmp_path / "key.pem")

        seen = greet(tmp_path, host)
        assert hashlib.sha256(seen).digest() == made.fingerprint == fingerprint(made.pem)

    def test_is_refused_under_other_names(self, tmp_path: Path) -> None:
        """
        A name that was not given is not covered.
        """
        self_signed().write(tmp_path / "cert.pem", tmp_path / "key.pem")

        with pytest.raises(ssl.SSLCertVerificationError, match="example"):
            greet(tmp_path, "other.example.org")

    def test_ends(self, tmp_path: Path) -> None:
        """
        After its days a certificate is refused.
        """
        old = self_signed(now=datetime(2020, 1, 1, tzinfo=UTC), days=30)
        old.write(tmp_path / "cert.pem", tmp_path / "key.pem")

        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            greet(tmp_path, "localhost")

    def test_keeps_its_key_from_others(self, tmp_path: Path) -> None:
        """
        The key's file has mode 0600, and printing does not show the key.
        """
        made = self_signed()
        made.write(tmp_path / "cert.pem", tmp_path / "key.pem")

        assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
        assert "PRIVATE" not in repr(made)

    @pytest.mark.parametrize("host", ["", "a b\u2028" + "x" * 70, "a..b"])
    def test_refuses_what_is_no_host(self, host: str) -> None:
        """
        The error shows what was given.
        """
        with pytest.raises(SettingsError, match="no host name"):
            self_signed([host])

    def test_has_a_fingerprint_only_if_it_is_one(self) -> None:
        """
        Other bytes are refused.
        """
        with pytest.raises(BadKey, match="certificate"):
            fingerprint(b"-----BEGIN CERTIFICATE-----")


class TestFlowerKey:
    def test_is_what_flower_loads(self, tmp_path: Path) -> None:
        """
        Flower's own loaders and its check of the curve accept both halves.
        """
        public = new_flower_key().write(tmp_path / "node.key")

        private = load_ssh_private_key((tmp_path / "node.key").read_bytes(), None)
        half = load_ssh_public_key(public.read_bytes())
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        assert isinstance(half, ec.EllipticCurvePublicKey) and uses_nist_ec_curve(half)
        assert private.public_key() == half

    def test_is_read_back(self, tmp_path: Path) -> None:
        """
        The public half comes out of the private file, which only its owner can read.
        """
        key = new_flower_key()
        public = key.write(tmp_path / "node.key")

        assert read_flower_key(tmp_path / "node.key").public == key.public
        assert public.read_bytes() == key.public + b"\n"
        assert stat.S_IMODE((tmp_path / "node.key").stat().st_mode) == 0o600
        assert "PRIVATE" not in repr(key)

    def test_is_refused_where_it_is_none(self, tmp_path: Path) -> None:
        """
        A missing or foreign file is one clear error.
        """
        (tmp_path / "junk").write_bytes(b"junk")

        for name in ("junk", "nowhere"):
            with pytest.raises(BadKey, match=name):
                read_flower_key(tmp_path / name)

    def test_is_one_key_in_every_spelling(self) -> None:
        """
        The chain's DER comes out of OpenSSH's line and out of the PEM that Flower hands on.
        """
        key = new_flower_key()
        half = load_ssh_public_key(key.public)
        assert isinstance(half, ec.EllipticCurvePublicKey)

        assert key.der == flower_der(public_key_to_bytes(half))
        assert len(key.der) == 91

    @pytest.mark.parametrize("junk", [b"", b"junk", b"-----BEGIN PUBLIC KEY-----"])
    def test_is_no_spelling_of_other_bytes(self, junk: bytes) -> None:
        """
        What Flower hands on is checked before it is looked up.
        """
        with pytest.raises(BadKey, match="public key"):
            flower_der(junk)
