"""
Delivering: a provider watches for purchases and posts each buyer's key.

The key itself comes from the version's round, whose keyring is wrapped for the sponsor and the
aggregator: a provider needs a wallet that can read it and the store, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.keys.delivery import deliver
from commonroot.keys.wallet import Wallet
from commonroot.ledger.events import PurchaseRecord, purchases
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.market.offers import manifest_of
from commonroot.store.artifacts import Store
from commonroot.store.sealed import open_keyring, version_label


@final
@dataclass(frozen=True, slots=True)
class Delivered:
    """A key that went out."""

    purchase: int
    model: int
    version: int


def waiting(ledger: Ledger) -> list[PurchaseRecord]:
    """Return the paid purchases that the ledger's account may deliver, oldest first."""
    paid = [each for each in purchases(ledger) if each.stage is PurchaseStage.PAID]
    return [each for each in paid if _is_ours(ledger, each)]


def deliver_waiting(ledger: Ledger, store: Store, wallet: Wallet) -> list[Delivered]:
    """Deliver to everyone who waits, and return what went out."""
    return [_deliver(ledger, store, wallet, each) for each in waiting(ledger)]


def content_key(ledger: Ledger, store: Store, wallet: Wallet, model: int, version: int) -> bytes:
    """Return the key that a version is sealed with, from its round's keyring."""
    manifest = manifest_of(ledger, store, model, version)
    return open_keyring(store.get(manifest.keyring), wallet).key(version_label(model, version))


def _deliver(ledger: Ledger, store: Store, wallet: Wallet, bought: PurchaseRecord) -> Delivered:
    terms = ledger.licences.offer(bought.offer)
    assert terms is not None, "what was bought was offered"
    key = content_key(ledger, store, wallet, terms.model, terms.version)
    ledger.licences.deliver(bought.purchase, deliver(key, bought.key, bought.purchase))
    return Delivered(bought.purchase, terms.model, terms.version)


def _is_ours(ledger: Ledger, bought: PurchaseRecord) -> bool:
    terms = ledger.licences.offer(bought.offer)
    return terms is not None and ledger.account in (terms.seller, terms.provider)
