"""
Giving a new transaction its nonce, and to a node.

The nonce is chosen, the transaction signed and noted and a node told of it while nobody else of the account
does the same. A nonce is given up for another one only where no node can have taken what was signed for it.
"""

from __future__ import annotations

import time
from typing import Any, final

from web3 import Web3

from commonroot.keys.signer import Signer
from commonroot.ledger import questions
from commonroot.ledger.entries import Entry, Wish
from commonroot.ledger.errors import ChainUnreachable, NotAChain, NotEnoughEther, RpcRefused
from commonroot.ledger.fees import Fees
from commonroot.ledger.outbox import Outbox
from commonroot.ledger.quotes import Quote
from commonroot.ledger.replies import Reply, reply

_TRIES = 3


@final
class Counter:
    """Where one account's transactions on one chain are signed and handed in."""

    def __init__(
        self, web3: Web3, signer: Signer, chain_id: int, outbox: Outbox, lag: float = 0.0
    ) -> None:
        self.outbox, self._lag = outbox, lag
        self._web3, self._signer, self._chain_id = web3, signer, chain_id

    def hand_in(self, quote: Quote) -> Entry:
        """Return what was signed and taken by a node, with the caller to wait for it."""
        with self.outbox.turn():
            return self._hand_in(quote)

    def settle(self, entry: Entry, block: int) -> None:
        """Drop an entry that was mined in a block."""
        self.outbox.forget(entry.nonce, block if self._lag else None)

    def next_nonce(self, call: str) -> int:
        """Return the first nonce that neither the node nor the outbox knows a transaction of."""
        noted = self.outbox.nonces()  # first: what is settled in between, the node counts
        nonce = questions.used(self._web3, call, self._signer.address, "pending")
        while nonce in noted:
            nonce += 1
        return nonce

    def sign(self, wish: Wish, nonce: int, gas: int, fees: Fees) -> bytes:
        """Return a signed transaction."""
        to, data, value = wish
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self._chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxPriorityFeePerGas": fees.tip,
            "maxFeePerGas": fees.cap,
            "data": data,
            "value": value,
        }
        return self._signer.sign_transaction(fields if to is None else {**fields, "to": to})

    def _hand_in(self, quote: Quote) -> Entry:
        since = self._catch_up(quote.call)
        for _ in range(_TRIES):
            nonce = self.next_nonce(quote.call)
            raw = self.sign(quote.wish, nonce, quote.gas, quote.fees)
            entry = Entry(
                quote.call, *quote.wish, nonce, quote.gas, quote.fees, (raw,), since, time.time()
            )
            try:
                self.outbox.note(entry)
                if self._accepted(entry):
                    return entry
            except BaseException:
                self.outbox.leave(nonce)
                raise
            self.outbox.forget(nonce)  # somebody else of the account has it: ask the chain again
        raise RpcRefused(quote.call, "the account's nonce is always taken by another sender")

    def _catch_up(self, call: str) -> int:
        """Return the height, once the node has our last transaction: else it gives its nonce again."""
        newest, deadline = self.outbox.newest(), time.monotonic() + self._lag
        while newest > (height := questions.height(self._web3, call)):
            if time.monotonic() > deadline:
                self.outbox.saw(height)  # the chain was put back
                break
            time.sleep(0.1)
        return height

    def _accepted(self, entry: Entry) -> bool:
        """Say whether the node took the bytes; False if their nonce was taken before."""
        silent = False
        for left in reversed(range(_TRIES)):
            try:
                questions.submit(self._web3, entry.call, entry.raw)
                return True
            except (ChainUnreachable, NotAChain):
                silent = True
                if not left:
                    raise
            except RpcRefused as exc:
                match reply(exc):
                    case Reply.KNOWN:
                        return True
                    case Reply.NONCE_USED | Reply.RIVAL:
                        # After silence it may be these very bytes that took it: waiting shows that.
                        return silent
                    case said:
                        if not silent:
                            self.outbox.forget(entry.nonce)
                        if said is Reply.POOR:
                            raise NotEnoughEther(
                                entry.call, exc.said, self._signer.address
                            ) from exc
                        raise
        return False
