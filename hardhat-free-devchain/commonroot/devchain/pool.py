"""
The pool: which transactions are taken, and which of them can be mined now.

A transaction is refused for what can never become right (its signature, its chain, a used
nonce) and for what its sender would otherwise wait for in vain (too little money, a fee below
the base fee). One that only comes too early, by its nonce, waits here. The words are geth's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import final

from eth_typing import Address as EvmAddress

from commonroot.devchain.block import Header
from commonroot.devchain.errors import Rejected
from commonroot.devchain.hashing import Address, Hash
from commonroot.devchain.state import State
from commonroot.devchain.transaction import Transaction

_INIT_CODE_LIMIT = 49_152
_BUMP = 10
"""By how many per cent a replacement has to pay more."""

_PER_SENDER = 1_024
_DELEGATION = b"\xef\x01\x00"
_NONCE_END = 2**64 - 1


@final
class Pool:
    """Transactions that wait for their turn, by sender and nonce."""

    def __init__(self) -> None:
        self._waiting: dict[Address, dict[int, Transaction]] = defaultdict(dict)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __iter__(self) -> Iterator[Transaction]:
        for queue in self._waiting.values():
            yield from queue.values()

    def find(self, hash: Hash) -> Transaction | None:
        """Return a waiting transaction."""
        return next((waiting for waiting in self if waiting.hash == hash), None)

    def add(self, transaction: Transaction) -> None:
        """Take a checked transaction; it replaces one of the same nonce that pays less."""
        queue = self._waiting[transaction.sender]
        rival = queue.get(transaction.nonce)
        if rival is not None and not _outbids(transaction, rival):
            raise Rejected("replacement transaction underpriced")
        if rival is None and len(queue) >= _PER_SENDER:
            raise Rejected("account limit exceeded")
        queue[transaction.nonce] = transaction

    def drop(self, transactions: Iterable[Transaction]) -> None:
        """Forget these, and what has the same sender and nonce."""
        for transaction in transactions:
            queue = self._waiting[transaction.sender]
            queue.pop(transaction.nonce, None)
            if not queue:
                del self._waiting[transaction.sender]

    def replace(self, transactions: Iterable[Transaction]) -> None:
        """Hold these and nothing else."""
        self._waiting.clear()
        for transaction in transactions:
            self._waiting[transaction.sender][transaction.nonce] = transaction

    def next_nonce(self, sender: Address, used: int) -> int:
        """Return the first nonce from `used` on that no waiting transaction has."""
        queue = self._waiting.get(sender, {})
        while used in queue:
            used += 1
        return used

    def ready(self, state: State, header: Header) -> list[Transaction]:
        """Return what the block of `header` can run on `state`, in an order that works."""
        room, chosen = header.gas_limit, []
        for sender, queue in self._waiting.items():
            nonce = state.get_nonce(EvmAddress(sender))
            money = state.get_balance(EvmAddress(sender))
            while (transaction := queue.get(nonce)) is not None:
                fits = transaction.gas <= room and transaction.cost <= money
                if not fits or transaction.max_fee_per_gas < header.base_fee:
                    break
                chosen.append(transaction)
                room -= transaction.gas
                money -= transaction.cost
                nonce += 1
        return chosen


def check(transaction: Transaction, state: State, header: Header, chain_id: int) -> None:
    """Refuse what cannot be mined in the block of `header` or one soon after it."""
    if transaction.chain_id not in {None, chain_id}:
        raise Rejected(f"invalid chain id for signer: have {transaction.chain_id} want {chain_id}")
    _check_shape(transaction, header)
    _check_sender(transaction, state)


def _check_shape(transaction: Transaction, header: Header) -> None:
    if not transaction.to and len(transaction.data) > _INIT_CODE_LIMIT:
        size = len(transaction.data)
        raise Rejected(f"max initcode size exceeded: code size {size}, limit {_INIT_CODE_LIMIT}")
    if transaction.gas > header.gas_limit:
        raise Rejected(f"exceeds block gas limit: have {transaction.gas}, limit {header.gas_limit}")
    if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
        raise Rejected("max priority fee per gas higher than max fee per gas")
    if transaction.gas < transaction.least_gas:
        raise Rejected(
            f"intrinsic gas too low: gas {transaction.gas}, minimum needed {transaction.least_gas}"
        )
    if transaction.gas < transaction.floor_gas:
        raise Rejected(
            "insufficient gas for floor data gas cost: "
            f"gas {transaction.gas}, minimum needed {transaction.floor_gas}"
        )
    if transaction.max_fee_per_gas < header.base_fee:
        raise Rejected(
            "max fee per gas less than block base fee: "
            f"address 0x{transaction.sender.hex()}, "
            f"maxFeePerGas: {transaction.max_fee_per_gas}, baseFee: {header.base_fee}"
        )


def _check_sender(transaction: Transaction, state: State) -> None:
    sender = EvmAddress(transaction.sender)
    nonce, balance = state.get_nonce(sender), state.get_balance(sender)
    if transaction.nonce < nonce:
        raise Rejected(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
    if transaction.nonce >= _NONCE_END:
        raise Rejected("nonce has max value")
    if balance < transaction.cost:
        raise Rejected(
            f"insufficient funds for gas * price + value: balance {balance}, "
            f"tx cost {transaction.cost}, overshot {transaction.cost - balance}"
        )
    code = state.get_code(sender)
    if code and not code.startswith(_DELEGATION):
        raise Rejected(f"sender not an eoa: address 0x{transaction.sender.hex()}")


def _outbids(transaction: Transaction, rival: Transaction) -> bool:
    return all(
        new * 100 >= old * (100 + _BUMP)
        for new, old in (
            (transaction.max_fee_per_gas, rival.max_fee_per_gas),
            (transaction.max_priority_fee_per_gas, rival.max_priority_fee_per_gas),
        )
    )
