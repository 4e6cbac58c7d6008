"""A model file is adapted to tasks it never saw, beside training from scratch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from commonroot.base.errors import UsageError
from commonroot.learning.nets import Conv4
from commonroot.learning.presets import DEMO
from commonroot.market.use import adapt, answers, measure
from commonroot.node.planning import Choices, plan
from commonroot.protocol import tree
from commonroot.protocol.hashing import keccak, to_address
from commonroot.store import modelfile
from commonroot.store.errors import NoModelFile, TensorsDamaged
from commonroot.store.modelfile import ModelFile, Origin
from commonroot.tasks.drawn import drawn
from commonroot.tasks.errors import FileCorrupt, FileMissing

SMALL = replace(DEMO, learner=replace(DEMO.learner, net=Conv4(filters=2, ways=5, side=28)))
TASKS = drawn(1, 6, 8, seed=2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a model file of a small net."""
    torch.set_num_threads(1)
    planned = plan(Choices("Small"), drawn(1, 6, 8, seed=1), SMALL)
    root = tree.vector_root(planned.seed)
    origin = Origin(1, keccak(b"genesis"), to_address("0x" + "11" * 20), 1, 0, root)
    path = tmp_path / "model.safetensors"
    modelfile.write(path, ModelFile.of(origin, planned.spec, planned.seed))
    return path


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return a folder of five classes with two images each."""
    folder = tmp_path / "images"
    for label, drawings in zip("abcde", TASKS.images[:5, :2].numpy(), strict=True):
        (folder / label).mkdir(parents=True)
        for number, drawing in enumerate(drawings):
            Image.fromarray(drawing).save(folder / label / f"{number}.png")
    return folder


class TestAdapt:
    def test_measures_the_file(self, file: Path) -> None:
        """
        Before, after and scratch are measured on the same tasks, and a seed names them.
        """
        found, read = adapt(file, TASKS, tasks=3, seed=5), modelfile.read(file)

        assert found == measure(read.spec, read.lanes, TASKS, tasks=3, seed=5)
        assert (found.ways, found.shots, found.after.tasks) == (5, 1, 3)
        assert all(0 <= each.mean <= 1 for each in (found.before, found.after, found.scratch))

    def test_needs_a_model_file(self, tmp_path: Path) -> None:
        """
        A missing file is named.
        """
        with pytest.raises(NoModelFile, match="nothing"):
            adapt(tmp_path / "nothing", TASKS)

    def test_refuses_a_damaged_file(self, file: Path) -> None:
        """
        One flipped bit is named by its chunk, without a chain, and nothing is measured with it.
        """
        data = bytearray(file.read_bytes())
        data[-32 * modelfile.read(file).spec.table.chunks() - 1] ^= 1
        file.write_bytes(data)

        with pytest.raises(TensorsDamaged, match=r"chunk \d+ .* is damaged"):
            adapt(file, TASKS)


class TestAnswers:
    def test_are_one_for_each_image_beyond_the_examples(self, file: Path, images: Path) -> None:
        """
        The first image of a class is learned from, the others are asked about.
        """
        found = answers(file, images)

        assert [each.label for each in found] == list("abcde")
        assert all(each.file.name == "1.png" for each in found)
        assert {each.said for each in found} <= set("abcde")

    def test_know_an_example_again(self, file: Path, images: Path) -> None:
        """
        Asked about the very image it has learned from, the model says what it was told.
        """
        for label in "abcde":
            (images / label / "1.png").write_bytes((images / label / "0.png").read_bytes())

        assert sum(each.said == each.label for each in answers(file, images)) >= 3

    def test_need_as_many_classes_as_the_model_tells_apart(self, file: Path, images: Path) -> None:
        """
        Both numbers are named.
        """
        (images / "f").mkdir()

        with pytest.raises(UsageError, match=r"tells 5 classes apart; .* has 6"):
            answers(file, images)

    def test_need_something_to_ask(self, file: Path, images: Path) -> None:
        """
        With examples only there is nothing to answer.
        """
        for label in "abcde":
            (images / label / "1.png").unlink()

        with pytest.raises(UsageError, match="too few images"):
            answers(file, images)

    def test_need_readable_images(self, file: Path, images: Path) -> None:
        """
        A file that is no image is named, and so is a missing folder.
        """
        (images / "c" / "1.png").write_bytes(b"junk")

        with pytest.raises(FileCorrupt, match=r"1\.png"):
            answers(file, images)
        with pytest.raises(FileMissing, match="nowhere"):
            answers(file, images / "nowhere")
