"""`commonroot wallet`: makes wallets and looks at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, Yes, noun

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


@app.command("import")
def import_wallet(
    name: Name,
    key_file: Annotated[
        Path,
        typer.Option("--key-file", help="A file only you can read, with the private key in hex."),
    ],
    home: Home = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Make a wallet of a key that you have, such as one of the dev chain's."""
    from commonroot.base.console import show
    from commonroot.cli.opening import new_password, private_key_in, settings_of
    from commonroot.keys.places import wallets
    from commonroot.keys.wallet import Wallet as Key

    key = Key(private_key_in(key_file))
    made = wallets(settings_of(home).home).add(name, key, new_password(name, password_file))
    show({"name": name, "address": made.address}, json=json)


@app.command("send")
def send(
    to: Annotated[str, typer.Argument(help="The account that gets it.")],
    amount: Annotated[str, typer.Argument(help="How much.")],
    ether: Annotated[
        bool, typer.Option("--ether", help="Send ether, for gas, in place of the token.")
    ] = False,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Send the token, or ether, to another account."""
    from commonroot.base.amounts import to_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree, rehearsal
    from commonroot.node.purse import send_ether, send_tokens
    from commonroot.protocol.hashing import to_address

    account = to_address(to)
    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger = who.desk.ledger
        agree(
            f"This sends {amount} {'ether' if ether else 'of the token'} to {account}.",
            yes=yes or dry_run,
        )
        if ether:
            send_ether(ledger, account, to_units(amount))
        else:
            send_tokens(ledger, account, to_units(amount, ledger.token.decimals()))
        show({"to": account, "amount": amount, "ether": ether}, json=json)
