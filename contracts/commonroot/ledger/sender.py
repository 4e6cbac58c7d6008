"""
The one place that signs and sends: fees, gas, nonces, and waiting until it is done.

A call that would be refused is refused before it costs anything, since its gas is estimated first.
The same signed bytes may be sent twice without harm, so silence of the network is met by sending
them again and never by signing anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3RPCError
from web3.types import LogReceipt, RPCEndpoint, TxParams, TxReceipt, Wei

from commonroot.keys.signer import Signer
from commonroot.ledger.border import asking
from commonroot.ledger.errors import (
    ChainUnreachable,
    NotEnoughEther,
    RpcRefused,
    TransactionFailed,
    TransactionLost,
)
from commonroot.protocol.hashing import Address, Digest, keccak, to_hex

log = logging.getLogger(__name__)

_TIP = 10**9
_TRIES = 3


@final
@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was mined and did what it should."""

    hash: Digest
    block: int
    gas: int
    contract: Address | None
    """The contract that it created, if it did."""
    logs: tuple[LogReceipt, ...]


@final
class Tally:
    """Counts transactions and gas; several senders may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.transactions = 0
        self.gas = 0

    def add(self, gas: int) -> None:
        """Count one transaction."""
        with self._lock:
            self.transactions += 1
            self.gas += gas


@final
class Sender:
    """Sends one account's transactions, from any thread of this process."""

    def __init__(
        self, web3: Web3, signer: Signer, tally: Tally | None = None, patience: float = 120.0
    ) -> None:
        self.web3, self._signer, self._patience = web3, signer, patience
        self.tally = tally or Tally()
        self._lock = threading.Lock()
        self._next = 0
        self._chain_id: int | None = None

    @property
    def address(self) -> Address:
        """Return the account that pays and is seen as the caller."""
        return self._signer.address

    def send(self, call: str, to: Address | None, data: bytes = b"", value: int = 0) -> Sent:
        """Send one transaction and return once it is mined; raise if it is refused or fails."""
        transaction = self._prepare(call, to, data, value)
        with self._lock:
            raw = self._submit(call, transaction)
        hash = keccak(raw)
        log.info("%s is sent in transaction %s", call, to_hex(hash))
        receipt = self._wait(call, hash)
        self.tally.add(receipt["gasUsed"])
        if receipt["status"] != 1:
            self._explain(call, transaction, receipt)
        return Sent(
            hash=hash,
            block=receipt["blockNumber"],
            gas=receipt["gasUsed"],
            contract=receipt["contractAddress"],
            logs=tuple(receipt["logs"]),
        )

    def next_nonce(self) -> int:
        """Return the nonce of the next transaction, if nobody else sends for this account."""
        with asking(self.web3, "eth_getTransactionCount"):
            known = self.web3.eth.get_transaction_count(self.address, "pending")
        return max(known, self._next)

    def _prepare(self, call: str, to: Address | None, data: bytes, value: int) -> TxParams:
        transaction: TxParams = {"from": self.address, "data": data, "value": value}  # type: ignore[typeddict-item]
        if to is not None:
            transaction["to"] = to
        with asking(self.web3, call):
            block = self.web3.eth.get_block("latest")
            tip = self._tip()
            transaction["gas"] = min(self._needed(transaction), block["gasLimit"])
            transaction["maxPriorityFeePerGas"] = Wei(tip)
            transaction["maxFeePerGas"] = Wei(2 * block["baseFeePerGas"] + tip)
            self._chain_id = self._chain_id or self.web3.eth.chain_id
        return transaction

    def _needed(self, transaction: TxParams) -> int:
        # As of the block that comes: in the latest one, "this block" is a moment that has passed.
        # What is needed can still grow until then, so there is some more.
        try:
            return self.web3.eth.estimate_gas(transaction, "pending") * 5 // 4
        except Web3RPCError as exc:
            log.info("No estimate as of the pending block: %s", exc)
            return self.web3.eth.estimate_gas(transaction, "latest") * 2

    def _tip(self) -> int:
        method = RPCEndpoint("eth_maxPriorityFeePerGas")
        try:
            return int(self.web3.manager.request_blocking(method, []), 16)
        except Web3RPCError:  # not every node has an opinion on tips
            return _TIP

    def _submit(self, call: str, transaction: TxParams) -> bytes:
        for _ in range(_TRIES):
            nonce = self.next_nonce()
            raw = self._sign(transaction, nonce)
            if self._accepted(call, raw):
                self._next = nonce + 1
                return raw
            self._next = 0  # another process sent for this account: ask the chain again
        raise RpcRefused(call, "the account's nonce is always taken by another sender")

    def _sign(self, transaction: TxParams, nonce: int) -> bytes:
        fields: dict[str, Any] = {**transaction, "type": 2, "nonce": nonce}
        fields["chainId"] = self._chain_id
        del fields["from"]
        return self._signer.sign_transaction(fields)

    def _accepted(self, call: str, raw: bytes) -> bool:
        """Say whether the node took the bytes; False if their nonce was taken before."""
        for left in reversed(range(_TRIES)):
            try:
                with asking(self.web3, call):
                    self.web3.eth.send_raw_transaction(raw)
            except ChainUnreachable:
                if not left:
                    raise
            except RpcRefused as exc:
                said = exc.said.lower()
                if _any(said, ("already known", "already imported", "known transaction")):
                    return True
                if _any(said, ("nonce too low", "replacement transaction underpriced")):
                    # Perhaps it was these very bytes that took it, a try ago.
                    return self._receipt(call, keccak(raw)) is not None
                if "insufficient funds" in said:
                    raise NotEnoughEther(call, exc.said, self.address) from exc
                raise
            else:
                return True
        return False

    def _wait(self, call: str, hash: Digest) -> TxReceipt:
        deadline, pause = time.monotonic() + self._patience, 0.02
        while (receipt := self._receipt(call, hash)) is None:
            if time.monotonic() > deadline:
                with self._lock:
                    self._next = 0  # perhaps the node dropped it: ask the chain for the next nonce
                raise TransactionLost(call, to_hex(hash), self._patience)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
        return receipt

    def _receipt(self, call: str, hash: Digest) -> TxReceipt | None:
        try:
            with asking(self.web3, call):
                return self.web3.eth.get_transaction_receipt(hash)  # type: ignore[arg-type]
        except RpcRefused as exc:
            if isinstance(exc.__cause__, TransactionNotFound):
                return None
            raise

    def _explain(self, call: str, transaction: TxParams, receipt: TxReceipt) -> None:
        try:
            with asking(self.web3, call):
                self.web3.eth.call(transaction, receipt["blockNumber"])
        except RpcRefused as exc:
            log.info("Asked again, the node says: %s", exc.said)
        raise TransactionFailed(call, to_hex(receipt["transactionHash"]))


def _any(said: str, signs: Sequence[str]) -> bool:
    return any(sign in said for sign in signs)
