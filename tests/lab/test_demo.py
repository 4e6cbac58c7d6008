"""A demo's folder is its own: nothing else is cleared away for it, and two do not share it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commonroot.aggregator.lock import AlreadyRunning, alone
from commonroot.base.errors import UsageError
from commonroot.lab import demo
from commonroot.lab.acts import Options


class Played(Exception):
    """The folder was prepared, and the demo would begin."""


@pytest.fixture(autouse=True)
def _never_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(*_: Any) -> None:
        raise Played

    monkeypatch.setattr(demo, "gather", lambda *_: None)
    monkeypatch.setattr(demo, "_play", play)


def prepare(folder: Path) -> None:
    """Do all that a demo does before its first act."""
    with pytest.raises(Played):
        demo.run(Options(folder), print)


class TestFolder:
    def test_is_made_where_there_is_none(self, tmp_path: Path) -> None:
        """
        Nothing has to be there, and wallets will lie there.
        """
        prepare(tmp_path / "new" / "demo")

        assert (tmp_path / "new" / "demo").stat().st_mode & 0o077 == 0

    def test_is_emptied_of_the_last_demo(self, tmp_path: Path) -> None:
        """
        A second demo begins as the first one did, and follows no link out of its folder.
        """
        prepare(tmp_path / "demo")
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "file").touch()
        (tmp_path / "demo" / "chain").mkdir()
        (tmp_path / "demo" / "chain" / "chain.journal").touch()
        (tmp_path / "demo" / "link").symlink_to(tmp_path / "kept")

        prepare(tmp_path / "demo")

        assert [path.name for path in (tmp_path / "demo").iterdir()] == [".commonroot-demo"]
        assert (tmp_path / "kept" / "file").exists()

    def test_with_something_else_is_refused(self, tmp_path: Path) -> None:
        """
        Somebody's files are not cleared away, and nothing is put beside them.
        """
        (tmp_path / "letter").touch()

        with pytest.raises(UsageError, match="not a demo's"):
            demo.run(Options(tmp_path), print)

        assert [path.name for path in tmp_path.iterdir()] == ["letter"]

    def test_of_a_demo_that_is_played_is_refused(self, tmp_path: Path) -> None:
        """
        The second of two demos leaves the first one's files where they are.
        """
        prepare(tmp_path / "demo")
        (tmp_path / "demo" / "book.json").touch()

        with (
            alone(tmp_path / "demo" / ".commonroot-demo"),
            pytest.raises(AlreadyRunning, match="Another demo works in"),
        ):
            demo.run(Options(tmp_path / "demo"), print)

        assert (tmp_path / "demo" / "book.json").exists()
