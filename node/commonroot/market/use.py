"""A model file adapted to a few examples, beside what training from scratch makes of the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from commonroot.learning.evaluate import Accuracy, accuracy, before_and_after
from commonroot.learning.presets import learner_of, tasks_of
from commonroot.learning.reptile import Reptile
from commonroot.learning.scratch import Scratch
from commonroot.learning.types import Params
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.spec import Spec
from commonroot.store import modelfile
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.types import generator


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """What an initialization is worth on tasks it never saw."""

    before: Accuracy
    """As it is."""
    after: Accuracy
    """Adapted to each task's examples."""
    scratch: Accuracy
    """Trained from a random start on the same examples."""
    ways: int
    shots: int


def adapt(path: Path, characters: CharacterSet, *, tasks: int = 100, seed: int = 0) -> Measured:
    """Adapt a model file to tasks drawn from some characters, and measure."""
    file = modelfile.read(path)
    return measure(file.spec, file.lanes, characters, tasks=tasks, seed=seed)


def measure(
    spec: Spec, lanes: Fixed, characters: CharacterSet, *, tasks: int = 100, seed: int = 0
) -> Measured:
    """Measure a version on tasks drawn from some characters; the same for the same seed."""
    learner, asked = learner_of(spec), tasks_of(spec)
    episodes = asked.asked(characters).sample(tasks, generator(seed))
    before, after = before_and_after(learner, params(spec, lanes), episodes)
    scratch = accuracy(Scratch(learner.net), _random(learner, seed), episodes)
    return Measured(before, after, scratch, asked.ways, asked.shots)


def params(spec: Spec, lanes: Fixed) -> Params:
    """Return a version's tensors as learners take them."""
    return {name: torch.from_numpy(array) for name, array in spec.table.decode(lanes).items()}


def _random(learner: Reptile, seed: int) -> Params:
    return learner.net.init(seed)
