"""Writes docs/commands.md from the command line itself, so that the page cannot say anything else."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click
import typer

from commonroot.base.files import write_whole
from commonroot.cli.root import app

PAGE = Path(__file__).with_name("commands.md")

OPENING = """# Commands

Every command of `commonroot`, as its own `--help` says it. This page is written by `make docs`.

A command ends with 0 when it did what was asked, with 1 when something was refused or failed, with 2 when it
was misused, and with 130 when it was interrupted.
"""


def page() -> str:
    """Return the page."""
    root = typer.main.get_command(app)
    with root.make_context("commonroot", [], resilient_parsing=True) as context:
        return OPENING + "".join(_commands(root, context, level=2))


def _commands(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """Yield what the page says of the commands below one, in the order that its help has."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        below = click.Context(found, parent=context, info_name=name)
        yield _described(found, below, level)
        yield from _commands(found, below, level + 1)


def _described(command: click.Command, context: click.Context, level: int) -> str:
    words = inspect.cleandoc(command.help or "")
    text = f"\n{'#' * level} {context.command_path}\n\n{words}\n"
    if isinstance(command, click.Group):
        return text
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    return f"{text}\n```text\n{usage}\n```\n{_options(command, context)}"


def _options(command: click.Command, context: click.Context) -> str:
    found = (each.get_help_record(context) for each in command.get_params(context))
    rows = [
        f"| `{name}` | {_cell(words)} |\n"
        for name, words in filter(None, found)
        if name != "--help"
    ]
    return "\n| | |\n|---|---|\n" + "".join(rows) if rows else ""


def _cell(words: str) -> str:
    # Typer guards its brackets from rich, which is not what reads this.
    return " ".join(words.split()).replace("\\[", "[").replace("|", "\\|")


if __name__ == "__main__":
    write_whole(PAGE, page().encode())
