"""What an earlier sender left: taken up by who asks for the same, in the cases that need care."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.contracts.world import World
from tests.devchain.samples import Served, served
from tests.ledger.proxies import honest, proxy
from tests.ledger.sending import SIGNER, Errand, balance, noted, quick, sender_at, target, until
from tests.ledger.test_sender import Answer, nonce, side, straight
from web3.types import RPCResponse

from commonroot.base.errors import SettingsError
from commonroot.keys.errors import AgentRefused
from commonroot.keys.signer import WalletSigner
from commonroot.ledger.care import GWEI, Care
from commonroot.ledger.connect import connect
from commonroot.ledger.entries import Entry
from commonroot.ledger.errors import (
    NonceTaken,
    NotEnoughEther,
    Reverted,
    RpcRefused,
    TransactionLost,
)
from commonroot.ledger.fees import Fees
from commonroot.ledger.replies import Reply, reply
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address, to_hex

_FAILS = b"\xfe"
"""As a contract's creation: an instruction that there is not."""


@pytest.fixture
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


def leave(devchain: Served, outbox: Path, value: int = 1) -> str:
    """Give up waiting for a gift that waits in the pool; return its hash."""
    devchain.call("evm_setAutomine", False)
    with pytest.raises(TransactionLost) as caught:
        sender_at(devchain, quick(outbox, patience=0.2)).send("a gift", target(1), value=value)
    devchain.call("evm_setAutomine", True)
    return caught.value.hash


def change(outbox: Path, **fields: Any) -> None:
    """Change what the only note says."""
    (note,) = outbox.glob("*/*/*.json")
    note.write_text(json.dumps({**json.loads(note.read_text()), **fields}))


