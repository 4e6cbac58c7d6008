"""Signed approvals (ERC-2612), as a wallet would make them."""

from __future__ import annotations

from coincurve import PrivateKey
from tests.contracts.world import signer_of

from commonroot.ledger.gateways.token import Permit
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, address_bytes, keccak, word

_TYPE = keccak(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


def permit(owner: Ledger, spender: Address, amount: int, deadline: int) -> Permit:
    """Return an owner's signature that lets `spender` take an amount."""
    token = owner.token.deployed
    struct = keccak(
        _TYPE,
        bytes(12) + address_bytes(owner.account),
        bytes(12) + address_bytes(spender),
        word(amount),
        word(token.call("nonces", owner.account)),
        word(deadline),
    )
    digest = keccak(b"\x19\x01", token.call("DOMAIN_SEPARATOR"), struct)
    key = PrivateKey(signer_of(owner).wallet.secret)
    signature = key.sign_recoverable(digest, hasher=None)
    return Permit(deadline, 27 + signature[64], signature[:32], signature[32:64])
