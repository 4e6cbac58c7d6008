"""Transactions that get lost on their way: dropped, outbid by strangers, taken back with their block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from tests.devchain.samples import ALICE, GWEI, Served, served
from tests.ledger.sending import Errand, balance, noted, quick, sender_at, target, until

from commonroot.ledger.errors import (
    NonceTaken,
    NotConfirmed,
    TransactionLost,
    TransactionUnheard,
)
from commonroot.protocol.hashing import Address, to_hex


@pytest.fixture
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


def outbid(devchain: Served, to: Address, value: int = 1) -> str:
    """Send with the sender's key and first nonce, elsewhere and for more; return the hash."""
    fields: dict[str, Any] = {"type": 2, "chainId": 31337, "nonce": 0, "gas": 21_000}
    prices = {"maxPriorityFeePerGas": 50 * GWEI, "maxFeePerGas": 90 * GWEI}
    signed = Account.sign_transaction({**fields, **prices, "to": to, "value": value}, ALICE.secret)
    hash: str = devchain.call("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    return hash


class TestDropped:
    def test_is_sent_again(self, devchain: Served, tmp_path: Path) -> None:
        """
        The pool forgot it: it gets the same bytes again, and they count once.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path))
        errand = Errand(sender, target(1))
        until(lambda: sender.web3.eth.get_transaction_count(sender.address, "pending") == 1)
        hash = noted(tmp_path)[0].hash
        devchain.call("evm_setAutomine", True)
        assert devchain.call("anvil_dropTransaction", to_hex(hash)) == to_hex(hash)

        assert errand.sent().hash == hash
        assert balance(sender.web3, target(1)) == 1

    def test_is_taken_up_by_who_asks_again(self, devchain: Served, tmp_path: Path) -> None:
        """
        After patience has ended the same call goes on with the same transaction.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path, patience=0.3))
        with pytest.raises(TransactionLost) as caught:
            sender.send("a gift", target(1), value=1)
        devchain.call("evm_mine")

        sent = sender.send("a gift", target(1), value=1)

        assert to_hex(sent.hash) == caught.value.hash
        assert balance(sender.web3, target(1)) == 1
        assert sender.next_nonce() == 1

    def test_goes_before_what_is_newer(self, devchain: Served, tmp_path: Path) -> None:
        """
        Another call does not wait for ever behind a nonce that the chain never got.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path, patience=0.3))
        with pytest.raises(TransactionLost) as caught:
            sender.send("a gift", target(1), value=1)
        devchain.call("anvil_dropTransaction", caught.value.hash)
        devchain.call("evm_setAutomine", True)

        sender.send("another gift", target(2), value=2)

        assert (balance(sender.web3, target(1)), balance(sender.web3, target(2))) == (1, 2)
        sender.send("another gift", target(2), value=2)
        assert noted(tmp_path) == []


class TestReplaced:
    def test_by_something_else_was_not_done(self, devchain: Served, tmp_path: Path) -> None:
        """
        The error says so, and names what took the nonce.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path))
        errand = Errand(sender, target(1))
        until(lambda: sender.web3.eth.get_transaction_count(sender.address, "pending") == 1)
        hash = outbid(devchain, target(2))
        for _ in range(9):  # the stranger's is found among blocks that followed
            devchain.call("evm_mine")

        with pytest.raises(NonceTaken, match="was not done and no longer can be") as caught:
            errand.sent()

        assert (caught.value.by, caught.value.done, caught.value.nonce) == (hash, False, 0)
        assert "Do the same again" in caught.value.hint
        devchain.call("evm_setAutomine", True)
        sender.send("a gift", target(1), value=1)
        assert balance(sender.web3, target(1)) == 1

    def test_by_the_same_was_done(self, devchain: Served, tmp_path: Path) -> None:
        """
        The same key elsewhere made the very same call: nothing is left to do, and that is said.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path))
        errand = Errand(sender, target(1))
        until(lambda: sender.web3.eth.get_transaction_count(sender.address, "pending") == 1)
        hash = outbid(devchain, target(1))
        devchain.call("evm_mine")

        with pytest.raises(NonceTaken, match="was done, but not by us") as caught:
            errand.sent()

        assert (caught.value.by, caught.value.done) == (hash, True)
        assert noted(tmp_path) == []


class TestTakenBack:
    def test_is_sent_again_as_it_was(self, devchain: Served, tmp_path: Path) -> None:
        """
        Its block was taken back: the same transaction goes into another, which counts.
        """
        sender = sender_at(devchain, quick(tmp_path))
        snapshot = devchain.call("evm_snapshot")
        errand = Errand(sender, target(1), confirmations=3)
        until(lambda: balance(sender.web3, target(1)) == 1)
        hash = noted(tmp_path)[0].hash
        assert devchain.call("evm_revert", snapshot)
        assert errand.running()
        devchain.call("evm_mine")  # so that the block that stays has another number
        until(lambda: balance(sender.web3, target(1)) == 1)
        for _ in range(2):
            assert errand.running()
            devchain.call("evm_mine")

        sent = errand.sent()

        assert (sent.hash, sent.block) == (hash, 2)
        assert balance(sender.web3, target(1)) == 1
        assert sender.next_nonce() == 1

    def test_is_waited_for_until_blocks_end(self, devchain: Served, tmp_path: Path) -> None:
        """
        Where no more blocks come the error says what is known; asking again goes on.
        """
        sender = sender_at(devchain, quick(tmp_path, patience=0.3, confirmations=3))
        with pytest.raises(NotConfirmed, match="mined in block 1") as caught:
            sender.send("a gift", target(1), value=1)
        assert (caught.value.has, caught.value.wanted) == (1, 3)
        devchain.call("anvil_mine", 2)

        sent = sender.send("a gift", target(1), value=1)

        assert to_hex(sent.hash) == caught.value.hash
        assert balance(sender.web3, target(1)) == 1


class TestSilence:
    def test_is_borne_for_a_while(self, devchain: Served, tmp_path: Path) -> None:
        """
        A chain that dies with a transaction on its way is missed soon, and the transaction named.
        """
        devchain.call("evm_setAutomine", False)
        sender = sender_at(devchain, quick(tmp_path, silence=0.5))
        errand = Errand(sender, target(1))
        until(lambda: len(noted(tmp_path)) == 1)
        until(lambda: sender.web3.eth.get_transaction_count(sender.address, "pending") == 1)
        devchain.kill()

        with pytest.raises(TransactionUnheard, match="no chain has answered") as caught:
            errand.sent()

        assert caught.value.hash == to_hex(noted(tmp_path)[0].hash)
        assert "not sent twice" in caught.value.hint
