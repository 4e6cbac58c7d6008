"""A set of characters knows its records, its parts and its file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.errors import FileCorrupt, FileMissing, TooFewClasses, WrongImages


def numbered(names: tuple[str, ...], drawings: int = 2, side: int = 2) -> CharacterSet:
    """Return a set whose drawings are each of one shade, counted from 0."""
    shades = torch.arange(len(names) * drawings, dtype=torch.uint8)
    images = shades.reshape(-1, drawings, 1, 1).expand(-1, -1, side, side)
    return CharacterSet(images.contiguous(), names)


class TestRecords:
    def test_have_one_layout(self) -> None:
        """
        A record is its class's name, its number, its size and its pixels.
        """
        *_, last = numbered(("a/x", "b/é")).records()

        assert last == b"\x00\x04b/\xc3\xa9" + b"\x00\x01\x00\x02\x00\x02" + b"\x03" * 4

    def test_are_as_many_as_drawings(self) -> None:
        """
        Every drawing of every class is a record, and no two are alike.
        """
        characters = numbered(("a/x", "a/y", "b/x"), drawings=3)

        assert len(set(characters.records())) == len(characters) == 9


class TestPartition:
    def test_deals_whole_alphabets(self) -> None:
        """
        No alphabet is in two parts, nothing is lost, and the parts are about equal.
        """
        names = tuple(f"{alphabet}/{number}" for alphabet in "abcde" for number in range(4))
        parts = numbered(names).partition(2)

        alphabets = [{name[0] for name in part.names} for part in parts]
        assert not alphabets[0] & alphabets[1]
        assert sorted(parts[0].names + parts[1].names) == sorted(names)
        assert sorted(part.classes for part in parts) == [8, 12]

    def test_keeps_images_with_their_names(self) -> None:
        """
        A class has the same drawings in its part as it had in the whole.
        """
        whole = numbered(("a/1", "b/1", "a/2", "c/1"))
        for part in whole.partition(3):
            for index, name in enumerate(part.names):
                assert torch.equal(part.images[index], whole.images[whole.names.index(name)])

    @pytest.mark.parametrize("parts", [0, 3])
    def test_refuses_more_parts_than_alphabets(self, parts: int) -> None:
        """
        The error names both numbers.
        """
        with pytest.raises(TooFewClasses, match=rf"{parts} classes are needed .* the set has 2"):
            numbered(("a/1", "b/1")).partition(parts)


class TestRotated:
    def test_makes_each_turn_a_class(self) -> None:
        """
        Four quarter turns, each with a name of its own.
        """
        corner = torch.zeros(1, 1, 2, 2, dtype=torch.uint8)
        corner[0, 0, 0, 0] = 255
        turned = CharacterSet(corner, ("a/x",)).rotated()

        assert turned.names == ("a/x@0", "a/x@90", "a/x@180", "a/x@270")
        assert [drawing.flatten().argmax().item() for drawing in turned.images] == [0, 2, 3, 1]


class TestFile:
    def test_gives_back_what_was_saved(self, tmp_path: Path) -> None:
        """
        Images and names survive, and the same set has the same bytes.
        """
        saved = numbered(("a/x", "b/é"))
        saved.save(tmp_path / "set.npz")
        loaded = CharacterSet.load(tmp_path / "set.npz")

        assert torch.equal(loaded.images, saved.images)
        assert loaded.names == saved.names
        assert loaded.encode() == saved.encode()

    def test_that_is_missing_is_named(self, tmp_path: Path) -> None:
        """
        The error says which file is not there.
        """
        with pytest.raises(FileMissing, match=r"set\.npz"):
            CharacterSet.load(tmp_path / "set.npz")

    @pytest.mark.parametrize("place", range(0, 600, 7))
    def test_that_is_damaged_is_named(self, tmp_path: Path, place: int) -> None:
        """
        Wherever a byte is wrong, what comes back is a set or an error that names the file.
        """
        data = bytearray(numbered(("a/x", "b/x")).encode())
        data[place % len(data)] ^= 0xFF
        path = tmp_path / "set.npz"
        path.write_bytes(data)

        try:
            assert isinstance(CharacterSet.load(path), CharacterSet)
        except FileCorrupt as exc:
            assert exc.path == path

    def test_that_would_unpack_to_more_is_refused(self, tmp_path: Path) -> None:
        """
        A small file cannot fill the memory: compressed entries are not read.
        """
        bomb = io.BytesIO()
        np.savez_compressed(bomb, images=np.zeros((1, 1, 999, 999), np.uint8), names=["a"])
        path = tmp_path / "set.npz"
        path.write_bytes(bomb.getvalue())

        with pytest.raises(FileCorrupt, match="compressed"):
            CharacterSet.load(path)

    def test_with_objects_is_refused(self, tmp_path: Path) -> None:
        """
        A pickle, which could run code, is not opened.
        """
        np.savez(tmp_path / "set.npz", images=np.array([{}], object), names=["a"])

        with pytest.raises(FileCorrupt, match=r"set\.npz"):
            CharacterSet.load(tmp_path / "set.npz")


class TestRefuses:
    def test_other_types_and_shapes(self) -> None:
        """
        The error says what the images are.
        """
        with pytest.raises(WrongImages, match=r"torch\.float32 of shape \[1, 1, 2, 2\]"):
            CharacterSet(torch.zeros(1, 1, 2, 2), ("a",))
        with pytest.raises(WrongImages, match=r"\[2, 2\]"):
            CharacterSet(torch.zeros(2, 2, dtype=torch.uint8), ("a", "b"))

    def test_names_that_are_not_one_each(self) -> None:
        """
        Two classes of one name would be one class in every record.
        """
        with pytest.raises(WrongImages, match="2 classes have 1 different names"):
            CharacterSet(torch.zeros(2, 1, 2, 2, dtype=torch.uint8), ("a", "a"))
