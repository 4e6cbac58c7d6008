"""Signatures are EIP-712 as everybody computes it, and no other form of one counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from tests.protocol.samples import DOMAIN, account, digest, key, signed

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Digest, keccak, to_hex
from commonroot.protocol.receipt import Ack, Domain, Receipt
from commonroot.protocol.signature import recover

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
RECEIPT = Receipt(
    program=2**200,
    round=4,
    epoch=5,
    base_root=digest("base"),
    aggregator=account("aggregator"),
    dataset=digest("set"),
    delta_root=digest("delta"),
    weight=6,
    deadline=2**63,
)


def by_eth_account(name: str, types: dict[str, str], message: dict[str, Any]) -> SignableMessage:
    """Return typed data as another library encodes it."""
    fields = [{"name": field, "type": kind} for field, kind in types.items()]
    domain = {
        "name": "Commonroot",
        "version": "1",
        "chainId": DOMAIN.chain_id,
        "verifyingContract": DOMAIN.programs,
    }
    return encode_typed_data(domain, {name: fields}, message)


def contribution() -> SignableMessage:
    """Return the sample receipt as another library encodes it."""
    types = {
        "program": "uint256",
        "round": "uint64",
        "epoch": "uint64",
        "baseRoot": "bytes32",
        "aggregator": "address",
        "dataset": "bytes32",
        "deltaRoot": "bytes32",
        "weight": "uint32",
        "deadline": "uint64",
    }
    values = [getattr(RECEIPT, name) for name in Receipt.__match_args__]
    return by_eth_account("Contribution", types, dict(zip(types, values, strict=True)))


def hashed(message: SignableMessage) -> Digest:
    """Return what a wallet signs of a message."""
    return keccak(b"\x19", message.version, message.header, message.body)


class TestReceipt:
    def test_hashes_as_eth_account_does(self) -> None:
        """
        The typed-data digest is the one that any wallet would sign.
        """
        assert RECEIPT.digest(DOMAIN) == hashed(contribution())

    def test_separates_as_eth_account_does(self) -> None:
        """
        The domain is the Programs contract of one chain.
        """
        assert DOMAIN.separator() == contribution().header

    def test_recovers_what_a_wallet_signed(self) -> None:
        """
        A signature by eth_account is one of ours.
        """
        signature = Account.sign_message(contribution(), key("node").secret).signature

        assert recover(RECEIPT.digest(DOMAIN), bytes(signature)) == account("node")

    @pytest.mark.parametrize(
        "change",
        [
            {"program": 1},
            {"round": 5},
            {"epoch": 4},
            {"base_root": digest("another")},
            {"aggregator": account("another")},
            {"dataset": digest("another")},
            {"delta_root": digest("another")},
            {"weight": 7},
            {"deadline": 1},
        ],
    )
    def test_says_all_its_fields(self, change: dict[str, Any]) -> None:
        """
        A signature under one receipt is none under a receipt that differs anywhere.
        """
        assert replace(RECEIPT, **change).digest(DOMAIN) != RECEIPT.digest(DOMAIN)

    @pytest.mark.parametrize(
        "elsewhere", [Domain(1, DOMAIN.programs), Domain(DOMAIN.chain_id, account("copy"))]
    )
    def test_counts_in_its_domain_alone(self, elsewhere: Domain) -> None:
        """
        A receipt means nothing on another chain or to a copy of the contract.
        """
        assert RECEIPT.digest(elsewhere) != RECEIPT.digest(DOMAIN)


class TestAck:
    def test_hashes_as_eth_account_does(self) -> None:
        """
        The promise to include names the receipt and its epoch.
        """
        receipt = RECEIPT.digest(DOMAIN)
        types = {"receiptDigest": "bytes32", "epoch": "uint64"}
        message = by_eth_account("Ack", types, {"receiptDigest": receipt, "epoch": 5})

        assert Ack(receipt, 5).digest(DOMAIN) == hashed(message)

    def test_dies_with_its_epoch(self) -> None:
        """
        A void round kills its acks.
        """
        receipt = RECEIPT.digest(DOMAIN)

        assert Ack(receipt, 5).digest(DOMAIN) != Ack(receipt, 6).digest(DOMAIN)


class TestRecover:
    def test_names_the_signer(self) -> None:
        """
        The account comes out of the digest and the signature alone.
        """
        assert recover(digest("said"), signed("node", digest("said"))) == account("node")

    def test_names_somebody_else_for_another_digest(self) -> None:
        """
        A signature moved to other words is not its signer's.
        """
        assert recover(digest("other"), signed("node", digest("said"))) != account("node")

    def test_refuses_the_high_form(self) -> None:
        """
        Who has seen a signature can make its twin; only one of the two counts.
        """
        good = signed("node", digest("said"))
        twin = good[:32] + (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")

        with pytest.raises(ProtocolError, match="high form of s"):
            recover(digest("said"), twin + bytes([55 - good[64]]))

    @pytest.mark.parametrize("last", [0, 1, 26, 29, 255])
    def test_refuses_another_last_byte(self, last: int) -> None:
        """
        0 and 1 say the same as 27 and 28 to some libraries; here a signature has one spelling.
        """
        with pytest.raises(ProtocolError, match=f"ends with 27 or 28; this one with {last}"):
            recover(digest("said"), signed("node", digest("said"))[:64] + bytes([last]))

    @pytest.mark.parametrize("size", [0, 64, 66, 97])
    def test_refuses_another_length(self, size: int) -> None:
        """
        Neither a cut nor a lengthened signature, nor a short EIP-2098 one, is read.
        """
        with pytest.raises(ProtocolError, match=f"65 bytes; this one has {size}"):
            recover(digest("said"), bytes(size))

    @pytest.mark.parametrize(
        ("first", "second"), [(0, 1), (1, 0), (0, 0), (ORDER, 1), (ORDER + 1, 1), (2**256 - 1, 1)]
    )
    def test_refuses_what_is_no_point(self, first: int, second: int) -> None:
        """
        Zero and what is beyond the group's order are refused, not a foreign error or an account.
        """
        signature = first.to_bytes(32, "big") + second.to_bytes(32, "big") + b"\x1b"

        with pytest.raises(ProtocolError, match="no point of the curve"):
            recover(digest("said"), signature)

    def test_refuses_a_digest_of_another_length(self) -> None:
        """
        What is signed is a digest and nothing shorter.
        """
        with pytest.raises(ProtocolError, match="no point of the curve"):
            recover(Digest(b"short"), signed("node", digest("said")))


def test_hexadecimal_says_the_bytes() -> None:
    """
    People see bytes with 0x in front.
    """
    assert to_hex(b"\x00\xff") == "0x00ff"
