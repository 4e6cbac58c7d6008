"""What a sender asks a node, each in one line, with the node's errors already ours."""

from __future__ import annotations

from web3 import Web3
from web3.exceptions import TransactionNotFound
from web3.types import BlockData, BlockIdentifier, TxData, TxReceipt

from commonroot.ledger.border import asking
from commonroot.ledger.errors import RpcRefused
from commonroot.protocol.hashing import Address, Digest


def receipt(web3: Web3, call: str, hash: Digest) -> TxReceipt | None:
    """Return what became of a transaction; None where it is in no block."""
    try:
        with asking(web3, call):
            return web3.eth.get_transaction_receipt(hash)  # type: ignore[arg-type]
    except RpcRefused as exc:
        if isinstance(exc.__cause__, TransactionNotFound):
            return None
        raise


def found(web3: Web3, call: str, hash: Digest) -> TxData | None:
    """Return a transaction that the node knows, mined or waiting."""
    try:
        with asking(web3, call):
            return web3.eth.get_transaction(hash)  # type: ignore[arg-type]
    except RpcRefused as exc:
        if isinstance(exc.__cause__, TransactionNotFound):
            return None
        raise


def used(web3: Web3, call: str, account: Address, block: BlockIdentifier = "latest") -> int:
    """Return how many of an account's nonces are used in a block."""
    with asking(web3, call):
        return web3.eth.get_transaction_count(account, block)


def height(web3: Web3, call: str) -> int:
    """Return the number of the latest block."""
    with asking(web3, call):
        return int(web3.eth.block_number)


def latest(web3: Web3, call: str) -> BlockData:
    """Return the latest block."""
    with asking(web3, call):
        return web3.eth.get_block("latest")


def genesis(web3: Web3, call: str) -> Digest:
    """Return the hash of the chain's first block."""
    with asking(web3, call):
        return Digest(bytes(web3.eth.get_block(0)["hash"]))


def submit(web3: Web3, call: str, raw: bytes) -> None:
    """Give the node a signed transaction; raise what it says against it."""
    with asking(web3, call):
        web3.eth.send_raw_transaction(raw)
