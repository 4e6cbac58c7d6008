"""
A content key for one buyer, handed over on chain and disputable there.

The buyer registers a one-time public key P = pG. The seller picks e once, posts E = eG and

    wrapped = content key XOR keccak256(abi.encode(address(e*P), purchase))

The buyer knows the same address as address(p*E). What was sold is known by keccak256(content key): if
another key comes out, the buyer shows p, the contract works out address(p*E) itself (by recovering a
signer) and refunds. So p is for one purchase only: a dispute makes it public.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from coincurve import PrivateKey, PublicKey
from coincurve.utils import GROUP_ORDER_INT

from commonroot.keys.errors import BadKey, WrongContentKey
from commonroot.keys.wallet import private_key
from commonroot.protocol.hashing import Digest, address_bytes, keccak, word
from commonroot.protocol.signature import address_of


@final
@dataclass(frozen=True, slots=True)
class Point:
    """A public key as contracts take it."""

    x: int
    y: int

    @classmethod
    def of(cls, key: PublicKey) -> Point:
        """Return the point of a public key."""
        return cls(*key.point())

    def key(self) -> PublicKey:
        """Return the public key; refuse points off the curve, and those no dispute could use."""
        # The contract multiplies by recovering a signer, which takes x as a scalar.
        if not 1 <= self.x < GROUP_ORDER_INT:
            raise BadKey("public key for a delivery")
        try:
            return PublicKey.from_point(self.x, self.y)
        except (ValueError, OverflowError) as exc:
            raise BadKey("public key for a delivery") from exc


@final
@dataclass(frozen=True, slots=True)
class OneTimeKey:
    """What a buyer makes for one purchase, registers the point of, and keeps the secret of."""

    secret: bytes = field(repr=False)

    @property
    def point(self) -> Point:
        """Return the public half."""
        return Point.of(private_key(self.secret).public_key)


@final
@dataclass(frozen=True, slots=True)
class Delivery:
    """What a seller posts on chain."""

    point: Point
    wrapped: Digest


def one_time_key() -> OneTimeKey:
    """Return a new key for one purchase."""
    while True:
        key = OneTimeKey(PrivateKey().secret)
        if key.point.x < GROUP_ORDER_INT:  # fails once in 2^128 times
            return key


def key_hash(content_key: bytes) -> Digest:
    """Return the commitment to a content key, by which it is sold."""
    return keccak(_content_key(content_key))


def deliver(content_key: bytes, buyer: Point, purchase: int) -> Delivery:
    """Return a content key wrapped for a buyer's point."""
    once = one_time_key()
    shared = buyer.key().multiply(once.secret)
    return Delivery(once.point, _mask(_content_key(content_key), shared, purchase))


def receive(key: OneTimeKey, delivery: Delivery, purchase: int, commitment: Digest) -> bytes:
    """Return the content key that was delivered; raise where it is not the one that was sold."""
    shared = delivery.point.key().multiply(key.secret)
    content_key = _mask(delivery.wrapped, shared, purchase)
    if keccak(content_key) != commitment:
        raise WrongContentKey(purchase)
    return content_key


def _mask(data: bytes, shared: PublicKey, purchase: int) -> Digest:
    account = address_bytes(address_of(shared))
    stream = keccak(bytes(12), account, word(purchase))
    return Digest(bytes(one ^ other for one, other in zip(data, stream, strict=True)))


def _content_key(raw: bytes) -> bytes:
    if len(raw) != 32:
        raise BadKey("content key of 32 bytes")
    return raw
