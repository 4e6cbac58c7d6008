"""What a dev chain is started with, read once at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

MNEMONIC = "test test test test test test test test test test test junk"
"""The phrase that anvil and Hardhat use too. Everybody knows its keys."""

ETHER = 10**18


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """How one dev chain behaves and where it listens."""

    host: str = "127.0.0.1"
    """The address to listen on; anything but loopback lets others in."""

    port: int = 8545
    """The port to listen on; 0 takes any free one."""

    chain_id: int = 31337
    """What replay protection binds signatures to."""

    accounts: int = 10
    """How many funded accounts there are."""

    balance: int = 10_000
    """What each of them owns at the start, in ether."""

    block_time: float | None = None
    """Mine an empty block when this many seconds passed without one; None for never."""

    gas_limit: int = 30_000_000
    """The most gas that all transactions of a block use together."""

    state: Path | None = None
    """The folder that keeps the chain across restarts; None keeps nothing."""

    mnemonic: str = MNEMONIC
    """The phrase that the accounts are derived from."""

    @property
    def is_loopback(self) -> bool:
        """Say whether only this machine can connect."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")
