"""Compiled contracts, as they lie in git: reading them needs no compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, final

CONTRACTS = (
    "Bonds",
    "Challenges",
    "Datasets",
    "Demands",
    "Deployer",
    "Enrolments",
    "Licences",
    "Models",
    "Nodes",
    "Programs",
    "TestToken",
)
"""The contracts that get deployed."""


@final
@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    """What creates the contract, before the constructor's arguments."""
    deployed: bytes
    """The code that then stands on chain, with zeros where immutables go."""
    immutables: tuple[tuple[int, int], ...]
    """Where in it the immutables go: start and length, ascending."""

    def fits(self, code: bytes) -> bool:
        """Say whether code found on chain is this contract's, whatever its immutables are."""
        return len(code) == len(self.deployed) and self._blank(code) == self.deployed

    def _blank(self, code: bytes) -> bytes:
        blank = bytearray(code)
        for start, length in self.immutables:
            blank[start : start + length] = bytes(length)
        return bytes(blank)


@cache
def load(name: str) -> Artifact:
    """Return a contract that is deployed in production or on a local chain."""
    text = files(__package__).joinpath("artifacts", f"{name}.json").read_text("utf-8")
    return _parse(name, text)


def read(path: Path) -> Artifact:
    """Return a contract from a file, such as one that only tests deploy."""
    return _parse(path.stem, path.read_text("utf-8"))


def names() -> tuple[str, ...]:
    """Return the names that `load` knows."""
    return CONTRACTS


def _parse(name: str, text: str) -> Artifact:
    held = json.loads(text)
    return Artifact(
        name=name,
        abi=tuple(held["abi"]),
        bytecode=bytes.fromhex(held["bytecode"]),
        deployed=bytes.fromhex(held["deployed"]),
        immutables=tuple((start, length) for start, length in held["immutables"]),
    )
