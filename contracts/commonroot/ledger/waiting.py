"""
Waiting until a transaction is done, whatever happens to it meanwhile.

One that the nodes have dropped, or that was in a block which the chain took back, is sent again with the
same bytes. One that waits too long is replaced by one of the same nonce which offers more. So there is
never a second nonce, and at most one of all that was signed can be mined.
"""

from __future__ import annotations

import logging
import time
from typing import Never, final

from web3 import Web3
from web3.types import TxReceipt

from commonroot.base.errors import CommonrootError
from commonroot.keys.errors import KeysError
from commonroot.ledger import questions
from commonroot.ledger.border import url
from commonroot.ledger.care import Care
from commonroot.ledger.counter import Counter
from commonroot.ledger.entries import Entry
from commonroot.ledger.errors import (
    ChainUnreachable,
    FeeTooHigh,
    NonceTaken,
    NotAChain,
    NotConfirmed,
    RpcRefused,
    TransactionLost,
    TransactionUnheard,
)
from commonroot.ledger.fees import suggested
from commonroot.ledger.rivals import rival
from commonroot.protocol.hashing import Address, Digest, to_hex

log = logging.getLogger(__name__)

_GONE = 3
"""Looks at which a nonce is used and its receipt missing, until the block that used it is looked for."""


@final
class Waiter:
    """Waits for one entry of an outbox."""

    def __init__(
        self, web3: Web3, account: Address, care: Care, counter: Counter, entry: Entry
    ) -> None:
        self._web3, self._account, self._care = web3, account, care
        self._counter, self._entry = counter, entry
        self._began = self._raised = self._looked = self._moved = time.monotonic()
        self._heard = self._began
        self._missing = 0
        self._height = 0

    def settled(self, confirmations: int) -> TxReceipt:
        """Return the receipt once enough blocks hold the transaction; raise where that cannot be."""
        pause = 0.02
        while True:
            try:
                mined = self._advance(confirmations)
                self._heard = time.monotonic()
            except (ChainUnreachable, NotAChain) as exc:
                self._bear_silence(exc)
                mined = None
            if mined is not None:
                return mined
            time.sleep(pause)
            pause = min(2 * pause, self._care.look_after)

    def _advance(self, confirmations: int) -> TxReceipt | None:
        # The height first: a receipt read after it is not from before a block that was taken back.
        height = self._see_height() if confirmations > 1 else 0
        mined = self._receipt()
        now = time.monotonic()
        if mined is not None:
            self._missing, self._began = 0, now
            has = height - mined["blockNumber"] + 1
            if confirmations <= 1 or has >= confirmations:
                return mined
            if now - self._moved > self._care.patience:
                at = mined["blockNumber"]
                hash = to_hex(mined["transactionHash"])
                raise NotConfirmed(self._entry.call, hash, at, max(has, 1), confirmations)
            return None
        if now - self._looked >= self._care.look_after:
            self._look()
            self._looked = time.monotonic()
        if now - self._began > self._care.patience:
            self._give_up()
        return None

    def _see_height(self) -> int:
        height = questions.height(self._web3, self._entry.call)
        if height != self._height:
            self._height, self._moved = height, time.monotonic()
        return height

    def _receipt(self) -> TxReceipt | None:
        for hash in self._entry.hashes:
            found = questions.receipt(self._web3, self._entry.call, hash)
            if found is not None:
                return found
        return None

    def _look(self) -> None:
        entry = self._entry
        if questions.used(self._web3, entry.call, self._account) > entry.nonce:
            self._missing += 1
            if self._missing >= _GONE:
                self._look_for_rival()
            return
        self._missing = 0
        if not any(self._known(hash) for hash in entry.hashes):
            log.warning("%s is not known to the node; it is sent again", to_hex(entry.hash))
            self._offer(entry.raw)
        if time.monotonic() - self._raised >= self._care.bump_after:
            self._raised = time.monotonic()
            self._raise_fees()

    def _known(self, hash: Digest) -> bool:
        return questions.found(self._web3, self._entry.call, hash) is not None

    def _raise_fees(self) -> None:
        entry = self._entry
        try:
            block = questions.latest(self._web3, entry.call)
            fees = entry.fees.raised(suggested(self._web3, entry.call, self._care, block))
            if not fees.within(self._care):
                log.warning("%s waits, and offers as much as may be offered", to_hex(entry.hash))
                return
            raw = self._counter.sign(entry.wish, entry.nonce, entry.gas, fees)
        except (KeysError, FeeTooHigh, RpcRefused) as exc:  # an agent has bounds of its own
            log.warning("%s waits, and cannot offer more: %s", to_hex(entry.hash), exc)
            return
        self._entry = entry.outbid(raw, fees)
        self._counter.outbox.note(self._entry)
        log.info("%s is replaced by %s", to_hex(entry.hash), to_hex(self._entry.hash))
        self._offer(raw)

    def _offer(self, raw: bytes) -> None:
        try:
            questions.submit(self._web3, self._entry.call, raw)
        except RpcRefused as exc:
            # Perhaps one of the others was mined just now; the next look shows what holds.
            log.info("The node does not take %s: %s", to_hex(self._entry.hash), exc.said)

    def _look_for_rival(self) -> None:
        # A missing receipt proves nothing: the node that was asked may lag behind the one before.
        entry = self._entry
        other = rival(self._web3, entry.call, self._account, entry.nonce, entry.since)
        if other is None or Digest(bytes(other["hash"])) in entry.hashes:
            return
        same = (other.get("to"), bytes(other["input"]), other["value"]) == entry.wish
        outcome = questions.receipt(self._web3, entry.call, Digest(bytes(other["hash"])))
        done = same and outcome is not None and outcome["status"] == 1
        raise NonceTaken(entry.call, self._account, entry.nonce, to_hex(other["hash"]), done)

    def _give_up(self) -> Never:
        entry = self._entry
        if self._missing:
            raise NonceTaken(entry.call, self._account, entry.nonce, None, done=False)
        raise TransactionLost(entry.call, to_hex(entry.hash), self._care.patience)

    def _bear_silence(self, exc: CommonrootError) -> None:
        seconds = self._care.silence
        if time.monotonic() - self._heard > seconds:
            entry = self._entry
            at = url(self._web3)
            raise TransactionUnheard(at, entry.call, to_hex(entry.hash), seconds) from exc
