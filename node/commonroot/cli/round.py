"""`commonroot round`: what became of a program's rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import Home, Json, Rpc, noun

if TYPE_CHECKING:
    from commonroot.ledger.events import RoundRecord

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
        show([_row(each) for each in events.rounds(desk.ledger, program)], json=json)


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


def _row(record: RoundRecord) -> dict[str, Any]:
    from commonroot.base.amounts import from_units
    from commonroot.protocol.hashing import to_hex

    return {
        "round": record.round,
        "epoch": record.epoch,
        "stage": "abandoned" if not record.stage else record.stage.name.lower(),
        "nodes": record.close.count if record.close else None,
        "paid": from_units(record.payroll.payout_sum) if record.payroll else None,
        "version": record.version,
        "transaction": to_hex(record.finalized.transaction) if record.finalized else None,
    }
