"""A file is there whole or not at all, whatever happens between two lines."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from commonroot.base.errors import DiskFull
from commonroot.base.files import disk_errors, write_whole

STEPS = ["open", "fdopen", "fsync", "replace"]
"""What happens in order while a file is written."""

CRASH_AT = """
import os, sys
from pathlib import Path
from commonroot.base.files import write_whole

def crash(*args, **kwargs):
    os._exit(9)

place = Path if sys.argv[2] == "replace" else os
setattr(place, sys.argv[2], crash)
write_whole(Path(sys.argv[1]), b"new")
"""


def no_space(*_: object, **__: object) -> None:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def fail_at(step: str, monkeypatch: pytest.MonkeyPatch, failure: object = no_space) -> None:
    """Let one step of writing fail."""
    monkeypatch.setattr(Path if step == "replace" else os, step, failure)


class TestWriteWhole:
    def test_writes(self, tmp_path: Path) -> None:
        """
        The bytes are there, in folders made for them, and nothing else is.
        """
        path = tmp_path / "a" / "b" / "file"

        write_whole(path, b"new")

        assert path.read_bytes() == b"new"
        assert list(path.parent.iterdir()) == [path]

    def test_replaces(self, tmp_path: Path) -> None:
        """
        An old file gives way to the new one.
        """
        path = tmp_path / "file"
        path.write_bytes(b"a longer old one")

        write_whole(path, b"new")

        assert path.read_bytes() == b"new"

    def test_keeps_secrets_from_others(self, tmp_path: Path) -> None:
        """
        A secret has its mode from the first byte on, not from a later chmod.
        """
        path = tmp_path / "secret"

        write_whole(path, b"key", mode=0o600)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("step", STEPS)
    def test_a_crash_leaves_the_old_file(self, step: str, tmp_path: Path) -> None:
        """
        A process that dies at any step leaves the old bytes whole.
        """
        path = tmp_path / "file"
        path.write_bytes(b"old")

        ended = subprocess.run([sys.executable, "-c", CRASH_AT, str(path), step], check=False)

        assert ended.returncode == 9
        assert path.read_bytes() == b"old"

    def test_a_crash_after_the_change_leaves_the_new_file(self, tmp_path: Path) -> None:
        """
        Once it is renamed, the new file is the file, even if its folder was not synced any more.
        """
        path = tmp_path / "file"
        path.write_bytes(b"old")
        late = CRASH_AT.replace("setattr(place", "from commonroot.base import files\nsetattr(files")

        ended = subprocess.run([sys.executable, "-c", late, str(path), "_sync_folder"], check=False)

        assert ended.returncode == 9
        assert path.read_bytes() == b"new"

    @pytest.mark.parametrize("step", STEPS)
    def test_a_full_disk_is_named(
        self, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        "No space" becomes our error with the path; the old file stays, and no draft does.
        """
        path = tmp_path / "file"
        path.write_bytes(b"old")
        fail_at(step, monkeypatch)

        with pytest.raises(DiskFull, match=f"No space is left to write {path}") as failed:
            write_whole(path, b"new")

        assert "Free some space" in failed.value.hint
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_an_interruption_leaves_no_draft(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Ctrl-C between two lines leaves no half-written file behind.
        """

        def interrupt(_: int) -> None:
            raise KeyboardInterrupt

        fail_at("fsync", monkeypatch, interrupt)

        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "file", b"new")

        assert list(tmp_path.iterdir()) == []


class TestDiskErrors:
    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_translates_no_space(self, number: int) -> None:
        """
        A full disk and a used-up quota are the same to whoever has to make room.
        """
        with pytest.raises(DiskFull), disk_errors(Path("there")):
            raise OSError(number, "full")

    def test_leaves_other_errors_alone(self) -> None:
        """
        What has another cause is not called a full disk.
        """
        with pytest.raises(PermissionError), disk_errors(Path("there")):
            raise PermissionError(errno.EACCES, "denied")
