"""An owner's side: which version is licensed, for how much and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger import events
from commonroot.ledger.gateways.licences import Offer
from commonroot.ledger.ledger import Ledger
from commonroot.market.errors import NoSuchOffer, NotSealed
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.rules import Visibility
from commonroot.store.artifacts import Store
from commonroot.store.versions import get_manifest


@final
@dataclass(frozen=True, slots=True)
class Quote:
    """An offer as a buyer sees it."""

    offer: int
    terms: Offer
    open: bool
    """Whether it can be bought now."""
    token: Address
    symbol: str
    decimals: int

    @property
    def public(self) -> bool:
        """Say whether the model is public anyway, the licence being a right and not an access."""
        return self.terms.key_hash is None


def sell(
    ledger: Ledger,
    store: Store,
    model: int,
    version: int,
    *,
    price: int,
    duration: int = 0,
    provider: Address | None = None,
) -> int:
    """Offer a version for a price and a duration in seconds, zero being for ever; return the offer."""
    return ledger.licences.offer_version(
        model,
        version,
        price,
        provider or ledger.account,
        key_hash_of(ledger, store, model, version),
        duration,
    )


def key_hash_of(ledger: Ledger, store: Store, model: int, version: int) -> Digest | None:
    """Return the commitment to a version's key, as its round's manifest has it; None if it is open."""
    if ledger.programs.rules(model).visibility is Visibility.OPEN:
        return None
    named = ledger.models.version(model, version).manifest
    if version == 0 or named is None:
        raise NotSealed(model, version)
    return get_manifest(store, named).key_hash


def quote(ledger: Ledger, offer: int) -> Quote:
    """Return an offer's terms and what they are paid in."""
    terms = ledger.licences.offer(offer)
    if terms is None:
        raise NoSuchOffer(offer)
    token = ledger.token_at(ledger.programs.program(terms.model).token)
    open_now = not terms.retracted and ledger.models.owner_of(terms.model) == terms.seller
    return Quote(offer, terms, open_now, token.deployed.address, token.symbol(), token.decimals())


def quotes(ledger: Ledger, model: int) -> list[Quote]:
    """Return all offers of a model, oldest first."""
    return [quote(ledger, each.offer) for each in events.offers(ledger, model)]
