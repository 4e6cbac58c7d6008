"""`commonroot round`: what became of a program's rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, Yes, noun

if TYPE_CHECKING:
    from commonroot.ledger.events import ForfeitRecord, RoundRecord

app = noun("Look at training rounds.")

Program = Annotated[int, typer.Argument(help="The program's number.")]


@app.command("list")
def list_rounds(program: Program, home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """List every attempt at a program's rounds, oldest first."""
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.ledger import events
    from commonroot.node.programs import require

    with looking(home, rpc) as desk:
        require(desk.ledger, program)
        lost = {(each.round, each.epoch): each for each in events.forfeits(desk.ledger, program)}
        records = events.rounds(desk.ledger, program)
        rows = [{**_row(each), **_lost(lost.get((each.round, each.epoch)))} for each in records]
        # A transaction is 66 letters wide: `round show` and --json have it.
        wide = () if json else ("transaction", *(() if lost else _lost(None)))
        show([{name: row[name] for name in row if name not in wide} for row in rows], json=json)


@app.command("show")
def show_round(
    program: Program,
    round: Annotated[int, typer.Argument(help="The round's number.")],
    home: Home = None,
    rpc: Rpc = None,
    json: Json = False,
) -> None:
    """Show a final round: who contributed what, and what it was worth."""
    from commonroot.base.console import show
    from commonroot.cli.lineage import contributor
    from commonroot.cli.opening import looking
    from commonroot.node.again import round_of
    from commonroot.node.lineage import step
    from commonroot.node.programs import require

    with looking(home, rpc) as desk:
        require(desk.ledger, program)
        found = step(desk.ledger, desk.store, round_of(desk.ledger, program, round))
        record = _row(found.record)
        people = [contributor(each) for each in found.contributors or ()]
        if json:
            absent = [{"node": each.node, "why": each.why} for each in found.absent]
            show({**record, "contributions": people, "absent": absent}, json=True)
            return
        show(record, json=False)
        # Datasets are 66 letters wide: `lineage` and --json have them.
        wide = ("dataset", "weight")
        show([{name: one[name] for name in one if name not in wide} for one in people], json=False)
        if found.absent:
            show([{"node": each.node, "why": each.why} for each in found.absent], json=False)


@app.command("challenge")
def challenge(
    program: Program,
    round: Annotated[int, typer.Argument(help="The round whose proposal is looked at.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Compute a waiting proposal again; where it lies, prove it on chain and take the bounty."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree, readers
    from commonroot.node.challenge import find_lie, refute, waiting

    with acting(home, rpc, wallet, password_file) as who:
        ledger, store = who.desk.ledger, who.desk.store
        past = waiting(ledger, store, program, round)
        lie = find_lie(ledger, store, past, readers(who))
        if lie is None:
            show({"round": round, "holds": True, "challenge": None}, json=json)
            return
        bond = ledger.programs.rules(program).bond
        agree(
            f"{lie.mismatch} Proving it takes two transactions; the bond behind it is "
            f"{from_units(bond)}, and a quarter is the bounty.",
            yes=yes,
        )
        refuted = refute(ledger, past, lie)
        show(
            {
                "round": round,
                "holds": False,
                "challenge": lie.challenge.function,
                "why": str(lie.mismatch),
                "gas": refuted.proved.gas,
                "bounty_until": refuted.forfeit.until,
            },
            json=json,
        )


def _lost(forfeit: ForfeitRecord | None) -> dict[str, Any]:
    """Return what became of the bond behind an epoch that ended badly."""
    from commonroot.base.amounts import from_units

    if forfeit is None:
        return {"forfeited": None, "drawn": None, "challenger": None}
    return {
        "forfeited": from_units(forfeit.amount),
        "drawn": len(forfeit.drawn),
        "challenger": forfeit.challenger,
    }


def _row(record: RoundRecord) -> dict[str, Any]:
    from commonroot.base.amounts import from_units
    from commonroot.protocol.hashing import to_hex

    return {
        "round": record.round,
        "epoch": record.epoch,
        "stage": str(record.end) if record.end else record.stage.name.lower(),
        "nodes": record.close.count if record.close else None,
        "paid": from_units(record.proposal.payout_sum)
        if record.proposal and record.finalized
        else None,
        "version": record.version,
        "transaction": to_hex(record.finalized.transaction) if record.finalized else None,
    }
