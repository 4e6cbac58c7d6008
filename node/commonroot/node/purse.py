"""What an account has, and money sent from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.base.errors import UsageError
from commonroot.ledger.border import asking
from commonroot.ledger.errors import NotEnoughEther
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import require
from commonroot.protocol.hashing import Address


@final
@dataclass(frozen=True, slots=True)
class Purse:
    """What an account has, in smallest units."""

    ether: int
    tokens: int
    bond: int
    symbol: str
    decimals: int


def purse(ledger: Ledger, account: Address) -> Purse:
    """Return what an account has."""
    with asking(ledger.web3, "eth_getBalance"):
        ether = ledger.web3.eth.get_balance(account)
    token = ledger.token
    return Purse(
        ether=ether,
        tokens=token.balance_of(account),
        bond=ledger.nodes.bond_of(account),
        symbol=token.symbol(),
        decimals=token.decimals(),
    )


def send_ether(ledger: Ledger, to: Address, amount: int) -> None:
    """Send ether, which gas is paid in."""
    if ledger.sender is None:
        raise UsageError("This needs an account that signs.", hint="Name a wallet.")
    has = purse(ledger, ledger.account).ether
    if has < amount:
        raise NotEnoughEther("the transfer", f"the account has {has} wei", ledger.account)
    ledger.sender.send("the transfer", to, value=amount)


def send_tokens(ledger: Ledger, to: Address, amount: int) -> None:
    """Send some of the token that bonds are in."""
    require(ledger, ledger.token, amount)
    ledger.token.transfer(to, amount)
