"""
Programs that the sender's tests start, and sometimes kill: `python -m tests.ledger.spender WHAT URL OUTBOX`.

* give N      send N gifts, one after the other
* hold        take the account's turn, say so, and keep it
* stumble     die at every line of the sender, one line after the other, and send again each time
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from tests.ledger.sending import SIGNER, balance, noted, quick, target

from commonroot.ledger import counter, entries, leftovers, locks, outbox, sender, waiting
from commonroot.ledger.connect import connect
from commonroot.ledger.outbox import Kept
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address

_WATCHED = {each.__file__ for each in (counter, entries, leftovers, locks, outbox, sender, waiting)}
_CRASHED, _DONE = 9, 0


def give(url: str, folder: Path, count: int) -> None:
    """Send gifts of one wei."""
    giver = Sender(connect(url), SIGNER, care=quick(folder, patience=60.0))
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(count):
        giver.send("a gift", target(1), value=1)


def hold(url: str, folder: Path) -> None:
    """Keep the account's turn until somebody ends this process."""
    giver = Sender(connect(url), SIGNER, care=quick(folder))
    notes = giver._counter("a gift").outbox
    assert isinstance(notes, Kept)
    with notes.turn():
        print("held", flush=True)
        time.sleep(600)


def stumble(url: str, folder: Path) -> None:
    """Print, for each line that a process died at, what a gift and its repetition came to."""
    web3 = connect(url)
    for place in range(1, 10_000):
        # An account of its own for each: what it has in the end is what was given in all.
        to = target(1000 + place)
        ended = _die_at(place, url, folder, to)
        left = len(noted(folder))
        heard = not left and balance(web3, to) == 1
        if not heard:
            Sender(connect(url), SIGNER, care=quick(folder)).send("a gift", to, value=1)
        print(place, ended, left, int(heard), balance(web3, to), len(noted(folder)), flush=True)
        if ended == _DONE:
            return


def _die_at(place: int, url: str, folder: Path, to: Address) -> int:
    child = os.fork()
    if child == 0:
        giver = Sender(connect(url), SIGNER, care=quick(folder))
        seen: set[tuple[str, int]] = set()

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                seen.add((frame.f_code.co_filename, frame.f_lineno))
                if len(seen) >= place:
                    os._exit(_CRASHED)  # as a power cut would: nothing is cleaned up
            return line

        def call(frame: FrameType, event: str, argument: Any) -> Any:
            return line if frame.f_code.co_filename in _WATCHED else None

        sys.settrace(call)
        giver.send("a gift", to, value=1)
        sys.settrace(None)
        os._exit(_DONE)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    what, at, notes = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if what == "give":
        give(at, notes, int(sys.argv[4]))
    else:
        {"hold": hold, "stumble": stumble}[what](at, notes)
