"""A home's choices are read once, and what cannot be read is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonroot.base.errors import SettingsError
from commonroot.base.settings import Settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "RPC", "STORE", "WALLET"):
        monkeypatch.delenv(f"COMMONROOT_{name}", raising=False)


def test_a_bare_home_has_defaults_one_can_run(tmp_path: Path) -> None:
    """
    Nothing has to be chosen before the first command.
    """
    assert Settings.read(tmp_path) == Settings(
        tmp_path, "http://127.0.0.1:8545", "store", "default"
    )


def test_writing_is_kept(tmp_path: Path) -> None:
    """
    What was chosen once holds for later commands.
    """
    Settings(tmp_path, rpc="http://127.0.0.1:9", wallet="anna").write()

    assert Settings.read(tmp_path).rpc == "http://127.0.0.1:9"
    assert Settings.read(tmp_path).wallet == "anna"


def test_a_choice_comes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The closest word counts: flag, environment, file, default.
    """
    Settings(tmp_path, rpc="http://file", store="file", wallet="file").write()
    monkeypatch.setenv("COMMONROOT_RPC", "http://environment")
    monkeypatch.setenv("COMMONROOT_STORE", "environment")

    found = Settings.read(tmp_path, rpc="http://flag", store=None)

    assert (found.rpc, found.store, found.wallet) == ("http://flag", "environment", "file")


def test_the_environment_names_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without --home, COMMONROOT_HOME says where things are, else `.commonroot` here.
    """
    monkeypatch.chdir(tmp_path)
    assert Settings.read().home == tmp_path / ".commonroot"

    monkeypatch.setenv("COMMONROOT_HOME", str(tmp_path / "elsewhere"))
    assert Settings.read().home == tmp_path / "elsewhere"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """
    A command that only looks leaves no folder behind.
    """
    Settings.read(tmp_path / "home")

    assert list(tmp_path.iterdir()) == []


def test_a_store_is_a_folder_of_the_home_or_an_address(tmp_path: Path) -> None:
    """
    A plain name lies in the home; what has a scheme is taken as it is.
    """
    assert Settings(tmp_path).store_url == str(tmp_path / "store")
    assert Settings(tmp_path, store="/srv/store").store_url == "/srv/store"
    assert Settings(tmp_path, store="s3://bucket").store_url == "s3://bucket"


def test_another_home_has_the_same_choices(tmp_path: Path) -> None:
    """
    Four nodes of one demo differ in their homes alone.
    """
    there = Settings(tmp_path, rpc="http://x").at(tmp_path / "node")

    assert (there.home, there.rpc) == (tmp_path / "node", "http://x")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("\x00", "cannot be read"),
        pytest.param("[" * 200_000, "cannot be read", id="deep"),
        ("[]", "does not know"),
        ("null", "does not know"),
        ('{"rpc": 5}', "does not know"),
        (json.dumps({"colour": "red"}), "does not know"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str, why: str) -> None:
    """
    One sentence names the file and what to do; the status is that of misuse.
    """
    (tmp_path / "settings.json").write_text(text)

    with pytest.raises(SettingsError, match=why) as failed:
        Settings.read(tmp_path)

    assert str(tmp_path / "settings.json") in str(failed.value)
    assert failed.value.hint == "Mend it or delete it."
    assert failed.value.exit_status == 2


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """
    Bytes that are no UTF-8 are an error of ours too.
    """
    (tmp_path / "settings.json").write_bytes(b"\xff\xfe")

    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.read(tmp_path)
