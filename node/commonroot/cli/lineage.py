"""`commonroot lineage X`: where a version comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import Home, Json, Rpc, verb

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from commonroot.node.lineage import Contributor, Lineage, Step, Terms

app = verb()


@app.command()
def lineage(
    what: Annotated[str, typer.Argument(help="A model file, a hash, or a model: 1, or 1@8.")],
    home: Home = None,
    rpc: Rpc = None,
    json: Json = False,
) -> None:
    """Show a version's rounds, contributors, datasets, spec, parent and licences."""
    from commonroot.base.console import console, show
    from commonroot.cli.opening import home_for, looking
    from commonroot.node.finding import find
    from commonroot.node.lineage import lineage as trace

    with looking(home_for(what, home), rpc) as desk:
        traced = trace(desk.ledger, desk.store, find(desk.ledger, what))
        if json:
            show(record(traced), json=True)
        else:
            console().print(_tree(traced))


def record(found: Lineage) -> dict[str, Any]:
    """Return a lineage as programs read it."""
    from commonroot.protocol.hashing import to_hex

    charter, created = found.program.charter, found.program.created
    return {
        "model": found.model,
        "version": found.version,
        "root": to_hex(found.root),
        "owner": found.owner,
        "sponsor": found.program.sponsor,
        "aggregator": charter.aggregator,
        "spec": to_hex(charter.spec),
        "spec_name": found.spec.name if found.spec else None,
        "created": to_hex(created.transaction),
        "rounds": [step_record(each) for each in found.steps],
        "offers": [_offer(each) for each in found.offers],
        "elsewhere": [
            {"model": place.model, "version": place.version} for place in found.elsewhere
        ],
        "parent": record(found.parent) if found.parent else None,
    }


def step_record(step: Step) -> dict[str, Any]:
    """Return a round as programs read it."""
    from commonroot.protocol.hashing import to_hex

    said = step.record
    stages = {"opened": said.opened, "closed": said.closed, "proposed": said.proposed}
    people = step.contributors
    return {
        "round": said.round,
        "version": said.version,
        "root": to_hex(step.root),
        "manifest": to_hex(said.proposal.manifest) if said.proposal else None,
        "transactions": {
            name: to_hex(seen.transaction)
            for name, seen in {**stages, "finalized": said.finalized}.items()
            if seen
        },
        "contributions": None if people is None else [contributor(each) for each in people],
        "absent": [{"node": each.node, "why": each.why} for each in step.absent],
    }


def contributor(each: Contributor) -> dict[str, Any]:
    """Return a contribution as programs and tables show it."""
    from commonroot.base.amounts import from_units
    from commonroot.protocol.hashing import to_hex

    return {
        "node": each.node,
        "dataset": to_hex(each.dataset),
        "records": each.claims.count if each.claims else None,
        "weight": each.weight,
        "score": str(each.paid.score),
        "payout": from_units(each.paid.payout),
        "shares": each.paid.shares,
        "claimed": each.claimed,
    }


def _offer(terms: Terms) -> dict[str, Any]:
    from commonroot.base.amounts import from_units

    return {
        "offer": terms.offer.offer,
        "version": terms.offer.version,
        "price": from_units(terms.offer.price),
        "seconds": terms.offer.duration or None,
        "open": terms.open,
        "sold": terms.sold,
    }


def _tree(found: Lineage) -> Tree:
    from rich.tree import Tree

    from commonroot.base.console import plain
    from commonroot.protocol.hashing import to_hex

    charter = found.program.charter
    top = Tree(_headed(f"model {found.model}, version {found.version}", to_hex(found.root)))
    top.add(plain(f"owner {found.owner}"))
    top.add(plain(f"aggregator {charter.aggregator}"))
    name = found.spec.name if found.spec else "not in this store"
    top.add(plain(f"spec {to_hex(charter.spec)}  ({name})"))
    for step in reversed(found.steps):
        _grow(top, step)
    for terms in found.offers:
        said, state = _offer(terms), "on offer" if terms.open else "closed"
        what = f"licence to version {said['version']} for {said['price']}"
        top.add(plain(f"offer {said['offer']}: {what}, {state}, {said['sold']} sold"))
    for place in found.elsewhere:
        where = f"model {place.model}, version {place.version}"
        top.add(plain(f"the same root stands in {where}"))
    if found.parent:
        top.add(_tree(found.parent))
    return top


def _grow(top: Tree, step: Step) -> None:
    from commonroot.base.console import plain
    from commonroot.protocol.hashing import to_hex

    said = step.record
    assert said.finalized is not None
    made = f"made version {said.version} in {to_hex(said.finalized.transaction)}"
    branch = top.add(_headed(f"round {said.round}", made))
    if step.contributors is None:
        branch.add("its manifest is not in this store, so nobody can be named")
    for each in step.contributors or ():
        shown = contributor(each)
        taken = "claimed" if each.claimed else "not claimed"
        paid = f"payout {shown['payout']} ({taken}), {each.paid.shares} shares"
        leaf = branch.add(plain(f"{each.node}  {paid}"))
        records = f", {each.claims.count} records" if each.claims else ""
        leaf.add(plain(f"dataset {to_hex(each.dataset)}{records}"))
    for gone in step.absent:
        branch.add(plain(f"without {gone.node}: {gone.why}"), style="yellow")


def _headed(head: str, rest: str) -> Text:
    from rich.text import Text

    return Text.assemble((head, "bold"), "  ", rest)
