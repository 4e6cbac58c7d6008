"""
Compiles contracts/src through py-solc-x; `python -m commonroot.contracts.compile` writes the artifacts.

The same sources give the same bytes everywhere: sources are named by their place in the repository,
the compiler and OpenZeppelin are pinned by the lock file, and no metadata is appended, so that a
comment does not change the code.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commonroot.contracts.toolchain import MODULES, ROOT, ensure

ARTIFACTS = Path(__file__).with_name("artifacts")
TEST_ARTIFACTS = ROOT / "test" / "artifacts"

MOST_CODE = 24_576
"""Bytes of code that a chain admits (EIP-170)."""

_IMPORT = re.compile(r"^import [^;]*?\"([^\"]+)\";", re.MULTILINE)

_SETTINGS = {
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": True,  # a tenth less code in Programs, which is near the limit
    "evmVersion": "prague",
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
            ]
        }
    },
}


class CompilationFailed(Exception):
    """The compiler refused the sources, or they make more code than a chain admits."""


def compile_all() -> dict[Path, str]:
    """Return what every artifact file should hold."""
    output = _compile(_sources())
    found = {}
    for folder, target in ((ROOT / "src", ARTIFACTS), (ROOT / "test", TEST_ARTIFACTS)):
        for path in sorted(folder.glob("*.sol")):
            compiled = output["contracts"][_name(path)][path.stem]
            found[target / f"{path.stem}.json"] = _artifact(path.stem, compiled)
    return found


def write_all() -> None:
    """Write every artifact, and remove those whose contract is gone."""
    wanted = compile_all()
    for folder in (ARTIFACTS, TEST_ARTIFACTS):
        folder.mkdir(exist_ok=True)
        for path in set(folder.glob("*.json")) - set(wanted):
            path.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


def _compile(sources: dict[str, str]) -> dict[str, Any]:
    from solcx import compile_standard
    from solcx.exceptions import SolcError

    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": _SETTINGS,
    }
    try:
        output: dict[str, Any] = compile_standard(request, solc_binary=ensure())
    except SolcError as exc:
        raise CompilationFailed(str(exc)) from exc
    doubts = [note["formattedMessage"] for note in output.get("errors", ()) if _counts(note)]
    if doubts:
        raise CompilationFailed("\n".join(doubts))
    return output


def _counts(note: dict[str, Any]) -> bool:
    # A warning about our own sources too: what the compiler doubts should not be deployed.
    foreign = note.get("sourceLocation", {}).get("file", "").startswith("@")
    return note["severity"] == "error" or not foreign


def _sources() -> dict[str, str]:
    sources: dict[str, str] = {}
    waiting = [_name(path) for folder in ("src", "test") for path in (ROOT / folder).glob("*.sol")]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = _path(name).read_text("utf-8")
            waiting.extend(_imports(name, sources[name]))
    return dict(sorted(sources.items()))


def _imports(name: str, text: str) -> Iterator[str]:
    for target in _IMPORT.findall(text):
        if target.startswith("."):
            yield _name((_path(name).parent / target).resolve())
        else:
            yield target


def _path(name: str) -> Path:
    return (MODULES if name.startswith("@") else ROOT) / name


def _name(path: Path) -> str:
    return path.relative_to(MODULES if path.is_relative_to(MODULES) else ROOT).as_posix()


def _artifact(name: str, compiled: dict[str, Any]) -> str:
    deployed = compiled["evm"]["deployedBytecode"]
    size = len(deployed["object"]) // 2
    if size > MOST_CODE:
        raise CompilationFailed(f"{name} has {size} bytes of code; a chain admits {MOST_CODE}.")
    places = (place for each in deployed["immutableReferences"].values() for place in each)
    held = {
        "abi": compiled["abi"],
        "bytecode": compiled["evm"]["bytecode"]["object"],
        "deployed": deployed["object"],
        "immutables": sorted([place["start"], place["length"]] for place in places),
    }
    return json.dumps(held, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    try:
        write_all()
    except CompilationFailed as exc:
        sys.exit(f"Error: {exc}")
