"""The one place that sends: nothing is spent in vain, nothing is sent twice, nothing is lost unsaid."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.contracts.world import InProcess, World, refused, signer_of
from tests.devchain.samples import served
from web3 import Web3
from web3.types import RPCEndpoint, RPCResponse

from commonroot.devchain.chain import Chain
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.care import Care
from commonroot.ledger.connect import connect
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import (
    ChainUnreachable,
    NotEnoughEther,
    RpcRefused,
    TransactionFailed,
    TransactionLost,
)
from commonroot.ledger.gateways.token import Token
from commonroot.ledger.sender import Sender, Tally
from commonroot.protocol.hashing import Address

Answer = Callable[[RPCEndpoint, Any], RPCResponse]
ETHER = 10**18


class Bent(InProcess):
    """A chain in this process, some of whose answers are bent by the test."""

    def __init__(self, chain: Chain, bend: Callable[[str, Any, Answer], RPCResponse]) -> None:
        super().__init__(chain)
        self._bend = bend

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return what the test makes of the answer."""
        return self._bend(method, params, super().make_request)


@dataclass(frozen=True, slots=True)
class Side:
    """A sender beside the world's own, over a connection of its own."""

    token: Token
    sender: Sender


def side(
    world: World,
    bend: Callable[[str, Any, Answer], RPCResponse],
    signer: WalletSigner | None = None,
    care: Care | None = None,
) -> Side:
    """Return the buyer, or somebody else, with a bent connection."""
    web3 = Web3(Bent(world.chain, bend))
    sender = Sender(web3, signer or signer_of(world.buyer), care=care or Care(patience=5.0))
    return Side(Token(Deployed.at(web3, "TestToken", world.book.token, sender)), sender)


def straight(method: str, params: Any, ask: Answer) -> RPCResponse:
    """Bend nothing."""
    return ask(RPCEndpoint(method), params)


def nonce(world: World, account: Address) -> int:
    """Return how many transactions an account has sent."""
    return int(world.web3.eth.get_transaction_count(account))


