"""
Learners and tasks by what a spec says of them, and settings that were measured to work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from commonroot.learning.errors import BadLearner, BadTasks
from commonroot.learning.nets import Conv4
from commonroot.learning.reptile import Reptile
from commonroot.learning.settings import Settings, require_known, whole
from commonroot.learning.types import Params
from commonroot.protocol.spec import Spec
from commonroot.protocol.table import Kind
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.episodes import FewShot

_MOST: Final = {"ways": 1024, "training_shots": 1024, "shots": 1024, "queries": 1024}


@final
@dataclass(frozen=True, slots=True)
class Tasks:
    """Few-shot classification, as it is trained on and as it is asked."""

    ways: int = 5
    """Classes of a task."""
    training_shots: int = 10
    """Drawings of each class that a client adapts to."""
    shots: int = 1
    """Drawings of each class that whoever uses the model adapts to."""
    queries: int = 5
    """Drawings of each class that are asked afterwards."""

    @staticmethod
    def read(tasks: Settings) -> Tasks:
        """Return what a spec's `tasks` describes."""
        if tasks.get("name") != "few-shot":
            raise BadTasks(f"There are no tasks {tasks.get('name')!r}.")
        require_known(tasks, ("name", *_MOST), BadTasks)
        return Tasks(**whole(tasks, _MOST, BadTasks))

    def settings(self) -> dict[str, str | int]:
        """Return the spec's `tasks` of these tasks."""
        return {"name": "few-shot", **{field: getattr(self, field) for field in _MOST}}

    def training(self, characters: CharacterSet) -> FewShot:
        """Return a client's source; Reptile asks nothing after adapting."""
        return FewShot(characters, self.ways, self.training_shots, 0)

    def asked(self, characters: CharacterSet) -> FewShot:
        """Return a source of tasks to adapt to and to be asked about: to validate, to evaluate."""
        return FewShot(characters, self.ways, self.shots, self.queries)


@final
@dataclass(frozen=True, slots=True)
class Preset:
    """A learner, its tasks, and the schedule of the federation's steps."""

    learner: Reptile
    tasks: Tasks
    rounds: int
    step_first: int
    """Numerator of the first round's step; it changes linearly to the last round's."""
    step_last: int
    step_under: int
    """Denominator of all steps."""
    validation_tasks: int
    """Tasks from which a round's validation gradient is taken."""


DEMO: Final = Preset(
    learner=Reptile(
        Conv4(filters=32, ways=5, side=28),
        inner_lr=4e-3,
        iterations=5,
        batch=20,
        tasks=5,
        local_steps=12,
        adapt_iterations=10,
        adapt_batch=5,
    ),
    tasks=Tasks(ways=5, training_shots=20, shots=1, queries=5),
    rounds=8,
    step_first=8,
    step_last=5,
    step_under=8,
    validation_tasks=30,
)


def learner(architecture: Settings, learner: Settings) -> Reptile:
    """Build the learner that a spec's two parts describe."""
    if learner.get("name") != "reptile":
        raise BadLearner(f"There is no learner {learner.get('name')!r}.")
    return Reptile.read(Conv4.read(architecture), learner)


def learner_of(spec: Spec) -> Reptile:
    """Build the learner that a spec describes."""
    return learner(spec.architecture, spec.learner)


def tasks_of(spec: Spec) -> Tasks:
    """Return the tasks that a spec describes; refuse other ways than its net can tell apart."""
    tasks, net = Tasks.read(spec.tasks), Conv4.read(spec.architecture)
    if tasks.ways != net.ways:
        raise BadTasks(f"The tasks have {tasks.ways} ways, the net tells {net.ways} apart.")
    return tasks


def source_of(spec: Spec, characters: CharacterSet) -> FewShot:
    """Return the source that a client of a spec's program learns from."""
    return tasks_of(spec).training(characters)


def tensors(architecture: Settings, settings: Settings) -> list[tuple[str, tuple[int, ...], Kind]]:
    """Return name, shape and kind of everything that a spec's learner shares, by name."""
    return learner(architecture, settings).tensors()


def init(architecture: Settings, settings: Settings, seed: int | bytes) -> Params:
    """Return version 0 of a spec's learner; the same bytes for a seed on every machine."""
    return learner(architecture, settings).init(seed)
