"""`commonroot verify X`: whether a version is what the chain says it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, verb

if TYPE_CHECKING:
    from commonroot.keys.wallet import Wallet as Unlocked
    from commonroot.node.desk import Desk
    from commonroot.node.verify import Verdict

app = verb()


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="A model file, a hash, or a model: 1, or 1@8.")],
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Compute a file's version again from its deltas.")
    ] = False,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Compare a model file with the chain, or compute a version again from the recorded deltas."""
    from commonroot.cli.opening import home_for, looking

    with looking(home_for(what, home), rpc) as desk:
        verdicts = _file_verdict(desk, what)
        if all(each.holds for each in verdicts) and (recompute or not verdicts):
            verdicts.append(_recomputed(desk, what, wallet, password_file))
    _show(verdicts, json=json)
    if not all(each.holds for each in verdicts):
        raise typer.Exit(1)


def _file_verdict(desk: Desk, what: str) -> list[Verdict]:
    from commonroot.node.verify import verify_file

    return [verify_file(desk.ledger, Path(what))] if Path(what).is_file() else []


def _recomputed(desk: Desk, what: str, wallet: str | None, file: Path | None) -> Verdict:
    from commonroot.node.finding import find
    from commonroot.node.verify import recompute
    from commonroot.protocol.rules import Visibility

    found = find(desk.ledger, what)
    secret = desk.ledger.programs.rules(found.model).visibility is Visibility.MEMBERS
    readers = _readers(desk, wallet, file) if secret and found.version else []
    return recompute(desk.ledger, desk.store, found.model, found.version, readers)


def _readers(desk: Desk, wallet: str | None, file: Path | None) -> list[Unlocked]:
    """Return the wallet and, where it is a node's, its receipt key: either may be a reader."""
    from commonroot.cli.opening import password
    from commonroot.keys.places import receipt_keys, wallets

    home, name = desk.settings.home, wallet or desk.settings.wallet
    accounts, receipts = wallets(home), receipt_keys(home)
    accounts.address(name)
    secret = password(name, file)
    own = [receipts.unlock(name, secret)] if name in receipts.names() else []
    return [accounts.unlock(name, secret), *own]


def _show(verdicts: list[Verdict], *, json: bool) -> None:
    from rich.text import Text

    from commonroot.base.console import console, plain, show

    if json:
        records = [_record(each) for each in verdicts]
        show(records[0] if len(records) == 1 else records, json=True)
        return
    out = console()
    for each in verdicts:
        sign = Text("Holds: ", "bold green") if each.holds else Text("Does not hold: ", "bold red")
        out.print(sign + plain(each.finding))
        out.print(plain(f"Checked against {each.chain}."))


def _record(verdict: Verdict) -> dict[str, Any]:
    from commonroot.protocol.hashing import to_hex

    return {
        "holds": verdict.holds,
        "model": verdict.model,
        "version": verdict.version,
        "root": to_hex(verdict.root),
        "finding": verdict.finding,
        "chunks": list(verdict.chunks),
        "recomputed_round": verdict.round,
        "chain": verdict.chain,
    }
