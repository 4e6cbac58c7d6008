"""
Runs forge in contracts/, with the compiler and the libraries of the lock file.

`python -m commonroot.contracts.forge test --match-contract Trees` passes all it is given on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from commonroot.contracts.toolchain import ROOT, ToolchainMissing, native

_FOREIGN = ("FOUNDRY_", "DAPP_", "ETH_")
"""What variables begin with through which forge would take settings from elsewhere."""

_CHOICES = ("FOUNDRY_PROFILE", "FOUNDRY_FUZZ_RUNS", "FOUNDRY_FUZZ_SEED", "FOUNDRY_INVARIANT_RUNS")
"""Those that say how long to look, and where: they choose among tests, not what is tested."""


def forge(
    arguments: Sequence[str], folder: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run forge in `folder` and return what it said and how it ended."""
    return subprocess.run(
        [str(native("forge")), *arguments],
        cwd=folder,
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without settings of forge, but with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | dict(variables)


def main(arguments: Sequence[str]) -> int:
    """Run forge with its output going where ours goes, and return its exit status."""
    profile = {name: os.environ[name] for name in _CHOICES if name in os.environ}
    command = [str(native("forge")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(profile), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ToolchainMissing as exc:
        sys.exit(f"Error: {exc}")
