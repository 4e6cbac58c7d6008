"""
A buyer's side: pay, and receive the key, or get the money back.

The one-time key that the content key will be wrapped to is on disk before the purchase is on chain: after
a crash at any line, either nothing was paid or what was paid for can still be opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.documents import load_json
from commonroot.base.files import write_whole
from commonroot.keys.delivery import OneTimeKey, one_time_key, receive
from commonroot.keys.errors import WrongContentKey
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.events import PurchaseRecord
from commonroot.ledger.gateways.licences import Purchase, PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.market.errors import (
    AlreadyBought,
    KeyWasRight,
    NotDelivered,
    NotItsKey,
    NotLicensed,
    OneTimeKeyLost,
)
from commonroot.market.offers import Quote, key_hash_of, quote
from commonroot.protocol.hashing import Address, to_hex
from commonroot.store.artifacts import Store

_ALIVE = (PurchaseStage.PAID, PurchaseStage.DELIVERED, PurchaseStage.ACCEPTED)


@final
@dataclass(frozen=True, slots=True)
class Held:
    """A licence, and what was paid for it."""

    purchase: int
    state: Purchase
    quote: Quote


def buy(ledger: Ledger, store: Store, keys: Path, offer: int, *, again: bool = False) -> int:
    """Pay for a licence and return its number; `keys` is the folder of the buyer's one-time keys."""
    wanted = quote(ledger, offer)
    _require_real(ledger, store, wanted)
    if not again:
        _require_new(ledger, offer)
    approve(ledger, ledger.token_at(wanted.token), ledger.book.licences, wanted.terms.price)
    key = one_time_key()
    _keep(keys, key, offer)
    return ledger.licences.buy(offer, key.point)


def held(ledger: Ledger, account: Address) -> list[Held]:
    """Return every licence that an account ever paid for, oldest first."""
    return [_held(ledger, number) for number in ledger.licences.purchases_of(account)]


def content_key(ledger: Ledger, keys: Path, purchase: int) -> bytes:
    """Return the key that was delivered for a purchase; raise if it is not the one that was sold."""
    bought = record_of(ledger, purchase)
    if bought.delivery is None:
        raise NotDelivered(purchase)
    commitment = quote(ledger, bought.offer).terms.key_hash
    assert commitment is not None  # where nothing is sealed, nothing is delivered
    return receive(_kept(ledger, keys, purchase), bought.delivery, purchase, commitment)


def accept(ledger: Ledger, purchase: int) -> None:
    """Make a delivered sale final, if it is not."""
    if _held(ledger, purchase).state.stage is PurchaseStage.DELIVERED:
        ledger.licences.accept(purchase)


def refund(ledger: Ledger, keys: Path, purchase: int, to: Address | None = None) -> None:
    """Get the price back: for a wrong key at once, for a missing one after the seller's time."""
    bought = record_of(ledger, purchase)
    if bought.delivery is None or bought.stage is not PurchaseStage.DELIVERED:
        ledger.licences.refund(purchase, to or ledger.account)
        return
    try:
        content_key(ledger, keys, purchase)
    except WrongContentKey:
        key = _kept(ledger, keys, purchase)
        ledger.licences.dispute(purchase, bought.delivery, key, to or ledger.account)
    else:
        # Asking the contract all the same would make the one-time key public for nothing.
        raise KeyWasRight(purchase)


def record_of(ledger: Ledger, purchase: int) -> PurchaseRecord:
    """Return what happened to a purchase."""
    for record in events.purchases(ledger):
        if record.purchase == purchase:
            return record
    raise NotLicensed(ledger.account, f"purchase {purchase}, which does not exist")


def _held(ledger: Ledger, purchase: int) -> Held:
    state = ledger.licences.purchase(purchase)
    if state is None:
        raise NotLicensed(ledger.account, f"purchase {purchase}, which does not exist")
    return Held(purchase, state, quote(ledger, state.offer))


def _require_real(ledger: Ledger, store: Store, wanted: Quote) -> None:
    """Refuse an offer of a key that opens nothing: a contract cannot tell, and would not refund."""
    terms = wanted.terms
    if terms.key_hash != key_hash_of(ledger, store, terms.model, terms.version):
        raise NotItsKey(wanted.offer, terms.model, terms.version)


def _require_new(ledger: Ledger, offer: int) -> None:
    for number in ledger.licences.purchases_of(ledger.account):
        state = ledger.licences.purchase(number)
        if state is not None and state.offer == offer and state.stage in _ALIVE:
            raise AlreadyBought(offer, number)


def _keep(keys: Path, key: OneTimeKey, offer: int) -> None:
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({"offer": offer, "secret": to_hex(key.secret)}) + "\n"
    write_whole(_path(keys, Wallet(key.secret).address), text.encode(), mode=0o600)


def _kept(ledger: Ledger, keys: Path, purchase: int) -> OneTimeKey:
    path = _path(keys, _held(ledger, purchase).state.key)
    try:
        return OneTimeKey(bytes.fromhex(load_json(path.read_bytes())["secret"].removeprefix("0x")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise OneTimeKeyLost(purchase, path) from exc


def _path(keys: Path, account: Address) -> Path:
    # The chain knows a purchase's one-time key by its account, so that is its name here too.
    return keys / f"{account}.json"
