"""One aggregator at a time."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from commonroot.aggregator.lock import AlreadyRunning, alone

HOLDER = """
import sys, pathlib, time
from commonroot.aggregator.lock import alone
with alone(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


class TestAlone:
    def test_can_be_held_again_after_it_was_left(self, tmp_path: Path) -> None:
        """
        Leaving the block gives the lock back.
        """
        for _ in range(2):
            with alone(tmp_path / "folder" / "lock"):
                pass

    def test_makes_a_folder_that_nobody_else_reads(self, tmp_path: Path) -> None:
        """
        What members contributed will lie beside the lock.
        """
        with alone(tmp_path / "folder" / "lock"):
            pass

        assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700

    def test_is_refused_while_another_process_holds_it(self, tmp_path: Path) -> None:
        """
        The second is told so; when the first is killed, the system gives its lock back.
        """
        path = tmp_path / "lock"
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE)
        with holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            with pytest.raises(AlreadyRunning, match="Another aggregator works in"), alone(path):
                pass
            holder.kill()
        with alone(path, patience=10.0):
            pass
