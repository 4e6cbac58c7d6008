"""What a spec says is what learns, and presets are within what the protocol admits."""

from __future__ import annotations

import numpy as np
import pytest

from commonroot.learning.errors import BadLearner, BadTasks, LearningError
from commonroot.learning.presets import (
    DEMO,
    Tasks,
    init,
    learner,
    learner_of,
    source_of,
    tasks_of,
    tensors,
)
from commonroot.node.planning import Choices, plan
from commonroot.protocol.fixed import DELTA_MAX
from commonroot.protocol.spec import Spec
from commonroot.protocol.table import Table, Tensor
from commonroot.tasks.drawn import drawn

ARCHITECTURE, LEARNER = DEMO.learner.net.settings(), DEMO.learner.settings()


@pytest.fixture(scope="module")
def spec() -> Spec:
    """Return the spec of a program with the demo's preset."""
    return plan(Choices("a program"), drawn(1, 5, 20, seed=1)).spec


class TestSpec:
    def test_gives_back_what_it_was_made_from(self, spec: Spec) -> None:
        """
        Learner and tasks survive canonical JSON.
        """
        assert learner_of(spec) == DEMO.learner
        assert tasks_of(spec) == DEMO.tasks

    def test_names_what_a_client_learns_from(self, spec: Spec) -> None:
        """
        A client draws the preset's ways and training shots, and no queries.
        """
        source = source_of(spec, drawn(1, 6, 20, seed=1))

        assert (source.ways, source.shots, source.queries) == (5, DEMO.tasks.training_shots, 0)

    def test_holds_every_shared_tensor(self, spec: Spec) -> None:
        """
        The table is that of the learner: as many moments as weights.
        """
        assert spec.table == Table.of(Tensor(*each) for each in tensors(ARCHITECTURE, LEARNER))
        assert spec.table.lanes("weight") == spec.table.lanes("moment")


class TestDemo:
    def test_is_small(self) -> None:
        """
        A demo hashes every chunk many times over: it has at most 120,000 weights.
        """
        weights = sum(
            np.prod(shape) for _, shape, kind in DEMO.learner.tensors() if kind == "weight"
        )

        assert weights <= 120_000

    def test_starts_where_the_protocol_can_say_it(self) -> None:
        """
        Version 0 fits the lanes, and learning from it can be said in one round's delta.
        """
        table = Table.of(Tensor(*each) for each in tensors(ARCHITECTURE, LEARNER))
        start = init(ARCHITECTURE, LEARNER, 0)
        lanes = table.encode({name: value.numpy() for name, value in start.items()})
        adapted = {
            # Where moments end up after training, as measured: 2^-15 at the least.
            name: (value + 11 if name.startswith("moment.") else value + 1).numpy()
            for name, value in start.items()
        }

        assert np.abs(table.delta(adapted, lanes)).max() < DELTA_MAX


class TestRefuses:
    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"name": "maml"}, "no learner 'maml'"),
            ({}, "no learner None"),
            ({"name": "reptile", "steps": 3}, "no setting `steps`"),
        ],
    )
    def test_learners_it_does_not_have(self, said: dict[str, str | int], why: str) -> None:
        """
        The error names what there is not.
        """
        with pytest.raises(BadLearner, match=why):
            learner(ARCHITECTURE, said)

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"name": "sinusoid"}, "no tasks 'sinusoid'"),
            ({"name": "few-shot", "ways": 0}, "`ways` is 0, not a whole number of 1 to 1024"),
            ({"name": "few-shot", "colour": 1}, "no setting `colour`"),
        ],
    )
    def test_tasks_it_does_not_have(self, said: dict[str, str | int], why: str) -> None:
        """
        The error names what there is not.
        """
        with pytest.raises(BadTasks, match=why):
            Tasks.read(said)

    def test_tasks_of_other_ways_than_the_net(self, spec: Spec) -> None:
        """
        A net for five classes cannot answer tasks of six, and the error names both.
        """
        from dataclasses import replace

        other = replace(spec, tasks={"name": "few-shot", "ways": 6})
        with pytest.raises(LearningError, match="6 ways, the net tells 5 apart"):
            tasks_of(other)
