"""
The types that all learners share.

`Params` maps names to tensors: everything a federation shares, weights and what an inner optimizer
has learned. A learner turns them into something fitted to a task, and into better ones.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from torch import Tensor

from commonroot.protocol.table import Kind
from commonroot.tasks.types import Examples, Source

Params: TypeAlias = dict[str, Tensor]
"""Tensors by name, in the order of the names."""

AdaptedT = TypeVar("AdaptedT")


class Adapter(Protocol[AdaptedT]):
    """What can be used; `Adapted` is its own affair: weights, or a hidden state."""

    def adapt(self, params: Params, experience: Examples) -> AdaptedT:
        """Fit to each task's examples; `params` is left as it was."""
        ...

    def predict(self, adapted: AdaptedT, query: Tensor) -> Tensor:
        """Return scores of each class, [T, N, ways], for images [T, N, C, H, W]."""
        ...


class Learner(Adapter[AdaptedT], Protocol[AdaptedT]):
    """What can be trained together as well: what every learner can do."""

    def local_update(self, params: Params, source: Source, rng: np.random.Generator) -> Params:
        """Return what a client has made of `params` in one round, on tasks from its own data."""
        ...

    def tensors(self) -> list[tuple[str, tuple[int, ...], Kind]]:
        """Return name, shape and kind of everything that is shared, in the order of the names."""
        ...
