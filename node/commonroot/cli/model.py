"""`commonroot model`: look at models, pull one, adapt it, sell it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, noun

if TYPE_CHECKING:
    from commonroot.learning.evaluate import Accuracy
    from commonroot.market.offers import Quote

app = noun("Look at models, pull one, adapt it, sell it.")

Model = Annotated[int, typer.Argument(help="The model's number, which is its program's.")]


@app.command("list")
def list_models(home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """List all models, oldest first."""
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.node.programs import all_programs
    from commonroot.protocol.hashing import to_hex

    with looking(home, rpc) as desk:
        models, records = desk.ledger.models, []
        for each in all_programs(desk.ledger):
            head = models.head(each.program)
            records.append(
                {
                    "model": each.program,
                    "owner": models.owner_of(each.program),
                    "version": head,
                    "root": to_hex(models.root(each.program, head)),
                    "visibility": each.rules.visibility.name.lower(),
                }
            )
        show(records, json=json)


@app.command("show")
def show_model(model: Model, home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """Show a model's versions and the licences on offer."""
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.market.offers import quotes
    from commonroot.node.programs import require
    from commonroot.protocol.hashing import to_hex

    with looking(home, rpc) as desk:
        require(desk.ledger, model)
        models = desk.ledger.models
        versions = [
            {"version": number, "root": to_hex(models.root(model, number))}
            for number in range(models.head(model) + 1)
        ]
        offers = [quote_record(each) for each in quotes(desk.ledger, model)]
        if json:
            owner, parent = models.owner_of(model), models.parent_of(model)
            head = {"model": model, "owner": owner, "parent": parent}
            show({**head, "versions": versions, "offers": offers}, json=True)
            return
        show(versions, json=False)
        show(offers, json=False)


@app.command("sell")
def sell(
    model: Model,
    price: Annotated[str, typer.Option("--price", help="What a licence costs.")],
    version: Annotated[
        int | None,
        typer.Option("--version", help="The version on offer.", show_default="the newest"),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=0, help="How long a licence lasts; 0 is for ever.")
    ] = 0,
    provider: Annotated[
        str | None,
        typer.Option("--provider", help="Whose account may deliver keys.", show_default="yours"),
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Offer licences to one version of a model that you own."""
    from commonroot.base.amounts import to_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, rehearsal
    from commonroot.market.offers import quote
    from commonroot.market.offers import sell as offer
    from commonroot.node.programs import require
    from commonroot.protocol.hashing import to_address

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        ledger = who.desk.ledger
        require(ledger, model)
        number = offer(
            ledger,
            who.desk.store,
            model,
            ledger.models.head(model) if version is None else version,
            price=to_units(price),
            duration=days * 86_400,
            provider=to_address(provider) if provider else None,
        )
        show(quote_record(quote(ledger, number)), json=json)


@app.command("pull")
def pull(
    model: Model,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Where the file goes.", show_default="model-N.safetensors"),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", help="Which version, where all are open to everybody."),
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Fetch the version you licensed, check it against the chain, and write it to a file."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, looking
    from commonroot.keys.places import licence_keys
    from commonroot.market.pull import is_open, pull_open
    from commonroot.market.pull import pull as fetch
    from commonroot.node.programs import require
    from commonroot.protocol.hashing import to_hex

    path = to or Path(f"model-{model}.safetensors")
    with looking(home, rpc) as desk:
        require(desk.ledger, model)
        head = desk.ledger.models.head(model) if version is None else version
        public = is_open(desk.ledger, model, head)
        pulled = pull_open(desk.ledger, desk.store, model, head, path) if public else None
    if pulled is None:
        with acting(home, rpc, wallet, password_file) as who:
            settings, desk = who.desk.settings, who.desk
            keys = licence_keys(settings.home, settings.wallet)
            pulled = fetch(desk.ledger, desk.store, keys, model, path)
    record = {
        "file": str(pulled.path),
        "model": pulled.model,
        "version": pulled.version,
        "root": to_hex(pulled.root),
        "licence": pulled.purchase,
    }
    show(record, json=json)


@app.command("adapt")
def adapt(
    file: Annotated[Path, typer.Argument(help="A model file.", dir_okay=False)],
    task: Annotated[
        str,
        typer.Option("--task", help="Where tasks come from: drawn:SEED, an Omniglot zip, a .npz."),
    ] = "drawn:12345",
    examples: Annotated[
        Path | None,
        typer.Option(
            "--examples",
            help="Your own images, a folder for each class: the first are learned from.",
            file_okay=False,
        ),
    ] = None,
    tasks: Annotated[int, typer.Option("--tasks", min=1, help="How many tasks.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which tasks are drawn.")] = 0,
    json: Json = False,
) -> None:
    """Adapt a model file to tasks it never saw, and compare with training from scratch."""
    from commonroot.base.console import show
    from commonroot.market.use import adapt as measure
    from commonroot.tasks.sources import characters_from

    if examples is not None:
        _answer(file, examples, json=json)
        return
    found = measure(file, characters_from(task), tasks=tasks, seed=seed)
    parts = {"before": found.before, "after": found.after, "scratch": found.scratch}
    if json:
        numbers = {name: _accuracy(each) for name, each in parts.items()}
        show({"ways": found.ways, "shots": found.shots, "tasks": tasks, **numbers}, json=True)
        return
    task_kind = f"{found.ways}-way {found.shots}-shot, {tasks} tasks"
    show({"tasks": task_kind, **{name: str(each) for name, each in parts.items()}}, json=False)


def _answer(file: Path, folder: Path, *, json: bool) -> None:
    from commonroot.base.console import show
    from commonroot.market.use import answers

    found = answers(file, folder)
    right = sum(each.said == each.label for each in found)
    rows = [{"file": str(each.file), "label": each.label, "said": each.said} for each in found]
    if json:
        show({"right": right, "asked": len(found), "answers": rows}, json=True)
        return
    show(rows, json=False)
    show({"right": f"{right} of {len(found)}"}, json=False)


def quote_record(quote: Quote) -> dict[str, Any]:
    """Return an offer as programs and tables show it."""
    from commonroot.base.amounts import from_units

    terms = quote.terms
    return {
        "offer": quote.offer,
        "model": terms.model,
        "version": terms.version,
        "price": from_units(terms.price, quote.decimals),
        "token": quote.symbol,
        "days": terms.duration / 86_400 if terms.duration else None,
        "seller": terms.seller,
        "open": quote.open,
        "public": quote.public,
    }


def _accuracy(found: Accuracy) -> dict[str, float]:
    return {"mean": found.mean, "interval": found.interval}
