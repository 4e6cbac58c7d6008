"""
The one place that signs and sends: fees, gas, nonces, and waiting until it is done.

A call that would be refused is refused before it costs anything, since its gas is estimated first.
What is signed is noted in the outbox before any node gets it, and sending the same bytes twice does no
harm: so silence, a crash or a chain that takes a block back is met by sending them again, and never by
signing with another nonce.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from typing import final

from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import LogReceipt, TxParams, TxReceipt

from commonroot.keys.signer import Signer
from commonroot.ledger import questions
from commonroot.ledger.border import asking
from commonroot.ledger.care import Care
from commonroot.ledger.counter import Counter
from commonroot.ledger.entries import Entry, Wish
from commonroot.ledger.errors import NonceTaken, RpcRefused, TransactionFailed
from commonroot.ledger.fees import suggested
from commonroot.ledger.leftovers import Leftovers
from commonroot.ledger.outbox import Kept, Outbox, Passing
from commonroot.ledger.places import is_local
from commonroot.ledger.quotes import Quote
from commonroot.ledger.rehearsal import Rehearsal
from commonroot.ledger.waiting import Waiter
from commonroot.protocol.hashing import ZERO, Address, Digest, to_hex

log = logging.getLogger(__name__)

_LAG = 5.0
"""Seconds that a node may be behind the one that showed our last transaction."""


@final
@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was mined and did what it should."""

    hash: Digest
    block: int
    gas: int
    contract: Address | None
    """The contract that it created, if it did."""
    logs: tuple[LogReceipt, ...]


@final
class Tally:
    """Counts transactions and gas; several senders may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.transactions = 0
        self.gas = 0

    def add(self, gas: int) -> None:
        """Count one transaction."""
        with self._lock:
            self.transactions += 1
            self.gas += gas


@final
class Sender:
    """Sends one account's transactions, from any thread, beside other processes that do the same."""

    def __init__(
        self, web3: Web3, signer: Signer, tally: Tally | None = None, care: Care | None = None
    ) -> None:
        self.web3, self._signer = web3, signer
        self.tally = tally or Tally()
        self._care = care or Care.read(os.environ)
        self._lock = threading.Lock()
        self._opened: Counter | None = None
        self._rehearsal: Rehearsal | None = None

    @property
    def address(self) -> Address:
        """Return the account that pays and is seen as the caller."""
        return self._signer.address

    def send(
        self,
        call: str,
        to: Address | None,
        data: bytes = b"",
        value: int = 0,
        confirmations: int | None = None,
    ) -> Sent:
        """Send one transaction and return once it is mined; raise if it is refused or fails."""
        wish = (to, data, value)
        if self._rehearsal is not None:
            self._rehearsal.note(call, wish, lambda: self.quote(call, *wish))
            return Sent(ZERO, 0, 0, None, ())  # an approval, of which nobody asks what came of it
        counter = self._counter(call)
        entry = self._left_over(counter.outbox, wish)
        if entry is None:
            entry = counter.hand_in(self.quote(call, *wish))
        log.info("%s is sent in transaction %s", call, to_hex(entry.hash))
        receipt = self._wait(counter, entry, confirmations or self._care.confirmations)
        self.tally.add(receipt["gasUsed"])
        if receipt["status"] != 1:
            self._explain(call, wish, receipt)
        return Sent(
            hash=Digest(bytes(receipt["transactionHash"])),
            block=receipt["blockNumber"],
            gas=receipt["gasUsed"],
            contract=receipt["contractAddress"],
            logs=tuple(receipt["logs"]),
        )

    def rehearsing(self) -> Sender:
        """Return a sender that quotes what it is given, and ends with Rehearsed instead of sending."""
        twin = Sender(self.web3, self._signer, care=self._care)
        twin._rehearsal = Rehearsal()
        return twin

    def quote(self, call: str, to: Address | None, data: bytes = b"", value: int = 0) -> Quote:
        """Return what a transaction would cost; raise if it would be refused."""
        wish = (to, data, value)
        block = questions.latest(self.web3, call)
        fees = suggested(self.web3, call, self._care, block)
        with asking(self.web3, call):
            gas = min(self._needed(_request(self.address, wish)), block["gasLimit"])
        return Quote(call, self.address, wish, gas, fees)

    def next_nonce(self) -> int:
        """Return the nonce of the next transaction, if nobody else sends for this account."""
        call = "eth_getTransactionCount"
        return self._counter(call).next_nonce(call)

    def _counter(self, call: str) -> Counter:
        with self._lock:
            if self._opened is None:
                with asking(self.web3, call):
                    chain_id = self.web3.eth.chain_id
                outbox = self._outbox(call, chain_id)
                lag = 0.0 if is_local(_place(self.web3)) else _LAG
                self._opened = Counter(self.web3, self._signer, chain_id, outbox, lag)
            return self._opened

    def _outbox(self, call: str, chain_id: int) -> Outbox:
        if not _place(self.web3):
            return Passing()  # a chain inside this process
        genesis = to_hex(questions.genesis(self.web3, call)).removeprefix("0x")
        chain = f"{chain_id}-{genesis[:16]}"
        return Kept(self._care.outbox / chain / self.address, self.address)

    def _left_over(self, outbox: Outbox, wish: Wish) -> Entry | None:
        if not outbox.nonces():
            return None
        with outbox.turn():
            return Leftovers(self.web3, self.address, outbox).take_up(wish)

    def _needed(self, transaction: TxParams) -> int:
        # As of the block that comes: in the latest one, "this block" is a moment that has passed.
        # What is needed can still grow until then, so there is some more.
        try:
            return self.web3.eth.estimate_gas(transaction, "pending") * 5 // 4
        except Web3RPCError as exc:
            log.info("No estimate as of the pending block: %s", exc)
            return self.web3.eth.estimate_gas(transaction, "latest") * 2

    def _wait(self, counter: Counter, entry: Entry, confirmations: int) -> TxReceipt:
        waiter, outbox = Waiter(self.web3, self.address, self._care, counter, entry), counter.outbox
        try:
            receipt = waiter.settled(confirmations)
        except NonceTaken as exc:
            if exc.by is None:
                outbox.leave(entry.nonce)
            else:
                outbox.forget(entry.nonce)
            raise
        except BaseException:
            outbox.leave(entry.nonce)
            raise
        counter.settle(entry, receipt["blockNumber"])
        return receipt

    def _explain(self, call: str, wish: Wish, receipt: TxReceipt) -> None:
        try:
            with asking(self.web3, call):
                self.web3.eth.call(_request(self.address, wish), receipt["blockNumber"])
        except RpcRefused as exc:
            log.info("Asked again, the node says: %s", exc.said)
        raise TransactionFailed(call, to_hex(receipt["transactionHash"]))


def _place(web3: Web3) -> str:
    return str(getattr(web3.provider, "endpoint_uri", ""))


def _request(account: Address, wish: Wish) -> TxParams:
    to, data, value = wish
    request: TxParams = {"from": account, "data": data, "value": value}  # type: ignore[typeddict-item]
    return request if to is None else {**request, "to": to}
