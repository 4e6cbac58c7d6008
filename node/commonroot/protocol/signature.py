"""Who signed a digest: secp256k1, sixty-five bytes, the same ones that the contracts accept."""

from __future__ import annotations

from coincurve import PublicKey
from coincurve.utils import GROUP_ORDER_INT

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Address, Digest, keccak, to_address


def recover(digest: Digest, signature: bytes) -> Address:
    """Return the account whose key signed the digest; refuse malleable or misshapen signatures."""
    return address_of(recover_key(digest, signature))


def recover_key(digest: Digest, signature: bytes) -> PublicKey:
    """Return the public key that signed the digest."""
    if len(signature) != 65:
        raise ProtocolError(f"A signature has 65 bytes; this one has {len(signature)}.")
    if int.from_bytes(signature[32:64], "big") > GROUP_ORDER_INT // 2:
        raise ProtocolError(
            "The signature has the high form of s, which anyone can make of the low one."
        )
    if signature[64] not in (27, 28):
        raise ProtocolError(f"A signature ends with 27 or 28; this one with {signature[64]}.")
    try:
        return PublicKey.from_signature_and_message(
            signature[:64] + bytes([signature[64] - 27]), digest, hasher=None
        )
    except ValueError as exc:
        raise ProtocolError("The signature is no point of the curve.") from exc


def address_of(key: PublicKey) -> Address:
    """Return the account that a public key speaks for."""
    return to_address(keccak(key.format(compressed=False)[1:])[12:])
