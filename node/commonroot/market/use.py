"""A model file adapted to a few examples, beside what training from scratch makes of the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from commonroot.base.errors import UsageError
from commonroot.learning.evaluate import Accuracy, accuracy, before_and_after
from commonroot.learning.presets import learner_of, tasks_of
from commonroot.learning.reptile import Reptile
from commonroot.learning.scratch import Scratch
from commonroot.learning.types import Params
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.spec import Spec
from commonroot.store import modelfile
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.folder import Picture, pictures
from commonroot.tasks.types import Episodes, Examples, generator


@final
@dataclass(frozen=True, slots=True)
class Gain:
    """What adapting an initialization brings."""

    before: Accuracy
    after: Accuracy


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
    file = modelfile.read_whole(path)
    return measure(file.spec, file.lanes, characters, tasks=tasks, seed=seed)


def measure(
    spec: Spec, lanes: Fixed, characters: CharacterSet, *, tasks: int = 100, seed: int = 0
) -> Measured:
    """Measure a version on tasks drawn from some characters; the same for the same seed."""
    learner, asked = learner_of(spec), tasks_of(spec)
    gained = gain(spec, lanes, characters, tasks=tasks, seed=seed)
    episodes = _episodes(spec, characters, tasks, seed)
    scratch = accuracy(Scratch(learner.net), _random(learner, seed), episodes)
    return Measured(gained.before, gained.after, scratch, asked.ways, asked.shots)


def gain(spec: Spec, lanes: Fixed, characters: CharacterSet, *, tasks: int, seed: int) -> Gain:
    """Measure a version on the tasks that `measure` takes, and leave training from scratch out."""
    episodes = _episodes(spec, characters, tasks, seed)
    return Gain(*before_and_after(learner_of(spec), params(spec, lanes), episodes))


def params(spec: Spec, lanes: Fixed) -> Params:
    """Return a version's tensors as learners take them."""
    return {name: torch.from_numpy(array) for name, array in spec.table.decode(lanes).items()}


def _episodes(spec: Spec, characters: CharacterSet, tasks: int, seed: int) -> Episodes:
    return tasks_of(spec).asked(characters).sample(tasks, generator(seed))


def _random(learner: Reptile, seed: int) -> Params:
    return learner.net.init(seed)


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What an adapted model says of one image."""

    file: Path
    label: str
    """The class that it lies under."""
    said: str
    """The class that the model gives it."""


def answers(path: Path, folder: Path) -> list[Answer]:
    """Adapt a model file to the first images of each class in a folder, and ask it about the others."""
    file = modelfile.read_whole(path)
    learner, asked = learner_of(file.spec), tasks_of(file.spec)
    classes = pictures(folder, learner.net.side)
    _require_fitting(classes, asked.ways, asked.shots, folder)
    support = [picture for each in classes for picture in each[: asked.shots]]
    query = [picture for each in classes for picture in each[asked.shots :]]
    labels = torch.arange(asked.ways).repeat_interleave(asked.shots)[None]
    fitted = learner.adapt(params(file.spec, file.lanes), Examples(_stacked(support), labels))
    best = learner.predict(fitted, _stacked(query)).argmax(-1)[0]
    names = [each[0].label for each in classes]
    return [
        Answer(picture.file, picture.label, names[int(index)])
        for picture, index in zip(query, best, strict=True)
    ]


def _stacked(chosen: list[Picture]) -> Tensor:
    return torch.stack([picture.image for picture in chosen])[None]


def _require_fitting(classes: list[list[Picture]], ways: int, shots: int, folder: Path) -> None:
    if len(classes) != ways:
        raise UsageError(
            f"The model tells {ways} classes apart; {folder} has {len(classes)}.",
            hint="Keep a folder for each class, and nothing else beside them.",
        )
    short = next((at for at, each in enumerate(classes) if len(each) < shots), None)
    if short is not None or not any(len(each) > shots for each in classes):
        raise UsageError(
            f"{folder} has too few images: {shots} of each class are learned from.",
            hint="Put those in, and at least one more to ask about.",
        )
