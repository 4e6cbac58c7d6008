"""
The README's promises, played once as a newcomer would: the demo, then every command as it stands there.

Takes two minutes on two idle cores, with real processes all the way.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.federation.village import processes_with

from commonroot.base.processes import free_port

pytestmark = [
    pytest.mark.federation,
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc"),
]

README = Path(__file__).resolve().parents[2] / "README.md"


@dataclass(frozen=True)
class Played:
    """A demo that has ended, in the folder it was started from."""

    folder: Path
    said: str
    summary: dict[str, Any]
    left: list[str]

    @property
    def model(self) -> Path:
        """Return the file that the buyer pulled."""
        return Path(self.summary["model"]["file"])


@dataclass(frozen=True)
class Said:
    """What became of a script, and all that it printed."""

    status: int
    text: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the demo with its defaults."""
    folder = tmp_path_factory.mktemp("newcomer")
    done = shell("commonroot demo", folder)
    assert done.status == 0, done.text
    summary = json.loads((folder / ".commonroot/demo/summary.json").read_text())
    return Played(folder, done.text, summary, processes_with(str(folder)))


def shell(script: str, folder: Path) -> Said:
    """Run a script as a person would in a terminal there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMONROOT_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env={**kept, "PATH": path, "NO_COLOR": "1"},
            # Into a file: a pipe would not end before what a broken script left behind.
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        status = process.wait()
        if status != 0:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        said.seek(0)
        return Said(status, said.read())


def left_after_a_while(folder: Path) -> list[str]:
    """Return the processes of a folder once they had time to end by themselves."""
    deadline = time.monotonic() + 60
    while (left := processes_with(str(folder))) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left


class TestDemo:
    def test_every_round_is_final(self, played: Played) -> None:
        """
        Eight rounds with four nodes, whatever two of them did.
        """
        assert (played.summary["rounds"], played.summary["nodes"]) == (8, 4)
        assert all(f"Round {number}: version {number}" in played.said for number in range(1, 9))

    def test_poison_and_crash_are_named(self, played: Played) -> None:
        """
        Which node, which round, and why.
        """
        (poisoned,), (crashed,) = played.summary["quarantined"], played.summary["crashed"]
        assert (poisoned["name"], poisoned["round"]) == ("node-3", 3)
        assert "the gate admits" in poisoned["why"]
        assert (crashed["name"], crashed["round"]) == ("node-4", 5)

    def test_learning_to_learn_helps(self, played: Played) -> None:
        """
        On characters that no node had, the last version beats version 0 and training from scratch.
        """
        accuracy = played.summary["accuracy"]
        best = accuracy["last"]["after"]
        assert best > accuracy["scratch"] + accuracy["interval"]
        assert best > accuracy["version_0"]["after"] + accuracy["interval"]
        assert best > accuracy["last"]["before"]

    def test_sums_are_exact(self, played: Played) -> None:
        """
        What was paid out is what was paid, within the budget; the price is shared out to a few units.
        """
        summary = played.summary
        income = sum(summary["licence"]["income"].values())
        assert sum(summary["payouts"].values()) == summary["paid"] <= summary["budget"]
        assert 0 <= summary["licence"]["price"] - income <= len(summary["licence"]["income"])

    def test_the_last_version_was_computed_again(self, played: Played) -> None:
        """
        Verified means that the recomputation ran and gave the root on chain.
        """
        assert played.summary["verified"] is True
        assert played.model.exists()

    def test_no_process_is_left(self, played: Played) -> None:
        """
        Everything that the demo started has ended.
        """
        assert played.left == []


class TestReadme:
    def test_one_flipped_bit_is_found(self, played: Played) -> None:
        """
        The answer names the version and the chunk, and the exit status says no.
        """
        data = bytearray(played.model.read_bytes())
        data[len(data) // 2] ^= 1
        damaged = played.model.with_name("damaged.safetensors")
        damaged.write_bytes(data)

        done = shell(f"commonroot verify {damaged}", played.folder)

        assert done.status == 1
        assert "not version 8 of model 1" in " ".join(done.text.split())
        assert re.search(r"chunk \d+", done.text)

    def test_every_command_works_as_pasted(self, played: Played) -> None:
        """
        All of the README's shell blocks, one after another, in one shell.
        """
        blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
        port = free_port()
        script = "".join(blocks).replace("source .venv/bin/activate\n", "")
        script = script.replace("--block-time 1", f"--block-time 1 --port {port}")
        script = script.replace(":8545", f":{port}")

        done = shell(script, played.folder)

        assert done.status == 0, done.text
        assert "All 2 rounds are final." in done.text
        assert left_after_a_while(played.folder) == []
