"""`commonroot devchain` is the same chain, with the command line's manners."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from tests.devchain.samples import Served

from commonroot.cli import root

WORDS = [sys.executable, "-m", "commonroot.cli.root", "devchain", "--port", "0"]


class TestDevchain:
    @pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_runs_until_it_is_told_to_stop(self, number: int, status: int) -> None:
        """
        It says one line when it is ready, and ends with the right status and no traceback.
        """
        with subprocess.Popen(
            [*WORDS, "--json", "--chain-id", "9"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert Served(process, ready).call("eth_chainId") == "0x9"
            process.send_signal(number)
            _, said = process.communicate(timeout=10)

        assert process.returncode == status
        assert "Traceback" not in said

    def test_says_what_to_do_about_a_taken_port(
        self, devchain: Served, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        One sentence, a hint, status 1.
        """
        port = devchain.url.rsplit(":", 1)[1]

        assert root.run(["devchain", "--port", port]) == 1

        said = capsys.readouterr().err
        assert f"Port {port} on 127.0.0.1 is taken." in said
        assert "choose another port" in said

    def test_says_what_to_do_about_an_unusable_folder(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A journal that is damaged in the middle is named, with what to do.
        """
        folder = tmp_path / "chain"
        folder.mkdir()
        (folder / "chain.journal").write_bytes(b"CRj1" + bytes(8) + record())

        assert root.run(["devchain", "--port", "0", "--state", str(folder)]) == 1

        said = " ".join(capsys.readouterr().err.split())
        assert "is damaged at byte 0" in said
        assert "Restore the file from a copy" in said


def record() -> bytes:
    """Return the bytes of an intact record that says nothing."""
    payload = b"\xc0"
    head = b"CRj1" + len(payload).to_bytes(4) + zlib.crc32(payload).to_bytes(4)
    return head + zlib.crc32(head).to_bytes(4) + payload
