"""
Block hashes that code can read for longer than BLOCKHASH lets it (EIP-2935).

A contract at a known address keeps the last 8191 of them. Nobody sends it anything: every block
begins by writing its parent's hash there. A chain whose genesis lacks the contract goes without.
"""

from __future__ import annotations

from eth.abc import StateAPI
from eth.vm.forks.prague.constants import (
    HISTORY_SERVE_WINDOW,
    HISTORY_STORAGE_ADDRESS,
    HISTORY_STORAGE_CONTRACT_CODE,
)

from commonroot.devchain.block import Header


def place(state: StateAPI) -> None:
    """Put the contract into a genesis state."""
    state.set_nonce(HISTORY_STORAGE_ADDRESS, 1)
    state.set_code(HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE)


def remember(state: StateAPI, header: Header) -> None:
    """Write the hash of the parent of `header`, as its block does before anything else."""
    if header.number and state.get_code(HISTORY_STORAGE_ADDRESS) == HISTORY_STORAGE_CONTRACT_CODE:
        slot = (header.number - 1) % HISTORY_SERVE_WINDOW
        state.set_storage(HISTORY_STORAGE_ADDRESS, slot, int.from_bytes(header.parent_hash))
        state.lock_changes()
