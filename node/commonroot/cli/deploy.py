"""`commonroot deploy`: puts the contracts on a chain."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, verb

app = verb()


@app.command()
def deploy(
    token: Annotated[
        str | None,
        typer.Option(
            "--token", help="What bonds are paid in.", show_default="a test token, all of it yours"
        ),
    ] = None,
    bond: Annotated[
        str, typer.Option("--bond", help="The least bond of a node, in the token.")
    ] = "100",
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Put the contracts on a chain, and their addresses into your home's book."""
    from commonroot.base.amounts import to_units
    from commonroot.base.console import show
    from commonroot.cli.opening import password, settings_of
    from commonroot.keys.places import wallets
    from commonroot.node.deployment import deploy_at
    from commonroot.protocol.hashing import to_address

    settings = settings_of(home, rpc, wallet)
    secret = password(settings.wallet, password_file)
    opened = wallets(settings.home).unlock(settings.wallet, secret)
    book = deploy_at(
        settings, opened, token=to_address(token) if token else None, minimum_bond=to_units(bond)
    )
    names = ("token", "nodes", "datasets", "models", "licences", "programs")
    show({"chain": book.chain_id, **{name: getattr(book, name) for name in names}}, json=json)
