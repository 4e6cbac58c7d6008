"""What was offered and bought: a purchase with its delivery and its end is one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

from commonroot.keys.delivery import Delivery, Point
from commonroot.ledger.deployed import Log
from commonroot.ledger.events.reading import Seen, in_order, seen
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_address


@final
@dataclass(frozen=True, slots=True)
class OfferRecord:
    """An offer as it was made."""

    offer: int
    model: int
    version: int
    price: int
    duration: int
    seller: Address
    provider: Address
    key_hash: Digest
    offered: Seen


@final
@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """A purchase, as far as it came."""

    purchase: int
    offer: int
    buyer: Address
    model: int
    price: int
    key: Point
    bought: Seen
    stage: PurchaseStage = PurchaseStage.PAID
    delivery: Delivery | None = None
    delivered: Seen | None = None
    ended: Seen | None = None
    """When it was accepted or refunded."""


def offers(ledger: Ledger, model: int | None = None) -> list[OfferRecord]:
    """Return the offers that were made, or those of one model, oldest first."""
    filters = {} if model is None else {"model": model}
    logs = ledger.licences.deployed.logs("Offered", ledger.book.block, None, filters)
    return [
        OfferRecord(
            offer=log.arguments["offer"],
            model=log.arguments["model"],
            version=log.arguments["version"],
            price=log.arguments["price"],
            duration=log.arguments["duration"],
            seller=to_address(log.arguments["seller"]),
            provider=to_address(log.arguments["provider"]),
            key_hash=Digest(log.arguments["keyHash"]),
            offered=seen(log),
        )
        for log in logs
    ]


def purchases(ledger: Ledger) -> list[PurchaseRecord]:
    """Return all purchases, oldest first."""
    found: dict[int, PurchaseRecord] = {}
    names = ("Bought", *_PURCHASE_EVENTS)
    for log in in_order(ledger.licences.deployed, names, ledger.book.block):
        number = log.arguments["purchase"]
        if log.name == "Bought":
            found[number] = _bought(log)
        else:
            found[number] = replace(found[number], **_PURCHASE_EVENTS[log.name](log))
    return list(found.values())


def _bought(log: Log) -> PurchaseRecord:
    said = log.arguments
    return PurchaseRecord(
        purchase=said["purchase"],
        offer=said["offer"],
        buyer=to_address(said["buyer"]),
        model=said["model"],
        price=said["price"],
        key=Point(*log.struct("key")),
        bought=seen(log),
    )


_PURCHASE_EVENTS: Mapping[str, Callable[[Log], dict[str, Any]]] = {
    "Delivered": lambda log: {
        "stage": PurchaseStage.DELIVERED,
        "delivery": Delivery(Point(*log.struct("ephemeral")), Digest(log.arguments["wrapped"])),
        "delivered": seen(log),
    },
    "Accepted": lambda log: {"stage": PurchaseStage.ACCEPTED, "ended": seen(log)},
    "PurchaseRefunded": lambda log: {"stage": PurchaseStage.REFUNDED, "ended": seen(log)},
}
