"""What is offered for gas: bounded, and more where a transaction waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.world import World
from tests.devchain.samples import Served, served
from tests.ledger.sending import Errand, noted, quick, sender_at, target, until
from tests.ledger.test_sender import Answer, side, straight
from web3.types import RPCResponse

from commonroot.ledger.care import GWEI, Care
from commonroot.ledger.entries import Entry
from commonroot.ledger.errors import FeeTooHigh, RpcRefused, TransactionLost
from commonroot.ledger.fees import Fees
from commonroot.protocol.hashing import to_hex


@pytest.fixture
def devchain() -> Iterator[Served]:
    """Yield a chain that mines when it is told to."""
    with served() as running:
        running.call("evm_setAutomine", False)
        yield running


def replaced(devchain: Served, outbox: Path) -> Entry:
    """Return the only entry once the chain's pool has its second transaction."""
    until(lambda: any(len(each.signed) == 2 for each in noted(outbox)))
    (entry,) = noted(outbox)
    until(lambda: devchain.call("eth_getTransactionByHash", to_hex(entry.hash)) is not None)
    return entry


class TestRaised:
    @pytest.mark.parametrize(
        ("before", "now", "after"),
        [
            (Fees(800, 8000), Fees(1, 1), Fees(900, 9000)),
            (Fees(801, 8001), Fees(1, 1), Fees(902, 9002)),
            (Fees(800, 8000), Fees(901, 8000), Fees(901, 9000)),
            (Fees(0, 3), Fees(0, 0), Fees(1, 4)),
        ],
    )
    def test_is_an_eighth_more_at_least(self, before: Fees, now: Fees, after: Fees) -> None:
        """
        Rounded up, never the same, and what is asked now where that is more.
        """
        assert before.raised(now) == after


class TestReplacement:
    def test_offers_more_with_the_same_nonce(self, devchain: Served, tmp_path: Path) -> None:
        """
        What is not mined in a while is outbid by itself, and only the newest is mined.
        """
        sender = sender_at(devchain, quick(tmp_path, bump_after=1.5))
        errand = Errand(sender, target(1))
        entry = replaced(devchain, tmp_path)
        devchain.call("evm_mine")

        sent = errand.sent()

        first, second = (sender.web3.eth.account.recover_transaction(raw) for raw in entry.signed)
        assert first == second == sender.address
        assert sent.hash in entry.hashes
        assert sent.hash != entry.hashes[-1]
        mined = sender.web3.eth.get_transaction(sent.hash)  # type: ignore[arg-type]
        assert mined["nonce"] == 0
        assert mined["maxPriorityFeePerGas"] * 8 >= GWEI * 9
        assert sender.next_nonce() == 1
        assert noted(tmp_path) == []

    def test_counts_whichever_is_mined(self, devchain: Served, tmp_path: Path) -> None:
        """
        A block's maker may not have heard of the replacement: the first one does as well.
        """
        sender = sender_at(devchain, quick(tmp_path, bump_after=1.5))
        errand = Errand(sender, target(1))
        until(lambda: devchain.call("eth_getTransactionCount", sender.address, "pending") == "0x1")
        snapshot = devchain.call("evm_snapshot")
        first = replaced(devchain, tmp_path).hashes[-1]
        devchain.call("evm_revert", snapshot)  # the pool holds the first again
        devchain.call("evm_mine")

        assert errand.sent().hash == first
        assert sender.web3.eth.get_balance(target(1)) == 1

    def test_has_a_bound(self, devchain: Served, tmp_path: Path) -> None:
        """
        No offer goes beyond what may be offered, however long a transaction waits.
        """
        care = quick(tmp_path, bump_after=0.05, patience=1.5, most_tip=GWEI * 5 // 4)
        errand = Errand(sender_at(devchain, care), target(1))

        with pytest.raises(TransactionLost):
            errand.sent()

        entry = noted(tmp_path)[0]
        assert len(entry.signed) == 2  # a third would offer more than five quarters
        assert entry.fees.tip <= care.most_tip


class TestSuggestion:
    def test_is_not_trusted_without_bound(self, world: World) -> None:
        """
        A tip is paid in full, so a node that names an absurd one is not followed.
        """

        def greedy(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            greed = {**answer, "result": hex(10**18)}
            return greed if method == "eth_maxPriorityFeePerGas" else answer  # type: ignore[return-value]

        sent = side(world, greedy).token.transfer(world.stranger.account, 5)

        found = world.web3.eth.get_transaction(sent.hash)  # type: ignore[arg-type]
        assert found["maxPriorityFeePerGas"] == Care().most_tip

    @pytest.mark.parametrize("nonsense", ["much", None, "-0x1", {}])
    def test_may_be_nonsense(self, world: World, nonsense: Any) -> None:
        """
        What is no number of wei is no suggestion.
        """

        def strange(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            odd = {**answer, "result": nonsense}
            return odd if method == "eth_maxPriorityFeePerGas" else answer  # type: ignore[return-value]

        sent = side(world, strange).token.transfer(world.stranger.account, 5)

        found = world.web3.eth.get_transaction(sent.hash)  # type: ignore[arg-type]
        assert found["maxPriorityFeePerGas"] in {0, GWEI}

    def test_of_a_price_beyond_the_bound_is_refused(self, world: World) -> None:
        """
        Where the chain itself is too expensive nothing is sent, and the error says what to do.
        """
        buyer = side(world, straight, care=Care(most_price=5))

        with pytest.raises(FeeTooHigh, match="at most 5") as caught:
            buyer.token.transfer(world.stranger.account, 5)
        assert "COMMONROOT_MOST_PRICE" in caught.value.hint

    def test_needs_a_base_fee(self, world: World) -> None:
        """
        A chain from before EIP-1559 is named as what it is.
        """

        def ancient(method: str, params: Any, ask: Answer) -> RPCResponse:
            answer = straight(method, params, ask)
            if method == "eth_getBlockByNumber":
                del answer["result"]["baseFeePerGas"]
            return answer

        with pytest.raises(RpcRefused, match="no base fee"):
            side(world, ancient).token.transfer(world.stranger.account, 5)
