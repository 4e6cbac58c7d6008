"""A content key reaches its buyer, and a contract could tell if it did not."""

from __future__ import annotations

import pytest
from coincurve import PrivateKey, PublicKey
from coincurve.utils import GROUP_ORDER_INT
from eth_abi.abi import encode

from commonroot.keys.delivery import OneTimeKey, Point, deliver, key_hash, one_time_key, receive
from commonroot.keys.errors import BadKey, WrongContentKey
from commonroot.protocol.hashing import keccak
from commonroot.protocol.signature import address_of

CONTENT_KEY = bytes(range(32))
COMMITMENT = key_hash(CONTENT_KEY)
BUYER = OneTimeKey(bytes(31) + b"\x02")


class TestDeliver:
    def test_gives_the_buyer_the_key(self) -> None:
        """
        What the seller wraps for a point, its secret unwraps.
        """
        delivery = deliver(CONTENT_KEY, BUYER.point, 7)

        assert receive(BUYER, delivery, 7, COMMITMENT) == CONTENT_KEY

    def test_is_what_the_contract_works_out(self) -> None:
        """
        Recovering the signer of zero from (E.x, p * E.x) gives the address that the mask is made of.
        """
        delivery = deliver(CONTENT_KEY, BUYER.point, 7)

        x, secret = delivery.point.x, int.from_bytes(BUYER.secret, "big")
        signature = x.to_bytes(32, "big") + (secret * x % GROUP_ORDER_INT).to_bytes(32, "big")
        parity = bytes([delivery.point.y & 1])
        shared = address_of(
            PublicKey.from_signature_and_message(signature + parity, bytes(32), hasher=None)
        )
        mask = keccak(encode(["address", "uint256"], [shared, 7]))
        unmasked = bytes(a ^ b for a, b in zip(delivery.wrapped, mask, strict=True))
        assert unmasked == CONTENT_KEY and keccak(unmasked) == COMMITMENT

    def test_hides_the_key_from_others(self) -> None:
        """
        Another buyer's secret, or another purchase, gives another key.
        """
        delivery = deliver(CONTENT_KEY, BUYER.point, 7)

        with pytest.raises(WrongContentKey, match="Purchase 7"):
            receive(one_time_key(), delivery, 7, COMMITMENT)
        with pytest.raises(WrongContentKey, match="Purchase 8"):
            receive(BUYER, delivery, 8, COMMITMENT)

    def test_shows_a_seller_who_delivers_something_else(self) -> None:
        """
        The buyer is told to dispute.
        """
        delivery = deliver(bytes(32), BUYER.point, 7)

        with pytest.raises(WrongContentKey) as caught:
            receive(BUYER, delivery, 7, COMMITMENT)
        assert "Dispute" in caught.value.hint

    @pytest.mark.parametrize(
        "point",
        [Point(0, 0), Point(1, 1), Point(-1, 2), Point(2**256, 1), Point(GROUP_ORDER_INT, 1)],
    )
    def test_refuses_what_is_no_point(self, point: Point) -> None:
        """
        A key is wrapped for points of the curve only.
        """
        with pytest.raises(BadKey, match="public key"):
            deliver(CONTENT_KEY, point, 7)

    def test_refuses_a_key_of_another_length(self) -> None:
        """
        A content key has 32 bytes: more could not be masked.
        """
        with pytest.raises(BadKey, match="32 bytes"):
            deliver(CONTENT_KEY + b"\x00", BUYER.point, 7)


class TestOneTimeKey:
    def test_is_another_every_time(self) -> None:
        """
        Two purchases never share a key.
        """
        assert one_time_key() != one_time_key()

    def test_hides_its_secret(self) -> None:
        """
        Printing it does not give the purchase away.
        """
        assert "x02" not in repr(BUYER)

    def test_has_the_point_of_its_secret(self) -> None:
        """
        The point is the secret times the curve's generator.
        """
        assert BUYER.point.key() == PrivateKey(BUYER.secret).public_key
