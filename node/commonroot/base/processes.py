"""
Child processes that do not outlive their parent: a group each, a log each, stopped in order.

Leaving a `Children` block stops them. Should the parent itself be killed, Linux kills its children, and
theirs with them; elsewhere they are only stopped by a parent that still runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import final

from commonroot.base.errors import ChildDied, PortTaken, ProcessError, UsageError
from commonroot.base.files import disk_errors

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_ASKING_TO_END = (signal.SIGINT, signal.SIGTERM)


@final
@dataclass(frozen=True, slots=True)
class Child:
    """A running process, the leader of its own group, writing to its own log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def alive(self) -> bool:
        """Say whether the process still runs."""
        return self.process.poll() is None

    def require_alive(self) -> None:
        """Raise if the process has ended."""
        status = self.process.poll()
        if status is not None:
            raise ChildDied(self.name, status, str(self.log))

    def stop(self, grace: float = 5.0) -> None:
        """End the process and everything it started; politely first."""
        _signal_group(self.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and (self.alive() or _group_lives(self.process.pid)):
            time.sleep(0.05)
        self.crash()

    def crash(self) -> None:
        """End the process and all its descendants at once, as a power cut would."""
        # The groups of grandchildren are their own, so they must be found before their parent is gone.
        below = _descendants(self.process.pid) if self.alive() else []
        _signal_group(self.process.pid, signal.SIGKILL)
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@final
class Children:
    """The processes one command started; leaving the `with` block stops them all, last first."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _interrupted_once_at_most():
            try:
                self._stop()
            finally:
                # A second Ctrl-C breaks the waiting off, and still leaves nobody behind.
                for child in self._children:
                    child.crash()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Child:
        """Start `command` in a process group of its own."""
        with disk_errors(log):
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(env) if env is not None else None,
                    cwd=cwd,
                    process_group=0,
                    preexec_fn=end_with_parent if _LIBC else None,  # noqa: PLW1509 - takes no lock
                )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def require_alive(self) -> None:
        """Raise for the first child that has ended."""
        for child in self._children:
            child.require_alive()

    def _stop(self) -> None:
        # Everyone is asked first, so that waiting for one does not add to waiting for the next.
        for child in reversed(self._children):
            _signal_group(child.process.pid, signal.SIGTERM)
        for child in reversed(self._children):
            child.stop()


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Raise if something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from exc
            raise ProcessError(
                f"Nothing can listen on {host}:{port}: {exc.strerror}.",
                hint="Choose an address of this machine, and a port from 1024 on.",
            ) from exc
        except OverflowError as exc:
            raise UsageError(f"There is no port {port}; ports end at 65535.") from exc


@contextlib.contextmanager
def _interrupted_once_at_most() -> Iterator[None]:
    """Let one signal to end break off what is done, and none what must be done after that."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread is ever interrupted, nor may it say how signals are taken
        return
    before = {number: signal.getsignal(number) for number in _ASKING_TO_END}
    heard = {number: how for number, how in before.items() if how not in (None, signal.SIG_IGN)}

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in heard:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    try:
        for number in heard:
            signal.signal(number, interrupt)
        yield
    finally:
        for number, how in heard.items():
            signal.signal(number, how)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_with_parent() -> None:
    """Have the system kill this process should its parent be gone."""
    # Runs between fork and exec: nothing may be imported or locked here. And the end is not asked for: to
    # whom a killed parent could no longer be polite, nobody would see to their ending in time.
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for child, parent in _family():
        children.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _family() -> Iterator[tuple[int, int]]:
    # A bare Linux has no ps, other systems have no /proc.
    if not Path("/proc/self/stat").exists():
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
        for line in listing.stdout.splitlines():
            child, parent = line.split()
            yield int(child), int(parent)
        return
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                # The command's name, in brackets, may itself hold spaces and brackets.
                after_name = (folder / "stat").read_text().rpartition(")")[2]
                yield int(folder.name), int(after_name.split()[1])
