"""
The funded accounts, derived from one phrase (BIP-39 seed, BIP-32 keys at m/44'/60'/0'/0/i).

Only what the chain needs of these standards is here: the phrase is taken as it is, since its
keys hold test money that everybody can spend.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import final

import coincurve

from commonroot.devchain.hashing import Address, Hash, keccak

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HARDENED = 0x80000000
_PATH = (44 | _HARDENED, 60 | _HARDENED, 0 | _HARDENED, 0)


@final
@dataclass(frozen=True, slots=True)
class Account:
    """A key of the dev chain's own, which it signs with when asked to."""

    secret: bytes = field(repr=False)
    address: Address

    @classmethod
    def of(cls, secret: bytes) -> Account:
        """Return the account that `secret` controls."""
        return cls(secret, address_of(coincurve.PrivateKey(secret).public_key))

    def sign(self, digest: Hash) -> tuple[int, int, int]:
        """Return (y parity, r, s) over a hash."""
        signature = coincurve.PrivateKey(self.secret).sign_recoverable(digest, hasher=None)
        return signature[64], int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])


def derive(mnemonic: str, count: int) -> tuple[Account, ...]:
    """Return the first `count` accounts of a phrase."""
    seed = hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for step in _PATH:
        node = _child(node, step)
    return tuple(Account.of(_child(node, index)[:32]) for index in range(count))


def address_of(key: coincurve.PublicKey) -> Address:
    """Return the address that a public key speaks for."""
    return keccak(key.format(compressed=False)[1:])[12:]


def _child(node: bytes, step: int) -> bytes:
    """Return a BIP-32 child: 32 bytes of key, 32 of chain code."""
    secret, code = node[:32], node[32:]
    public = coincurve.PrivateKey(secret).public_key.format(compressed=True)
    parent = b"\x00" + secret if step & _HARDENED else public
    digest = hmac.digest(code, parent + step.to_bytes(4), "sha512")
    key = (int.from_bytes(digest[:32]) + int.from_bytes(secret)) % _ORDER
    return key.to_bytes(32) + digest[32:]