class TestSend:
    def test_refuses_before_it_costs_anything(self, world: World) -> None:
        """
        A call that would be refused is never sent.
        """
        buyer = side(world, straight)
        before = nonce(world, buyer.sender.address)

        with refused("ERC20InsufficientBalance", needed=10**9):
            buyer.token.transfer(world.stranger.account, 10**9)

        assert nonce(world, buyer.sender.address) == before
        assert buyer.sender.tally.transactions == 0

    def test_says_what_it_did(self, world: World) -> None:
        """
        Hash, block and gas are the receipt's, and the tally counts them.
        """
        buyer = side(world, straight)

        sent = buyer.token.transfer(world.stranger.account, 5)

        receipt = world.web3.eth.get_transaction_receipt(sent.hash)  # type: ignore[arg-type]
        assert (sent.block, sent.gas) == (receipt["blockNumber"], receipt["gasUsed"])
        assert (buyer.sender.tally.transactions, buyer.sender.tally.gas) == (1, sent.gas)
        assert sent.contract is None
        assert len(sent.logs) == 1

    def test_shares_a_tally(self, world: World) -> None:
        """
        Two senders may count into one.
        """
        tally, web3 = Tally(), world.web3
        for who in (world.buyer, world.stranger):
            Sender(web3, signer_of(who), tally).send("a transfer", world.sponsor.account)

        assert (tally.transactions, tally.gas) == (2, 42_000)

    def test_says_that_an_account_cannot_pay(self, world: World) -> None:
        """
        Gas is paid in ether; the error says which account needs some.
        """
        poor = WalletSigner(Wallet(b"\x09" * 32))

        def no_estimate(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            return {**answer, "result": "0x5208"} if method == "eth_estimateGas" else answer

        with pytest.raises(NotEnoughEther) as caught:
            side(world, no_estimate, poor).sender.send("a gift", world.buyer.account)
        assert poor.address in caught.value.hint

    def test_says_that_the_chain_is_gone(self, world: World) -> None:
        """
        A connection that breaks for good is no silence.
        """

        def broken(method: str, params: Any, ask: Answer) -> RPCResponse:
            raise requests.ConnectionError

        with pytest.raises(ChainUnreachable):
            side(world, broken).token.transfer(world.stranger.account, 5)


class TestNonces:
    def test_survive_a_connection_that_breaks_after_sending(self, world: World) -> None:
        """
        The node took it, the answer got lost: the same bytes go again, and count once.
        """
        broken = []

        def lose_first_answer(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            if method == "eth_sendRawTransaction" and not broken:
                broken.append(params)
                raise requests.ConnectionError
            return answer

        buyer = side(world, lose_first_answer)
        before = world.balance(world.stranger)

        buyer.token.transfer(world.stranger.account, 5)

        assert broken
        assert world.balance(world.stranger) == before + 5

    def test_survive_a_connection_that_breaks_before_sending(self, world: World) -> None:
        """
        The node never saw it: it sees it the second time.
        """
        broken = []

        def lose_first_request(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_sendRawTransaction" and not broken:
                broken.append(params)
                raise requests.ConnectionError
            return straight(method, params, ask)

        buyer = side(world, lose_first_request)
        before = world.balance(world.stranger)

        buyer.token.transfer(world.stranger.account, 5)

        assert world.balance(world.stranger) == before + 5

    def test_survive_another_sender_of_the_account(self, world: World) -> None:
        """
        Somebody else was faster with the same nonce: the next one is taken.
        """
        other = side(world, straight)
        taken = []

        def be_faster(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_sendRawTransaction" and not taken:
                taken.append(other.token.transfer(world.stranger.account, 7))
            return straight(method, params, ask)

        before = world.balance(world.stranger)

        side(world, be_faster).token.transfer(world.stranger.account, 5)

        assert world.balance(world.stranger) == before + 12

    def test_give_up_where_every_one_is_taken(self, world: World) -> None:
        """
        An account that others send for all the time is not waited for without end.
        """

        def always_taken(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_sendRawTransaction":
                error = {"code": -32000, "message": "nonce too low"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
            return straight(method, params, ask)

        with pytest.raises(RpcRefused, match="always taken"):
            side(world, always_taken).token.transfer(world.stranger.account, 5)

    def test_are_safe_in_several_threads(self, tmp_path: Path) -> None:
        """
        Eight threads of one process send for one account: all of it arrives, each nonce once.
        """
        with served() as devchain:
            signer = WalletSigner(Wallet(DEVCHAIN_KEY))
            sender = Sender(connect(devchain.url), signer, care=Care(outbox=tmp_path))
            target = WalletSigner(Wallet(b"\x0b" * 32)).address
            threads = [
                threading.Thread(target=sender.send, args=("a gift", target, b"", ETHER))
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert sender.web3.eth.get_balance(target) == 8 * ETHER
            assert sender.tally.transactions == 8


class TestWaiting:
    def test_ends(self, world: World) -> None:
        """
        A transaction that is not mined in time is named, with what to do.
        """

        def never_mined(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_sendRawTransaction":
                return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
            return straight(method, params, ask)

        with pytest.raises(TransactionLost, match="not mined") as caught:
            side(world, never_mined, care=Care(patience=0.05)).token.transfer(
                world.stranger.account, 5
            )
        assert "may still be mined" in caught.value.hint

    def test_explains_what_failed_on_chain(self, world: World) -> None:
        """
        Somebody came first between estimate and block: the contract's reason is found again.
        """

        def blind(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_estimateGas":
                return {"jsonrpc": "2.0", "id": 1, "result": hex(100_000)}
            return straight(method, params, ask)

        buyer = side(world, blind)

        with refused("ERC20InsufficientBalance", needed=10**9):
            buyer.token.transfer(world.stranger.account, 10**9)
        assert buyer.sender.tally.transactions == 1

    def test_says_so_where_there_is_no_reason(self, world: World) -> None:
        """
        Out of gas is no contract's error.
        """

        def stingy(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_estimateGas":
                return {"jsonrpc": "2.0", "id": 1, "result": hex(20_000)}
            return straight(method, params, ask)

        with pytest.raises(TransactionFailed, match="failed when it was mined"):
            side(world, stingy).token.transfer(world.stranger.account, 5)


class TestEstimates:
    def test_do_without_the_pending_block(self, world: World) -> None:
        """
        A node that knows no pending block is asked about its latest.
        """
        refusals = []

        def no_pending(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_estimateGas" and "pending" in params:
                refusals.append(params)
                error = {"code": -32000, "message": "pending block is not available"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
            return straight(method, params, ask)

        side(world, no_pending).token.transfer(world.stranger.account, 5)

        assert len(refusals) == 1

    def test_do_without_an_opinion_on_tips(self, world: World) -> None:
        """
        Where the node suggests no tip, a usual one is given.
        """

        def no_tip(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_maxPriorityFeePerGas":
                error = {"code": -32601, "message": "the method does not exist"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
            return straight(method, params, ask)

        sent = side(world, no_tip).token.transfer(world.stranger.account, 5)

        found = world.web3.eth.get_transaction(sent.hash)  # type: ignore[arg-type]
        assert found["maxPriorityFeePerGas"] == 10**9


DEVCHAIN_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The first account of every dev chain; everybody knows it."""
