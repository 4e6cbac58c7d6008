"""
Where a home's keys lie, so that all who need one look in the same place.

    wallets/NAME.json          accounts
    keys/receipt/NAME.json     the receipt key of the node that wallet NAME is, under the same password
    keys/flower/NAME           its SuperNode's key, and NAME.pub beside it
    keys/licences/NAME/        one-time keys of the purchases that wallet NAME made
    aggregator/N/keys/V-E.key  what seals version V of program N, made in epoch E, at its aggregator's
"""

from __future__ import annotations

from pathlib import Path

from commonroot.keys.wallet import Cost, Wallets


def wallets(home: Path, cost: Cost = Cost.STANDARD) -> Wallets:
    """Return the accounts of a home."""
    return Wallets(home / "wallets", cost)


def receipt_keys(home: Path, cost: Cost = Cost.STANDARD) -> Wallets:
    """Return the receipt keys of a home's nodes, each named like the node's wallet."""
    return Wallets(home / "keys" / "receipt", cost)


def flower_key(home: Path, wallet: str) -> Path:
    """Return the file with the SuperNode's private key of the node that a wallet is."""
    return home / "keys" / "flower" / wallet


def licence_keys(home: Path, wallet: str) -> Path:
    """Return the folder of what a buyer must not lose."""
    return home / "keys" / "licences" / wallet


def version_key(home: Path, program: int, version: int, epoch: int) -> Path:
    """Return the file in which an aggregator keeps the key that seals a version."""
    return home / "aggregator" / str(program) / "keys" / f"{version}-{epoch}.key"
