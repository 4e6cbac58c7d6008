"""`commonroot`: finds the command, runs it, and says in one sentence what went wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from types import FrameType, TracebackType
from typing import Annotated, Any, NoReturn

import click
import typer
from typer.core import TyperGroup

from commonroot.base.console import complain, console
from commonroot.base.errors import CommonrootError, DiskFull, UsageError

INTERRUPTED = 130

COMMANDS = (
    "init",
    "demo",
    "devchain",
    "deploy",
    "wallet",
    "balance",
    "node",
    "dataset",
    "program",
    "aggregator",
    "round",
    "reward",
    "model",
    "licence",
    "provider",
    "lineage",
    "verify",
    "bench",
)
"""The nouns, in the order of a newcomer's questions; each is a module of this package."""


class _Commands(TyperGroup):
    """The nouns, loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command; only now is its module imported."""
        if cmd_name not in COMMANDS:
            return None
        found = typer.main.get_command(import_module(f"commonroot.cli.{cmd_name}").app)
        found.name = cmd_name
        return found


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    help="Train one shared initialization together; a public ledger says who is owed what.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"commonroot {version('commonroot')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and leave."
        ),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command that the shell was given."""
    _listen()
    if not _debugging():
        sys.excepthook = _unforeseen
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while the first one was put into words
        status = INTERRUPTED
    # All is done but the leaving, and whoever insists changes nothing in that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(status)


def run(words: Sequence[str]) -> int:
    """Run one command; return its exit status."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("commonroot", list(words)) as context:
            command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        return _misused(exc)
    except (KeyboardInterrupt, click.Abort):
        console(stderr=True).print("Interrupted.")
        return INTERRUPTED
    except CommonrootError as exc:
        return _refused(exc)
    except OSError as exc:
        return _failed(exc)
    return 0


def _misused(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    asked = context.command_path if context else "commonroot"
    complain(UsageError(error.format_message(), hint=f"`{asked} --help` shows what it takes."))
    return error.exit_code


def _refused(error: CommonrootError) -> int:
    if _debugging():
        raise error
    complain(error)
    return error.exit_status


def _failed(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        # Whoever read us has left; what Python still wants to flush must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return _refused(_in_words(error))


def _in_words(error: OSError) -> CommonrootError:
    where = error.filename or "The system"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(where)
    hint = "Choose another place, or see to its permissions." if error.filename else ""
    return CommonrootError(f"{where}: {error.strerror or error}.", hint=hint)


def _debugging() -> bool:
    return os.environ.get("COMMONROOT_DEBUG") == "1"


def _listen() -> None:
    # A polite request to end unwinds like Ctrl-C does, so that children are stopped on the way.
    signal.signal(signal.SIGTERM, _asked_to_end)
    # What a script starts in the background is born deaf to Ctrl-C; asked to end, it ends all the same.
    signal.signal(signal.SIGINT, _asked_to_end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, _asked_to_end)


def _asked_to_end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _unforeseen(
    kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> Any:
    complain(
        CommonrootError(
            f"This should not have happened: {kind.__name__}: {error}",
            hint="Run it again with COMMONROOT_DEBUG=1 and report what it prints.",
        )
    )


if __name__ == "__main__":
    main()
