"""
The validation gradient: which way the loss on tasks that nobody trained on rises.

A contribution is scored by how far it went the other way. The gradient is taken at the adapted point
and not through the adaptation (first order): it is what a step of the initialization changes most, and
costs one pass a task.

Shapes: T tasks, N examples of each, C channels, H height, W width.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.func import grad
from torch.nn import functional

from commonroot.learning.batching import chunked_vmap
from commonroot.learning.reptile import Reptile
from commonroot.learning.types import Params
from commonroot.tasks.types import Source


def gradient(
    learner: Reptile, params: Params, source: Source, tasks: int, rng: np.random.Generator
) -> Params:
    """Return the mean over tasks of the query loss's gradient at the adapted weights.

    Moments have none. On one machine the same state of `rng` gives the same bytes.
    """
    episodes = source.sample(tasks, rng)
    adapted = learner.adapt(params, episodes.support)

    def loss(weights: Params, images: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(learner.net.scores(weights, images), labels)

    # Gradient inside, mean outside: the other way round is wrong at second order.
    slopes = chunked_vmap(grad(loss), (0, 0, 0), episodes.query.images.device)
    per_task = slopes(adapted.weights, episodes.query.images, episodes.query.labels)
    return {name: value.mean(0) for name, value in per_task.items()}
