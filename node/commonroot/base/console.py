"""The one place that prints: people read stderr and stdout in colour, programs read `--json`."""

from __future__ import annotations

import json as _json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from commonroot.base.errors import CommonrootError


def console(*, stderr: bool = False) -> Console:
    """Return a console that keeps its colours in a pipe unless NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR"))
    piped = not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr,
        force_terminal=None if plain else True,
        no_color=plain,
        # Escape codes that move the cursor garble a log: only colours go into a pipe.
        force_interactive=False if piped else None,
        width=100 if piped else None,
        highlight=False,
    )


def show(value: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, json: bool) -> None:
    """Print a record, or a list of them, as a table for people or as JSON for programs."""
    if json:
        print(_json.dumps(value, indent=2, default=str))
        return
    rows = [value] if isinstance(value, Mapping) else list(value)
    out = console()
    if isinstance(value, Mapping):
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, item in value.items():
            table.add_row(f"[bold]{name}[/bold]", _cell(item))
    else:
        if not rows:
            out.print("Nothing yet.")
            return
        table = Table(*rows[0].keys())
        for row in rows:
            table.add_row(*(_cell(item) for item in row.values()))
    out.print(table)


def complain(error: CommonrootError) -> None:
    """Print an error and what can be done about it."""
    err = console(stderr=True)
    err.print("[bold red]Error:[/bold red]", end=" ")
    err.print(str(error), markup=False)
    if error.hint:
        err.print(error.hint, markup=False)


def _cell(item: Any) -> str:
    return item if isinstance(item, str) else _json.dumps(item, default=str)
