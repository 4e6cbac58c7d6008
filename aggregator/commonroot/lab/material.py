"""
What a demo trains on, is validated on, and is used on: characters in parts that share no alphabet.

Real Omniglot where its archives are given, and otherwise characters drawn by a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.errors import UsageError
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.sources import characters_from

_DRAWN = "drawn:2026:18x20"
_TRAINING, _HELD_OUT = "images_background.zip", "images_evaluation.zip"


@final
@dataclass(frozen=True, slots=True)
class Material:
    """Everybody's characters."""

    source: str
    nodes: tuple[CharacterSet, ...]
    validation: CharacterSet
    buyer: CharacterSet
    """Characters that no node ever had."""

    def name_of(self, node: int) -> str:
        """Return how the source of a node's data is named."""
        return f"{self.source}, part {node + 1}"


def gather(nodes: int, data: Path | None) -> Material:
    """Return the characters for so many nodes, from Omniglot's folder if there is one."""
    if data is None:
        *parts, validation, buyer = characters_from(_DRAWN).partition(nodes + 2)
        return Material(_DRAWN, tuple(parts), validation, buyer)
    missing = [name for name in (_TRAINING, _HELD_OUT) if not (data / name).is_file()]
    if missing:
        raise UsageError(
            f"There is no {missing[0]} in {data}.",
            hint="Name the folder with Omniglot's two archives, or leave --data out.",
        )
    *parts, validation = characters_from(str(data / _TRAINING)).partition(nodes + 1)
    return Material("Omniglot", tuple(parts), validation, characters_from(str(data / _HELD_OUT)))
