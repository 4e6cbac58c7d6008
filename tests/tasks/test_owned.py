"""A dataset is kept as it was committed to, and sources are named in one word."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from commonroot.protocol.hashing import to_address
from commonroot.protocol.records import commit
from commonroot.tasks.drawn import drawn
from commonroot.tasks.errors import FileCorrupt, FileMissing, SourceUnknown, TooFewClasses
from commonroot.tasks.owned import Owned, datasets, owned
from commonroot.tasks.sources import characters_from

ONE = to_address("0x" + "11" * 20)


class TestOwned:
    def test_keeps_what_its_root_is_over(self, tmp_path: Path) -> None:
        """
        The root can be computed again from the records and the salt that were kept.
        """
        kept = Owned.keep(datasets(tmp_path) / "mine", drawn(1, 2, 3, seed=4), "drawn:4:1x2")

        secret = (kept.folder / "salt.secret").read_bytes()
        assert (kept.root, kept.count) == commit(secret, kept.characters().records())
        assert kept.count == 6
        assert owned(tmp_path) == [kept]

    def test_shows_its_salt_to_nobody(self, tmp_path: Path) -> None:
        """
        The salt is for its owner's eyes: with it a guessed record can be tested.
        """
        kept = Owned.keep(tmp_path / "mine", drawn(1, 1, 1, seed=4), "drawn:4:1x1")

        assert stat.S_IMODE((kept.folder / "salt.secret").stat().st_mode) == 0o600

    def test_salts_afresh(self, tmp_path: Path) -> None:
        """
        The same records kept twice have two roots.
        """
        one, two = (
            Owned.keep(tmp_path / name, drawn(1, 1, 1, seed=4), "drawn:4:1x1") for name in "ab"
        )

        assert one.root != two.root

    def test_is_named_as_the_chain_names_it(self, tmp_path: Path) -> None:
        """
        The id differs from owner to owner.
        """
        kept = Owned.keep(tmp_path / "mine", drawn(1, 1, 1, seed=4), "drawn:4:1x1")

        assert kept.id_for(ONE) != kept.id_for(to_address("0x" + "22" * 20))

    def test_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        """
        A missing or damaged description names its file.
        """
        with pytest.raises(FileMissing, match=r"dataset\.json"):
            Owned.read(tmp_path)
        (tmp_path / "dataset.json").write_text('{"source": "x", "root": "0x12", "count": 1}')
        with pytest.raises(FileCorrupt, match=r"dataset\.json"):
            Owned.read(tmp_path)


class TestCharactersFrom:
    def test_draws(self) -> None:
        """
        A seed and a size say all of what is drawn.
        """
        assert characters_from("drawn:4:2x3").names == drawn(2, 3, 1, seed=4).names

    def test_cuts_parts_that_do_not_overlap(self) -> None:
        """
        The parts of a source share no class and leave none out.
        """
        parts = [characters_from(f"drawn:4:3x2#{part}/3").names for part in (1, 2, 3)]

        assert sorted(name for part in parts for name in part) == sorted(
            characters_from("drawn:4:3x2").names
        )

    def test_reads_a_file(self, tmp_path: Path) -> None:
        """
        What was saved comes back.
        """
        drawn(1, 2, 1, seed=4).save(tmp_path / "set.npz")

        assert characters_from(str(tmp_path / "set.npz")).classes == 2

    @pytest.mark.parametrize("source", ["drawn", "drawn:x", "drawn:4:0x2", "a.txt", "drawn:4#3/2"])
    def test_refuses_other_words(self, source: str) -> None:
        """
        What names no source is quoted back.
        """
        with pytest.raises(SourceUnknown, match="is no source"):
            characters_from(source)

    def test_refuses_more_parts_than_alphabets(self) -> None:
        """
        An alphabet is never divided.
        """
        with pytest.raises(TooFewClasses):
            characters_from("drawn:4:2x2#1/3")
