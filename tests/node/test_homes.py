"""A home is made once, whole, and for its owner."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from commonroot.base.errors import SettingsError
from commonroot.node.homes import home_around, is_home, make


class TestMake:
    def test_makes_a_folder_that_nobody_else_reads(self, tmp_path: Path) -> None:
        """
        Contributions, models and logs lie in it.
        """
        made = make(tmp_path / "home")

        assert is_home(made.home)
        assert stat.S_IMODE(made.home.stat().st_mode) == 0o700

    def test_changes_no_home_that_is_there(self, tmp_path: Path) -> None:
        """
        The choices of the first one stay.
        """
        make(tmp_path / "home", rpc="http://127.0.0.1:1")

        with pytest.raises(SettingsError, match="There is a home at"):
            make(tmp_path / "home")

    def test_is_found_from_what_lies_in_it(self, tmp_path: Path) -> None:
        """
        A file knows whose it is by where it lies.
        """
        home = make(tmp_path / "home").home

        assert home_around(home / "a" / "file") == home
        assert home_around(tmp_path / "file") is None
