"""`commonroot reward`: what rounds owe you."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, noun

if TYPE_CHECKING:
    from commonroot.node.rewards import Trouble

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
    """List what a program's final rounds, and the bonds behind failed ones, owe your account."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node import draws
    from commonroot.node.rewards import paydays
    from commonroot.store.shelf import Shelf

    with looking(home, rpc) as desk:
        account, place = account_of(desk.settings, wallet), desk.settings.home
        found = paydays(desk.ledger, desk.store, program, Shelf.of(place))
        kept = draws.acks(place, program, account)
        records = [
            {
                "round": each.payday.round,
                "for": "a contribution",
                "score": str(each.payout.score),
                "payout": from_units(each.payout.payout),
                "shares": each.payout.shares,
                "claimed": each.claimed,
            }
            for each in found.of(account)
        ]
        records += [
            {
                "round": each.forfeit.round,
                "for": f"a part of the bond of epoch {each.forfeit.epoch}",
                "score": "",
                "payout": from_units(each.amount),
                "shares": 0,
                "claimed": each.drawn,
            }
            for each in draws.draws(desk.ledger, program, account, kept)
        ]
        show(records, json=json)
        _complain(found.unknown)


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
    """Take all that a program's rounds owe you: payouts, shares, your part of a forfeited bond."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.node import draws
    from commonroot.node.rewards import claim as take
    from commonroot.node.rewards import paydays
    from commonroot.protocol.hashing import to_address
    from commonroot.store.shelf import Shelf

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger, place = who.desk.ledger, who.desk.settings.home
        goes = to_address(to) if to else None
        found = paydays(ledger, who.desk.store, program, Shelf.of(place))
        due = [each for each in found.of(ledger.account) if not each.claimed]
        paid = take(ledger, due, goes)
        kept = draws.acks(place, program, ledger.account)
        draws.draw(ledger, draws.draws(ledger, program, ledger.account, kept))
        record = {
            "rounds": len(due),
            "paid": from_units(paid),
            "shares": sum(each.payout.shares for each in due),
            "from_bonds": from_units(draws.take(ledger, program, goes)),
        }
        show(record, json=json)
        _complain(found.unknown)


def _complain(unknown: tuple[Trouble, ...]) -> None:
    """Say which rounds' payouts are not known here, and fail if there are any."""
    from commonroot.base.console import complain

    for each in unknown:
        complain(each.why)
    if unknown:
        raise typer.Exit(1)
