"""A home and its wallets are made from the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from commonroot.cli import root


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COMMONROOT_PASSWORD", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a fresh home."""
    folder = tmp_path / "home"
    assert root.run(["init", "--home", str(folder), "--rpc", "http://127.0.0.1:1"]) == 0
    return folder


class TestInit:
    def test_keeps_the_choices(self, home: Path) -> None:
        """
        What was chosen stands in the home's settings.
        """
        assert json.loads((home / "settings.json").read_text())["rpc"] == "http://127.0.0.1:1"

    def test_changes_no_home(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A second `init` leaves the first one's choices alone.
        """
        before = (home / "settings.json").read_bytes()

        assert root.run(["init", "--home", str(home), "--rpc", "http://127.0.0.1:2"]) == 2
        assert "already" in capsys.readouterr().err
        assert (home / "settings.json").read_bytes() == before

    @pytest.mark.parametrize("book", ["none.json", "junk.json"])
    def test_makes_no_home_with_an_unusable_book(
        self, tmp_path: Path, book: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A book that is missing or none leaves nothing behind.
        """
        (tmp_path / "junk.json").write_text("{}")

        assert (
            root.run(["init", "--home", str(tmp_path / "h"), "--book", str(tmp_path / book)]) == 1
        )
        assert book in capsys.readouterr().err
        assert not (tmp_path / "h").exists()


class TestWallet:
    def test_is_made_and_listed(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        The address is the same when made and when listed, and the file is for its owner alone.
        """
        monkeypatch.setenv("COMMONROOT_PASSWORD", "right")
        capsys.readouterr()

        assert root.run(["wallet", "new", "buyer", "--home", str(home), "--json"]) == 0
        made = json.loads(capsys.readouterr().out)
        assert root.run(["wallet", "list", "--home", str(home), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == [made]
        assert stat.S_IMODE((home / "wallets" / "buyer.json").stat().st_mode) == 0o600

    def test_does_not_open_to_a_wrong_password(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A wrong password is one sentence and exit 1.
        """
        monkeypatch.setenv("COMMONROOT_PASSWORD", "right")
        assert root.run(["wallet", "new", "--home", str(home)]) == 0
        monkeypatch.setenv("COMMONROOT_PASSWORD", "wrong")

        assert root.run(["wallet", "show", "--home", str(home)]) == 1
        assert "The password does not open wallet default." in capsys.readouterr().err

    def test_is_asked_for_a_password(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Without a password and without a person there is no wallet.
        """
        assert root.run(["wallet", "new", "--home", str(home)]) == 2
        assert "COMMONROOT_PASSWORD" in capsys.readouterr().err

    def test_that_is_not_there_is_named(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        An unknown wallet is named, with the command that lists those there are.
        """
        monkeypatch.setenv("COMMONROOT_PASSWORD", "right")

        assert root.run(["wallet", "show", "nobody", "--home", str(home)]) == 1
        assert "There is no wallet nobody" in capsys.readouterr().err
