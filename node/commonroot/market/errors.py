"""
What can go wrong in the market:

* CommonrootError
  + MarketError
    - NoSuchOffer       nothing is offered under a number
    - NotForSale        a version that needs no licence, or that nobody can sell
    - NoSuchPurchase    a number under which nothing was bought
    - KeyLost           the one-time key of a purchase is not in this home
    - NotDelivered      the key of a purchase has not come yet
    - NoLicence         a version was not licensed to this wallet
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import CommonrootError
from commonroot.protocol.hashing import Address


class MarketError(CommonrootError):
    """The base of what can go wrong in the market."""


class NoSuchOffer(MarketError):
    """Nothing is offered under a number."""

    hint = "`commonroot licence quote MODEL` shows what is offered."

    def __init__(self, offer: int) -> None:
        super().__init__(f"There is no offer {offer}.")
        self.offer = offer


class NotForSale(MarketError):
    """A version that needs no licence, or that does not exist."""

    def __init__(self, model: int, version: int, why: str) -> None:
        super().__init__(f"Version {version} of model {model} cannot be offered: {why}.")
        self.model, self.version, self.why = model, version, why


class NoSuchPurchase(MarketError):
    """Nothing was bought under a number."""

    hint = "`commonroot licence list` shows what was bought."

    def __init__(self, purchase: int) -> None:
        super().__init__(f"There is no purchase {purchase}.")
        self.purchase = purchase


class KeyLost(MarketError):
    """The one-time key of a purchase is not where it was put."""

    hint = (
        "Use the home and wallet it was bought with; without that key the delivery cannot be read."
    )

    def __init__(self, purchase: int, path: Path) -> None:
        super().__init__(f"The one-time key of purchase {purchase} is not at {path}.")
        self.purchase, self.path = purchase, path


class NotDelivered(MarketError):
    """The key of a purchase has not come yet."""

    def __init__(self, purchase: int, until: int) -> None:
        super().__init__(
            f"The key of purchase {purchase} has not been delivered yet.",
            hint=f"From second {until} on (Unix time) `commonroot licence refund {purchase}` returns the price.",
        )
        self.purchase, self.until = purchase, until


class NoLicence(MarketError):
    """A version was not licensed to an account."""

    hint = (
        "`commonroot licence quote MODEL` shows what is offered, `commonroot licence buy` buys it."
    )

    def __init__(self, model: int, version: int, account: Address) -> None:
        super().__init__(f"{account} holds no licence to version {version} of model {model}.")
        self.model, self.version, self.account = model, version, account
