"""What the chain prints when it is ready: a line for programs, a table for people."""

from __future__ import annotations

import json

from commonroot.devchain.hashing import Address, keccak
from commonroot.devchain.server import Ready
from commonroot.devchain.settings import MNEMONIC, Settings


def ready_line(ready: Ready) -> str:
    """Return one line of JSON."""
    return json.dumps(
        {
            "url": ready.url,
            "chain_id": ready.chain_id,
            "accounts": [checksummed(account.address) for account in ready.accounts],
            "pid": ready.pid,
        }
    )


def ready_table(ready: Ready, settings: Settings) -> str:
    """Return the accounts and keys, and what to know about them."""
    rows = [
        f"({index}) {checksummed(account.address)}  0x{account.secret.hex()}"
        for index, account in enumerate(ready.accounts)
    ]
    kept = f"kept in {settings.state}" if settings.state else "gone when this process ends"
    return "\n".join(
        [
            f"A chain for tests, id {ready.chain_id}, {kept}.",
            "",
            f"Accounts and private keys, {settings.balance} ether each at the start:",
            *rows,
            "",
            f"EVERYBODY KNOWS THESE PRIVATE KEYS: they come from the phrase '{MNEMONIC}'."
            if settings.mnemonic == MNEMONIC
            else "These keys are shown on a screen: use them for tests only.",
            "Money sent to them on a real network is stolen within seconds.",
            "",
            f"Listening on {ready.url}",
        ]
    )


def warning(settings: Settings) -> str:
    """Return what it means to listen beyond this machine; nothing if it does not."""
    if settings.is_loopback:
        return ""
    return (
        f"Warning: listening on {settings.host}, not on loopback alone: whoever reaches this "
        "port can spend from all accounts, move the chain's time and keep it busy."
    )


def checksummed(address: Address) -> str:
    """Return an address with the capitals of EIP-55."""
    digits = address.hex()
    capitals = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit
        for digit, nibble in zip(digits, capitals, strict=False)
    )
