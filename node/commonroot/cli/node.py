"""`commonroot node`: takes part in programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, Yes, noun

if TYPE_CHECKING:
    from commonroot.cli.opening import Acting
    from commonroot.node.membership import Membership

app = noun("Take part in programs with your own data.")


@app.command("run")
def run_node(
    program: Annotated[int, typer.Argument(help="The program's number.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    spec: Annotated[
        str | None, typer.Option("--spec", help="The only spec you agree to, by its digest.")
    ] = None,
    rehearse: Annotated[str, typer.Option("--rehearse", hidden=True)] = "",
    yes: Yes = False,
) -> None:
    """Train on your data in a program's rounds until they are done; the data stays here."""
    from commonroot.base.console import console, plain
    from commonroot.cli.opening import agree, password, settings_of
    from commonroot.client.run import Wishes, run
    from commonroot.keys.places import receipt_keys, wallets
    from commonroot.node.kept import chain_of

    out = console()

    def show_and_ask(lines: list[str]) -> None:
        for line in lines:
            out.print(plain(line))
        agree("This is what leaves your machine.", yes=yes)

    settings = settings_of(home, rpc, wallet)
    account = wallets(settings.home).address(settings.wallet)
    secret = password(settings.wallet, password_file)
    receipt_key = receipt_keys(settings.home).unlock(settings.wallet, secret)
    wishes = Wishes(
        agree=show_and_ask,
        tell=lambda said: out.print(plain(said)),
        pinned=spec,
        rehearsal=rehearse,
    )
    with chain_of(settings) as url:
        run(settings, program, account, receipt_key, rpc=url, wishes=wishes)


@app.command("join")
def join_program(
    program: Annotated[
        int | None,
        typer.Argument(help="The program to take part in; none to become a member only."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Which of your datasets, by its name here.")
    ] = None,
    bond: Annotated[
        str | None, typer.Option("--bond", help="What you put up.", show_default="the least")
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Become a member with a bond, and take part in a program with a dataset of yours."""
    from commonroot.base.console import show
    from commonroot.base.errors import UsageError
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.node.data import at_home
    from commonroot.node.membership import enrol, membership

    if (program is None) != (dataset is None):
        raise UsageError("A program and a dataset go together.", hint="Name both, or neither.")
    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger = who.desk.ledger
        if not membership(ledger, ledger.account).member:
            _become_member(who, bond, yes=yes or dry_run)
        if program is not None and dataset is not None:
            enrol(ledger, program, at_home(who.desk.settings.home, dataset).id_for(ledger.account))
        record = _record(membership(ledger, ledger.account))
        show({**record, "program": program, "dataset": dataset}, json=json)


@app.command("list")
def list_nodes(
    program: Annotated[int, typer.Argument(help="The program's number.")],
    home: Home = None,
    rpc: Rpc = None,
    json: Json = False,
) -> None:
    """List who takes part in a program now, and with which dataset."""
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.node.programs import members
    from commonroot.protocol.hashing import to_hex

    with looking(home, rpc) as desk:
        records = [
            {"node": each.node, "dataset": to_hex(each.dataset), "since_block": each.enrolled.block}
            for each in members(desk.ledger, program)
        ]
        show(records, json=json)


@app.command("show")
def show_node(
    account: Annotated[
        str | None, typer.Argument(help="An account.", show_default="the wallet's")
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    json: Json = False,
) -> None:
    """Show an account as a node: its bond and the key that signs for it."""
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.node.membership import membership
    from commonroot.protocol.hashing import to_address

    with looking(home, rpc) as desk:
        who = to_address(account) if account else account_of(desk.settings, wallet)
        show(_record(membership(desk.ledger, who)), json=json)


def _become_member(who: Acting, bond: str | None, *, yes: bool) -> None:
    from commonroot.base.amounts import from_units, to_units
    from commonroot.cli.opening import agree
    from commonroot.keys.places import flower_key, receipt_keys
    from commonroot.node.membership import flower_key_at, join

    ledger, settings = who.desk.ledger, who.desk.settings
    decimals = ledger.token.decimals()
    amount = to_units(bond, decimals) if bond else ledger.nodes.minimum_bond()
    agree(f"This puts up a bond of {from_units(amount, decimals)}.", yes=yes)
    kept = receipt_keys(who.keys_home)
    # A key from an earlier try serves as well: what counts is that it lies here before the chain knows it.
    known = settings.wallet in kept.names()
    receipts = (kept.unlock if known else kept.create)(settings.wallet, who.password)
    join(ledger, receipts, flower_key_at(flower_key(who.keys_home, settings.wallet)), amount)


def _record(found: Membership) -> dict[str, Any]:
    from commonroot.base.amounts import from_units

    return {
        "account": found.account,
        "member": found.member,
        "bond": from_units(found.bond),
        "receipt_key": found.receipt_key,
    }
