"""`commonroot bench`: measures, and keeps what it measured."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from commonroot.cli.options import Json, verb

app = verb()


class Bench(Enum):
    """What can be measured."""

    ADAPT = "adapt"
    DEVCHAIN = "devchain"
    ALL = "all"


@app.command()
def bench(
    what: Annotated[Bench, typer.Argument(help="What to measure.")] = Bench.ALL,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where results are kept.", file_okay=False)
    ] = Path("benchmarks/results"),
    json: Json = False,
) -> None:
    """Measure side by side with what others use, and keep figures, machine and versions."""
    from commonroot.base.console import show
    from commonroot.lab.bench import run

    names = [each.value for each in Bench if each is not Bench.ALL]
    results = [run(name, folder) for name in (names if what is Bench.ALL else [what.value])]
    if json:
        show(results, json=True)
        return
    for result in results:
        show(result, json=False)
