"""What tests of keys sign."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from commonroot.keys.wallet import Wallet
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.receipt import Domain, Receipt

WALLET = Wallet(bytes(31) + b"\x01")
PROGRAMS = Address("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF")
OTHER = Address("0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69")
DOMAIN = Domain(31337, PROGRAMS)
DATASET = Digest(b"\x0d" * 32)
DELTA = Digest(b"\x0e" * 32)
RECEIPT = Receipt(
    program=1,
    round=3,
    epoch=0,
    base_root=Digest(b"\x0b" * 32),
    aggregator=WALLET.address,
    dataset=DATASET,
    delta_root=DELTA,
    weight=5,
    deadline=1_700_000_000,
)
TRANSACTION: dict[str, Any] = {
    "to": PROGRAMS,
    "value": 0,
    "data": "0x01020304" + "00" * 32,
    "nonce": 7,
    "gas": 100_000,
    "maxFeePerGas": 10,
    "maxPriorityFeePerGas": 1,
    "chainId": 31337,
    "type": 2,
}


def receipt(**changed: Any) -> Receipt:
    """Return the sample receipt with some fields changed."""
    return replace(RECEIPT, **changed)
