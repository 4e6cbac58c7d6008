"""
What can sign for an account: a wallet at hand, or (`commonroot.keys.agent`) a process that holds it.

Whoever signs is given the whole of what it signs, never a bare digest, so that it can see what it is
asked to promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, final

from commonroot.keys.errors import UnsignableTransaction
from commonroot.keys.wallet import Wallet, private_key
from commonroot.protocol.hashing import Address, Digest, address_bytes, keccak
from commonroot.protocol.receipt import Ack, Domain, Receipt

_POSSESSION_TYPE = keccak(b"Possession(address account)")


class Signer(Protocol):
    """Speaks for one account."""

    @property
    def address(self) -> Address:
        """Return the account that is spoken for."""
        ...

    def sign_receipt(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return a node's signature under what it contributes."""
        ...

    def sign_ack(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return an aggregator's signature under its promise to include a receipt."""
        ...

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Return a transaction signed and encoded, as a chain takes it."""
        ...


def ack_of(receipt: Receipt, domain: Domain) -> Ack:
    """Return the promise to include a receipt."""
    return Ack(receipt.digest(domain), receipt.epoch)


def possession(account: Address, nodes: Address, chain_id: int) -> Digest:
    """Return what a receipt key signs to let an account register it: EIP-712 in the domain of Nodes."""
    struct = keccak(_POSSESSION_TYPE, bytes(12), address_bytes(account))
    return Domain(chain_id, nodes).digest(struct)


@final
@dataclass(frozen=True, slots=True)
class WalletSigner:
    """Signs whatever it is given, with the key of a wallet."""

    wallet: Wallet

    @property
    def address(self) -> Address:
        """Return the wallet's address."""
        return self.wallet.address

    def sign_receipt(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return the signature under a receipt's digest."""
        return self._sign(receipt.digest(domain))

    def sign_ack(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return the signature under the digest of a receipt's ack."""
        return self._sign(ack_of(receipt, domain).digest(domain))

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the transaction signed and encoded."""
        from eth_account import Account  # half a second that signing receipts need not pay
        from eth_utils.exceptions import ValidationError
        from rlp.exceptions import RLPException

        try:
            signed = Account.sign_transaction(dict(transaction), self.wallet.secret)
        except (TypeError, ValueError, KeyError, ValidationError, RLPException) as exc:
            raise UnsignableTransaction(str(exc)) from exc
        return bytes(signed.raw_transaction)

    def sign_possession(self, account: Address, nodes: Address, chain_id: int) -> bytes:
        """Return the proof that this key's holder lets an account register it; no agent gives one."""
        return self._sign(possession(account, nodes, chain_id))

    def _sign(self, digest: Digest) -> bytes:
        # The library gives the low form of s, as contracts demand.
        signature = private_key(self.wallet.secret).sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])
