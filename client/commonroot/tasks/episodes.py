"""
Few-shot episodes, drawn from a set of characters without a Python loop over images.

Shapes: T tasks, K classes in the set, D drawings of each, and per task W ways (classes), S shots
(support drawings of each), Q queries (drawings of each asked afterwards); H and V image sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.errors import TooFewClasses, TooFewDrawings
from commonroot.tasks.types import Episodes, Examples


@final
@dataclass(frozen=True, slots=True)
class FewShot:
    """Draws few-shot classification tasks; episodes lie on the device that the images lie on."""

    characters: CharacterSet
    ways: int
    """How many classes a task tells apart."""
    shots: int
    """How many drawings of each class are learned from."""
    queries: int
    """How many other drawings of each class are asked; a Reptile client needs none."""

    def __post_init__(self) -> None:
        if self.ways > self.characters.classes:
            raise TooFewClasses(self.ways, self.characters.classes)
        if self.shots + self.queries > self.characters.drawings:
            raise TooFewDrawings(self.shots + self.queries, self.characters.drawings)

    def sample(self, tasks: int, rng: np.random.Generator) -> Episodes:
        """Draw `tasks` episodes; the same for the same state of `rng`."""
        images = self.characters.images
        classes = _distinct(rng, (tasks,), self.characters.classes, self.ways)  # [T, W]
        drawings = _distinct(
            rng, (tasks, self.ways), self.characters.drawings, self.shots + self.queries
        )  # [T, W, S+Q]
        chosen = images[_on(images, classes)[..., None], _on(images, drawings)]
        pixels = chosen.float().div(255).unsqueeze(3)  # [T, W, S+Q, 1, H, V]
        return Episodes(
            support=self._examples(pixels[:, :, : self.shots]),
            query=self._examples(pixels[:, :, self.shots :]),
        )

    def _examples(self, pixels: Tensor) -> Examples:
        tasks, ways, each = pixels.shape[:3]
        labels = torch.arange(ways, device=pixels.device).repeat_interleave(each)
        return Examples(pixels.flatten(1, 2), labels.expand(tasks, -1))  # [T, W*each, 1, H, V]


def _distinct(
    rng: np.random.Generator, rows: tuple[int, ...], below: int, take: int
) -> np.typing.NDArray[np.int64]:
    """Return `take` different integers below `below` for each row, every choice equally likely."""
    return rng.random((*rows, below)).argsort(axis=-1, kind="stable")[..., :take]


def _on(images: Tensor, indices: np.typing.NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(indices).to(images.device)
