"""`commonroot devchain`: a chain to develop and test on, in this terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonroot.cli.options import Json, verb

app = verb()


@app.command()
def devchain(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Listen here; 0 takes any free port.")
    ] = 8545,
    host: Annotated[
        str, typer.Option("--host", help="Listen on this address; others reach all but loopback.")
    ] = "127.0.0.1",
    chain_id: Annotated[
        int, typer.Option("--chain-id", min=1, help="What signatures are bound to.")
    ] = 31337,
    accounts: Annotated[
        int, typer.Option("--accounts", min=1, max=1000, help="How many funded accounts.")
    ] = 10,
    balance: Annotated[
        int, typer.Option("--balance", min=0, help="What each of them owns, in ether.")
    ] = 10_000,
    block_time: Annotated[
        float | None,
        typer.Option("--block-time", min=0.01, help="Mine an empty block after idle seconds."),
    ] = None,
    gas_limit: Annotated[
        int, typer.Option("--gas-limit", min=1_000_000, help="The gas limit of a block.")
    ] = 30_000_000,
    state: Annotated[
        Path | None,
        typer.Option("--state", file_okay=False, help="Keep the chain in this folder."),
    ] = None,
    json: Json = False,
) -> None:
    """Run a chain for tests until Ctrl-C: funded accounts, a block per transaction."""
    from commonroot.base.console import console
    from commonroot.base.errors import PortTaken, ProcessError
    from commonroot.devchain import errors
    from commonroot.devchain.greeting import ready_line, ready_table, warning
    from commonroot.devchain.server import Ready, serve
    from commonroot.devchain.settings import Settings

    settings = Settings(
        host=host,
        port=port,
        chain_id=chain_id,
        accounts=accounts,
        balance=balance,
        block_time=block_time,
        gas_limit=gas_limit,
        state=state,
    )

    def announce(ready: Ready) -> None:
        print(ready_line(ready) if json else ready_table(ready, settings), flush=True)

    if warning(settings):
        console(stderr=True).print(warning(settings), style="yellow", markup=False)
    try:
        serve(settings, announce)
    except errors.PortTaken as exc:
        raise PortTaken(exc.host, exc.port) from exc
    except errors.DevchainError as exc:
        raise ProcessError(str(exc), hint=exc.hint) from exc
