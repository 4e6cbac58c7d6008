"""Flower's processes get a clean environment, and a bundle that holds no code."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonroot.base.errors import ChildDied, ProcessError
from commonroot.base.flower import (
    FlowerRefused,
    Workplace,
    executor,
    python,
    superlink,
    supernode,
    wait_until_open,
)
from commonroot.base.processes import Children, free_port


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """Return a workplace that is ready."""
    made = Workplace(tmp_path / "place")
    made.prepare()
    return made


@pytest.fixture
def children() -> Iterator[Children]:
    """Return processes that end with the test."""
    with Children() as started:
        yield started


class TestEnvironment:
    def test_passes_nothing_on_that_is_not_listed(
        self, place: Workplace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A password, a token and a search path that somebody exported stay outside.
        """
        for name in ("COMMONROOT_PASSWORD", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "LD_PRELOAD"):
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("OMP_NUM_THREADS", "1")

        environment = place.environment()

        assert "secret" not in environment.values()
        assert environment["OMP_NUM_THREADS"] == "1"

    def test_switches_telemetry_off(self, place: Workplace) -> None:
        """
        Nothing is told to anybody outside.
        """
        environment = place.environment()

        assert environment["FLWR_TELEMETRY_ENABLED"] == "0"
        assert environment["FLWR_DISABLE_UPDATE_CHECK"] == "1"
        assert environment["RAY_USAGE_STATS_ENABLED"] == "0"

    def test_finds_our_own_programs_first(self, place: Workplace) -> None:
        """
        Whatever flower the user has elsewhere, the installed one runs, in a home of its own.
        """
        environment = place.environment()

        assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
        assert environment["FLWR_HOME"] == str(place.flower_home)
        assert environment["HOME"] == str(place.empty)

    def test_keeps_loopback_out_of_a_proxy(
        self, place: Workplace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A proxy serves the way to the aggregator, never the way to one's own SuperNode.
        """
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
        monkeypatch.setenv("NO_PROXY", "intranet")

        environment = place.environment()

        assert environment["HTTPS_PROXY"] == "http://proxy:3128"
        assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"


class TestPrepare:
    def test_makes_a_bundle_without_code(self, place: Workplace) -> None:
        """
        What `flwr run` sends names the installed apps and is one file.
        """
        files = [path.name for path in place.bundle.rglob("*")]

        assert files == ["pyproject.toml"]
        assert "commonroot.client.app:app" in (place.bundle / "pyproject.toml").read_text()

    def test_makes_a_fresh_secret_each_time(self, place: Workplace) -> None:
        """
        An executor of a former run cannot ask for this run's tasks; others cannot read the secret.
        """
        first = place.secret.read_bytes()
        place.prepare()

        assert len(first) == 32
        assert place.secret.read_bytes() != first
        assert stat.S_IMODE(place.secret.stat().st_mode) == 0o600

    def test_leaves_an_empty_folder_to_start_in(self, place: Workplace) -> None:
        """
        Nothing lies where processes start: a package there would be what runs.
        """
        assert list(place.empty.iterdir()) == []


class TestCommands:
    def test_a_superlink_admits_registered_keys_only(self, place: Workplace) -> None:
        """
        Authentication is on, nothing is installed at run time, and no app is started by Flower.
        """
        path = Path("x")
        words = superlink(
            place, address=("127.0.0.1", 5), database=path, certificate=path, key=path
        )

        assert "--enable-supernode-auth" in words
        assert "--disable-runtime-dependency-installation" in words
        assert words[words.index("--isolation") + 1] == "process"
        assert words[words.index("--host") + 1] == "127.0.0.1"

    def test_a_supernode_quotes_its_settings(self, place: Workplace) -> None:
        """
        A path with spaces arrives whole.
        """
        settings = Path("/a home/set tings.json")
        words = supernode(
            place, superlink="h:1", certificate=settings, key=settings, port=7, settings=settings
        )

        assert words[words.index("--node-config") + 1] == 'settings="/a home/set tings.json"'

    def test_ours_run_without_the_working_folder(self, place: Workplace) -> None:
        """
        `-P` keeps whatever lies in the working folder out of Python's way.
        """
        assert python("some.module")[1:] == ["-P", "-m", "some.module"]
        assert executor(place, "client", "h:1")[1] == "-P"


class TestFlwr:
    def test_says_why_a_command_failed(self, place: Workplace, tmp_path: Path) -> None:
        """
        What Flower says in its own words comes as one error.
        """
        place.connect(f"127.0.0.1:{free_port()}", tmp_path / "no-certificate.pem")

        with pytest.raises(FlowerRefused, match=r"`flwr run` failed: .+"):
            place.run(1)


class TestWaitUntilOpen:
    def test_returns_when_somebody_listens(self, children: Children, tmp_path: Path) -> None:
        """
        A port that is open already is not waited for.
        """
        child = children.start("sleeper", ["sleep", "60"], log=tmp_path / "log")
        with socket.create_server(("127.0.0.1", 0)) as server:
            wait_until_open(child, "127.0.0.1", server.getsockname()[1])

    def test_raises_when_the_child_ends(self, children: Children, tmp_path: Path) -> None:
        """
        A child that died will not open its port, and is named.
        """
        child = children.start("The thing", ["false"], log=tmp_path / "log")

        with pytest.raises(ChildDied, match="The thing ended with status 1"):
            wait_until_open(child, "127.0.0.1", free_port())

    def test_raises_when_it_takes_too_long(self, children: Children, tmp_path: Path) -> None:
        """
        Waiting has an end, and the log is named.
        """
        child = children.start("The thing", ["sleep", "60"], log=tmp_path / "log")

        with pytest.raises(ProcessError, match="does not listen on") as caught:
            wait_until_open(child, "127.0.0.1", free_port(), patience=0.1)
        assert str(tmp_path / "log") in caught.value.hint
