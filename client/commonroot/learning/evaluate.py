"""
How good an initialization is: accuracy over many tasks, with its 95% interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar, final

from commonroot.learning.reptile import Reptile
from commonroot.learning.types import Adapter, Params
from commonroot.tasks.types import Episodes

AdaptedT = TypeVar("AdaptedT")


@final
@dataclass(frozen=True, slots=True)
class Accuracy:
    """The mean over tasks of the part of queries answered rightly."""

    mean: float
    interval: float
    """Half the width of the 95% interval of the mean."""
    tasks: int

    def __str__(self) -> str:
        return f"{self.mean:.1%} ± {self.interval:.1%}"


def accuracy(learner: Adapter[AdaptedT], params: Params, episodes: Episodes) -> Accuracy:
    """Adapt to each task's support set, and measure on its query set."""
    scores = learner.predict(learner.adapt(params, episodes.support), episodes.query.images)
    right = (scores.argmax(-1) == episodes.query.labels).double().mean(1)
    spread = right.std().item() if len(right) > 1 else 0.0
    return Accuracy(right.mean().item(), 1.96 * spread / len(right) ** 0.5, len(right))


def before_and_after(
    learner: Reptile, params: Params, episodes: Episodes
) -> tuple[Accuracy, Accuracy]:
    """Measure what the initialization answers as it is, and what it answers once adapted."""
    untouched = replace(learner, adapt_iterations=0)
    return accuracy(untouched, params, episodes), accuracy(learner, params, episodes)
