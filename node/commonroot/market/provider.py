"""Delivers keys: watches what was bought, wraps each version's key to its buyer, posts it on chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.errors import CommonrootError, ProtocolError
from commonroot.keys.delivery import deliver, key_hash
from commonroot.keys.errors import BadKey, SealBroken
from commonroot.keys.places import version_key
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.border import asking
from commonroot.ledger.errors import Reverted
from commonroot.ledger.events import PurchaseRecord
from commonroot.ledger.gateways.licences import Offer, PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.market.errors import MarketError, NoVersionKey
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotAReader, StoreError
from commonroot.store.sealed import open_keyring, version_label
from commonroot.store.versions import get_manifest

# What may lie in an offer or a manifest: strangers write both, and may name us as their provider.
_THEIRS = (MarketError, StoreError, ProtocolError, BadKey, SealBroken, Reverted)

Trouble = Callable[[int, CommonrootError], None]
"""Takes a purchase that could not be delivered, and why."""


@final
@dataclass(frozen=True, slots=True)
class Keys:
    """Where a provider finds versions' keys: in an aggregator's home, or in rounds' keyrings."""

    store: Store
    home: Path
    readers: Sequence[Wallet] = ()

    def key(self, ledger: Ledger, offer: Offer) -> bytes:
        """Return the key of an offer's version; raise unless it is the one that was committed to."""
        found = self._at_home(ledger, offer) or self._in_keyring(ledger, offer)
        if found is None or key_hash(found) != offer.key_hash:
            raise NoVersionKey(offer.model, offer.version)
        return found

    def _at_home(self, ledger: Ledger, offer: Offer) -> bytes | None:
        epoch = ledger.programs.round(offer.model, offer.version).epoch
        path = version_key(self.home, offer.model, offer.version, epoch)
        return path.read_bytes() if path.exists() else None

    def _in_keyring(self, ledger: Ledger, offer: Offer) -> bytes | None:
        named = ledger.models.version(offer.model, offer.version).manifest
        if named is None or not self.readers:
            return None
        wrapped = self.store.get(get_manifest(self.store, named).keyring)
        for wallet in self.readers:
            try:
                keyring = open_keyring(wrapped, wallet)
            except NotAReader:
                continue
            return keyring.key(version_label(offer.model, offer.version))
        return None


def waiting(ledger: Ledger) -> list[PurchaseRecord]:
    """Return the purchases that wait for the ledger's account to deliver, and still may."""
    with asking(ledger.web3, "eth_getBlockByNumber"):
        now = ledger.web3.eth.get_block("latest")["timestamp"]
    since = now - ledger.licences.delivery_time()
    return [
        record
        for record in events.purchases(ledger)
        if record.stage is PurchaseStage.PAID and _is_ours(ledger, record, since)
    ]


def deliver_all(ledger: Ledger, keys: Keys, trouble: Trouble | None = None) -> list[int]:
    """
    Deliver what waits, and return the numbers of the purchases.

    What cannot be delivered is raised, or told to `trouble` and passed over: one buyer's purchase
    should not keep the next one waiting.
    """
    done = []
    for record in waiting(ledger):
        try:
            done.append(_deliver(ledger, keys, record))
        except _THEIRS as exc:
            if trouble is None:
                raise
            trouble(record.purchase, exc)
    return done


def _deliver(ledger: Ledger, keys: Keys, record: PurchaseRecord) -> int:
    offer = ledger.licences.offer(record.offer)
    assert offer is not None
    delivery = deliver(keys.key(ledger, offer), record.key, record.purchase)
    ledger.licences.deliver(record.purchase, delivery)
    return record.purchase


def _is_ours(ledger: Ledger, record: PurchaseRecord, since: int) -> bool:
    offer = ledger.licences.offer(record.offer)
    bought = ledger.licences.purchase(record.purchase)
    if offer is None or bought is None or bought.bought_at < since:
        return False
    return ledger.account in (offer.seller, offer.provider)
