"""What the sender's tests share: the first account of a dev chain in a process of its own, and errands."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.devchain.samples import ALICE, Served
from web3 import Web3

from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.care import Care
from commonroot.ledger.connect import connect
from commonroot.ledger.entries import Entry
from commonroot.ledger.sender import Sender, Sent
from commonroot.protocol.hashing import Address

SIGNER = WalletSigner(Wallet(ALICE.secret))
"""The first account of every dev chain; everybody knows its key."""

_PATIENCE = 20.0


def quick(outbox: Path, **changes: Any) -> Care:
    """Return the care of somebody in a hurry who never offers more, with changes."""
    usual: dict[str, Any] = {"patience": 15.0, "bump_after": 60.0, "look_after": 0.05}
    return Care(outbox=outbox, **(usual | changes))


def sender_at(devchain: Served, care: Care) -> Sender:
    """Return a sender of the first account, over a connection of its own."""
    return Sender(connect(devchain.url), SIGNER, care=care)


def target(number: int) -> Address:
    """Return an account that has nothing."""
    return WalletSigner(Wallet(number.to_bytes(32))).address


def balance(web3: Web3, account: Address) -> int:
    """Return the wei of an account."""
    return int(web3.eth.get_balance(account))


def until(what: Callable[[], bool]) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + _PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def noted(outbox: Path) -> list[Entry]:
    """Return all that an outbox holds, for whatever chain."""
    found = []
    for path in outbox.glob("*/*/*.json"):
        try:
            found.append(Entry.decode(path.read_bytes()))
        except FileNotFoundError:  # settled meanwhile
            continue
    return found


class Errand:
    """One sending in a thread, while the test does something to the chain."""

    def __init__(self, sender: Sender, to: Address, value: int = 1, **more: Any) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._done: Future[Sent] = self._pool.submit(sender.send, "a gift", to, value=value, **more)
        self._pool.shutdown(wait=False)

    def sent(self) -> Sent:
        """Return what came of it, or raise it."""
        return self._done.result(_PATIENCE)

    def running(self) -> bool:
        """Say whether it is still on its way."""
        return not self._done.done()
