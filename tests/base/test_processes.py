"""Children end with their grandchildren, whoever ends first, and a dead one is reported."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commonroot.base.errors import ChildDied, DiskFull, PortTaken, ProcessError, UsageError
from commonroot.base.processes import Child, Children, free_port, require_free

SLEEPS = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
FAMILY = f"""
import subprocess, sys, time
below = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}])
print(below.pid, flush=True)
time.sleep(600)
"""
PARENT = f"""
import sys, time
from pathlib import Path
from commonroot.base.processes import Children

code, log = {STUBBORN!r} + "; print('ready', flush=True); time.sleep(600)", Path(sys.argv[1])
with Children() as children:
    child = children.start("sleeper", [sys.executable, "-c", code], log=log)
    while not log.read_text():
        time.sleep(0.01)
    print(child.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def children() -> Iterator[Children]:
    """Children that are all gone after the test."""
    with Children() as those:
        yield those


def start(children: Children, code: str, log: Path) -> Child:
    """Start a child that runs some Python."""
    return children.start("the child", [sys.executable, "-c", code], log=log)


def wait_for(what: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it does not in a minute."""
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be buried does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def printed_pid(log: Path) -> int:
    """Return the process number that a child printed."""
    wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
    return int(log.read_text())


class TestStop:
    def test_ends_grandchildren_too(self, children: Children, tmp_path: Path) -> None:
        """
        What a child started ends with it.
        """
        child = start(children, FAMILY, tmp_path / "log")
        below = printed_pid(tmp_path / "log")

        child.stop()

        assert not child.alive()
        wait_for(lambda: not runs(below))

    def test_ends_grandchildren_of_a_dead_child(self, children: Children, tmp_path: Path) -> None:
        """
        A child that was killed leaves nobody behind either.
        """
        child = start(children, FAMILY, tmp_path / "log")
        below = printed_pid(tmp_path / "log")
        os.kill(child.process.pid, signal.SIGKILL)
        wait_for(lambda: not child.alive())
        assert runs(below)

        child.stop()

        wait_for(lambda: not runs(below))

    def test_asks_first(self, children: Children, tmp_path: Path) -> None:
        """
        A child that tidies up when asked gets the time to.
        """
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('tidy')))\n"
            "print('ready', flush=True)\n"
            "time.sleep(600)"
        )
        child = start(children, code, tmp_path / "log")
        wait_for(lambda: (tmp_path / "log").read_text() == "ready\n")

        child.stop(grace=60)

        assert (tmp_path / "log").read_text() == "ready\ntidy\n"
        assert child.process.returncode == 0

    def test_ends_the_stubborn(self, children: Children, tmp_path: Path) -> None:
        """
        A child that does not listen is ended all the same.
        """
        code = f"{STUBBORN}; print('ready', flush=True); time.sleep(600)"
        child = start(children, code, tmp_path / "log")
        wait_for(lambda: (tmp_path / "log").read_text() == "ready\n")

        child.stop(grace=0.1)

        assert child.process.returncode == -signal.SIGKILL

    def test_may_be_said_twice(self, children: Children, tmp_path: Path) -> None:
        """
        Stopping what has stopped does nothing.
        """
        child = start(children, "", tmp_path / "log")
        child.stop()
        child.stop()

        assert not child.alive()


class TestCrash:
    def test_ends_descendants_in_groups_of_their_own(
        self, children: Children, tmp_path: Path
    ) -> None:
        """
        A crash takes those along that made themselves independent, as a power cut does.
        """
        code = FAMILY.replace("Popen([", "Popen(start_new_session=True, args=[")
        child = start(children, code, tmp_path / "log")
        below = printed_pid(tmp_path / "log")

        child.crash()

        assert child.process.returncode == -signal.SIGKILL
        wait_for(lambda: not runs(below))


class TestChildren:
    def test_all_end_with_the_block(self, tmp_path: Path) -> None:
        """
        Whatever leaves the block, nobody is left behind.
        """
        with pytest.raises(KeyboardInterrupt), Children() as those:
            started = [start(those, SLEEPS, tmp_path / str(at)) for at in range(3)]
            raise KeyboardInterrupt

        assert not any(child.alive() for child in started)

    def test_end_even_if_stopping_is_broken_off(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A second Ctrl-C, while the first is being dealt with, leaves nobody behind either.
        """

        def interrupt(_: float) -> None:
            raise KeyboardInterrupt

        code = f"{STUBBORN}; print('ready', flush=True); time.sleep(600)"
        with pytest.raises(KeyboardInterrupt), Children() as those:
            started = [start(those, code, tmp_path / str(at)) for at in range(2)]
            for at in range(2):
                wait_for(lambda at=at: (tmp_path / str(at)).read_text() == "ready\n")
            monkeypatch.setattr(time, "sleep", interrupt)

        assert not any(child.alive() for child in started)

    def test_end_however_often_their_parent_is_interrupted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Somebody who leans on Ctrl-C breaks the waiting off, and not what comes after it.
        """

        def interrupted(*_: object, **__: object) -> None:
            signal.raise_signal(signal.SIGINT)

        code = f"{STUBBORN}; print('ready', flush=True); time.sleep(600)"
        with pytest.raises(KeyboardInterrupt), Children() as those:
            started = [start(those, code, tmp_path / str(at)) for at in range(2)]
            for at in range(2):
                wait_for(lambda at=at: (tmp_path / str(at)).read_text() == "ready\n")
            monkeypatch.setattr(time, "sleep", interrupted)
            monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
            raise KeyboardInterrupt
        monkeypatch.undo()

        assert [child.process.wait() for child in started] == [-signal.SIGKILL] * 2
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_end_when_their_parent_is_killed(self, tmp_path: Path) -> None:
        """
        What had no time to stop its children takes them along, even those that do not listen.
        """
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE
        )
        with parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            parent.kill()

        wait_for(lambda: not runs(child))

    def test_report_the_first_that_died(self, children: Children, tmp_path: Path) -> None:
        """
        The error names the child, its status and its log.
        """
        start(children, SLEEPS, tmp_path / "a")
        dying = start(children, "raise SystemExit(3)", tmp_path / "b")
        wait_for(lambda: not dying.alive())

        with pytest.raises(ChildDied, match="the child ended with status 3") as found:
            children.require_alive()

        assert (found.value.status, found.value.hint) == (3, f"Its log: {tmp_path / 'b'}")

    def test_say_that_one_was_killed(self, children: Children, tmp_path: Path) -> None:
        """
        A signal is called one, and is no negative status.
        """
        killed = start(children, SLEEPS, tmp_path / "a")
        killed.process.kill()
        wait_for(lambda: not killed.alive())

        with pytest.raises(ChildDied, match="the child was killed by signal 9"):
            children.require_alive()

    def test_are_all_alive_while_none_died(self, children: Children, tmp_path: Path) -> None:
        """
        Nothing is reported of children that run.
        """
        start(children, SLEEPS, tmp_path / "a")

        children.require_alive()

    def test_write_to_their_logs(self, children: Children, tmp_path: Path) -> None:
        """
        Both streams of a child end up in its own file, in a folder made for it.
        """
        log = tmp_path / "logs" / "child"
        child = start(children, "import os; os.write(1, b'out '); os.write(2, b'err')", log)
        wait_for(lambda: not child.alive())

        assert log.read_bytes() == b"out err"

    def test_get_the_environment_they_are_given(self, children: Children, tmp_path: Path) -> None:
        """
        Nothing of the parent's environment reaches a child that was given its own.
        """
        child = children.start(
            "the child",
            [sys.executable, "-c", "import os; print(sorted(os.environ))"],
            log=tmp_path / "log",
            env={"ONLY": "this", "LC_ALL": "C"},  # Python itself would add LC_CTYPE
        )
        wait_for(lambda: not child.alive())

        assert (tmp_path / "log").read_text() == "['LC_ALL', 'ONLY']\n"

    def test_name_the_log_when_the_disk_is_full(
        self, children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A child whose log cannot be written is not started.
        """

        def no_space(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "open", no_space)

        with pytest.raises(DiskFull, match="log"):
            start(children, SLEEPS, tmp_path / "log")


class TestPorts:
    def test_free_port_can_be_taken(self) -> None:
        """
        The port that is offered is one to listen on.
        """
        require_free("127.0.0.1", free_port())

    def test_taken_port_is_named(self) -> None:
        """
        Where somebody listens already, the error says where and what to do.
        """
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken") as found:
                require_free("127.0.0.1", port)

        assert "another port" in found.value.hint

    def test_left_port_is_free(self) -> None:
        """
        A port whose connections only just closed can be taken again.
        """
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                server.accept()[0].close()

        require_free("127.0.0.1", port)

    def test_foreign_address_is_not_called_taken(self) -> None:
        """
        An address that is not this machine's is another mistake than a taken port.
        """
        with pytest.raises(ProcessError, match=r"Nothing can listen on 192\.0\.2\.1:") as found:
            require_free("192.0.2.1", free_port())

        assert not isinstance(found.value, PortTaken)

    def test_port_beyond_the_last_is_misuse(self) -> None:
        """
        There is no port 65536.
        """
        with pytest.raises(UsageError, match="There is no port 65536"):
            require_free("127.0.0.1", 65536)
