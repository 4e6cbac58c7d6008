"""Money on its way into a contract: enough of it, and approved."""

from __future__ import annotations

from commonroot.base.amounts import from_units
from commonroot.ledger.errors import NotEnoughTokens
from commonroot.ledger.gateways.token import Token
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address


def approve(ledger: Ledger, token: Token, spender: Address, amount: int) -> None:
    """Let a contract take an amount from the ledger's account; raise where it has less."""
    require(ledger, token, amount)
    token.allow(spender, amount)


def require(ledger: Ledger, token: Token, amount: int) -> None:
    """Raise unless the ledger's account has an amount."""
    has = token.balance_of(ledger.account)
    if has < amount:
        decimals = token.decimals()
        needed, found = from_units(amount, decimals), from_units(has, decimals)
        raise NotEnoughTokens(ledger.account, needed, found, token.symbol())