class TestLeftovers:
    def test_are_not_meant_after_a_long_time(self, devchain: Served, tmp_path: Path) -> None:
        """
        Whoever asks for one more of the same a day later means one more.
        """
        leave(devchain, tmp_path)
        devchain.call("evm_mine")
        change(tmp_path, at=time.time() - 86_400)

        sender_at(devchain, quick(tmp_path)).send("a gift", target(1), value=1)

        assert balance(connect(devchain.url), target(1)) == 2
        assert noted(tmp_path) == []

    def test_are_meant_as_long_as_they_wait(self, devchain: Served, tmp_path: Path) -> None:
        """
        However old: two would be mined, so it is the one.
        """
        hash = leave(devchain, tmp_path)
        change(tmp_path, at=time.time() - 86_400)
        devchain.call("anvil_dropTransaction", hash)

        sent = sender_at(devchain, quick(tmp_path)).send("a gift", target(1), value=1)

        assert to_hex(sent.hash) == hash
        assert balance(connect(devchain.url), target(1)) == 1

    def test_are_not_taken_up_where_they_failed(self, devchain: Served, tmp_path: Path) -> None:
        """
        What was mined and did nothing is tried again.
        """
        sender = sender_at(devchain, quick(tmp_path))
        counter, fees = sender._counter("a failure"), Fees(GWEI, 10 * GWEI)
        raw = counter.sign((None, _FAILS, 0), 0, 60_000, fees)
        counter.outbox.note(
            Entry("a failure", None, _FAILS, 0, 0, 60_000, fees, (raw,), 0, time.time())
        )
        counter.outbox.leave(0)
        hash = devchain.call("eth_sendRawTransaction", "0x" + raw.hex())
        assert devchain.call("eth_getTransactionReceipt", hash)["status"] == "0x0"

        with pytest.raises((Reverted, RpcRefused)):  # by the estimate of a new one
            sender.send("a failure", None, _FAILS)
        assert noted(tmp_path) == []

    def test_are_not_sent_anew_because_a_node_lags(self, devchain: Served, tmp_path: Path) -> None:
        """
        One node shows the nonce used, another no receipt yet: that is no reason for a second one.
        """
        hash = leave(devchain, tmp_path)
        devchain.call("evm_mine")
        misses: list[str] = []

        def no_receipt_yet(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
            if method == "eth_getTransactionReceipt" and len(misses) < 9:
                misses.append(method)
                answer = {**answer, "result": None}
            return honest(method, answer)

        with proxy(devchain.url, no_receipt_yet) as there:
            sender = Sender(connect(there.url), SIGNER, care=quick(tmp_path))
            sent = sender.send("a gift", target(1), value=1)

        assert to_hex(sent.hash) == hash
        assert balance(connect(devchain.url), target(1)) == 1

    def test_are_given_up_where_the_chain_refuses_them(self, world: World) -> None:
        """
        What no node takes does not stand in the way: its nonce is used for what comes.
        """
        said: list[str] = []

        def lose_then_refuse(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method != "eth_sendRawTransaction" or len(said) == 2:
                return straight(method, params, ask)
            said.append(method)
            if len(said) == 1:  # it says yes, and forgets it
                return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
            error = {"code": -32000, "message": "insufficient funds for gas * price + value"}
            return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]

        buyer = side(world, lose_then_refuse, care=Care(patience=0.1))
        before = world.balance(world.stranger), nonce(world, buyer.sender.address)
        with pytest.raises(TransactionLost):
            buyer.token.transfer(world.stranger.account, 5)

        buyer.token.transfer(world.stranger.account, 7)

        after = world.balance(world.stranger), nonce(world, buyer.sender.address)
        assert after == (before[0] + 7, before[1] + 1)


class TestSilence:
    @pytest.mark.parametrize("said", ["nonce too low", "replacement transaction underpriced"])
    def test_is_not_taken_for_a_refusal(self, world: World, said: str) -> None:
        """
        The node took it, fell silent, and then says that the nonce is gone: it is ours that took it.
        """
        tries: list[str] = []

        def silent_first(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method != "eth_sendRawTransaction":
                return straight(method, params, ask)
            tries.append(method)
            if len(tries) == 1:
                straight(method, params, ask)
                raise requests.ConnectionError
            error = {"code": -32000, "message": said}
            return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]

        before = world.balance(world.stranger)

        side(world, silent_first).token.transfer(world.stranger.account, 5)

        assert len(tries) == 2
        assert world.balance(world.stranger) == before + 5

    def test_leaves_what_may_have_been_taken(self, world: World) -> None:
        """
        After silence even a refusal does not say that nobody has it: asked again, the same goes.
        """
        tries: list[Any] = []

        def confused(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method != "eth_sendRawTransaction":
                return straight(method, params, ask)
            tries.append(params)
            if len(tries) == 1:
                raise requests.ConnectionError
            if len(tries) == 2:
                error = {"code": -32000, "message": "insufficient funds for transfer"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
            return straight(method, params, ask)

        buyer = side(world, confused)
        with pytest.raises(NotEnoughEther):
            buyer.token.transfer(world.stranger.account, 5)
        buyer.token.transfer(world.stranger.account, 5)

        assert tries[0] == tries[1] == tries[2]


class _Stubborn:
    """Signs once, as an agent whose bound on fees is reached."""

    def __init__(self, signer: WalletSigner) -> None:
        self._signer, self._left = signer, 1

    @property
    def address(self) -> Address:
        return self._signer.address

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        if not self._left:
            raise AgentRefused("it may cost too much.")
        self._left -= 1
        return self._signer.sign_transaction(transaction)


class TestWaiting:
    def test_goes_on_where_no_more_is_signed(self, devchain: Served, tmp_path: Path) -> None:
        """
        An agent that refuses to offer more does not end what was offered.
        """
        devchain.call("evm_setAutomine", False)
        care = quick(tmp_path, bump_after=0.1)
        signer: Any = _Stubborn(SIGNER)
        errand = Errand(Sender(connect(devchain.url), signer, care=care), target(1))
        until(lambda: len(noted(tmp_path)) == 1)
        time.sleep(0.5)
        assert [len(entry.signed) for entry in noted(tmp_path)] == [1]
        devchain.call("evm_mine")

        assert errand.sent().block == 1

    def test_believes_no_node_that_lags(self, world: World) -> None:
        """
        The nonce is used and the receipt missing: it is our own that used it, as its block shows.
        """
        misses: list[str] = []

        def no_receipt_yet(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            if method == "eth_getTransactionReceipt" and len(misses) < 9:
                misses.append(method)
                return {**answer, "result": None}
            return answer

        before = world.balance(world.stranger)
        care = Care(patience=5.0, look_after=0.01)

        side(world, no_receipt_yet, care=care).token.transfer(world.stranger.account, 5)

        assert len(misses) == 9
        assert world.balance(world.stranger) == before + 5

    def test_names_no_rival_that_the_node_forgot(self, world: World) -> None:
        """
        Where the past is pruned, ours is waited for to the end, and then seems not to be done.
        """
        other = side(world, straight)
        swallowed: list[Any] = []

        def swallow(method: str, params: Any, ask: Answer) -> RPCResponse:
            if method == "eth_sendRawTransaction":
                swallowed.append(other.token.transfer(world.stranger.account, 7))
                other.token.transfer(world.stranger.account, 7)
                return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
            if method == "eth_getTransactionCount" and str(params[1]).startswith("0x"):
                error = {"code": -32000, "message": "missing trie node"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
            return straight(method, params, ask)

        care = Care(patience=0.3, look_after=0.01)
        with pytest.raises(NonceTaken, match="seems not to be done") as caught:
            side(world, swallow, care=care).token.transfer(world.stranger.account, 5)
        assert (caught.value.by, caught.value.done) == (None, False)
        assert len(swallowed) == 1


class TestReply:
    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("already known", Reply.KNOWN),
            ("AlreadyKnown", Reply.KNOWN),
            ("Transaction with the same hash was already imported.", Reply.KNOWN),
            ("Known transaction", Reply.KNOWN),
            ("nonce too low: next nonce 5, tx nonce 4", Reply.NONCE_USED),
            ("Transaction nonce is too low. Try incrementing the nonce.", Reply.NONCE_USED),
            ("OldNonce", Reply.NONCE_USED),
            ("replacement transaction underpriced", Reply.RIVAL),
            ("could not replace existing tx", Reply.RIVAL),
            ("insufficient funds for gas * price + value", Reply.POOR),
            ("transaction underpriced", Reply.OTHER),
            ("intrinsic gas too low", Reply.OTHER),
        ],
    )
    def test_is_understood_from_each_client(self, said: str, meant: Reply) -> None:
        """
        There is no standard for these words.
        """
        assert reply(RpcRefused("a gift", said)) is meant


class TestCare:
    def test_is_read_from_the_environment(self, tmp_path: Path) -> None:
        """
        Prices are in gwei there, as people say them.
        """
        read = Care.read(
            {
                "COMMONROOT_CONFIRMATIONS": "12",
                "COMMONROOT_MOST_TIP": "3",
                "COMMONROOT_MOST_PRICE": "50",
                "COMMONROOT_OUTBOX": str(tmp_path),
            }
        )

        assert (read.confirmations, read.most_tip, read.most_price) == (12, 3 * GWEI, 50 * GWEI)
        assert read.outbox == tmp_path
        assert Care.read({"XDG_STATE_HOME": "/state"}).outbox == Path("/state/commonroot/outbox")
        assert Care.read({}).outbox.parts[-4:] == (".local", "state", "commonroot", "outbox")
        assert Care.read({}).confirmations == 1

    @pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", "²"])
    def test_is_a_whole_number(self, given: str) -> None:
        """
        Anything else is named, and nothing is guessed.
        """
        with pytest.raises(SettingsError, match="COMMONROOT_CONFIRMATIONS"):
            Care.read({"COMMONROOT_CONFIRMATIONS": given})
