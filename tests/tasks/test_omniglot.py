"""Omniglot is read from its official archives, or the error names what is wrong with them."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.errors import FileCorrupt, FileMissing
from commonroot.tasks.omniglot import BACKGROUND, EVALUATION, omniglot

REAL = Path(
    os.environ.get("COMMONROOT_OMNIGLOT")
    or Path(__file__).parents[3] / "shared" / "data" / "omniglot"
)


def png(shade: int, side: int = 105) -> bytes:
    """Return a one-bit image, black from the top down to row `shade`."""
    pixels = np.full((side, side), 255, np.uint8)
    pixels[:shade] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert("1").save(buffer, "PNG")
    return buffer.getvalue()


def archive(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write an archive in the official layout."""
    path = folder / BACKGROUND
    with zipfile.ZipFile(path, "w") as writer:
        for name, data in files.items():
            writer.writestr(f"images_background/{name}", data)
    return path


def small() -> dict[str, bytes]:
    """Return two alphabets of two characters with two drawings each."""
    return {
        f"{alphabet}/character{character:02}/{number:04}_{drawing:02}.png": png(number + drawing)
        for alphabet, character, number in (("Latin", 1, 10), ("Latin", 2, 20), ("Greek", 1, 30))
        for drawing in (1, 2)
    }


class TestArchive:
    def test_is_read_class_by_class(self, tmp_path: Path) -> None:
        """
        Classes and drawings come in the order of their names, whatever the archive's order.
        """
        archive(tmp_path, dict(reversed(small().items())))
        characters = omniglot(tmp_path, BACKGROUND)

        assert characters.names == ("Greek/character01", "Latin/character01", "Latin/character02")
        assert characters.images.shape == (3, 2, 28, 28)
        ink = (characters.images[:, 0, :, 0] == 0).sum(1).tolist()
        assert ink == [8, 3, 6]  # rows 31, 11 and 21 of 105, by nearest neighbour to 28

    def test_stays_one_bit(self, tmp_path: Path) -> None:
        """
        Nearest neighbour mixes no shades: ink is 0 and paper 255.
        """
        archive(tmp_path, small())

        assert set(omniglot(tmp_path, BACKGROUND).images.unique().tolist()) == {0, 255}

    def test_is_decoded_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        The second time, what was decoded comes from the cache.
        """
        archive(tmp_path, small())
        first = omniglot(tmp_path, BACKGROUND, cache=tmp_path / "cache")
        monkeypatch.delattr("commonroot.tasks.omniglot._decode")
        second = omniglot(tmp_path, BACKGROUND, cache=tmp_path / "cache")

        assert torch.equal(first.images, second.images) and first.names == second.names

    def test_is_never_read_from_a_stale_cache(self, tmp_path: Path) -> None:
        """
        Another archive of the same name is decoded anew.
        """
        archive(tmp_path, small())
        omniglot(tmp_path, BACKGROUND, cache=tmp_path / "cache")
        archive(tmp_path, {"Runic/character01/1_01.png": png(5)})

        assert omniglot(tmp_path, BACKGROUND, cache=tmp_path / "cache").names == (
            "Runic/character01",
        )


class TestRefuses:
    def test_a_missing_archive(self, tmp_path: Path) -> None:
        """
        The error names the file, and the hint what to do instead.
        """
        with pytest.raises(FileMissing, match=BACKGROUND) as caught:
            omniglot(tmp_path, BACKGROUND)
        assert "--data" in caught.value.hint

    def test_what_is_no_archive(self, tmp_path: Path) -> None:
        """
        A download that broke off is named as such.
        """
        path = archive(tmp_path, small())
        path.write_bytes(path.read_bytes()[:500])

        with pytest.raises(FileCorrupt, match=BACKGROUND):
            omniglot(tmp_path, BACKGROUND)

    def test_a_damaged_image(self, tmp_path: Path) -> None:
        """
        The error names the archive and the image in it.
        """
        name = "Latin/character02/0020_01.png"
        archive(tmp_path, {**small(), name: png(3)[:60]})

        with pytest.raises(FileCorrupt, match=rf"{BACKGROUND}.*{name}"):
            omniglot(tmp_path, BACKGROUND)

    @pytest.mark.parametrize("place", range(40, 1400, 29))
    def test_a_damaged_byte_or_reads_past_it(self, tmp_path: Path, place: int) -> None:
        """
        Wherever a byte is wrong, what comes back is a set or an error that names the archive.
        """
        path = archive(tmp_path, small())
        data = bytearray(path.read_bytes())
        data[place % len(data)] ^= 0xFF
        path.write_bytes(data)

        try:
            assert isinstance(omniglot(tmp_path, BACKGROUND), CharacterSet)
        except FileCorrupt as exc:
            assert exc.path == path

    def test_classes_of_different_size(self, tmp_path: Path) -> None:
        """
        A character that lacks a drawing is named, with both counts.
        """
        files = small()
        del files["Greek/character01/0030_02.png"]
        archive(tmp_path, files)

        with pytest.raises(FileCorrupt, match="Greek/character01 has 1 drawings, others 2"):
            omniglot(tmp_path, BACKGROUND)

    def test_an_archive_of_something_else(self, tmp_path: Path) -> None:
        """
        A zip without characters is not Omniglot.
        """
        archive(tmp_path, {"readme.txt": b"nothing here"})

        with pytest.raises(FileCorrupt, match="it holds no"):
            omniglot(tmp_path, BACKGROUND)


@pytest.mark.skipif(not (REAL / BACKGROUND).exists(), reason="Omniglot is not at hand")
@pytest.mark.parametrize(
    ("name", "alphabets", "classes"), [(BACKGROUND, 30, 964), (EVALUATION, 20, 659)]
)
def test_the_real_archives_are_whole(name: str, alphabets: int, classes: int) -> None:
    """
    1,623 characters of 50 alphabets, 20 drawings each, every one with ink.
    """
    characters = omniglot(REAL, name)

    assert characters.images.shape == (classes, 20, 28, 28)
    assert len({each.partition("/")[0] for each in characters.names}) == alphabets
    assert (characters.images == 0).flatten(2).any(2).all()
