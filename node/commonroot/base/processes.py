"""Child processes that cannot outlive their parent's wish: a group each, a log each, stopped in order."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import final

from commonroot.base.errors import ChildDied, PortTaken
from commonroot.base.files import disk_errors


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
        self.kill()

    def kill(self) -> None:
        """End the whole group at once, as a crash would."""
        _signal_group(self.process.pid, signal.SIGKILL)
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
        # Everyone is asked first, so that waiting for one does not add to waiting for the next.
        for child in reversed(self._children):
            _signal_group(child.process.pid, signal.SIGTERM)
        for child in reversed(self._children):
            child.stop()

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
                )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def require_alive(self) -> None:
        """Raise for the first child that has ended."""
        for child in self._children:
            child.require_alive()


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
            raise PortTaken(host, port) from exc


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
