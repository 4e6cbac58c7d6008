"""
What a node is owed where an epoch it worked for came to nothing.

An aggregator's ack is a promise with a bond behind it. Who holds one, for an epoch that was abandoned or
whose proposal was false, draws a part of that bond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from commonroot.base.documents import load_json
from commonroot.base.errors import CommonrootError, ProtocolError
from commonroot.ledger import events
from commonroot.ledger.border import asking
from commonroot.ledger.errors import Reverted
from commonroot.ledger.events import ForfeitRecord, RoundRecord
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.evidence import Signed
from commonroot.protocol.hashing import Address
from commonroot.protocol.wire import Answer

_BYTES = ("base_root", "dataset", "delta_root", "signature")


@final
@dataclass(frozen=True, slots=True)
class Acked:
    """A node's receipt for an epoch, with the ack it was given."""

    answer: Answer
    ack: bytes


@final
@dataclass(frozen=True, slots=True)
class Draw:
    """A part of a forfeited bond that is an account's to draw."""

    forfeit: ForfeitRecord
    ended: RoundRecord
    """The epoch that the bond was behind."""
    acked: Acked
    amount: int
    drawn: bool
    until: int
    """When drawing ends."""


class ReceiptDamaged(CommonrootError):
    """A receipt that a node kept cannot be read."""

    hint = "Restore the file from a backup: it is worth a part of a bond."

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"{path} cannot be read: {why}.")
        self.path = path


def acks(home: Path, program: int, account: Address) -> Iterator[Acked]:
    """Yield the acks that a home's node keeps of a program."""
    folder = home / "node" / str(program) / account / "rounds"
    for path in sorted(folder.glob("*-*.ack")):
        yield Acked(_answer(path.with_suffix(".json")), path.read_bytes())


def draws(ledger: Ledger, program: int, account: Address, kept: Iterable[Acked]) -> list[Draw]:
    """Return what an account may draw, or has drawn, of a program's forfeited bonds."""
    held: Mapping[tuple[int, int], Acked] = {
        (each.answer.receipt.round, each.answer.receipt.epoch): each for each in kept
    }
    lost, found = events.forfeits(ledger, program), []
    rounds = events.rounds(ledger, program) if lost else ()
    ended = {(record.round, record.epoch): record for record in rounds}
    for record in lost:
        acked, state = held.get((record.round, record.epoch)), ledger.bonds.forfeit_of(record.key)
        if acked is not None and state is not None:
            epoch, drawn = ended[record.round, record.epoch], account in record.drawn
            part = record.pool // epoch.opening.places
            found.append(Draw(record, epoch, acked, part, drawn, state.until))
    return found


def draw(ledger: Ledger, owed: Iterable[Draw]) -> int:
    """Have what was not drawn yet, and still may be, credited; return the amount."""
    with asking(ledger.web3, "eth_getBlockByNumber"):
        now = ledger.web3.eth.get_block("latest")["timestamp"]
    open_ones = [each for each in owed if not each.drawn and now <= each.until]
    credited = 0
    for each in open_ones:
        given = Signed(each.acked.answer.receipt, each.acked.answer.signature)
        shown = each.ended.close or each.ended.opening, each.ended.proposal
        try:
            ledger.challenges.draw(*shown, given, each.acked.ack)
        except Reverted as exc:
            if exc.error not in ("AlreadyDrawn", "NothingLeft", "TooLate"):
                raise
        else:
            credited += each.amount
    return credited


def take(ledger: Ledger, program: int, to: Address | None = None) -> int:
    """Take all that bonds and demands owe the ledger's account in a program's token."""
    token, account = ledger.programs.program(program).token, ledger.account
    taken = 0
    if ledger.bonds.owed(token, account):
        taken += ledger.bonds.take(token, to or account)
    if ledger.demands.owed(token, account):
        taken += ledger.demands.take(token, to or account)
    return taken


def _answer(path: Path) -> Answer:
    try:
        found: dict[str, Any] = load_json(path.read_bytes())
        raw = {name: bytes.fromhex(found[name].removeprefix("0x")) for name in _BYTES}
        return Answer.from_fields({**found, **raw})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ProtocolError) as exc:
        raise ReceiptDamaged(path, exc) from exc
