"""All of a round again, in order: what does not hold is yielded, the first is raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, Outcome, paid_out, work_out
from commonroot.protocol.fixed import LANES, Fixed
from commonroot.protocol.hashing import Digest
from commonroot.protocol.payout import tree_root
from commonroot.protocol.replay.documents import (
    chain_mismatches,
    commitment_mismatches,
    differing,
    manifest_mismatches,
    weights_mismatches,
)
from commonroot.protocol.replay.faults import (
    DELTAS,
    GRADIENT,
    Asked,
    Fault,
    Mismatch,
    OutOfBounds,
    Withheld,
    WrongPayroll,
)
from commonroot.protocol.replay.layout import (
    first_difference,
    first_out_of_bounds,
    laid_out,
    published,
    row_faults,
)
from commonroot.protocol.replay.people import contribution_mismatches, order_mismatches
from commonroot.protocol.replay.recorded import Artifacts, Laid, Recorded
from commonroot.protocol.table import Table, first_in_padding

__all__ = ["first_difference", "mismatches", "replay"]

_A_ROW = Withheld(Asked.ROW)
_IN_ROWS = ("result_root", "row_root")
_WORKED_OUT = (*_IN_ROWS, "payout_root", "payout_sum", "shares_sum")


def replay(recorded: Recorded, artifacts: Artifacts, table: Table) -> Outcome:
    """Return what the round comes to, having checked every commitment; raise the first Mismatch."""
    for mismatch in mismatches(recorded, artifacts, table):
        raise mismatch
    return worked_out(recorded, artifacts)


def mismatches(recorded: Recorded, artifacts: Artifacts, table: Table) -> Iterator[Mismatch]:
    """
    Yield everything that does not hold, as far as it can be told, in the protocol's order.

    A harmless fault must not hide a lie behind it, so whoever wants to prove one looks at all of them.
    """
    yield from chain_mismatches(recorded)
    yield from manifest_mismatches(recorded, artifacts.manifest)
    foreign = list(commitment_mismatches(recorded, artifacts))
    yield from foreign
    if foreign:
        return
    yield from weights_mismatches(recorded, artifacts)
    yield from order_mismatches(recorded, artifacts)
    rules, filled = recorded.rules, (table.lanes("weight"), table.lanes("moment"))
    said = rules.weights, rules.moments
    yield from differing(recorded.close.round, "the table's lanes", said, filled)
    base = list(_base_mismatches(recorded, artifacts))
    yield from base
    yield from contribution_mismatches(recorded, artifacts)
    found = list(_vector_mismatches(recorded, artifacts))
    yield from found
    if any(isinstance(each.fault, Withheld | OutOfBounds) for each in (*base, *found)):
        return
    try:
        ours = worked_out(recorded, artifacts)
    except ProtocolError as exc:  # weights or a round that no sum can be made with
        yield Mismatch(recorded.close.round, "the arithmetic", "possible", exc)
        return
    yield from _outcome_mismatches(recorded, artifacts, ours)


def _base_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    at, lanes, base = recorded.close.round, recorded.rules.chunks() * LANES, artifacts.base
    if base.size != lanes:
        yield Mismatch(at, "the length of the base", lanes, base.size, _A_ROW)
        return
    yield from _root_mismatch(at, "the base's root", recorded.parent_root, base)
    spare = first_in_padding(base, recorded.rules.weights, recorded.rules.moments)
    if spare is not None:
        # Whoever proposes on such a base has told no lie: it was there from version 0 on.
        yield Mismatch(at, f"padding lane {spare} of the base", 0, base[spare])


def _vector_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    lengths = list(_length_mismatches(recorded, artifacts))
    yield from lengths
    if lengths:
        return
    at, entries = recorded.close.round, artifacts.manifest.entries
    for place, (entry, delta) in enumerate(zip(entries, artifacts.deltas, strict=True)):
        what = f"the delta's root of {entry.contribution.node}"
        fault = Withheld(Asked.COLUMN, column=place)
        yield from _root_mismatch(at, what, entry.contribution.delta_root, delta, fault)
    said = recorded.proposal.gradient_root
    yield from _root_mismatch(at, "the gradient root", said, artifacts.gradient)
    yield from _bound_mismatch(recorded, "gradient", artifacts.gradient, GRADIENT)
    for place, (entry, delta) in enumerate(zip(entries, artifacts.deltas, strict=True)):
        what = f"delta of {entry.contribution.node}"
        yield from _bound_mismatch(recorded, what, delta, DELTAS + place)


def _length_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    at, lanes, count = recorded.close.round, recorded.rules.chunks() * LANES, len(artifacts.deltas)
    yield from differing(at, "the count of deltas", recorded.close.count, count, _A_ROW)
    size = artifacts.gradient.size
    yield from differing(at, "the length of the gradient", lanes, size, _A_ROW)
    for place, delta in enumerate(artifacts.deltas):
        what, fault = f"the length of delta {place}", Withheld(Asked.COLUMN, column=place)
        yield from differing(at, what, lanes, delta.size, fault)


def _root_mismatch(
    at: int, what: str, said: Digest, lanes: Fixed, fault: Fault = _A_ROW
) -> Iterator[Mismatch]:
    yield from differing(at, what, said, tree.vector_root(lanes), fault)


def _bound_mismatch(recorded: Recorded, what: str, lanes: Fixed, vector: int) -> Iterator[Mismatch]:
    lane = first_out_of_bounds(lanes, vector, recorded.rules)
    if lane is not None:
        said, fault = "within its bounds", OutOfBounds(lane // LANES, lane % LANES, vector)
        yield Mismatch(recorded.close.round, f"lane {lane} of the {what}", said, lanes[lane], fault)


def worked_out(recorded: Recorded, artifacts: Artifacts) -> Outcome:
    """Return what a round comes to, whatever the chain says of that."""
    given = Given(
        base=artifacts.base,
        gradient=artifacts.gradient,
        nodes=tuple(entry.contribution.node for entry in artifacts.manifest.entries),
        deltas=artifacts.deltas,
        weights=tuple(entry.contribution.weight for entry in artifacts.manifest.entries),
    )
    return work_out(given, recorded.rules, recorded.close.round)


def _outcome_mismatches(
    recorded: Recorded, artifacts: Artifacts, outcome: Outcome
) -> Iterator[Mismatch]:
    at, said, manifest = recorded.close.round, recorded.proposal, artifacts.manifest
    ours = outcome.proposal(recorded.close, recorded.seed, manifest.digest)
    wrong = [name for name in _WORKED_OUT if getattr(said, name) != getattr(ours, name)]
    faults = _faults(recorded, artifacts, outcome) if wrong else {}
    for name in wrong:
        what = f"the {name.replace('_', ' ')}"
        yield Mismatch(at, what, getattr(said, name), getattr(ours, name), faults[name])
    yield from differing(at, "the manifest's payouts", outcome.payouts, manifest.payouts)
    yield from differing(at, "the manifest's base", recorded.parent_root, manifest.base.root)
    yield from differing(at, "the manifest's result", outcome.result_root, manifest.result.root)
    gradient = outcome.gradient_root
    yield from differing(at, "the manifest's gradient", gradient, manifest.gradient.root)


def _faults(recorded: Recorded, artifacts: Artifacts, outcome: Outcome) -> Mapping[str, Fault]:
    """Return what each wrong part of a proposal is a sign of."""
    laid = laid_out(recorded, artifacts, outcome.result)
    result = published(recorded, artifacts, outcome.result)
    in_rows = () if laid is None else row_faults(recorded, artifacts, laid, result)
    lie: Fault = next(iter(in_rows), _A_ROW)
    pay = _pay_fault(recorded, artifacts, laid) or lie
    return {name: lie if name in _IN_ROWS else pay for name in _WORKED_OUT}


def _pay_fault(recorded: Recorded, artifacts: Artifacts, laid: Laid | None) -> Fault | None:
    """Return the fault of payouts that do not follow from the sums on chain, whatever those are."""
    if laid is None:
        return None
    said, nodes = recorded.proposal, [each.contribution.node for each in artifacts.manifest.entries]
    weights = [each.contribution.weight for each in artifacts.manifest.entries]
    top = tree_root(paid_out(nodes, weights, laid.sums, recorded.rules))
    found = top.digest, top.payout, top.shares
    follows = found == (said.payout_root, said.payout_sum, said.shares_sum)
    return None if follows else WrongPayroll()
