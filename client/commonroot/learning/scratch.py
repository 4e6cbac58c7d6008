"""
Plain training from a random start on the same few examples: what an initialization must beat.

Shapes: T tasks, N examples of each, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.func import grad
from torch.nn import functional

from commonroot.learning.batching import chunked_vmap
from commonroot.learning.fitted import Fitted, predict
from commonroot.learning.nets import Conv4, require_params
from commonroot.learning.types import Params
from commonroot.tasks.types import Examples

_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


@final
@dataclass(frozen=True, slots=True)
class Scratch:
    """Trains with Adam on all examples at once; rate and steps were tuned for 5-way 1-shot."""

    net: Conv4
    lr: float = 3e-2
    """Adam's step size; a third of it, or three times it, does worse on Omniglot."""
    steps: int = 50
    """Steps on each task; accuracy no longer rises."""

    def adapt(self, params: Params, experience: Examples) -> Fitted:
        """Train on each task's examples, from the same random start."""
        self.net.require(experience.images)
        require_params(params, self.net.shapes())
        weights = {name: params[name] for name in self.net.shapes()}
        train = chunked_vmap(self._train_one, (None, 0, 0), experience.images.device)
        return Fitted(train(weights, experience.images, experience.labels), experience.images)

    def predict(self, adapted: Fitted, query: Tensor, *, transductive: bool = False) -> Tensor:
        """Return scores of each class, [T, N, ways], for images [T, N, C, H, W]."""
        return predict(self.net, adapted, query, transductive=transductive)

    def _train_one(self, weights: Params, images: Tensor, labels: Tensor) -> Params:
        def loss(weights: Params) -> Tensor:
            return functional.cross_entropy(self.net.scores(weights, images), labels)

        means = {name: torch.zeros_like(value) for name, value in weights.items()}
        squares = dict(means)
        for step in range(1, self.steps + 1):
            slopes = grad(loss)(weights)
            means = _towards(means, slopes, _BETAS[0])
            squares = _towards(squares, {k: v.square() for k, v in slopes.items()}, _BETAS[1])
            weights = {
                name: value - self.lr * _direction(means[name], squares[name], step)
                for name, value in weights.items()
            }
        return weights


def _towards(means: Params, values: Params, stays: float) -> Params:
    return {name: stays * mean + (1 - stays) * values[name] for name, mean in means.items()}


def _direction(mean: Tensor, square: Tensor, step: int) -> Tensor:
    unbiased = square / (1 - _BETAS[1] ** step)
    return mean / (1 - _BETAS[0] ** step) / (unbiased.sqrt() + _EPSILON)
