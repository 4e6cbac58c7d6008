"""Plain training from a random start is a fair rival."""

from __future__ import annotations

import torch

from commonroot.learning.nets import Conv4
from commonroot.learning.scratch import Scratch
from commonroot.tasks.types import Episodes, Source, generator

from .conftest import double


class TestScratch:
    def test_first_steps_by_its_rate(self, net: Conv4, precise: Episodes) -> None:
        """
        With its biases corrected, Adam's first step is the rate, whatever the slope.
        """
        start = double(net.init(1))
        trained = Scratch(net, lr=0.01, steps=1).adapt(start, precise.support).weights
        moved = (trained["dense.weight"] - start["dense.weight"]).abs()

        assert moved.max() <= 0.01
        assert moved.median() > 0.00999

    def test_fits_what_it_is_shown(self, net: Conv4, source: Source) -> None:
        """
        It learns its examples by heart: where it loses, it is for want of generalization.
        """
        shown = source.sample(5, generator(1)).support
        learner = Scratch(net)
        scores = learner.predict(learner.adapt(net.init(1), shown), shown.images, transductive=True)

        assert (scores.argmax(-1) == shown.labels).double().mean() == 1

    def test_is_a_loop_over_tasks(self, net: Conv4, precise: Episodes) -> None:
        """
        A task trained alone ends where it ends among others (float64, 1e-12).
        """
        learner, start = Scratch(net, steps=5), double(net.init(1))
        together = learner.adapt(start, precise.support).weights
        last = type(precise.support)(precise.support.images[10:], precise.support.labels[10:])
        alone = learner.adapt(start, last).weights

        for name in alone:
            assert torch.allclose(together[name][10], alone[name][0], rtol=0, atol=1e-12)
