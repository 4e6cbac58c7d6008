"""An ERC-20 token: what bonds, budgets and licences are paid in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.sender import Sent
from commonroot.ledger.strangers import one_line
from commonroot.protocol.hashing import Address

_LONGEST_SYMBOL = 20


@final
@dataclass(frozen=True, slots=True)
class Permit:
    """A signed approval that goes along with the call that spends it (ERC-2612)."""

    deadline: int
    v: int
    r: bytes
    s: bytes

    def fields(self) -> tuple[int | bytes, ...]:
        """Return the struct as contracts take it."""
        return self.deadline, self.v, self.r, self.s


@final
@dataclass(frozen=True, slots=True)
class Token:
    """A deployed token."""

    deployed: Deployed

    def balance_of(self, account: Address) -> int:
        """Return what an account has."""
        return int(self.deployed.call("balanceOf", account))

    def allowance(self, owner: Address, spender: Address) -> int:
        """Return what `spender` may take from `owner`."""
        return int(self.deployed.call("allowance", owner, spender))

    def symbol(self) -> str:
        """Return the token's short name, as its maker wrote it but on one short line."""
        return one_line(str(self.deployed.call("symbol")), _LONGEST_SYMBOL)

    def decimals(self) -> int:
        """Return how many decimals people read an amount with."""
        return int(self.deployed.call("decimals"))

    def transfer(self, to: Address, amount: int) -> Sent:
        """Send an amount."""
        return self.deployed.send("transfer", to, amount)

    def approve(self, spender: Address, amount: int) -> Sent:
        """Let `spender` take up to an amount."""
        return self.deployed.send("approve", spender, amount)

    def allow(self, spender: Address, amount: int) -> None:
        """Approve an amount unless as much is approved already."""
        if self.allowance(self.deployed.speaker.address, spender) < amount:
            self.approve(spender, amount)
