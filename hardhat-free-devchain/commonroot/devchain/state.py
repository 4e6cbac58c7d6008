"""
The world state: a content-addressed store of trie nodes and code, and py-evm's view of it.

No node is ever deleted, so the state at every block stays readable through its root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final

from eth.abc import AtomicWriteBatchAPI, SignedTransactionAPI
from eth.db.atomic import AtomicDBWriteBatch
from eth.db.backends.base import BaseAtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor
from eth_typing import Address as EvmAddress
from eth_typing import BlockNumber, Hash32

from commonroot.devchain.block import Header
from commonroot.devchain.hashing import Hash, keccak

_REACH = 256
"""How many blocks back BLOCKHASH sees."""


@final
class Nodes(BaseAtomicDB):
    """Trie nodes and code by their keccak; remembers which are new since the last `settle`."""

    def __init__(self) -> None:
        self._nodes: dict[bytes, bytes] = {}
        self._fresh: list[bytes] = []

    def __getitem__(self, key: bytes) -> bytes:
        return self._nodes[key]

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if key not in self._nodes:
            self._nodes[key] = value
            self._fresh.append(value)

    def __delitem__(self, key: bytes) -> None:
        raise NotImplementedError("history needs every node")

    def _exists(self, key: bytes) -> bool:
        return key in self._nodes

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """Collect writes, and make all of them or none."""
        with AtomicDBWriteBatch._commit_unless_raises(self) as batch:
            yield batch

    @property
    def fresh(self) -> list[bytes]:
        """Return the values written since the last `settle`."""
        return list(self._fresh)

    def settle(self) -> None:
        """Take note that the fresh values are kept elsewhere too."""
        self._fresh.clear()

    def load(self, value: bytes) -> None:
        """Put back a value that was kept elsewhere."""
        self._nodes[keccak(value)] = value


class Executor(PragueTransactionExecutor):
    """Runs what has been checked already: the pool's wording is better than py-evm's."""

    def validate_transaction(self, transaction: SignedTransactionAPI) -> None:
        """Do nothing."""


@final
class State(PragueState):
    """The accounts, as the transactions of one block see them."""

    transaction_executor_class = Executor

    def __init__(
        self,
        nodes: Nodes,
        context: ExecutionContext,
        root: Hash,
        ancestor: Callable[[int], Hash],
    ) -> None:
        self._ancestor = ancestor
        super().__init__(nodes, context, Hash32(root))

    def set_system_contracts(self) -> None:
        """Do nothing: a genesis either has them or has not."""

    def get_ancestor_hash(self, block_number: int) -> Hash32:
        """Return the hash of one of the last 256 blocks; nothing for any other."""
        if not 0 < self.block_number - block_number <= _REACH or block_number < 0:
            return Hash32(b"")
        return Hash32(self._ancestor(block_number))


def open_state(
    nodes: Nodes,
    root: Hash,
    header: Header,
    chain_id: int,
    ancestor: Callable[[int], Hash],
) -> State:
    """Return the state at `root` as code that runs in the block of `header` sees it."""
    context = ExecutionContext(
        coinbase=EvmAddress(header.coinbase),
        timestamp=header.timestamp,
        block_number=BlockNumber(header.number),
        difficulty=0,
        mix_hash=Hash32(header.prev_randao),
        gas_limit=header.gas_limit,
        prev_hashes=(),
        chain_id=chain_id,
        base_fee_per_gas=header.base_fee,
        excess_blob_gas=header.excess_blob_gas,
    )
    return State(nodes, context, root, ancestor)
