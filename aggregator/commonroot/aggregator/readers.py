"""
Whose public key opens what: an account's key, from a transaction that the account signed.

An address is only a hash of a key. The key itself shows in every signature, so whoever has sent a
transaction can be written to under seal.
"""

from __future__ import annotations

from typing import Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction

from commonroot.base.errors import CommonrootError
from commonroot.ledger.border import asking
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.signature import address_of, recover_key

_FIELDS = ("type", "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value")


class KeyUnknown(CommonrootError):
    """A transaction does not show the public key of the account that is wanted."""

    def __init__(self, account: Address, transaction: Digest, why: str) -> None:
        super().__init__(
            f"The public key of {account} does not show in transaction {to_hex(transaction)}: {why}."
        )
        self.account, self.transaction = account, transaction


def public_key_of(ledger: Ledger, account: Address, transaction: Digest) -> bytes:
    """Return the compressed public key of the account that sent a transaction."""
    with asking(ledger.web3, "eth_getTransactionByHash"):
        sent: Any = ledger.web3.eth.get_transaction(transaction)  # type: ignore[arg-type]
    if sent["type"] != 2:
        raise KeyUnknown(account, transaction, f"its type is {sent['type']}")
    fields = {name: sent[name] for name in _FIELDS}
    fields.update(data=sent["input"], accessList=sent["accessList"])
    digest = Digest(bytes(TypedTransaction.from_dict(fields).hash()))
    key = recover_key(digest, _word(sent["r"]) + _word(sent["s"]) + bytes([27 + sent["yParity"]]))
    if address_of(key) != account:
        raise KeyUnknown(account, transaction, f"it was signed by {address_of(key)}")
    return key.format()


def _word(raw: bytes) -> bytes:
    return bytes(raw).rjust(32, b"\0")
