"""
The chain: takes transactions, mines them, remembers everything.

Whatever changes it goes through the journal first. A crash between any two lines therefore
loses only what nobody was told of.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, final

from eth_typing import Address as EvmAddress

from commonroot.devchain import execute, records
from commonroot.devchain.accounts import Account, derive
from commonroot.devchain.archive import Archive
from commonroot.devchain.block import Block, Header
from commonroot.devchain.clock import Clock
from commonroot.devchain.errors import InvalidParams, Rejected
from commonroot.devchain.filters import Filters
from commonroot.devchain.hashing import Address, Hash
from commonroot.devchain.journal import Journal
from commonroot.devchain.pool import Pool, check
from commonroot.devchain.restore import Memory, begin, restore
from commonroot.devchain.settings import Settings
from commonroot.devchain.state import State
from commonroot.devchain.transaction import Transaction, decode


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment that the chain can be put back to."""

    number: int
    clock: Clock
    waiting: tuple[Transaction, ...]


@final
class Chain:
    """One chain in this process. Not for two threads at a time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.accounts: dict[Address, Account] = {
            account.address: account for account in derive(settings.mnemonic, settings.accounts)
        }
        self._memory = Memory()
        self._world = execute.World(self._memory.nodes, settings.chain_id, self.archive.hash_of)
        self.filters = Filters()
        self.mined_at = time.monotonic()
        self.automine = True
        """Whether a transaction is mined as soon as it comes; a restart forgets that it was not."""
        self._seen: tuple[Hash, State] | None = None
        self._snapshots: dict[int, Snapshot] = {}
        self._last_snapshot = 0
        self._journal = None if settings.state is None else Journal(settings.state)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    @property
    def archive(self) -> Archive:
        """Return what happened so far."""
        return self._memory.archive

    @property
    def pool(self) -> Pool:
        """Return what waits."""
        return self._memory.pool

    @property
    def clock(self) -> Clock:
        """Return the chain's time."""
        return self._memory.clock

    @property
    def head(self) -> Block:
        """Return the latest block."""
        return self.archive.head

    def close(self) -> None:
        """Let another process have the state folder."""
        if self._journal is not None:
            self._journal.close()

    def pending(self) -> Header:
        """Return the header that a block mined now would start from."""
        head = self.head
        stamp = self.clock.stamp(head.header.timestamp)
        return head.header.child(head.hash, stamp, self.settings.gas_limit)

    def state(self, block: Block) -> State:
        """Return the state after a block."""
        return self._world.at(block.header, block.header.state_root)

    def call(self, request: Transaction, at: Block | None) -> execute.Outcome:
        """Run a call after a block; None means in the next block."""
        return execute.call(self._world, *self._place(at), request)

    def estimate(self, request: Transaction, at: Block | None) -> int:
        """Return a gas limit with which `request` succeeds after a block, None as for `call`."""
        return execute.estimate(self._world, *self._place(at), request)

    def next_nonce(self, sender: Address) -> int:
        """Return the nonce that the sender's next transaction needs."""
        used = self._present().get_nonce(EvmAddress(sender))
        return self.pool.next_nonce(sender, used)

    def send(self, raw: bytes) -> Hash:
        """Take a transaction and mine it at once, if its turn has come and nobody said to wait."""
        transaction = decode(raw)
        hash = transaction.hash
        if self.archive.mined(hash) is not None or self.pool.find(hash) is not None:
            raise Rejected("already known")
        check(transaction, self._present(), self.pending(), self.settings.chain_id)
        self.pool.add(transaction)
        try:
            if self.automine:
                self._mine_ready()
            if self.archive.mined(hash) is None:
                self._write(records.waiting(transaction))
        except BaseException:
            # What breaks the machine must not stay and break every block after it.
            self.pool.drop([transaction])
            raise
        return hash

    def mine(self) -> Block:
        """Mine a block now, with whatever can be in it."""
        header = self.pending()
        parent = self.head
        ready = self.pool.ready(self._present(), header)
        block = execute.build(self._world, header, parent.header.state_root, ready)
        clock = self.clock.after()
        self._write(records.mined(block, clock, self._memory.nodes.fresh))
        self._memory.nodes.settle()
        self._memory.clock = clock
        self.archive.add(block)
        self.mined_at = time.monotonic()
        self.pool.drop(block.transactions)
        return block

    def drop(self, hash: Hash) -> bool:
        """Forget a waiting transaction, as a full pool would; say whether there was one."""
        dropped = self.pool.find(hash)
        if dropped is None:
            return False
        left = tuple(each for each in self.pool if each.hash != hash)
        # As the journal has it, this is a way back to where the chain is, with less that waits.
        self._write(records.reverted(self.head.number, self.clock, left))
        self.pool.drop([dropped])
        return True

    def set_clock(self, clock: Clock) -> None:
        """Move the chain's time."""
        if clock.next is not None and clock.next <= self.head.header.timestamp:
            raise InvalidParams(
                f"Timestamp error: {clock.next} is lower than or equal to "
                f"previous block's timestamp {self.head.header.timestamp}"
            )
        self._write(records.moved(clock))
        self._memory.clock = clock

    def snapshot(self) -> int:
        """Remember this moment; the number names it. A restart forgets it."""
        self._last_snapshot += 1
        self._snapshots[self._last_snapshot] = Snapshot(
            self.head.number, self.clock, tuple(self.pool)
        )
        return self._last_snapshot

    def revert(self, name: int) -> bool:
        """Go back to a snapshot; this uses it up, and those taken after it."""
        snapshot = self._snapshots.get(name)
        if snapshot is None:
            return False
        self._write(records.reverted(snapshot.number, snapshot.clock, snapshot.waiting))
        self.archive.cut(snapshot.number)
        self._memory.clock = snapshot.clock
        self.pool.replace(snapshot.waiting)
        for later in [other for other in self._snapshots if other >= name]:
            del self._snapshots[later]
        return True

    def _place(self, at: Block | None) -> tuple[Header, Hash]:
        block = at or self.head
        return (self.pending() if at is None else block.header), block.header.state_root

    def _present(self) -> State:
        """Return the state after the latest block, for reading: it is looked up once a block."""
        head = self.head
        if self._seen is None or self._seen[0] != head.hash:
            self._seen = head.hash, self.state(head)
        return self._seen[1]

    def _mine_ready(self) -> None:
        while self.pool and self.pool.ready(self._present(), self.pending()):
            if not self.mine().transactions:
                break

    def _write(self, record: list[Any]) -> None:
        if self._journal is not None:
            self._journal.append(record)

    def _start(self) -> None:
        """Read the journal, or begin with the genesis block."""
        if self._journal is not None and restore(self.settings, self._journal, self._memory):
            return
        genesis = begin(self.settings, tuple(self.accounts), self._memory)
        self._write(records.genesis(self.settings, genesis, self._memory.nodes.fresh))
        self._memory.nodes.settle()
