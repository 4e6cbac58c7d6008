"""What a transaction would do and cost, before it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from commonroot.base.amounts import from_units
from commonroot.ledger.entries import Wish
from commonroot.ledger.fees import Fees
from commonroot.protocol.hashing import Address


@final
@dataclass(frozen=True, slots=True)
class Quote:
    """A transaction that could be sent now."""

    call: str
    account: Address
    """Who pays."""
    wish: Wish
    gas: int
    """The most gas that it may take: what it takes now, and some room."""
    fees: Fees

    @property
    def most(self) -> int:
        """Return the most wei that gas may cost."""
        return self.gas * self.fees.cap

    def record(self) -> dict[str, Any]:
        """Return what people are shown; money is in ether."""
        to, _, value = self.wish
        return {
            "call": self.call,
            "to": to,
            "value": from_units(value),
            "gas": self.gas,
            "gas_costs_at_most": from_units(self.most),
        }
