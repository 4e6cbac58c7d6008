"""A person's images are read class by class, and a file that is none is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from commonroot.tasks.errors import FileCorrupt, FileMissing
from commonroot.tasks.folder import pictures


def _image(path: Path, gray: int, size: tuple[int, int] = (8, 8)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, gray).save(path)


class TestPictures:
    def test_come_class_by_class(self, tmp_path: Path) -> None:
        """
        Folders are classes, in the order of their names; ink is 0 and paper 1.
        """
        _image(tmp_path / "b" / "1.png", 255)
        _image(tmp_path / "a" / "2.png", 0)
        _image(tmp_path / "a" / "1.png", 51)
        (tmp_path / "a" / "notes.txt").write_text("no image")

        found = pictures(tmp_path, 4)

        assert [[each.file.name for each in part] for part in found] == [
            ["1.png", "2.png"],
            ["1.png"],
        ]
        assert [[each.label for each in part] for part in found] == [["a", "a"], ["b"]]
        assert [float(part[0].image.mean()) for part in found] == pytest.approx([0.2, 1.0])
        assert tuple(found[0][0].image.shape) == (1, 4, 4)

    def test_are_not_read_where_they_would_fill_the_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A small file can unpack to a huge image; it is refused before it does.
        """
        _image(tmp_path / "a" / "1.png", 0, (5_000, 4_000))

        with pytest.raises(FileCorrupt, match="16 million pixels"):
            pictures(tmp_path, 4)
        for most in (
            9_000_000,
            15_000_000,
        ):  # the library's own bounds, one a warning, one an error
            monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
            with pytest.raises(FileCorrupt, match="16 million pixels"):
                pictures(tmp_path, 4)

    def test_are_images(self, tmp_path: Path) -> None:
        """
        Junk, half a file and a missing folder are named.
        """
        _image(tmp_path / "a" / "1.png", 0)
        whole = (tmp_path / "a" / "1.png").read_bytes()

        for data in (b"junk", whole[:40]):
            (tmp_path / "a" / "1.png").write_bytes(data)
            with pytest.raises(FileCorrupt, match=r"1\.png"):
                pictures(tmp_path, 4)
        with pytest.raises(FileMissing, match="nowhere"):
            pictures(tmp_path / "nowhere", 4)
