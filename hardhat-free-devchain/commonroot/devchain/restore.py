"""Brings a chain's memory to where its journal ends, without executing anything again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

from eth_typing import Address as EvmAddress

from commonroot.devchain import history, records
from commonroot.devchain.archive import Archive
from commonroot.devchain.block import EMPTY_ROOT, Block, Header
from commonroot.devchain.clock import Clock
from commonroot.devchain.errors import JournalDamaged, RpcError, StateMismatch
from commonroot.devchain.hashing import Address
from commonroot.devchain.journal import Journal
from commonroot.devchain.pool import Pool
from commonroot.devchain.settings import ETHER, Settings
from commonroot.devchain.state import Nodes, open_state
from commonroot.devchain.transaction import Transaction, decode


@final
@dataclass(slots=True)
class Memory:
    """Everything a chain knows: what the journal must be able to bring back."""

    nodes: Nodes = field(default_factory=Nodes)
    archive: Archive = field(default_factory=Archive)
    pool: Pool = field(default_factory=Pool)
    clock: Clock = field(default_factory=Clock)


def begin(settings: Settings, funded: Sequence[Address], memory: Memory) -> Block:
    """Make the genesis block: funded accounts, the keeper of block hashes, and nothing else."""
    # Two chains that begin in the same second are two chains: what tells them apart is their genesis.
    mark = secrets.token_bytes(8)
    header = Header(0, bytes(32), int(time.time()), settings.gas_limit, extra_data=mark)
    state = open_state(memory.nodes, EMPTY_ROOT, header, settings.chain_id, memory.archive.hash_of)
    for address in funded:
        state.set_balance(EvmAddress(address), settings.balance * ETHER)
    history.place(state)
    state.persist()
    block = Block.seal(replace(header, state_root=state.state_root), (), ())
    memory.archive.add(block)
    return block


def restore(settings: Settings, journal: Journal, memory: Memory) -> bool:
    """Read the journal into `memory`; say whether there was a chain in it."""
    found = False
    waiting: list[Transaction] = []
    for offset, record in journal.records():
        try:
            waiting = _replay(settings, journal, memory, record, waiting)
        except (RpcError, ValueError, LookupError, TypeError) as error:
            raise JournalDamaged(journal.path, offset, f"unreadable record: {error}") from error
        found = True
    memory.pool.replace(waiting)
    return found


def _replay(
    settings: Settings,
    journal: Journal,
    memory: Memory,
    record: list[Any],
    waiting: list[Transaction],
) -> list[Transaction]:
    """Apply one record; return what waits in the pool after it."""
    match record:
        case [records.GENESIS, form, made, block, nodes]:
            _check_made(settings, journal, form, made)
            _append(memory, block, nodes)
        case [records.MINED, clock, block, nodes]:
            memory.clock = records.read_clock(clock)
            _append(memory, block, nodes)
            mined = {(each.sender, each.nonce) for each in memory.archive.head.transactions}
            return [each for each in waiting if (each.sender, each.nonce) not in mined]
        case [records.MOVED, clock]:
            memory.clock = records.read_clock(clock)
        case [records.REVERTED, number, clock, raws]:
            memory.archive.cut(int.from_bytes(number))
            memory.clock = records.read_clock(clock)
            return [decode(raw) for raw in raws]
        case [records.WAITING, raw]:
            return [*waiting, decode(raw)]
        case _:
            raise ValueError("unknown kind")
    return waiting


def _append(memory: Memory, parts: Sequence[Any], nodes: Sequence[bytes]) -> None:
    block = Block.from_rlp(parts)
    for value in nodes:
        memory.nodes.load(value)
    if block.number and block.header.parent_hash != memory.archive.head.hash:
        raise ValueError(f"block {block.number} does not follow the one before it")
    if block.header.state_root not in memory.nodes:
        raise ValueError(f"the state of block {block.number} is not there")
    memory.archive.add(block)


def _check_made(settings: Settings, journal: Journal, form: bytes, made: Sequence[bytes]) -> None:
    """Refuse settings that the stored chain was not made with."""
    folder = journal.path.parent
    if int.from_bytes(form) != records.FORMAT:
        raise JournalDamaged(journal.path, 0, f"its format is {int.from_bytes(form)}")
    given = (settings.chain_id, settings.accounts, settings.balance)
    for name, stored, asked in zip(("chain-id", "accounts", "balance"), made, given, strict=True):
        if int.from_bytes(stored) != asked:
            raise StateMismatch(folder, name, int.from_bytes(stored), asked)
