"""Becoming a member: a bond on chain, and the keys that speak for the account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.keys.certificates import FlowerKey, new_flower_key, read_flower_key
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.border import asking
from commonroot.ledger.gateways.nodes import Keys
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.protocol.hashing import Address, Digest


@final
@dataclass(frozen=True, slots=True)
class Membership:
    """What the chain says of an account as a node."""

    account: Address
    member: bool
    bond: int
    receipt_key: Address | None
    withdrawable_at: int
    """When a former member may take the bond back; zero for members."""


def join(
    ledger: Ledger, receipt_key: Wallet, flower_key: FlowerKey, bond: int | None = None
) -> Membership:
    """Make the ledger's account a member; without a bond given, the least one is paid."""
    amount = ledger.nodes.minimum_bond() if bond is None else bond
    account, book = ledger.account, ledger.book
    proof = WalletSigner(receipt_key).sign_possession(account, book.nodes, book.chain_id)
    approve(ledger, ledger.token, book.nodes, amount)
    ledger.nodes.join(amount, Keys(receipt_key.address, flower_key.der, proof))
    return membership(ledger, account)


def enrol(ledger: Ledger, program: int, dataset: Digest) -> None:
    """Take part in a program with a dataset of the ledger's account."""
    ledger.enrolments.join(program, dataset)


def membership(ledger: Ledger, account: Address) -> Membership:
    """Return what the chain's newest block says of an account."""
    with asking(ledger.web3, "eth_blockNumber"):
        block = ledger.web3.eth.block_number
    return Membership(
        account=account,
        member=ledger.nodes.member_at(account, block),
        bond=ledger.nodes.bond_of(account),
        receipt_key=ledger.nodes.receipt_key_at(account, block),
        withdrawable_at=ledger.nodes.withdrawable_at(account),
    )


def flower_key_at(path: Path) -> FlowerKey:
    """Return the SuperNode's key in a file; make it the first time."""
    if path.exists():
        return read_flower_key(path)
    made = new_flower_key()
    made.write(path)
    return made
