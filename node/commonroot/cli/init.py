"""`commonroot init`: makes a home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, verb

app = verb()


@app.command()
def init(
    home: Home = None,
    rpc: Annotated[
        str | None,
        typer.Option("--rpc", help="The chain's JSON-RPC address; several with commas."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option("--store", help="Where artifacts lie: a folder or any fsspec address."),
    ] = None,
    book: Annotated[
        Path | None,
        typer.Option("--book", help="An address book others gave you.", dir_okay=False),
    ] = None,
    json: Json = False,
) -> None:
    """Make a home: the folder with your settings, wallets and keys."""
    from commonroot.base.console import show
    from commonroot.ledger.places import shown
    from commonroot.node.homes import make

    made = make(home, rpc=rpc, store=store, book=book)
    show({"home": str(made.home), "rpc": shown(made.rpc), "store": made.store_url}, json=json)
