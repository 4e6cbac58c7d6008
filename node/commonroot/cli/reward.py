"""`commonroot reward`: what rounds owe you."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, noun

app = noun("See and take what rounds owe you.")

Program = Annotated[int, typer.Argument(help="The program's number.")]


@app.command("list")
def list_rewards(
    program: Program,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    json: Json = False,
) -> None:
    """List what a program's final rounds owe your account, taken or not."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node.rewards import rewards

    with looking(home, rpc) as desk:
        owed = rewards(desk.ledger, desk.store, program, account_of(desk.settings, wallet))
        records = [
            {
                "round": each.payday.round,
                "score": str(each.payout.score),
                "payout": from_units(each.payout.payout),
                "shares": each.payout.shares,
                "claimed": each.claimed,
            }
            for each in owed
        ]
        show(records, json=json)


@app.command("claim")
def claim(
    program: Program,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Where the money goes.", show_default="your account"),
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Take all that a program's final rounds owe you, with your shares of the model."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.node.rewards import claim as take
    from commonroot.node.rewards import rewards
    from commonroot.protocol.hashing import to_address

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger = who.desk.ledger
        owed = rewards(ledger, who.desk.store, program, ledger.account)
        due = [each for each in owed if not each.claimed]
        paid = take(ledger, due, to_address(to) if to else None)
        shares = sum(each.payout.shares for each in due)
        record = {"rounds": len(due), "paid": from_units(paid), "shares": shares}
        show(record, json=json)
