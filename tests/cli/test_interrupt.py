"""A command that is interrupted leaves nothing running behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commonroot.base.settings import KEPT
from commonroot.cli import root

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""The first of the dev chain's, which everybody knows."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home that keeps its own dev chain, with the contracts on it."""
    monkeypatch.setenv("COMMONROOT_PASSWORD", "a password")
    monkeypatch.setenv("NO_COLOR", "1")
    folder, key = tmp_path / "home", tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    (folder / "chain").mkdir(parents=True)
    for words in (
        ["init", "--rpc", KEPT],
        ["wallet", "import", "default", "--key-file", str(key)],
        ["deploy"],
    ):
        assert root.run([*words, "--home", str(folder)]) == 0
    return folder


class TestKeptChain:
    def test_serves_one_command_after_another(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        What one command did on the home's own chain, the next one finds there.
        """
        capsys.readouterr()

        assert root.run(["balance", "--home", str(home)]) == 0
        assert "1000000000" in capsys.readouterr().out

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_with_an_interrupted_command(self, home: Path, number: int) -> None:
        """
        Ctrl-C and a polite kill end the command with 130, in one line, and its chain with it.
        """
        command = [sys.executable, "-m", "commonroot.cli.root", "provider", "run"]
        running = subprocess.Popen(
            [*command, "--home", str(home), "--every", "0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not _announced(home):
            assert running.poll() is None
            time.sleep(0.05)
        (chain,) = _children(running.pid)

        running.send_signal(number)
        _, said = running.communicate(timeout=60)

        assert (running.returncode, said) == (130, "Interrupted.\n")
        assert not _runs(chain)


def _announced(home: Path) -> bool:
    return any('"url"' in log.read_text() for log in (home / "logs").glob("*.log"))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # ended, and not yet collected by whoever inherited it


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in text.split()]
