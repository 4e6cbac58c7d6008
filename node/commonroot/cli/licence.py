"""`commonroot licence`: the right to use a model, and what it earns."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, Yes, noun

app = noun("Buy licences, and take what they earn.")

Offer = Annotated[int, typer.Argument(help="The offer's number; `model show` lists them.")]


@app.command("quote")
def quote(offer: Offer, home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """Show what a licence costs and what it gives."""
    from commonroot.base.console import show
    from commonroot.cli.model import quote_record
    from commonroot.cli.opening import looking
    from commonroot.market.offers import quote as ask

    with looking(home, rpc) as desk:
        show(quote_record(ask(desk.ledger, offer)), json=json)


@app.command("buy")
def buy(
    offer: Offer,
    again: Annotated[
        bool, typer.Option("--again", help="Buy although you hold a licence to this offer.")
    ] = False,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Pay for a licence; the money is held until the key is delivered."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree, rehearsal
    from commonroot.keys.places import licence_keys
    from commonroot.market.buy import buy as pay
    from commonroot.market.offers import quote as ask

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        terms = ask(who.desk.ledger, offer)
        price = f"{from_units(terms.terms.price, terms.decimals)} {terms.symbol}"
        public = " The model is public anyway: you buy the right to use it." if terms.public else ""
        agree(f"This pays {price}.{public}", yes=yes or dry_run)
        keys = licence_keys(who.keys_home, who.desk.settings.wallet)
        number = pay(who.desk.ledger, who.desk.store, keys, offer, again=again)
        record = {"licence": number, "offer": offer, "price": price, "public": terms.public}
        show(record, json=json)


@app.command("list")
def list_licences(
    home: Home = None, rpc: Rpc = None, wallet: Wallet = None, json: Json = False
) -> None:
    """List the licences that your account paid for."""
    from commonroot.base.console import show
    from commonroot.cli.opening import account_of, looking
    from commonroot.market.buy import held

    with looking(home, rpc) as desk:
        records = [
            {
                "licence": each.purchase,
                "model": each.quote.terms.model,
                "version": each.quote.terms.version,
                "stage": each.state.stage.name.lower(),
            }
            for each in held(desk.ledger, account_of(desk.settings, wallet))
        ]
        show(records, json=json)


@app.command("refund")
def refund(
    licence: Annotated[int, typer.Argument(help="The licence's number.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Get the price back: for a wrong key at once, for a missing one after the seller's time."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.keys.places import licence_keys
    from commonroot.market.buy import refund as take_back

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        settings = who.desk.settings
        take_back(who.desk.ledger, licence_keys(settings.home, settings.wallet), licence)
        show({"licence": licence, "stage": "refunded"}, json=json)


@app.command("withdraw")
def withdraw(
    model: Annotated[int, typer.Argument(help="The model whose income it is.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Take your part of what licences to a model earned, as its owner or a contributor."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.node.rewards import income
    from commonroot.node.rewards import withdraw as take

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger = who.desk.ledger
        taken = take(ledger, model)
        left = income(ledger, model, ledger.account)
        record = {"model": model, "withdrawn": from_units(taken), "shares": left.shares}
        show({**record, "all_shares": left.all_shares}, json=json)
