"""The options that commands share, each spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="The folder with your settings, wallets and keys.",
        envvar="COMMONROOT_HOME",
        show_default=".commonroot",
        file_okay=False,
    ),
]
Rpc = Annotated[
    str | None,
    typer.Option(
        "--rpc",
        help="The chain's JSON-RPC address, or several of one chain, with commas between; `kept` starts"
        " the home's own dev chain meanwhile.",
        envvar="COMMONROOT_RPC",
        show_default="the home's",
    ),
]
Wallet = Annotated[
    str | None,
    typer.Option(
        "--wallet",
        help="The wallet that acts.",
        envvar="COMMONROOT_WALLET",
        show_default="the home's",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        help="A file only you can read, with the wallet's password on its first line.",
        show_default="COMMONROOT_PASSWORD, else you are asked",
        dir_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before something is spent.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def noun(help: str) -> typer.Typer:
    """Return an app with the commands of one noun."""
    app = typer.Typer(help=help, no_args_is_help=True, add_completion=False)
    # Typer takes a noun of one verb for the verb itself, unless something may come before it.
    app.callback()(lambda: None)
    return app


def verb() -> typer.Typer:
    """Return an app that is one command."""
    return typer.Typer(add_completion=False)
