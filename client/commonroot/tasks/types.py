"""
The types that tasks and learners share.

Shapes: T tasks, N examples of one task, C channels, H height, W width. Everything is batched over
tasks, since a learner adapts all tasks of a round at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
from torch import Tensor


@final
@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled images, the same number for each task."""

    images: Tensor
    """[T, N, C, H, W], float, 0 is ink and 1 is paper."""
    labels: Tensor
    """[T, N], int64, counted from 0 within each task."""

    @property
    def tasks(self) -> int:
        """Return the number of tasks, T."""
        return int(self.labels.shape[0])

    @property
    def each(self) -> int:
        """Return the number of examples of each task, N."""
        return int(self.labels.shape[1])


@final
@dataclass(frozen=True, slots=True)
class Episodes:
    """A batch of few-shot tasks: what is learned from, and what is asked afterwards."""

    support: Examples
    query: Examples


class Source(Protocol):
    """Whatever tasks can be drawn from: one node's data, or the validation set."""

    def sample(self, tasks: int, rng: np.random.Generator) -> Episodes:
        """Draw `tasks` episodes; the same for the same state of `rng`."""
        ...


def generator(seed: int | bytes) -> np.random.Generator:
    """Return a generator that uses every bit of `seed`; a block hash will do.

    numpy's generator and not torch's: its stream is specified, so that an auditor on another machine
    draws the validation tasks that the aggregator drew.
    """
    number = int.from_bytes(seed, "big") if isinstance(seed, bytes) else seed
    return np.random.Generator(np.random.PCG64(number))
