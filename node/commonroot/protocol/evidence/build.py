"""From a fault that a replay names to the transaction that shows it."""

from __future__ import annotations

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.evidence import rows
from commonroot.protocol.evidence.challenges import (
    Challenge,
    DisorderChallenge,
    ForeignChunkChallenge,
    OutOfBoundsChallenge,
    StrangerChallenge,
    WrongPayrollChallenge,
    WrongPrefixChallenge,
    WrongSignatureChallenge,
    WrongSumChallenge,
    WrongWeightChallenge,
)
from commonroot.protocol.evidence.shapes import (
    NO_PROPOSAL,
    NO_ROW,
    NO_SHOWN,
    Case,
    Row,
    Shown,
    Wanted,
)
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest
from commonroot.protocol.replay.faults import (
    BASE,
    DELTAS,
    GRADIENT,
    RESULT,
    Auditable,
    Disorder,
    Fault,
    ForeignChunk,
    Mismatch,
    OutOfBounds,
    Stranger,
    Withheld,
    WrongPayroll,
    WrongPrefix,
    WrongSignature,
    WrongSum,
    WrongWeight,
)
from commonroot.protocol.replay.judge import mismatches, worked_out
from commonroot.protocol.replay.layout import laid_out, published, row_faults, summed_weights
from commonroot.protocol.replay.recorded import Artifacts, Laid, Recorded
from commonroot.protocol.round import packed_weights
from commonroot.protocol.rules import Aggregation
from commonroot.protocol.table import Table


class NotProvable(ProtocolError):
    """There is no transaction that shows what is wrong."""


def first_evidence(
    recorded: Recorded, artifacts: Artifacts, table: Table, salt: Digest
) -> tuple[Mismatch, Challenge] | None:
    """Return the first thing that does not hold and can be proved, and its proof; None if there is none."""
    for mismatch in mismatches(recorded, artifacts, table):
        if mismatch.provable:
            try:
                found = evidence(recorded, artifacts, mismatch.fault, salt)
            except NotProvable:  # the rows are not known; something else may still be shown
                continue
            assert not isinstance(found, Wanted)
            return mismatch, found
    return None


def evidence(
    recorded: Recorded, artifacts: Artifacts, fault: Fault, salt: Digest
) -> Challenge | Wanted:
    """Return the challenge that proves a fault, or the demand for what is withheld."""
    case = Case(recorded.close, recorded.proposal, salt)
    match fault:
        case Auditable():
            raise NotProvable("No contract can see this: anyone can check it, and tell.")
        case Withheld(asked, chunk, column):
            return Wanted(recorded.close, recorded.proposal, asked, chunk, column)
        case WrongPayroll():
            last = _last(recorded, _laid(recorded, artifacts))
            given = tuple(entry.contribution for entry in artifacts.manifest.entries)
            return WrongPayrollChallenge(case, given, last)
        case WrongSum() | ForeignChunk() | OutOfBounds() | WrongPrefix():
            return _of_rows(recorded, artifacts, case)
        case WrongSignature() | Stranger() | WrongWeight() | Disorder():
            return _of_people(recorded, artifacts, case, fault)


def shown(artifacts: Artifacts, place: int) -> Shown:
    """Return a contribution with what shows that it is in the close."""
    given = [entry.contribution for entry in artifacts.manifest.entries]
    leaves = [each.leaf(index) for index, each in enumerate(given)]
    return Shown(place, given[place], tuple(tree.proof(leaves, place)))


def _of_people(
    recorded: Recorded,
    artifacts: Artifacts,
    case: Case,
    fault: WrongSignature | Stranger | WrongWeight | Disorder,
) -> Challenge:
    place = fault.place
    match fault:
        case WrongSignature():
            parent = recorded.parent or NO_PROPOSAL
            return WrongSignatureChallenge(case, shown(artifacts, place), parent)
        case Stranger():
            return StrangerChallenge(case, shown(artifacts, place))
        case WrongWeight():
            weights = packed_weights(artifacts.weights or ())
            return WrongWeightChallenge(case, shown(artifacts, place), weights)
        case Disorder():
            return DisorderChallenge(case, shown(artifacts, place), shown(artifacts, place + 1))


def _of_rows(recorded: Recorded, artifacts: Artifacts, case: Case) -> Challenge:
    # What is shown is what the rows themselves show: a lane out of bounds in a delta that a row was
    # not even built from would be no proof.
    laid = _laid(recorded, artifacts)
    result = published(recorded, artifacts, _ours(recorded, artifacts))
    fault = next(row_faults(recorded, artifacts, laid, result), None)
    match fault:
        case ForeignChunk(chunk, vector):
            own = rows.leaf_of(_committed(artifacts, result, vector), chunk)
            whose = shown(artifacts, vector - DELTAS) if vector >= DELTAS else NO_SHOWN
            parent = recorded.parent or NO_PROPOSAL
            row = rows.with_leaves(laid, chunk)
            return ForeignChunkChallenge(case, row, vector, own, whose, parent)
        case OutOfBounds(chunk, lane, vector):
            used = laid.gradient if vector == GRADIENT else laid.deltas[vector - DELTAS]
            row, data = rows.with_leaves(laid, chunk), rows.chunk_bytes(used, chunk)
            return OutOfBoundsChallenge(case, row, vector, data, lane)
        case WrongPrefix(chunk, column):
            before = rows.with_sums(laid, chunk - 1) if chunk else NO_ROW
            gradient, delta = (
                rows.chunk_bytes(each, chunk) for each in (laid.gradient, laid.deltas[column])
            )
            row = rows.with_both(laid, chunk)
            return WrongPrefixChallenge(case, row, before, column, gradient, delta)
        case WrongSum(chunk, lane):
            weights = packed_weights(summed_weights(artifacts))
            clips = recorded.rules.aggregation is Aggregation.CLIPPED_MEAN
            last = _last(recorded, laid) if clips else NO_ROW
            return WrongSumChallenge(case, rows.with_bytes(laid, chunk), lane, weights, last)
    raise NotProvable("The rows are as they should be: what is wrong is not in them.")


def _committed(artifacts: Artifacts, result: Fixed | None, vector: int) -> Fixed:
    if vector == BASE:
        return artifacts.base
    if vector == RESULT:
        assert result is not None  # only against a known vector is a chunk foreign
        return result
    return artifacts.gradient if vector == GRADIENT else artifacts.deltas[vector - DELTAS]


def _laid(recorded: Recorded, artifacts: Artifacts) -> Laid:
    laid = laid_out(recorded, artifacts, _ours(recorded, artifacts))
    if laid is None:
        raise NotProvable("Nothing known gives the root of the rows: a row has to be demanded.")
    return laid


def _ours(recorded: Recorded, artifacts: Artifacts) -> Fixed | None:
    try:
        return worked_out(recorded, artifacts).result
    except ProtocolError:  # a vector is out of bounds, so nothing right follows from it
        return None


def _last(recorded: Recorded, laid: Laid) -> Row:
    return rows.with_sums(laid, recorded.rules.weight_chunks() - 1)
