"""The validation gradient points up the loss of tasks that nobody trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from commonroot.learning.nets import Conv4
from commonroot.learning.reptile import Reptile
from commonroot.learning.types import Params
from commonroot.learning.validate import gradient
from commonroot.tasks.drawn import drawn
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.types import Episodes, Source, generator

from .conftest import double


@dataclass(frozen=True)
class Given:
    """A source of given tasks."""

    episodes: Episodes

    def sample(self, tasks: int, rng: np.random.Generator) -> Episodes:
        """Return them all."""
        return self.episodes


@pytest.fixture
def learner(net: Conv4) -> Reptile:
    """Return a learner of two steps."""
    return Reptile(net, adapt_iterations=2, adapt_batch=6)


class TestGradient:
    def test_is_that_of_the_loss(self, learner: Reptile, precise: Episodes) -> None:
        """
        Where nothing is adapted, it is the slope of the mean query loss (finite differences).
        """
        still = replace(learner, adapt_iterations=0)
        params = double(still.init(1))
        found = gradient(still, params, Given(precise), 11, generator(1))

        def loss(name: str, place: int, by: float) -> float:
            moved = params[name].clone()
            moved.view(-1)[place] += by
            return mean_loss(still, {**params, name: moved}, precise)

        for name, place in (("dense.bias", 1), ("dense.weight", 5), ("norm4.shift", 2)):
            slope = (loss(name, place, 1e-6) - loss(name, place, -1e-6)) / 2e-6
            assert float(found[name].view(-1)[place]) == pytest.approx(slope, rel=1e-5)

    def test_is_over_weights_alone(self, learner: Reptile, source: Source) -> None:
        """
        Moments are outside of scores.
        """
        found = gradient(learner, learner.init(1), source, 4, generator(1))

        assert list(found) == list(learner.net.shapes())

    def test_is_the_same_for_a_seed(self, learner: Reptile, source: Source) -> None:
        """
        A block's hash fixes every byte, and another block asks other tasks.
        """
        one, again, other = (
            gradient(learner, learner.init(1), source, 4, generator(seed))
            for seed in (b"\x01" * 32, b"\x01" * 32, b"\x02" * 32)
        )

        assert all(torch.equal(one[name], again[name]) for name in one)
        assert not torch.equal(one["dense.weight"], other["dense.weight"])

    def test_rewards_who_learned(self) -> None:
        """
        An honest delta from other characters goes down the slope.
        """
        learner = Reptile(
            Conv4(filters=8), inner_lr=4e-3, batch=25, local_steps=6, adapt_iterations=5
        )
        start = learner.init(1)
        mine, public = FewShot(drawn(6, 10, 10, seed=1), 5, 10, 0), drawn(6, 10, 10, seed=2)
        learned = learner.local_update(start, mine, generator(1))
        slope = gradient(learner, start, FewShot(public, 5, 1, 5), 30, generator(2))
        along = sum(float((slope[name] * (learned[name] - start[name])).sum()) for name in slope)

        assert along < 0


def mean_loss(learner: Reptile, params: Params, episodes: Episodes) -> float:
    """Return the mean over tasks of the query loss, task by task."""
    losses = [
        functional.cross_entropy(learner.net.scores(params, images), labels)
        for images, labels in zip(episodes.query.images, episodes.query.labels, strict=True)
    ]
    return float(torch.stack(losses).mean())
