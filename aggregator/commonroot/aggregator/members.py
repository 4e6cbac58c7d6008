"""Who is asked in a round, as the chain has it at the round's open block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
    load_ssh_public_key,
)

from commonroot.base.errors import CommonrootError
from commonroot.protocol.hashing import Address, Digest


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
    return _recoded(raw, Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def flower_line(raw: bytes) -> bytes:
    """Return a SuperNode's public key as the line that is registered with a SuperLink."""
    return _recoded(raw, Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n"


def _recoded(raw: bytes, encoding: Encoding, form: PublicFormat) -> bytes:
    starts = {b"-----": load_pem_public_key, b"ecdsa": load_ssh_public_key}
    try:
        return starts.get(raw[:5], load_der_public_key)(raw).public_bytes(encoding, form)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise FlowerKeyRefused(raw) from exc
