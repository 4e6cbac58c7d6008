"""`commonroot wallet`: makes wallets and looks at them."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, PasswordFile, noun

app = noun("Make wallets, and look at them.")

Name = Annotated[str, typer.Argument(help="The wallet's name.")]


@app.command("new")
def new(
    name: Name = "default",
    home: Home = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Make a wallet with a new key, under a password."""
    from commonroot.base.console import show
    from commonroot.cli.opening import new_password, settings_of
    from commonroot.keys.places import wallets

    made = wallets(settings_of(home).home).create(name, new_password(name, password_file))
    show({"name": name, "address": made.address}, json=json)


@app.command("list")
def list_wallets(home: Home = None, json: Json = False) -> None:
    """List the home's wallets; no password is needed, and nothing is proved by it."""
    from commonroot.base.console import show
    from commonroot.cli.opening import settings_of
    from commonroot.keys.places import wallets

    kept = wallets(settings_of(home).home)
    show([{"name": name, "address": kept.address(name)} for name in kept.names()], json=json)


@app.command("show")
def show_wallet(
    name: Name = "default",
    home: Home = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Open a wallet, and show its address and public key."""
    from commonroot.base.console import show
    from commonroot.cli.opening import password, settings_of
    from commonroot.keys.places import wallets
    from commonroot.protocol.hashing import to_hex

    opened = wallets(settings_of(home).home).unlock(name, password(name, password_file))
    record = {"name": name, "address": opened.address, "public_key": to_hex(opened.public_key)}
    show(record, json=json)
