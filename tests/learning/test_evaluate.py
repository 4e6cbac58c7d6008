"""Accuracy is a mean over tasks with an honest interval."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from commonroot.learning.evaluate import accuracy, before_and_after
from commonroot.learning.nets import Conv4
from commonroot.learning.reptile import Reptile
from commonroot.learning.types import Params
from commonroot.protocol.table import Kind
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.types import Episodes, Examples, Source, generator


class Parrot:
    """Answers every query of a task with the label of the task's first example."""

    def adapt(self, params: Params, experience: Examples) -> Tensor:
        """Remember the first labels."""
        return experience.labels[:, 0]

    def predict(self, adapted: Tensor, query: Tensor) -> Tensor:
        """Score the remembered label highest."""
        hot = torch.nn.functional.one_hot(adapted, 3).float()
        return hot[:, None].expand(-1, query.shape[1], -1)

    def local_update(self, params: Params, source: Source, rng: object) -> Params:
        """Learn nothing."""
        return params

    def tensors(self) -> list[tuple[str, tuple[int, ...], Kind]]:
        """Share nothing."""
        return []


def episodes(answers: list[list[int]]) -> Episodes:
    """Return tasks whose support label is 0 and whose queries have the given labels."""
    labels = torch.tensor(answers)
    tasks, queries = labels.shape
    support = Examples(torch.zeros(tasks, 1, 1, 1, 1), torch.zeros(tasks, 1, dtype=torch.long))
    return Episodes(support, Examples(torch.zeros(tasks, queries, 1, 1, 1), labels))


class TestAccuracy:
    def test_is_the_mean_over_tasks(self) -> None:
        """
        Tasks answered to 1/2, 1 and 0 are 0.5 ± 1.96 * 0.5 / sqrt(3).
        """
        found = accuracy(Parrot(), {}, episodes([[0, 1], [0, 0], [2, 1]]))

        assert found.mean == 0.5
        assert found.interval == pytest.approx(1.96 * 0.5 / 3**0.5)
        assert (found.tasks, str(found)) == (3, "50.0% ± 56.6%")

    def test_of_one_task_claims_no_interval(self) -> None:
        """
        One task has no spread that could be known; nothing is divided by nought.
        """
        assert accuracy(Parrot(), {}, episodes([[0, 1]])).interval == 0.0

    def test_rises_with_adaptation(self, net: Conv4, source: FewShot) -> None:
        """
        Before adaptation labels are a guess; after some steps they are not.
        """
        learner = Reptile(net, inner_lr=0.01, adapt_iterations=10, adapt_batch=6)
        before, after = before_and_after(learner, learner.init(1), source.sample(40, generator(3)))

        assert abs(before.mean - 1 / 3) < 2 * before.interval
        assert after.mean - after.interval > before.mean + before.interval
