"""What happened so far: blocks by number and hash, transactions by hash, logs by who said them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from commonroot.devchain.block import Block, Header, Log, Receipt
from commonroot.devchain.hashing import Address, Hash
from commonroot.devchain.transaction import Transaction


@final
@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in its block."""

    block: Block
    index: int

    @property
    def transaction(self) -> Transaction:
        """Return the transaction itself."""
        return self.block.transactions[self.index]

    @property
    def receipt(self) -> Receipt:
        """Return what became of it."""
        return self.block.receipts[self.index]

    @property
    def first_log(self) -> int:
        """Return how many logs of the block came before this transaction's."""
        return sum(len(receipt.logs) for receipt in self.block.receipts[: self.index])


@final
@dataclass(frozen=True, slots=True)
class Said:
    """A log in its block."""

    log: Log
    mined: Mined
    index: int
    """Its position among all logs of the block."""


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """Which logs somebody asks for: any of these addresses, any of these topics per position."""

    addresses: frozenset[Address] = frozenset()
    """Empty for any."""
    topics: tuple[frozenset[Hash], ...] = ()
    """An empty set matches anything that is there."""

    def accepts(self, log: Log) -> bool:
        """Say whether a log is among those asked for."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(self.topics) > len(log.topics):
            return False
        pairs = zip(self.topics, log.topics, strict=False)
        return all(not any_of or topic in any_of for any_of, topic in pairs)


@final
class Archive:
    """All blocks of the chain, and the ways to find what is in them."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._numbers: dict[Hash, int] = {}
        self._places: dict[Hash, tuple[int, int]] = {}
        self._said: list[Said] = []
        self._said_in: list[int] = []  # the block number of each log, for bisection
        self._said_by: dict[Address, list[int]] = defaultdict(list)

    @property
    def head(self) -> Block:
        """Return the latest block."""
        return self._blocks[-1]

    def hash_of(self, number: int) -> Hash:
        """Return the hash of a block that exists."""
        return self._blocks[number].hash

    def block(self, number: int) -> Block | None:
        """Return a block by its number."""
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def block_of(self, hash: Hash) -> Block | None:
        """Return a block by its hash."""
        number = self._numbers.get(hash)
        return None if number is None else self._blocks[number]

    def headers(self, first: int, last: int) -> list[Header]:
        """Return the headers of a range of blocks."""
        return [block.header for block in self._blocks[first : last + 1]]

    def mined(self, hash: Hash) -> Mined | None:
        """Return a transaction that is in a block."""
        place = self._places.get(hash)
        return None if place is None else Mined(self._blocks[place[0]], place[1])

    def add(self, block: Block) -> None:
        """Append a block."""
        self._numbers[block.hash] = len(self._blocks)
        self._blocks.append(block)
        for index, transaction in enumerate(block.transactions):
            self._places[transaction.hash] = (block.number, index)
        for said in logs_of(block):
            self._said_by[said.log.address].append(len(self._said))
            self._said_in.append(block.number)
            self._said.append(said)

    def cut(self, number: int) -> None:
        """Forget every block above `number`."""
        while self.head.number > number:
            block = self._blocks.pop()
            del self._numbers[block.hash]
            for transaction in block.transactions:
                del self._places[transaction.hash]
        keep = bisect_right(self._said_in, number)
        for said in self._said[keep:]:
            self._said_by[said.log.address].pop()
        del self._said[keep:], self._said_in[keep:]

    def find(self, wanted: Wanted, first: int, last: int) -> list[Said]:
        """Return the wanted logs of a range of blocks, in the order in which they were said."""
        start = bisect_left(self._said_in, first)
        end = bisect_right(self._said_in, last)
        positions: Sequence[int] = range(start, end)
        if wanted.addresses:
            lists = [self._said_by.get(address, []) for address in wanted.addresses]
            positions = sorted(
                position
                for said_by in lists
                for position in said_by[bisect_left(said_by, start) : bisect_left(said_by, end)]
            )
        return [said for at in positions if wanted.accepts((said := self._said[at]).log)]


def logs_of(block: Block) -> Iterator[Said]:
    """Yield the logs of a block in order."""
    count = 0
    for index, receipt in enumerate(block.receipts):
        mined = Mined(block, index)
        for log in receipt.logs:
            yield Said(log, mined, count)
            count += 1
