"""Who is asked in a round, as the chain has it at the round's open block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
    load_ssh_public_key,
)

from commonroot.base.errors import CommonrootError
from commonroot.protocol.hashing import Address, Digest

_CURVES = (ec.SECP192R1, ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class FlowerKeyRefused(CommonrootError):
    """Bytes that should be a SuperNode's public key are none."""

    hint = "The node makes a new key with `commonroot node join`."

    def __init__(self, raw: bytes) -> None:
        super().__init__(f"0x{raw[:40].hex()}… is no SuperNode's public key.")
        self.raw = raw


@final
@dataclass(frozen=True, slots=True)
class Member:
    """An enrolled node and the keys that speak for it."""

    node: Address
    receipt_key: Address
    flower_key: bytes
    """Its SuperNode's public key, as DER."""
    dataset: Digest
    records: int


def flower_der(raw: bytes) -> bytes:
    """Return a SuperNode's public key as DER, whichever of its spellings is given."""
    return _key(raw).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def registered_key(raw: bytes) -> bytes:
    """Return a SuperNode's public key as the chain has it: as DER, and in no other spelling."""
    # To the contract two spellings are two keys. So in another one, somebody else's could be registered.
    if flower_der(raw) != raw:
        raise FlowerKeyRefused(raw)
    return raw


def flower_pem(raw: bytes) -> bytes:
    """Return a SuperNode's public key as it is registered with a SuperLink."""
    return _key(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _key(raw: bytes) -> ec.EllipticCurvePublicKey:
    starts = {b"-----": load_pem_public_key, b"ecdsa": load_ssh_public_key}
    try:
        key = starts.get(raw[:5], load_der_public_key)(raw)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise FlowerKeyRefused(raw) from exc
    # A SuperLink takes these curves only, and the contract any bytes.
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise FlowerKeyRefused(raw)
    return key
