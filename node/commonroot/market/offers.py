"""What is for sale: one version each, for a price, with a commitment to the key that will be delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.events import offers
from commonroot.ledger.gateways.licences import Offer
from commonroot.ledger.ledger import Ledger
from commonroot.market.errors import NoSuchOffer, NotForSale
from commonroot.protocol.hashing import ZERO, Address, Digest
from commonroot.protocol.manifest import Manifest
from commonroot.store.artifacts import Store
from commonroot.store.versions import get_manifest


@final
@dataclass(frozen=True, slots=True)
class Quote:
    """An offer, and what a buyer wants to know of it before paying."""

    id: int
    terms: Offer
    token: Address
    decimals: int
    symbol: str
    delivery_time: int
    dispute_time: int


def offer(
    ledger: Ledger,
    store: Store,
    model: int,
    version: int,
    price: int,
    *,
    provider: Address | None = None,
    duration: int = 0,
) -> int:
    """Offer a version of a model that the ledger's account owns; return the offer's number."""
    key_hash = manifest_of(ledger, store, model, version).key_hash
    return ledger.licences.offer_version(
        model,
        version,
        price,
        provider or ledger.account,
        None if key_hash == ZERO else key_hash,
        duration,
    )


def quote(ledger: Ledger, id: int) -> Quote:
    """Return an offer with its surroundings."""
    terms = ledger.licences.offer(id)
    if terms is None:
        raise NoSuchOffer(id)
    token = ledger.token_at(ledger.programs.program(terms.model).token)
    return Quote(
        id=id,
        terms=terms,
        token=token.deployed.address,
        decimals=token.decimals(),
        symbol=token.symbol(),
        delivery_time=ledger.licences.delivery_time(),
        dispute_time=ledger.licences.dispute_time(),
    )


def on_offer(ledger: Ledger, model: int | None = None) -> list[Quote]:
    """Return what can be bought now, of one model or of all, oldest first."""
    quotes = [quote(ledger, each.offer) for each in offers(ledger, model)]
    # A new owner does not honour what the former one offered.
    return [
        each
        for each in quotes
        if not each.terms.retracted
        and each.terms.seller == ledger.models.owner_of(each.terms.model)
    ]


def manifest_of(ledger: Ledger, store: Store, model: int, version: int) -> Manifest:
    """Return the manifest of the round that made a version."""
    if version == 0:
        raise NotForSale(model, version, "it is the seed, which everybody has")
    head = ledger.models.head(model)
    if version > head:
        raise NotForSale(model, version, f"the newest version is {head}")
    digest = ledger.models.version(model, version).manifest
    return get_manifest(store, digest or Digest(ZERO))
