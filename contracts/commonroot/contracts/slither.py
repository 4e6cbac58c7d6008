"""
Runs slither over contracts/src, with the compiler of the lock file; `make slither` installs it first.

It has an environment of its own, because it pins a web3 older than ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from commonroot.contracts.forge import environment
from commonroot.contracts.toolchain import ROOT, ToolchainMissing, native

SLITHER = ROOT / ".slither-venv" / "bin" / "slither"


def main(arguments: Sequence[str]) -> int:
    """Run slither and return its exit status: other than 0 if a finding is medium or high."""
    if not SLITHER.exists():
        raise ToolchainMissing(f"There is no {SLITHER}. Run `make slither`, which installs it.")
    folders = [str(SLITHER.parent), str(native("forge").parent), os.environ.get("PATH", "")]
    variables = {
        "PATH": os.pathsep.join(folders),
        # As it is written: optimized code is the same contracts, and two settings would be two analyses.
        "FOUNDRY_PROFILE": "plain",
        # It begins by removing what was compiled: that should not be what forge keeps for the tests.
        "FOUNDRY_OUT": ".slither/out",
        "FOUNDRY_CACHE_PATH": ".slither/cache",
    }
    command = [str(SLITHER), ".", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(variables), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ToolchainMissing as exc:
        sys.exit(f"Error: {exc}")
