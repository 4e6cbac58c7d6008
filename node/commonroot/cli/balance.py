"""`commonroot balance`: what an account has."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, Rpc, Wallet, verb

app = verb()


@app.command()
def balance(
    account: Annotated[
        str | None, typer.Argument(help="An account.", show_default="the wallet's")
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    json: Json = False,
) -> None:
    """Show what an account has: ether for gas, the token, and a node's bond."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node.purse import purse
    from commonroot.protocol.hashing import to_address

    with looking(home, rpc) as desk:
        who = to_address(account) if account else account_of(desk.settings, wallet)
        has = purse(desk.ledger, who)
        record = {
            "account": who,
            "ether": from_units(has.ether),
            "token": from_units(has.tokens, has.decimals),
            "symbol": has.symbol,
            "bond": from_units(has.bond, has.decimals),
        }
        show(record, json=json)
