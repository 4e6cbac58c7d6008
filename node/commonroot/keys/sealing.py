"""
Sealing: bytes that only those can read who were given the key.

    sealed  = "CRS" | 0x01 | nonce (12) | AES-256-GCM(key, nonce, data; "CRS" | 0x01 | label)
    wrapped = "CRW" | 0x01 | ephemeral public key (33) | AES-256-GCM(derived, 0, data; "CRW" | 0x01)
    derived = HKDF-SHA256(ECDH(ephemeral, recipient), info = "CRW" | 0x01 | ephemeral | recipient)

The label says what the bytes are (which round's which delta), so that sealed bytes cannot stand in for
others under the same key. Wrapping hands a key to whoever holds a secp256k1 key, such as an account.
"""

from __future__ import annotations

import secrets

from coincurve import PrivateKey, PublicKey
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonroot.keys.errors import BadKey, SealBroken
from commonroot.keys.wallet import private_key

_SEALED, _WRAPPED = b"CRS\x01", b"CRW\x01"
_NONCE, _POINT, _TAG = 12, 33, 16
OVERHEAD = len(_SEALED) + _NONCE + _TAG
"""Bytes by which sealing lengthens what it seals."""


def new_key() -> bytes:
    """Return a key for one artifact; no key seals two."""
    return secrets.token_bytes(32)


def seal(key: bytes, data: bytes, label: bytes) -> bytes:
    """Return `data` so that only who has the key can read it, and only as what the label says."""
    nonce = secrets.token_bytes(_NONCE)
    return _SEALED + nonce + _cipher(key).encrypt(nonce, data, _SEALED + label)


def open_sealed(key: bytes, sealed: bytes, label: bytes) -> bytes:
    """Return what was sealed; raise where the key, the label or a bit is another."""
    what = label.decode("utf-8", "backslashreplace")
    if len(sealed) < OVERHEAD or sealed[: len(_SEALED)] != _SEALED:
        raise SealBroken(what)
    body = memoryview(sealed)[len(_SEALED) :]
    try:
        return _cipher(key).decrypt(bytes(body[:_NONCE]), body[_NONCE:], _SEALED + label)
    except InvalidTag as exc:
        raise SealBroken(what) from exc


def wrap(public_key: bytes, data: bytes) -> bytes:
    """Return `data` so that only the holder of a public key's secret can read it."""
    recipient, ephemeral = _public_key(public_key), PrivateKey()
    point = ephemeral.public_key.format()
    key = _derive(ephemeral.ecdh(recipient.format()), point, recipient)
    # The key is used once, so its nonce need not differ from anything.
    return _WRAPPED + point + _cipher(key).encrypt(bytes(_NONCE), data, _WRAPPED)


def unwrap(secret: bytes, wrapped: bytes) -> bytes:
    """Return what was wrapped to the public key of a secret."""
    start = len(_WRAPPED) + _POINT
    point = wrapped[len(_WRAPPED) : start]
    if len(wrapped) < start + _TAG or wrapped[: len(_WRAPPED)] != _WRAPPED:
        raise SealBroken("a wrapped key")
    own = private_key(secret)
    try:
        key = _derive(own.ecdh(_public_key(point).format()), point, own.public_key)
        return _cipher(key).decrypt(bytes(_NONCE), wrapped[start:], _WRAPPED)
    except (BadKey, InvalidTag) as exc:
        raise SealBroken("a wrapped key") from exc


def _derive(shared: bytes, point: bytes, recipient: PublicKey) -> bytes:
    info = _WRAPPED + point + recipient.format()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared)


def _public_key(raw: bytes) -> PublicKey:
    try:
        return PublicKey(raw)
    except ValueError as exc:
        raise BadKey("public key") from exc


def _cipher(key: bytes) -> AESGCM:
    if len(key) != 32:
        raise BadKey("key of 32 bytes")
    return AESGCM(key)
