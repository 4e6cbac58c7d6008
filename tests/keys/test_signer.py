"""A wallet signs receipts, acks and transactions so that the protocol and a chain accept them."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.keys.samples import DOMAIN, OTHER, RECEIPT, TRANSACTION, WALLET

from commonroot.keys.errors import UnsignableTransaction
from commonroot.keys.signer import Signer, WalletSigner, ack_of, possession
from commonroot.protocol.receipt import Ack
from commonroot.protocol.signature import recover

SIGNER: Signer = WalletSigner(WALLET)

DOMAIN_DATA = {
    "name": "Commonroot",
    "version": "1",
    "chainId": DOMAIN.chain_id,
    "verifyingContract": DOMAIN.programs,
}
CONTRIBUTION_TYPE = {
    "Contribution": [
        {"name": "program", "type": "uint256"},
        {"name": "round", "type": "uint64"},
        {"name": "epoch", "type": "uint64"},
        {"name": "baseRoot", "type": "bytes32"},
        {"name": "aggregator", "type": "address"},
        {"name": "dataset", "type": "bytes32"},
        {"name": "deltaRoot", "type": "bytes32"},
        {"name": "weight", "type": "uint32"},
        {"name": "deadline", "type": "uint64"},
    ]
}
CONTRIBUTION_DATA = {
    "program": RECEIPT.program,
    "round": RECEIPT.round,
    "epoch": RECEIPT.epoch,
    "baseRoot": RECEIPT.base_root,
    "aggregator": RECEIPT.aggregator,
    "dataset": RECEIPT.dataset,
    "deltaRoot": RECEIPT.delta_root,
    "weight": RECEIPT.weight,
    "deadline": RECEIPT.deadline,
}
ACK_TYPE = {
    "Ack": [{"name": "receiptDigest", "type": "bytes32"}, {"name": "epoch", "type": "uint64"}]
}


class TestReceipt:
    def test_is_signed_by_the_wallets_account(self) -> None:
        """
        The protocol finds the signer, which means sixty-five bytes, a low s and 27 or 28.
        """
        signature = SIGNER.sign_receipt(RECEIPT, DOMAIN)

        assert recover(RECEIPT.digest(DOMAIN), signature) == WALLET.address

    def test_is_the_typed_data_other_tools_sign(self) -> None:
        """
        An Ethereum wallet that is shown the typed data gives the same signature.
        """
        message = encode_typed_data(DOMAIN_DATA, CONTRIBUTION_TYPE, CONTRIBUTION_DATA)
        theirs = Account.sign_message(message, WALLET.secret)

        assert theirs.message_hash == RECEIPT.digest(DOMAIN)
        assert bytes(theirs.signature) == SIGNER.sign_receipt(RECEIPT, DOMAIN)


class TestAck:
    def test_is_signed_by_the_wallets_account(self) -> None:
        """
        The ack promises the receipt's digest in the receipt's epoch.
        """
        assert ack_of(RECEIPT, DOMAIN) == Ack(RECEIPT.digest(DOMAIN), RECEIPT.epoch)
        digest = ack_of(RECEIPT, DOMAIN).digest(DOMAIN)
        assert recover(digest, SIGNER.sign_ack(RECEIPT, DOMAIN)) == WALLET.address

    def test_is_the_typed_data_other_tools_sign(self) -> None:
        """
        An Ethereum wallet that is shown the ack gives the same signature.
        """
        ack = {"receiptDigest": RECEIPT.digest(DOMAIN), "epoch": RECEIPT.epoch}
        message = encode_typed_data(DOMAIN_DATA, ACK_TYPE, ack)

        theirs = Account.sign_message(message, WALLET.secret)
        assert bytes(theirs.signature) == SIGNER.sign_ack(RECEIPT, DOMAIN)


class TestPossession:
    def test_is_the_typed_data_other_tools_sign(self) -> None:
        """
        The proof names the account, in the domain of the Nodes contract.
        """
        domain = {**DOMAIN_DATA, "verifyingContract": OTHER}
        types = {"Possession": [{"name": "account", "type": "address"}]}
        message = encode_typed_data(domain, types, {"account": DOMAIN.programs})

        theirs = Account.sign_message(message, WALLET.secret)
        ours = WalletSigner(WALLET).sign_possession(DOMAIN.programs, OTHER, DOMAIN.chain_id)
        assert bytes(theirs.signature) == ours
        assert recover(possession(DOMAIN.programs, OTHER, DOMAIN.chain_id), ours) == WALLET.address


class TestTransaction:
    def test_is_signed_by_the_wallets_account(self) -> None:
        """
        A chain that takes the bytes finds the wallet's account as their sender.
        """
        signed = SIGNER.sign_transaction(TRANSACTION)

        assert Account.recover_transaction(signed) == WALLET.address

    @pytest.mark.parametrize(
        "change",
        [
            {"nonce": None},
            {"nonce": -1},
            {"from": OTHER},
            {"gas": "much"},
            {"to": "x"},
            {"more": 1},
        ],
    )
    def test_is_refused_where_it_is_none(self, change: dict[str, Any]) -> None:
        """
        Fields that are wrong, foreign or of another sender are one clear error.
        """
        with pytest.raises(UnsignableTransaction, match="cannot be signed"):
            SIGNER.sign_transaction({**TRANSACTION, **change})
