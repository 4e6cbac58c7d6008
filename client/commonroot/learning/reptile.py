"""
Reptile: move toward what adaptation arrives at.

Nichol, Achiam, Schulman. On First-Order Meta-Learning Algorithms. 2018. https://arxiv.org/abs/1803.02999

The inner optimizer is Adam without momentum. Its second moment lives on from task to task and decides
accuracy, so it is shared like the weights: `moment.NAME` is log2(v + 2^-60).

Shapes: T tasks, N examples of each, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import torch
from torch import Tensor
from torch.func import grad
from torch.nn import functional

from commonroot.learning.batching import chunked_vmap
from commonroot.learning.errors import BadLearner
from commonroot.learning.fitted import Fitted, predict
from commonroot.learning.nets import Conv4, require_params
from commonroot.learning.settings import Settings, decimal, fractions, require_known, whole
from commonroot.learning.types import Params
from commonroot.protocol.table import Kind
from commonroot.tasks.types import Examples, Source, generator

MOMENT: Final = "moment."
_FLOOR: Final = 2.0**-60  # keeps the logarithm finite where no gradient has been yet
_EPSILON: Final = 1e-8
_FIRST: Final = -20.0  # log2 of version 0's second moment; -28 to -18 trained as well (measured)
_FRACTIONS: Final = ("inner_lr", "decay")
_MOST: Final = {  # a stranger's spec shall not keep a node busy for ever
    "iterations": 1_000,
    "batch": 10_000,
    "tasks": 10_000,
    "local_steps": 10_000,
    "adapt_iterations": 10_000,
    "adapt_batch": 10_000,
}


@final
@dataclass(frozen=True, slots=True)
class Reptile:
    """Adapts by Adam steps on the examples, and learns where to start from and how far to step."""

    net: Conv4
    inner_lr: float = 1e-3
    """Adam's step size."""
    decay: float = 0.999
    """How much of Adam's second moment stays from one step to the next (beta2; beta1 is 0)."""
    iterations: int = 5
    """Inner steps on each task while training."""
    batch: int = 10
    """Examples of one inner step while training."""
    tasks: int = 5
    """Tasks adapted side by side, whose mean is one local step."""
    local_steps: int = 20
    """Reptile's steps, one after another, that a client takes in a round."""
    adapt_iterations: int = 50
    """Steps of whoever adapts the model to a task of their own."""
    adapt_batch: int = 5
    """Examples of one such step."""

    @staticmethod
    def read(net: Conv4, learner: Settings) -> Reptile:
        """Build the learner that a spec's `learner` describes."""
        require_known(learner, ("name", *_FRACTIONS, *_MOST), BadLearner)
        found: dict[str, Any] = {
            **fractions(learner, _FRACTIONS, BadLearner),
            **whole(learner, _MOST, BadLearner),
        }
        return Reptile(net, **found)

    def settings(self) -> dict[str, str | int]:
        """Return the spec's `learner` of this learner."""
        rates = {field: decimal(getattr(self, field)) for field in _FRACTIONS}
        return {"name": "reptile", **rates, **{field: getattr(self, field) for field in _MOST}}

    def init(self, seed: int | bytes) -> Params:
        """Return version 0; the same bytes for a seed on every machine."""
        weights = self.net.init(seed)
        moments = {MOMENT + name: torch.full_like(value, _FIRST) for name, value in weights.items()}
        return dict(sorted((weights | moments).items()))

    def tensors(self) -> list[tuple[str, tuple[int, ...], Kind]]:
        """Return name, shape and kind of everything that is shared, in the order of the names."""
        kinds: tuple[tuple[str, Kind], ...] = (("", "weight"), (MOMENT, "moment"))
        shapes = self.net.shapes().items()
        return sorted(
            (before + name, shape, kind) for before, kind in kinds for name, shape in shapes
        )

    def adapt(self, params: Params, experience: Examples) -> Fitted:
        """Fit to each task's examples; `params` is left as it was."""
        rng = generator(0)  # who adapts twice gets the same twice
        adapted = self._fit(params, experience, self.adapt_iterations, self.adapt_batch, rng)
        weights = {name: adapted[name] for name in self.net.shapes()}
        return Fitted(weights, experience.images)

    def predict(self, adapted: Fitted, query: Tensor, *, transductive: bool = False) -> Tensor:
        """Return scores of each class, [T, N, ways], for images [T, N, C, H, W]."""
        return predict(self.net, adapted, query, transductive=transductive)

    def local_update(self, params: Params, source: Source, rng: np.random.Generator) -> Params:
        """Return the mean of what adaptation made of `params`, some steps on.

        The mean of the moments is one of logarithms: arithmetically one task's loud gradients would
        drown all others'.
        """
        for _ in range(self.local_steps):
            experience = source.sample(self.tasks, rng).support
            adapted = self._fit(params, experience, self.iterations, self.batch, rng)
            params = {name: value.mean(0) for name, value in adapted.items()}
        return params

    def _fit(
        self,
        params: Params,
        examples: Examples,
        iterations: int,
        batch: int,
        rng: np.random.Generator,
    ) -> Params:
        self.net.require(examples.images)
        require_params(params, {name: shape for name, shape, _ in self.tensors()})
        images, labels = examples.images, examples.labels
        order = minibatches(rng, examples, iterations, batch)
        fit = chunked_vmap(self._fit_one, (None, 0, 0, 0), images.device)
        return fit(params, images, labels, order)

    def _fit_one(self, params: Params, images: Tensor, labels: Tensor, order: Tensor) -> Params:
        """Return parameters fitted to one task's examples, taken in the order [iterations, batch]."""

        def loss(weights: Params, chosen: Tensor) -> Tensor:
            scores = self.net.scores(weights, images[chosen])
            return functional.cross_entropy(scores, labels[chosen])

        names = list(self.net.shapes())
        weights = {name: params[name] for name in names}
        squares = {name: params[MOMENT + name].exp2() for name in names}
        for chosen in order.unbind():
            slopes = grad(loss)(weights, chosen)
            # No bias correction: it serves moments that start at 0, and these are warm on arrival, in
            # version 0 by a guess of the right size. A counter of steps would have to be shared too.
            for name, slope in slopes.items():
                squares[name] = torch.addcmul(
                    self.decay * squares[name], slope, slope, value=1 - self.decay
                )
                size = squares[name].sqrt() + _EPSILON
                weights[name] = torch.addcdiv(weights[name], slope, size, value=-self.inner_lr)
        moments = {MOMENT + name: (value + _FLOOR).log2() for name, value in squares.items()}
        return dict(sorted((weights | moments).items()))


def minibatches(
    rng: np.random.Generator, examples: Examples, iterations: int, batch: int
) -> Tensor:
    """Return which examples each inner step sees, [T, iterations, batch]: all, shuffled, then again."""
    tasks, each = examples.labels.shape
    batch = min(batch, each)
    rounds = -(-iterations * batch // each)
    shuffled = rng.random((tasks, max(rounds, 1), each)).argsort(axis=-1, kind="stable")
    order = shuffled.reshape(tasks, -1)[:, : iterations * batch]
    return torch.from_numpy(order.reshape(tasks, iterations, batch)).to(examples.labels.device)
