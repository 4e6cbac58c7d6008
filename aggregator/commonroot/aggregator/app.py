"""Flower's server app: brings the engine's parts together and lets it run."""

from __future__ import annotations

import os
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from commonroot.aggregator.assemble import assemble
from commonroot.aggregator.engine import Engine
from commonroot.aggregator.events import Events
from commonroot.aggregator.lock import alone
from commonroot.aggregator.settings import WHERE, RunSettings
from commonroot.base.errors import CommonrootError

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Play the program's rounds."""
    settings = RunSettings.read(Path(os.environ[WHERE]))
    folder = Path(settings.folder)
    # A former run's app may live on for seconds after its supervisor was killed.
    with alone(folder / "engine.lock", patience=30.0):
        try:
            Engine(assemble(settings, int(str(context.run_config["program"])), grid)).run()
        except CommonrootError as exc:
            Events(folder / "events.jsonl").say("failed", why=str(exc), hint=exc.hint)
            raise
