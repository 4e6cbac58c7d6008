"""
What an earlier sender of the account signed and did not see settled: it crashed, or gave up waiting.

Whoever asks for the same again gets that one, so that it is not done twice. Others are sent again before
anything newer, which would otherwise wait behind a nonce that nobody uses.
"""

from __future__ import annotations

import logging
import time
from typing import final

from web3 import Web3
from web3.types import TxReceipt

from commonroot.ledger import questions
from commonroot.ledger.entries import Entry, Wish
from commonroot.ledger.errors import RpcRefused
from commonroot.ledger.outbox import Outbox
from commonroot.ledger.replies import Reply, reply
from commonroot.protocol.hashing import Address, to_hex

log = logging.getLogger(__name__)

_FRESH = 3600.0
"""Seconds for which asking again for what is mined meanwhile means it, and not one more of the same."""


@final
class Leftovers:
    """The entries of an outbox that nobody waits for."""

    def __init__(self, web3: Web3, account: Address, outbox: Outbox) -> None:
        self._web3, self._account, self._outbox = web3, account, outbox

    def take_up(self, wish: Wish) -> Entry | None:
        """Return the first that is for a wish, to be waited for; bring the others before it on."""
        for nonce in sorted(self._outbox.nonces()):
            entry = self._outbox.take_up(nonce)
            if entry is None:
                continue
            try:
                if self._goes_on(entry, wish):
                    log.info("%s goes on with %s", entry.call, to_hex(entry.hash))
                    return entry
            except BaseException:
                self._outbox.leave(nonce)
                raise
            self._outbox.leave(nonce)
        return None

    def _goes_on(self, entry: Entry, wish: Wish) -> bool:
        wanted = entry.wish == wish
        mined = self._mined(entry)
        if mined is not None:
            if wanted and mined["status"] == 1 and time.time() - entry.at < _FRESH:
                return True
            self._outbox.forget(entry.nonce, mined["blockNumber"])
            return False
        if questions.used(self._web3, entry.call, self._account) > entry.nonce:
            if wanted:  # whose it was that used it, waiting shows
                return True
            log.warning("%s was never mined: its nonce was used elsewhere", to_hex(entry.hash))
            self._outbox.forget(entry.nonce)
            return False
        return self._sent_again(entry) and wanted

    def _mined(self, entry: Entry) -> TxReceipt | None:
        for hash in entry.hashes:
            mined = questions.receipt(self._web3, entry.call, hash)
            if mined is not None:
                return mined
        return None

    def _sent_again(self, entry: Entry) -> bool:
        """Say whether a node may mine the entry yet; if none will, its nonce is free."""
        try:
            questions.submit(self._web3, entry.call, entry.raw)
        except RpcRefused as exc:
            if reply(exc) in {Reply.KNOWN, Reply.NONCE_USED, Reply.RIVAL}:
                return True
            # Even if another node has it and mines it: one nonce is one transaction.
            log.warning("%s was left, and is refused: %s", to_hex(entry.hash), exc.said)
            self._outbox.forget(entry.nonce)
            return False
        return True
