"""
Waiting for the chain.

Most chains make blocks by themselves. Some local ones make one only when there is a transaction:
where nothing has happened for a while, an empty transaction to oneself makes them go on.
"""

from __future__ import annotations

import time

from commonroot.ledger.border import asking
from commonroot.ledger.sender import Sender

STILL = 1.0
"""Seconds without a block after which a chain is nudged."""


def wait_for_block(sender: Sender, number: int, still: float = STILL) -> None:
    """Return once the chain has the block of a number."""
    head, since = _head(sender), time.monotonic()
    while head < number:
        if time.monotonic() - since >= still:
            nudge(sender)
        time.sleep(0.02)
        newest = _head(sender)
        if newest != head:
            head, since = newest, time.monotonic()


def wait_for_time(sender: Sender, timestamp: int) -> None:
    """Return when the chain may have come to a time; ask it again then."""
    with asking(sender.web3, "eth_getBlockByNumber"):
        head = sender.web3.eth.get_block("latest")
    left = timestamp - time.time()
    # A local chain that made many blocks at once is ahead of our clock: there only blocks are time.
    if left > 0 and head["timestamp"] <= time.time():
        time.sleep(left)
    else:  # or it is behind ours, or stands still between its blocks
        wait_for_block(sender, head["number"] + 1)


def nudge(sender: Sender) -> None:
    """Send nothing to oneself, so that there is a block to put it in."""
    sender.send("an empty transaction", sender.address)


def _head(sender: Sender) -> int:
    with asking(sender.web3, "eth_blockNumber"):
        return int(sender.web3.eth.block_number)
