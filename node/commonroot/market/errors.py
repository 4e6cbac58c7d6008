"""
What can go wrong on the market, as a tree:

* MarketError
  + NoSuchOffer            there is no offer of that number
  + AlreadyBought          the account holds what it is about to buy
  + NotItsKey              an offer sells another key than its version is sealed with
  + NotLicensed            the account holds no licence
  + NotDelivered           a purchase waits for its key
  + KeyWasRight            a refund is asked for a key that is the one that was sold
  + OneTimeKeyLost         this home does not have what a purchase's key was wrapped to
  + NoVersionKey           whoever sells a version does not have its key
  + NotSealed              there is nothing to sell in an unsealed version of a members' program
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import CommonrootError


class MarketError(CommonrootError):
    """The base of what can go wrong on the market."""


class NoSuchOffer(MarketError):
    """There is no offer of that number."""

    hint = "`commonroot model show MODEL` lists a model's offers."

    def __init__(self, offer: int) -> None:
        super().__init__(f"There is no offer {offer}.")
        self.offer = offer


class AlreadyBought(MarketError):
    """The account holds what it is about to buy."""

    def __init__(self, offer: int, purchase: int) -> None:
        super().__init__(
            f"Licence {purchase} to offer {offer} is this account's already.",
            hint="`commonroot model pull` fetches the model; --again buys another licence.",
        )
        self.offer, self.purchase = offer, purchase


class NotItsKey(MarketError):
    """An offer sells another key than its version is sealed with."""

    hint = "Nothing was paid. Its key would open nothing, and no contract would pay the price back."

    def __init__(self, offer: int, model: int, version: int) -> None:
        super().__init__(
            f"Offer {offer} sells another key than version {version} of model {model} is sealed with."
        )
        self.offer, self.model, self.version = offer, model, version


class NotLicensed(MarketError):
    """The account holds no licence."""

    hint = "`commonroot model show MODEL` lists the offers, `commonroot licence buy OFFER` buys."

    def __init__(self, account: str, what: str) -> None:
        super().__init__(f"{account} holds no valid licence to {what}.")
        self.account, self.what = account, what


class NotDelivered(MarketError):
    """A purchase waits for its key."""

    hint = "The seller's `commonroot provider run` delivers it; `licence refund` after its time."

    def __init__(self, purchase: int) -> None:
        super().__init__(f"The key of licence {purchase} is not delivered yet.")
        self.purchase = purchase


class KeyWasRight(MarketError):
    """A refund is asked for a key that is the one that was sold."""

    hint = "`commonroot model pull` fetches the model."

    def __init__(self, purchase: int) -> None:
        super().__init__(f"The key of licence {purchase} is the one that was sold.")
        self.purchase = purchase


class OneTimeKeyLost(MarketError):
    """This home does not have what a purchase's key was wrapped to."""

    hint = "Use the home and the wallet that bought it, or restore that file from a backup."

    def __init__(self, purchase: int, path: Path) -> None:
        super().__init__(f"The one-time key of licence {purchase} is not at {path}.")
        self.purchase, self.path = purchase, path


class NoVersionKey(MarketError):
    """Whoever sells a version does not have its key."""

    hint = (
        "The aggregator's home has it, and so has whoever may read the round's keyring: its nodes,"
        " the sponsor, the aggregator."
    )

    def __init__(self, model: int, version: int) -> None:
        super().__init__(f"The key of version {version} of model {model} is not at hand.")
        self.model, self.version = model, version


class NotSealed(MarketError):
    """A version of a members' program is not sealed, so its key cannot be sold."""

    hint = "Offer a version that a round made: version 0 is open to all."

    def __init__(self, model: int, version: int) -> None:
        super().__init__(f"Version {version} of model {model} is not sealed.")
        self.model, self.version = model, version
