"""Reptile adapts all tasks at once as it would one by one, and shares what its optimizer learned."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.func import grad
from torch.nn import functional

from commonroot.learning.errors import BadLearner, WrongParams
from commonroot.learning.evaluate import accuracy
from commonroot.learning.nets import Conv4
from commonroot.learning.reptile import MOMENT, Reptile, minibatches
from commonroot.learning.types import Params
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.drawn import drawn
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.errors import WrongSize
from commonroot.tasks.types import Episodes, Examples, Source, generator

from .conftest import double


@pytest.fixture
def learner(net: Conv4) -> Reptile:
    """Return a learner of few and small steps."""
    return Reptile(
        net, iterations=3, batch=4, tasks=3, local_steps=2, adapt_iterations=4, adapt_batch=4
    )


@dataclass(frozen=True)
class Always:
    """A source that always draws the same tasks."""

    episodes: Episodes

    def sample(self, tasks: int, rng: np.random.Generator) -> Episodes:
        """Return the first tasks."""
        support = self.episodes.support
        return Episodes(Examples(support.images[:tasks], support.labels[:tasks]), support)


class TestAdapt:
    def test_is_a_loop_over_tasks(self, learner: Reptile, precise: Episodes) -> None:
        """
        Tasks adapted at once, in chunks, are tasks adapted one by one (float64, 1e-12).
        """
        params = double(learner.init(1))
        together = learner.adapt(params, precise.support).weights
        order = minibatches(generator(0), precise.support, 4, 4)

        for task in range(precise.support.tasks):
            images, labels = precise.support.images[task], precise.support.labels[task]
            alone = one_by_one(learner, params, images, labels, order[task])
            for name in learner.net.shapes():
                assert torch.allclose(together[name][task], alone[name], rtol=0, atol=1e-12)

    def test_leaves_the_initialization_as_it_was(self, learner: Reptile, source: Source) -> None:
        """
        Whoever adapts twice from one start gets the same twice.
        """
        params = learner.init(1)
        before = {name: value.clone() for name, value in params.items()}
        support = source.sample(2, generator(1)).support
        one, other = learner.adapt(params, support), learner.adapt(params, support)

        assert all(torch.equal(params[name], before[name]) for name in params)
        assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)

    def test_without_steps_changes_nothing(self, learner: Reptile, source: Source) -> None:
        """
        Before adaptation every task has the initialization.
        """
        params = learner.init(1)
        untouched = replace(learner, adapt_iterations=0)
        adapted = untouched.adapt(params, source.sample(3, generator(1)).support)

        for name, value in adapted.weights.items():
            assert torch.equal(value, params[name].expand(3, *params[name].shape))

    def test_predicts_each_query_beside_the_support_set(
        self, learner: Reptile, precise: Episodes
    ) -> None:
        """
        A query's scores do not depend on the other queries, unless transduction is asked for.
        """
        adapted = learner.adapt(double(learner.init(1)), precise.support)
        queries = precise.query.images
        alone = learner.predict(adapted, queries[:, :1])
        together = learner.predict(adapted, queries)

        assert torch.allclose(together[:, :1], alone, rtol=0, atol=1e-12)
        weights = {name: value[2] for name, value in adapted.weights.items()}
        batch = torch.cat([precise.support.images[2], queries[2, :1]])
        assert torch.allclose(alone[2, 0], learner.net.scores(weights, batch)[-1], atol=1e-12)
        shared = learner.predict(adapted, queries, transductive=True)
        assert torch.allclose(shared[2], learner.net.scores(weights, queries[2]), atol=1e-12)


def one_by_one(
    learner: Reptile,
    params: Params,
    images: torch.Tensor,
    labels: torch.Tensor,
    order: torch.Tensor,
) -> Params:
    """Adapt to one task, with Adam written as its paper has it."""
    weights = {name: params[name] for name in learner.net.shapes()}
    squares = {name: 2 ** params[MOMENT + name] for name in weights}

    def loss(weights: Params, chosen: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(learner.net.scores(weights, images[chosen]), labels[chosen])

    for chosen in order:
        slopes = grad(loss)(weights, chosen)
        for name, slope in slopes.items():
            squares[name] = 0.999 * squares[name] + 0.001 * slope * slope
            weights[name] = weights[name] - 1e-3 * slope / (squares[name].sqrt() + 1e-8)
    moments = {MOMENT + name: torch.log2(value + 2**-60) for name, value in squares.items()}
    return weights | moments


class TestLocalUpdate:
    def test_is_the_mean_of_what_was_adapted(self, learner: Reptile, precise: Episodes) -> None:
        """
        Of weights the mean, of moments the mean of the logarithms.
        """
        once = replace(learner, local_steps=1)
        params = double(once.init(1))
        learned = once.local_update(params, Always(precise), generator(9))
        order = minibatches(generator(9), Always(precise).sample(3, generator(9)).support, 3, 4)
        alone = [
            one_by_one(
                once,
                params,
                precise.support.images[task],
                precise.support.labels[task],
                order[task],
            )
            for task in range(3)
        ]

        assert list(learned) == [name for name, _, _ in once.tensors()]
        for name, value in learned.items():
            mean = torch.stack([each[name] for each in alone]).mean(0)
            assert torch.allclose(value, mean, rtol=0, atol=1e-12)

    def test_takes_its_steps_one_after_another(self, learner: Reptile, precise: Episodes) -> None:
        """
        Two steps are one step from where one step led.
        """
        params = double(learner.init(1))
        once = replace(learner, local_steps=1)
        rng = generator(9)
        serial = once.local_update(
            once.local_update(params, Always(precise), rng), Always(precise), rng
        )
        both = learner.local_update(params, Always(precise), generator(9))

        assert all(torch.equal(both[name], serial[name]) for name in both)

    def test_is_the_same_for_a_seed(self, learner: Reptile, source: Source) -> None:
        """
        The generator fixes tasks and batches, and so every byte.
        """
        params = learner.init(1)
        one, again, other = (
            learner.local_update(params, source, generator(seed)) for seed in (4, 4, 5)
        )

        assert all(torch.equal(one[name], again[name]) for name in one)
        assert not torch.equal(one["conv1.weight"], other["conv1.weight"])

    def test_keeps_moments_within_what_a_round_can_move(
        self, learner: Reptile, source: Source
    ) -> None:
        """
        From version 0 no logarithm moves by 16 in a round, which is where a delta saturates.
        """
        params = learner.init(1)
        learned = learner.local_update(params, source, generator(4))
        moved = [learned[name] - params[name] for name in params if name.startswith(MOMENT)]

        assert max(float(each.abs().max()) for each in moved) < 16
        assert min(float(each.max()) for each in moved) > 0

    def test_learns_to_learn(self) -> None:
        """
        A few rounds on some characters help on others that were never seen.
        """
        learner = Reptile(
            Conv4(filters=8), inner_lr=4e-3, batch=25, local_steps=25, adapt_iterations=5
        )
        start = learner.init(1)
        seen, unseen = drawn(10, 10, 10, seed=1), drawn(6, 10, 10, seed=2)
        learned = learner.local_update(start, FewShot(seen, 5, 10, 0), generator(1))
        asked = FewShot(unseen, 5, 1, 3).sample(200, generator(2))

        before, after = (accuracy(learner, params, asked) for params in (start, learned))
        assert after.mean - before.mean > after.interval + before.interval


class TestMoments:
    def test_start_from_one_guess(self, learner: Reptile) -> None:
        """
        Version 0 has one moment for each weight, of the same shape.
        """
        start = learner.init(1)
        kinds = {name: (shape, kind) for name, shape, kind in learner.tensors()}

        assert list(start) == list(kinds) == sorted(kinds)
        for name, value in start.items():
            assert kinds[name] == (
                tuple(value.shape),
                "moment" if name.startswith(MOMENT) else "weight",
            )
        assert {float(start[name].max()) for name in start if name.startswith(MOMENT)} == {-20.0}

    def test_of_weights_without_slope_stay_finite(
        self, learner: Reptile, precise: Episodes
    ) -> None:
        """
        Where no gradient ever was, the logarithm ends at its floor of -60.
        """
        params = double(learner.init(1))
        dead = {name: torch.full_like(params[name], -60.0) for name in params if MOMENT in name}
        params |= dead
        # A paper without ink has the same value everywhere: nothing behind the norm has a slope.
        blank = Examples(torch.ones_like(precise.support.images), precise.support.labels)
        params = {
            name: value * 0 if "scale" in name and MOMENT not in name else value
            for name, value in params.items()
        }
        once = replace(learner, local_steps=1)
        learned = once.local_update(params, Always(Episodes(blank, blank)), generator(1))

        assert all(bool(value.isfinite().all()) for value in learned.values())
        assert math.isclose(float(learned[MOMENT + "conv1.weight"].max()), -60, abs_tol=1)


class TestMinibatches:
    def test_go_through_all_examples_before_any_again(self) -> None:
        """
        Six examples by batches of four: the first six places hold each once, and so on.
        """
        examples = Examples(torch.zeros(5, 6, 1, 1, 1), torch.zeros(5, 6, dtype=torch.long))
        order = minibatches(generator(1), examples, iterations=3, batch=4)

        assert order.shape == (5, 3, 4)
        for row in order.reshape(5, 2, 6).tolist():
            assert [sorted(half) for half in row] == [[0, 1, 2, 3, 4, 5]] * 2

    def test_are_no_larger_than_the_examples(self) -> None:
        """
        Five examples asked for in tens come in fives.
        """
        examples = Examples(torch.zeros(1, 5, 1, 1, 1), torch.zeros(1, 5, dtype=torch.long))

        assert minibatches(generator(1), examples, 2, 10).shape == (1, 2, 5)


class TestRefuses:
    def test_images_of_another_size(self, learner: Reptile, characters: CharacterSet) -> None:
        """
        A source whose images the net was not made for is named with both sizes.
        """
        cut = CharacterSet(characters.images[..., :20], characters.names)
        with pytest.raises(WrongSize, match="1 × 28 × 28 were expected; these are 1 × 28 × 20"):
            learner.local_update(learner.init(1), FewShot(cut, 3, 2, 0), generator(1))

    def test_params_without_moments(self, learner: Reptile, source: Source) -> None:
        """
        Weights alone are not what Reptile shares.
        """
        with pytest.raises(WrongParams, match=r"`moment.conv1.weight`"):
            learner.adapt(learner.net.init(1), source.sample(1, generator(1)).support)

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"inner_lr": 1}, '`inner_lr` is 1, not a decimal above 0 and up to 1: "0.001"'),
            ({"inner_lr": "0"}, "`inner_lr` is '0'"),
            ({"inner_lr": "1e-3"}, "`inner_lr` is '1e-3'"),
            ({"inner_lr": "nan"}, "`inner_lr` is 'nan'"),
            ({"decay": "1.5"}, "`decay` is '1.5'"),
            ({"local_steps": 10**9}, "`local_steps` is 1000000000"),
            ({"momentum": "0.9"}, "`reptile` has no setting `momentum`"),
        ],
    )
    def test_settings_it_does_not_have(self, said: dict[str, str | int], why: str) -> None:
        """
        The error names the setting and what it may be.
        """
        with pytest.raises(BadLearner, match=why):
            Reptile.read(Conv4(), {"name": "reptile", **said})
