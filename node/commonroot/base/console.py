"""The one place that prints: people read stderr and stdout in colour, programs read `--json`."""

from __future__ import annotations

import json as _json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, final

from rich.console import Console
from rich.control import Control
from rich.table import Column, Table
from rich.text import Text

from commonroot.base.errors import CommonrootError

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@final
class _Piped(Console):
    """A console that nobody watches: it has colours, and nothing that moves or hides a cursor."""

    def control(self, *control: Control) -> None:
        """Leave out what would garble a log."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that keeps its colours in a pipe unless NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR"))
    piped = not (sys.stderr if stderr else sys.stdout).isatty()
    if not piped:
        return Console(stderr=stderr, no_color=plain, highlight=False)
    return _Piped(
        stderr=stderr,
        force_terminal=not plain,
        force_interactive=False,
        # Not what TERM says: it describes a terminal, and there is none.
        color_system=None if plain else "standard",
        width=100,
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
            table.add_row(Text(name, "bold"), _cell(item))
    else:
        if not rows:
            out.print("Nothing yet.")
            return
        # Folded, not cut: half an address is no address.
        table = Table(*(Column(Text(name), overflow="fold") for name in rows[0]))
        for row in rows:
            table.add_row(*(_cell(item) for item in row.values()))
    out.print(table)


def complain(error: CommonrootError) -> None:
    """Print an error and what can be done about it."""
    err = console(stderr=True)
    err.print("[bold red]Error:[/bold red]", end=" ")
    # A line each, however long: a path that is broken in two is no path.
    err.print(plain(str(error)), soft_wrap=True)
    if error.hint:
        err.print(plain(error.hint), soft_wrap=True)


def _cell(item: Any) -> Text:
    return plain(item if isinstance(item, str) else _json.dumps(item, default=str))


def plain(words: str) -> Text:
    """Return words that strangers may have written as text that is only shown."""
    # Names and reasons come from strangers: they are neither markup nor commands to a terminal.
    return Text(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", words))
