"""
A rehearsal: everything is done but the sending.

It ends at the first transaction that is more than an approval, since what comes after it depends on what it
did. An approval changes nothing that the next call asks for but an allowance, so it is noted and passed
over; the call it is for may then be refused for the lack of it, and that is what its step says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from commonroot.base.errors import CommonrootError
from commonroot.ledger.entries import Wish
from commonroot.ledger.errors import Reverted
from commonroot.ledger.quotes import Quote
from commonroot.protocol.hashing import keccak

_APPROVE = keccak(b"approve(address,uint256)")[:4]


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A transaction that would be sent."""

    call: str
    wish: Wish
    quote: Quote | None
    """None where its cost shows only when the steps before it are done."""
    remark: str = ""

    def record(self) -> dict[str, Any]:
        """Return what people are shown."""
        if self.quote is not None:
            return {**self.quote.record(), "remark": self.remark}
        cost = {"value": None, "gas": None, "gas_costs_at_most": None, "remark": self.remark}
        return {"call": self.call, "to": self.wish[0], **cost}


class Rehearsed(CommonrootError):
    """A rehearsal came to its end: nothing was sent."""

    def __init__(self, steps: Sequence[Step]) -> None:
        said = ", ".join(step.call for step in steps)
        super().__init__(f"Nothing was sent. What would be, as far as can be told: {said}.")
        self.steps = tuple(steps)


@final
class Rehearsal:
    """The steps of one rehearsal so far."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def note(self, call: str, wish: Wish, quote: Callable[[], Quote]) -> None:
        """Note a transaction; raise Rehearsed unless it is an approval, or Reverted if it is refused."""
        self._steps.append(self._step(call, wish, quote))
        if wish[1][:4] != _APPROVE:
            raise Rehearsed(self._steps)

    def _step(self, call: str, wish: Wish, quote: Callable[[], Quote]) -> Step:
        try:
            return Step(call, wish, quote())
        except Reverted as exc:
            if not self._steps:
                raise
            return Step(call, wish, None, f"Without the steps before it: {exc.words}")
