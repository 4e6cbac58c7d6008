"""The validation gradient of a round: on the program's public tasks, drawn from the chain's seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import torch._dynamo  # the first gradient imports it anyway, and here nobody waits for it yet

from commonroot.learning.presets import learner_of, tasks_of
from commonroot.learning.validate import gradient
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest, to_hex
from commonroot.protocol.spec import Spec
from commonroot.store.artifacts import Store
from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.types import generator

# Threads that wait for one another made it up to forty times slower on two busy cores (measured).
torch.set_num_threads(1)


def slope_of(spec: Spec, store: Store) -> Callable[[Fixed, Digest], Fixed]:
    """Return what takes the gradient at a base, on the tasks that a seed gives."""
    name = Path(to_hex(spec.validation_digest))
    characters = CharacterSet.decode(store.get(spec.validation_digest), name)
    source, learner = tasks_of(spec).asked(characters), learner_of(spec)

    def slope(base: Fixed, seed: Digest) -> Fixed:
        params = {key: torch.from_numpy(each) for key, each in spec.table.decode(base).items()}
        found = gradient(learner, params, source, spec.validation_tasks, generator(seed))
        return spec.table.gradient({key: each.numpy() for key, each in found.items()})

    return slope
