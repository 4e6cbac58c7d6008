"""`commonroot demo`: the whole path on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonroot.cli.options import Json, verb

app = verb()


@app.command()
def demo(
    dir: Annotated[
        Path, typer.Option("--dir", help="The demo's folder; it is emptied first.", file_okay=False)
    ] = Path(".commonroot/demo"),
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="A folder with Omniglot's images_background.zip and images_evaluation.zip.",
            show_default="characters drawn by a program",
            file_okay=False,
        ),
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=6, max=1000, help="How many rounds.")] = 8,
    json: Json = False,
) -> None:
    """Train, record, pay, license and verify: a chain, four nodes and a buyer on this machine."""
    import json as documents

    from commonroot.base.console import console
    from commonroot.lab.acts import Options
    from commonroot.lab.demo import run
    from commonroot.lab.stage import Stage, show_summary

    stage = Stage(console(stderr=json), rounds)
    with stage.progress:
        summary = run(Options(dir, data, rounds), stage)
        stage.finish()
    if json:
        print(documents.dumps(summary, indent=2))
    else:
        show_summary(stage.out, summary)
