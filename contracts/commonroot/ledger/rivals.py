"""Which transaction took a nonce: found among an account's by halving the blocks in between."""

from __future__ import annotations

from web3 import Web3
from web3.types import TxData

from commonroot.ledger.border import asking
from commonroot.ledger.errors import RpcRefused
from commonroot.ledger.questions import height, used
from commonroot.protocol.hashing import Address


def rival(web3: Web3, call: str, account: Address, nonce: int, since: int) -> TxData | None:
    """Return the mined transaction of an account and nonce; None where the node no longer tells."""
    try:
        return _in_block(web3, call, account, nonce, _block(web3, call, account, nonce, since))
    except RpcRefused:  # many nodes forget the past after some blocks
        return None


def _block(web3: Web3, call: str, account: Address, nonce: int, since: int) -> int:
    before, after = max(since - 1, 0), height(web3, call)
    while after - before > 1:
        middle = (before + after) // 2
        if used(web3, call, account, middle) > nonce:
            after = middle
        else:
            before = middle
    return after


def _in_block(web3: Web3, call: str, account: Address, nonce: int, number: int) -> TxData | None:
    with asking(web3, call):
        block = web3.eth.get_block(number, full_transactions=True)
    for each in block["transactions"]:
        if not isinstance(each, bytes) and (each["from"], each["nonce"]) == (account, nonce):
            return each
    return None
