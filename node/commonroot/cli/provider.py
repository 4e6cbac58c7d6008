"""`commonroot provider`: delivers the keys of what was bought."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, noun

app = noun("Deliver the keys of licences that were bought.")


@app.command("run")
def run_provider(
    once: Annotated[
        bool, typer.Option("--once", help="Deliver what waits now, and leave.")
    ] = False,
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between looks.")] = 5.0,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Watch what is bought, and wrap each version's key to its buyer."""
    import time

    from commonroot.base.console import complain, show
    from commonroot.base.errors import CommonrootError
    from commonroot.cli.opening import acting, readers
    from commonroot.market.provider import Keys, deliver_all

    known: set[int] = set()

    def trouble(licence: int, error: CommonrootError) -> None:
        if licence not in known:  # once is enough: it is tried again and again
            known.add(licence)
            complain(error)

    with acting(home, rpc, wallet, password_file) as who:
        desk = who.desk
        keys = Keys(desk.store, desk.settings.home, readers(who))
        while True:
            done = deliver_all(desk.ledger, keys, trouble)
            if done or once:
                show([{"licence": number, "stage": "delivered"} for number in done], json=json)
            if once and known:
                raise typer.Exit(1)
            if once:
                return
            time.sleep(every)
