"""A model file is adapted to tasks it never saw, beside training from scratch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from commonroot.learning.nets import Conv4
from commonroot.learning.presets import DEMO
from commonroot.market.use import adapt, measure
from commonroot.node.planning import Choices, plan
from commonroot.protocol import tree
from commonroot.protocol.hashing import keccak, to_address
from commonroot.store import modelfile
from commonroot.store.errors import NoModelFile
from commonroot.store.modelfile import ModelFile, Origin
from commonroot.tasks.drawn import drawn

SMALL = replace(DEMO, learner=replace(DEMO.learner, net=Conv4(filters=2, ways=5, side=28)))
TASKS = drawn(1, 6, 8, seed=2)


class TestAdapt:
    def test_measures_the_file(self, tmp_path: Path) -> None:
        """
        Before, after and scratch are measured on the same tasks, and a seed names them.
        """
        torch.set_num_threads(1)
        planned = plan(Choices("Small"), drawn(1, 6, 8, seed=1), SMALL)
        root = tree.vector_root(planned.seed)
        origin = Origin(1, keccak(b"genesis"), to_address("0x" + "11" * 20), 1, 0, root)
        path = tmp_path / "model.safetensors"
        modelfile.write(path, ModelFile.of(origin, planned.spec, planned.seed))

        found = adapt(path, TASKS, tasks=3, seed=5)

        assert found == measure(planned.spec, planned.seed, TASKS, tasks=3, seed=5)
        assert (found.ways, found.shots, found.after.tasks) == (5, 1, 3)
        assert all(0 <= each.mean <= 1 for each in (found.before, found.after, found.scratch))

    def test_needs_a_model_file(self, tmp_path: Path) -> None:
        """
        A missing file is named.
        """
        with pytest.raises(NoModelFile, match="nothing"):
            adapt(tmp_path / "nothing", TASKS)
