"""
Buying: pay into escrow, receive the key, or get the money back.

The one-time key is on disk before the payment leaves, named by its own account, which the purchase
carries on chain: a crash at any moment loses neither money nor key.
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.files import write_whole
from commonroot.keys.delivery import Delivery, OneTimeKey, one_time_key, receive
from commonroot.keys.wallet import private_key
from commonroot.ledger.events import PurchaseRecord, purchases
from commonroot.ledger.gateways.licences import Offer, Purchase, PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.market.errors import KeyLost, NoSuchOffer, NoSuchPurchase, NotDelivered
from commonroot.market.offers import quote
from commonroot.protocol.hashing import Address
from commonroot.protocol.signature import address_of


def buy(ledger: Ledger, keys: Path, offer: int) -> int:
    """Pay for a licence and return the purchase's number; `keys` is the buyer's key folder."""
    terms = quote(ledger, offer)
    key = one_time_key()
    account = address_of(private_key(key.secret).public_key)
    write_whole(_one_time(keys, account), key.secret.hex().encode(), mode=0o600)
    approve(ledger, ledger.token_at(terms.token), ledger.book.licences, terms.terms.price)
    return ledger.licences.buy(offer, key.point)


def collect(ledger: Ledger, keys: Path, purchase: int) -> bytes:
    """Return the content key that was delivered, keep it, and make the sale final."""
    kept = content_key_path(keys, purchase)
    bought, terms = _look_up(ledger, purchase)
    if kept.exists():
        content_key = bytes.fromhex(kept.read_text())
    else:
        delivery = _delivery(ledger, purchase, bought)
        secret = _secret(keys, purchase, bought)
        assert terms.key_hash is not None, "an open program's purchase is never delivered"
        content_key = receive(OneTimeKey(secret), delivery, purchase, terms.key_hash)
        write_whole(kept, content_key.hex().encode(), mode=0o600)
    # Only the buyer's own word ends the wait before the time for disputes has passed.
    if bought.stage is PurchaseStage.DELIVERED and bought.buyer == ledger.account:
        ledger.licences.accept(purchase)
    return content_key


def dispute(ledger: Ledger, keys: Path, purchase: int, to: Address) -> None:
    """Get the price back for a delivery that gives another key than was sold."""
    bought, _ = _look_up(ledger, purchase)
    key = OneTimeKey(_secret(keys, purchase, bought))
    ledger.licences.dispute(purchase, _delivery(ledger, purchase, bought), key, to)


def refund(ledger: Ledger, purchase: int, to: Address) -> None:
    """Get the price back for what was not delivered in time."""
    _look_up(ledger, purchase)
    ledger.licences.refund(purchase, to)


def bought_by(ledger: Ledger, account: Address) -> list[PurchaseRecord]:
    """Return what an account bought, oldest first."""
    return [each for each in purchases(ledger) if each.buyer == account]


def content_key_path(keys: Path, purchase: int) -> Path:
    """Return where a buyer keeps the content key of a purchase."""
    return keys / f"purchase-{purchase}.key"


def _look_up(ledger: Ledger, purchase: int) -> tuple[Purchase, Offer]:
    bought = ledger.licences.purchase(purchase)
    if bought is None:
        raise NoSuchPurchase(purchase)
    terms = ledger.licences.offer(bought.offer)
    if terms is None:
        raise NoSuchOffer(bought.offer)
    return bought, terms


def _delivery(ledger: Ledger, purchase: int, bought: Purchase) -> Delivery:
    for each in purchases(ledger):
        if each.purchase == purchase and each.delivery is not None:
            return each.delivery
    raise NotDelivered(purchase, bought.bought_at + ledger.licences.delivery_time())


def _secret(keys: Path, purchase: int, bought: Purchase) -> bytes:
    path = _one_time(keys, bought.key)
    if not path.exists():
        raise KeyLost(purchase, path)
    return bytes.fromhex(path.read_text())


def _one_time(keys: Path, account: Address) -> Path:
    return keys / f"one-time-{account}.key"
