"""`commonroot dataset`: commits to data that stays at home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, noun

if TYPE_CHECKING:
    from commonroot.node.data import Registered

app = noun("Commit to data that stays at home.")

Name = Annotated[str, typer.Argument(help="What you call it.")]
Terms = Annotated[
    Path | None,
    typer.Option("--terms", help="A text with your terms; it is public.", dir_okay=False),
]


@app.command("add")
def add(
    name: Name,
    source: Annotated[
        str,
        typer.Argument(help="drawn:SEED, an Omniglot zip or a .npz; `#2/5` takes the 2nd fifth."),
    ],
    terms: Terms = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Keep a salted copy of the records at home, and put their root on chain."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting
    from commonroot.node.data import keep, register
    from commonroot.tasks.sources import characters_from

    with acting(home, rpc, wallet, password_file) as who:
        text = terms.read_bytes() if terms else b""
        kept = keep(who.desk.settings.home, name, characters_from(source), source)
        show(_record(register(who.desk.ledger, who.desk.store, kept, text)), json=json)


@app.command("register")
def register_again(
    name: Name,
    terms: Terms = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Put a dataset on chain that is at home already, such as after an interrupted `add`."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting
    from commonroot.node.data import at_home, register

    with acting(home, rpc, wallet, password_file) as who:
        kept = at_home(who.desk.settings.home, name)
        text = terms.read_bytes() if terms else b""
        show(_record(register(who.desk.ledger, who.desk.store, kept, text)), json=json)


@app.command("list")
def list_datasets(
    home: Home = None, rpc: Rpc = None, wallet: Wallet = None, json: Json = False
) -> None:
    """List the home's datasets, and what the chain says of them."""
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node.data import look_up
    from commonroot.tasks.owned import owned

    with looking(home, rpc) as desk:
        account = account_of(desk.settings, wallet)
        found = [look_up(desk.ledger, each, account) for each in owned(desk.settings.home)]
        show([_record(each) for each in found], json=json)


@app.command("show")
def show_dataset(
    name: Name, home: Home = None, rpc: Rpc = None, wallet: Wallet = None, json: Json = False
) -> None:
    """Show one dataset of the home."""
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node.data import at_home, look_up

    with looking(home, rpc) as desk:
        account = account_of(desk.settings, wallet)
        kept = at_home(desk.settings.home, name)
        show(_record(look_up(desk.ledger, kept, account)), json=json)


def _record(found: Registered) -> dict[str, Any]:
    from commonroot.protocol.hashing import to_hex

    on_chain = found.on_chain
    return {
        "name": found.owned.name,
        "id": to_hex(found.id),
        "root": to_hex(found.owned.root),
        "records": found.owned.count,
        "source": found.owned.source,
        "since_block": on_chain.since if on_chain else None,
        "retired_at_block": (on_chain.until or None) if on_chain else None,
    }
