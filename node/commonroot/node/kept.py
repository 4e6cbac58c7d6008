"""A home's own dev chain, running for as long as one command needs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from commonroot.base.errors import ProcessError
from commonroot.base.processes import Child, Children
from commonroot.base.settings import Settings
from commonroot.ledger.errors import ChainUnreachable

_PATIENCE = 60.0


class NoKeptChain(ProcessError):
    """A home says that it keeps a chain, and there is none in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no dev chain in {folder}.",
            hint=f"`commonroot devchain --state {folder}` starts one; --rpc names another chain.",
        )
        self.folder = folder


@contextmanager
def chain_of(settings: Settings) -> Iterator[str]:
    """Yield the address of a home's chain; a kept one runs until the block is left."""
    if not settings.keeps_chain:
        yield settings.rpc
        return
    folder = settings.chain_folder
    if not _may_hold_chain(folder):
        raise NoKeptChain(folder)
    # A log of its own: what an earlier run announced must not be taken for this one's.
    log = settings.home / "logs" / f"chain-{os.getpid()}.log"
    with Children() as children:
        chain, url = start_chain(children, folder, log)
        try:
            with relying_on(chain):
                yield url
        finally:
            # What a chain said is read only where it ended by itself.
            if chain.alive():
                log.unlink(missing_ok=True)


def start_chain(
    children: Children, folder: Path, log: Path, block_time: float | None = None
) -> tuple[Child, str]:
    """Start a dev chain on any free port, with its journal in a folder; return it and its address."""
    command = [sys.executable, "-P", "-m", "commonroot.devchain", "--json"]
    words = ["--state", str(folder), "--port", "0"]
    if block_time is not None:
        words += ["--block-time", str(block_time)]
    child = children.start("The dev chain", [*command, *words], log=log)
    return child, _announced(child, log)


@contextmanager
def relying_on(chain: Child) -> Iterator[None]:
    """Say that a chain of ours ended, where that is why nobody answers any more."""
    try:
        yield
    except ChainUnreachable:
        # Whoever falls silent may be on the way out.
        with suppress(subprocess.TimeoutExpired):
            chain.process.wait(timeout=1.0)
        chain.require_alive()
        raise


def _may_hold_chain(folder: Path) -> bool:
    # A chain does not begin among somebody's other files.
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / "chain.journal").exists())


def _announced(child: Child, log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        url = _url_in(log.read_text(errors="replace"))
        if url:
            return url
        child.require_alive()
        time.sleep(0.05)
    raise ProcessError(f"{child.name} says nothing.", hint=f"Its log: {log}")


def _url_in(text: str) -> str | None:
    for line in text.splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            return str(json.loads(line)["url"])
    return None
