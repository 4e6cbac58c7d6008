"""
Runs installed apps for Flower, and never a line of a bundle.

A bundle is remote code beside a wallet, so the SuperLink and the SuperNodes start nothing themselves:
each has one executor process of ours, which asks for tasks with a secret of its own and runs the app
that is installed here, whatever the bundle names. A client's executor has torch loaded and forks for
every message, which costs milliseconds where a fresh process costs seconds.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Queue
from typing import NoReturn

from commonroot.base.flower_private import Runtime, client_runner, run_supernode, server_runner
from commonroot.base.processes import end_with_parent

APPS = {"client": "commonroot.client.app", "server": "commonroot.aggregator.app"}


def main(arguments: list[str]) -> NoReturn:
    """Be a SuperNode, or the executor of a client or server app."""
    if arguments[:1] == ["supernode"]:
        run_supernode(arguments[1:])
    parser = argparse.ArgumentParser(prog="executor")
    parser.add_argument("kind", choices=sorted(APPS))
    parser.add_argument("--address", required=True)
    parser.add_argument("--secret", type=Path, required=True)
    parser.add_argument("--root-certificates", type=Path)
    chosen = parser.parse_args(arguments)
    app = importlib.import_module(APPS[chosen.kind]).app
    trust = chosen.root_certificates.read_bytes() if chosen.root_certificates else None
    server = chosen.kind == "server"
    runtime = Runtime(chosen.address, trust, chosen.secret.read_bytes(), server)
    if server:
        _serve_once(server_runner(app), runtime)
    _serve_forking(client_runner(app), runtime)


def _serve_once(runner: Callable[..., None], runtime: Runtime) -> NoReturn:
    runtime.run(runner, runtime.wait_for_task(), log_queue=Queue())
    sys.exit(0)


def _serve_forking(runner: Callable[..., None], runtime: Runtime) -> NoReturn:
    while True:
        token = runtime.wait_for_task()
        child = os.fork()
        if child == 0:
            _end_with(partial(runtime.run, runner, token))
        os.waitpid(child, 0)


def _end_with(work: Callable[[], None]) -> NoReturn:
    """Do the work and end the process, without what its parent registered for its own end."""
    end_with_parent()
    status = 1
    try:
        work()
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
