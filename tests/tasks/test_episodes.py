"""Episodes hold what they promise, and are the same for a seed."""

from __future__ import annotations

import pytest
import torch

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.errors import TooFewClasses, TooFewDrawings
from commonroot.tasks.types import Episodes, generator

CLASSES, DRAWINGS = 6, 5
NUMBERED = CharacterSet(
    torch.arange(CLASSES * DRAWINGS, dtype=torch.uint8)
    .reshape(CLASSES, DRAWINGS, 1, 1)
    .expand(-1, -1, 2, 3)
    .contiguous(),
    tuple(f"a/{number}" for number in range(CLASSES)),
)
"""Every drawing is of one shade, from which its class and number can be told."""


def sample(seed: int | bytes = 1, tasks: int = 40) -> Episodes:
    """Draw episodes of three ways, two shots and one query."""
    return FewShot(NUMBERED, ways=3, shots=2, queries=1).sample(tasks, generator(seed))


def shades(images: torch.Tensor) -> torch.Tensor:
    """Return which drawing each image is, [T, N]."""
    return (images[..., 0, 0, 0] * 255).round().long()


class TestEpisodes:
    def test_have_the_shapes_of_their_legend(self) -> None:
        """
        [T, N, C, H, W] for images and [T, N] for labels.
        """
        drawn = sample(tasks=4)

        assert drawn.support.images.shape == (4, 6, 1, 2, 3)
        assert drawn.query.images.shape == (4, 3, 1, 2, 3)
        assert drawn.support.labels.tolist() == [[0, 0, 1, 1, 2, 2]] * 4
        assert drawn.query.labels.tolist() == [[0, 1, 2]] * 4
        assert (drawn.support.tasks, drawn.support.each) == (4, 6)

    def test_label_each_class_once(self) -> None:
        """
        One label is one class, in the support set and in the query set, and no class has two.
        """
        drawn = sample()
        support = (shades(drawn.support.images) // DRAWINGS).reshape(-1, 3, 2)
        asked = shades(drawn.query.images) // DRAWINGS

        assert torch.equal(support[..., 0], support[..., 1])
        assert torch.equal(support[..., 0], asked)
        assert all(len(set(row)) == 3 for row in asked.tolist())

    def test_never_ask_what_was_shown(self) -> None:
        """
        No drawing is twice in a task.
        """
        drawn = sample()
        both = torch.cat([shades(drawn.support.images), shades(drawn.query.images)], 1)

        assert all(len(set(row)) == 9 for row in both.tolist())

    def test_use_every_drawing(self) -> None:
        """
        In enough tasks every drawing of every class turns up.
        """
        seen = shades(sample(tasks=200).support.images).flatten().tolist()

        assert set(seen) == set(range(CLASSES * DRAWINGS))

    def test_are_the_same_for_a_seed(self) -> None:
        """
        A seed, a number or bytes, fixes every pixel; all its bytes count.
        """
        assert torch.equal(sample(7).support.images, sample(7).support.images)
        one, other = sample(b"\x01" + bytes(31)), sample(b"\x02" + bytes(31))
        assert not torch.equal(one.support.images, other.support.images)
        assert torch.equal(one.query.images, sample(b"\x01" + bytes(31)).query.images)

    def test_show_ink_as_nought_and_paper_as_one(self) -> None:
        """
        255 becomes 1 exactly.
        """
        paper = CharacterSet(torch.full((1, 1, 1, 1), 255, dtype=torch.uint8), ("a",))

        assert FewShot(paper, 1, 1, 0).sample(1, generator(0)).support.images.item() == 1

    def test_may_ask_nothing(self) -> None:
        """
        A client that only adapts draws no queries.
        """
        drawn = FewShot(NUMBERED, 2, 5, 0).sample(3, generator(0))

        assert drawn.query.images.shape == (3, 0, 1, 2, 3)


class TestRefuses:
    def test_too_few_classes(self) -> None:
        """
        The error names the wanted and the found number.
        """
        with pytest.raises(TooFewClasses, match=r"7 classes are needed .* the set has 6") as caught:
            FewShot(NUMBERED, 7, 1, 1)
        assert (caught.value.wanted, caught.value.found) == (7, 6)

    def test_too_few_drawings(self) -> None:
        """
        Shots and queries are counted together.
        """
        with pytest.raises(TooFewDrawings, match=r"6 drawings of each .* the set has 5"):
            FewShot(NUMBERED, 2, 4, 2)
