"""
Flower's processes as this project starts them: quiet, on loopback, in a folder where nothing lies.

Every child gets a list of environment variables that are passed on, not one of those that are held back:
a password or a token that somebody exports tomorrow does not reach it either.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from commonroot.base.errors import ProcessError
from commonroot.base.files import write_whole
from commonroot.base.processes import Child

CONNECTION = "commonroot"
"""The name of our SuperLink in Flower's own configuration."""

_PASSED_ON = re.compile(
    r"LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|CUDA_\w+|NVIDIA_\w+|(OMP|MKL|OPENBLAS)_NUM_THREADS"
    r"|SSL_CERT_(FILE|DIR)|(HTTPS?|NO)_PROXY|https?_proxy|no_proxy"
    r"|COMMONROOT_(OUTBOX|CONFIRMATIONS|MOST_(TIP|PRICE))|XDG_STATE_HOME"
)
_QUIET = {
    "FLWR_TELEMETRY_ENABLED": "0",
    "FLWR_DISABLE_UPDATE_CHECK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.05",
    "PYTHONUNBUFFERED": "1",  # a log that ends at a crash is read to its last line
}
_BUNDLE = """\
[project]
name = "commonroot"
version = "1.0.0"
description = "Names the installed apps and holds no code"
license = "Apache-2.0"

[tool.flwr.app]
publisher = "commonroot"

[tool.flwr.app.components]
serverapp = "commonroot.aggregator.app:app"
clientapp = "commonroot.client.app:app"

[tool.flwr.app.config]
program = 0
"""


class FlowerRefused(ProcessError):
    """A Flower command failed."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"`{command}` failed: {said}")
        self.command, self.said = command, said


@final
@dataclass(frozen=True, slots=True)
class Workplace:
    """The folder in which one side's Flower processes live."""

    folder: Path

    @property
    def flower_home(self) -> Path:
        """Return where Flower keeps its own files."""
        return self.folder / "flower"

    @property
    def empty(self) -> Path:
        """Return the folder to start processes in: a same-named package there would be run."""
        return self.folder / "empty"

    @property
    def bundle(self) -> Path:
        """Return the app folder that `flwr run` sends: a list of names, without code."""
        return self.folder / "bundle" / "commonroot"

    @property
    def secret(self) -> Path:
        """Return the file with the secret by which executors prove to be ours."""
        return self.folder / "executor.secret"

    def prepare(self) -> None:
        """Make the folders, the bundle and a fresh executor secret."""
        for folder in (self.folder, self.flower_home, self.empty):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.bundle / "pyproject.toml", _BUNDLE.encode())
        self.secret.unlink(missing_ok=True)
        write_whole(self.secret, secrets.token_bytes(32), mode=0o600)

    def connect(self, address: str, certificate: Path) -> None:
        """Tell Flower's own commands where our SuperLink is."""
        table = f"[superlink.{CONNECTION}]\naddress = {json.dumps(address)}\n"
        table += f"root-certificates = {json.dumps(str(certificate))}\n"
        write_whole(self.flower_home / "config.toml", table.encode())

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a child."""
        passed = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
        loopback = ",".join(filter(None, (passed.get("NO_PROXY"), "127.0.0.1", "localhost")))
        return {
            **passed,
            **_QUIET,
            "NO_PROXY": loopback,
            "PATH": os.pathsep.join((str(_programs()), "/usr/bin", "/bin")),
            "HOME": str(self.empty),
            "FLWR_HOME": str(self.flower_home),
            **(extra or {}),
        }

    def flwr(self, *words: str, patience: float = 60.0) -> Mapping[str, Any]:
        """Run one of Flower's own commands and return the JSON that it prints."""
        command = [str(_programs() / "flwr"), *words, "--format", "json"]
        try:
            ended = subprocess.run(
                command,
                cwd=self.empty,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=patience,
                check=False,
                # Ctrl-C belongs to whoever called us: the command is waited for, not torn.
                process_group=0,
            )
        except subprocess.TimeoutExpired as exc:
            raise FlowerRefused(f"flwr {words[0]}", f"no answer in {patience:g} s") from exc
        return _answer(f"flwr {words[0]}", ended.stdout, ended.stderr)

    def run(self, program: int) -> int:
        """Start the apps for a program; return the run's id."""
        config = f"program={program}"
        answer = self.flwr("run", str(self.bundle), CONNECTION, "--run-config", config)
        return int(answer["run-id"])


def superlink(
    workplace: Workplace,
    *,
    address: tuple[str, int],
    database: Path,
    certificate: Path,
    key: Path,
) -> list[str]:
    """Return the command of a SuperLink that admits registered keys only and starts nothing itself."""
    return [
        *(str(_programs() / "flower-superlink"), "--host", address[0], "--port", str(address[1])),
        *("--database", str(database), "--enable-supernode-auth"),
        *("--ssl-ca-certfile", str(certificate), "--ssl-certfile", str(certificate)),
        *("--ssl-keyfile", str(key), "--disable-runtime-dependency-installation"),
        *("--isolation", "process", "--superexec-auth-secret-file", str(workplace.secret)),
    ]


def supernode(
    workplace: Workplace,
    *,
    superlink: str,
    certificate: Path,
    key: Path,
    port: int,
    settings: Path,
) -> list[str]:
    """Return the command of a SuperNode that hands each message to our own executor."""
    return [
        *python("commonroot.base.executor", "supernode"),
        *("--superlink", superlink, "--root-certificates", str(certificate)),
        *("--auth-supernode-private-key", str(key), "--host", "127.0.0.1", "--port", str(port)),
        *("--isolation", "process", "--superexec-auth-secret-file", str(workplace.secret)),
        *("--node-config", f"settings={json.dumps(str(settings))}"),
    ]


def executor(
    workplace: Workplace, kind: str, address: str, certificate: Path | None = None
) -> list[str]:
    """Return the command of the process that runs our installed `server` or `client` app."""
    trust = ["--root-certificates", str(certificate)] if certificate else []
    command = python("commonroot.base.executor", kind, "--address", address)
    return [*command, "--secret", str(workplace.secret), *trust]


def python(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of ours, whatever lies in the working folder."""
    return [sys.executable, "-P", "-m", module, *words]


def wait_until_open(child: Child, host: str, port: int, patience: float = 60.0) -> None:
    """Wait until a child listens; raise if it ends or takes too long."""
    deadline = time.monotonic() + patience
    while True:
        child.require_alive()
        try:
            with socket.create_connection((host, port), timeout=1.0):
                return
        except OSError as exc:
            if time.monotonic() > deadline:
                raise ProcessError(
                    f"{child.name} does not listen on {host}:{port} after {patience:g} s.",
                    hint=f"Its log: {child.log}",
                ) from exc
        time.sleep(0.05)


def _programs() -> Path:
    return Path(sys.executable).parent


def _answer(command: str, out: bytes, err: bytes) -> Mapping[str, Any]:
    text = out.decode(errors="replace")
    try:
        found = json.loads(text[text.index("{") :])
    except ValueError as exc:
        said = (err.decode(errors="replace") or text).strip()
        raise FlowerRefused(command, said[-500:]) from exc
    if not found.get("success"):
        raise FlowerRefused(command, str(found.get("error-message", found))[:500])
    return dict(found)
