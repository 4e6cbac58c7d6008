"""Drawn characters need no data, and come out the same."""

from __future__ import annotations

import torch

from commonroot.tasks.drawn import drawn


class TestDrawn:
    def test_is_the_same_for_a_seed(self) -> None:
        """
        The same seed draws the same pixels, another seed others.
        """
        assert torch.equal(drawn(2, 3, 4, seed=1).images, drawn(2, 3, 4, seed=1).images)
        assert not torch.equal(drawn(2, 3, 4, seed=1).images, drawn(2, 3, 4, seed=2).images)

    def test_names_alphabets_and_characters(self) -> None:
        """
        Names group characters by alphabet, so that a federation can be dealt whole alphabets.
        """
        characters = drawn(2, 2, 1, seed=1)

        assert characters.names == (
            "drawn01/character01",
            "drawn01/character02",
            "drawn02/character01",
            "drawn02/character02",
        )
        assert [part.classes for part in characters.partition(2)] == [2, 2]

    def test_looks_like_omniglot(self) -> None:
        """
        28 × 28 pixels of one bit, mostly paper, and some ink on every drawing.
        """
        images = drawn(4, 10, 5, seed=3).images

        assert images.shape == (40, 5, 28, 28)
        assert set(images.unique().tolist()) == {0, 255}
        ink = (images == 0).float().mean((2, 3))
        assert ink.min() > 0 and ink.max() < 0.4

    def test_draws_no_character_twice_alike(self) -> None:
        """
        Each hand is another, so that one example does not show the rest.
        """
        images = drawn(3, 5, 6, seed=5).images.flatten(0, 1).flatten(1)

        assert len(images.unique(dim=0)) == 90
