"""Licences: what is offered and bought, how keys arrive, and what models earn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import final

from commonroot.keys.delivery import Delivery, OneTimeKey, Point
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import digest_or_none
from commonroot.ledger.gateways.token import Permit
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import ZERO, Address, Digest, to_address

FOREVER = 2**64 - 1
"""When a licence ends that does not."""


class PurchaseStage(IntEnum):
    """How far a purchase has come."""

    NONE = 0
    PAID = 1
    DELIVERED = 2
    ACCEPTED = 3
    REFUNDED = 4


@final
@dataclass(frozen=True, slots=True)
class Offer:
    """Terms under which a version is licensed."""

    model: int
    version: int
    duration: int
    """Seconds a licence lasts; zero is for ever."""
    price: int
    seller: Address
    retracted: bool
    provider: Address
    """The account that may deliver keys beside the seller."""
    key_hash: Digest | None
    """The commitment to the version's content key; None where the artifacts are open."""


@final
@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase; its number is the licence's number."""

    offer: int
    buyer: Address
    stage: PurchaseStage
    bought_at: int
    delivered_at: int
    key: Address
    """The account of the buyer's one-time key."""
    delivery: Digest | None


@final
@dataclass(frozen=True, slots=True)
class Licence:
    """A valid licence."""

    purchase: int
    version: int
    until: int


@final
@dataclass(frozen=True, slots=True)
class Income:
    """What a model earned."""

    inbox: int
    """What came in and was not settled yet."""
    shares: int
    """How many shares of the model exist."""
    carry: int
    """What was too little to divide, scaled by 2^96."""
    per_share: int
    """What one share has earned since the beginning, scaled likewise and modulo 2^256."""


@final
@dataclass(frozen=True, slots=True)
class Licences:
    """The deployed contract of licences."""

    deployed: Deployed

    def delivery_time(self) -> int:
        """Return the seconds in which a purchase must be delivered."""
        return int(self.deployed.call("deliveryTime"))

    def dispute_time(self) -> int:
        """Return the seconds in which a delivery can be disputed."""
        return int(self.deployed.call("disputeTime"))

    def offer(self, id: int) -> Offer | None:
        """Return an offer."""
        model, version, duration, price, seller, retracted, provider, key = self.deployed.call(
            "offer", id
        )
        if not int(seller, 16):
            return None
        accounts = to_address(seller), retracted, to_address(provider)
        return Offer(model, version, duration, price, *accounts, digest_or_none(key))

    def purchase(self, id: int) -> Purchase | None:
        """Return a purchase."""
        offer, buyer, stage, bought, delivered, key, delivery = self.deployed.call("purchase", id)
        if not int(buyer, 16):
            return None
        times = PurchaseStage(stage), bought, delivered
        return Purchase(offer, to_address(buyer), *times, to_address(key), digest_or_none(delivery))

    def income(self, model: int) -> Income:
        """Return a model's income."""
        return Income(*self.deployed.call("income", model))

    def purchases_of(self, account: Address) -> list[int]:
        """Return the purchases an account ever made."""
        return list(self.deployed.call("purchasesOf", account))

    def licensed(self, model: int, account: Address) -> list[Licence]:
        """Return the valid licences to a model that an account holds."""
        return [Licence(*each) for each in self.deployed.call("licensed", model, account)]

    def shares_of(self, model: int, account: Address) -> int:
        """Return the shares of a model that an account has claimed."""
        return int(self.deployed.call("sharesOf", model, account))

    def pending(self, model: int, account: Address) -> int:
        """Return what an account could withdraw of a model's settled income."""
        return int(self.deployed.call("pending", model, account))

    def offer_version(
        self,
        model: int,
        version: int,
        price: int,
        provider: Address,
        key_hash: Digest | None,
        duration: int = 0,
    ) -> int:
        """Offer one version of a model; return the offer's number."""
        sent = self.deployed.send(
            "offerVersion", model, version, price, duration, provider, key_hash or ZERO
        )
        return int(self.deployed.event(sent, "Offered").arguments["offer"])

    def retract(self, offer: int) -> Sent:
        """Take an offer back."""
        return self.deployed.send("retract", offer)

    def buy(self, offer: int, key: Point) -> int:
        """Pay for a licence; the price must be approved. Return the purchase's number."""
        return self._bought(self.deployed.send("buy", offer, (key.x, key.y)))

    def buy_with_permit(self, offer: int, key: Point, permit: Permit) -> int:
        """Pay for a licence with a signed approval of the price."""
        return self._bought(
            self.deployed.send("buyWithPermit", offer, (key.x, key.y), permit.fields())
        )

    def deliver(self, purchase: int, delivery: Delivery) -> Sent:
        """Post the wrapped content key."""
        return self.deployed.send("deliver", purchase, *_fields(delivery))

    def dispute(self, purchase: int, delivery: Delivery, key: OneTimeKey, to: Address) -> Sent:
        """Get the price back for a wrong key; makes the one-time key public."""
        secret = int.from_bytes(key.secret, "big")
        return self.deployed.send("dispute", purchase, *_fields(delivery), secret, to)

    def accept(self, purchase: int) -> Sent:
        """Make a delivered sale final."""
        return self.deployed.send("accept", purchase)

    def refund(self, purchase: int, to: Address) -> Sent:
        """Get the price back for an undelivered purchase."""
        return self.deployed.send("refund", purchase, to)

    def settle(self, model: int) -> Sent:
        """Move a model's income one hop."""
        return self.deployed.send("settle", model)

    def withdraw(self, model: int, to: Address) -> int:
        """Take the caller's part of a model's settled income; return how much it was."""
        sent = self.deployed.send("withdraw", model, to)
        return int(self.deployed.event(sent, "IncomeWithdrawn").arguments["amount"])

    def _bought(self, sent: Sent) -> int:
        return int(self.deployed.event(sent, "Bought").arguments["purchase"])


def _fields(delivery: Delivery) -> tuple[tuple[int, int], bytes]:
    return (delivery.point.x, delivery.point.y), delivery.wrapped
