"""
The rows of a round: as they were built, and what is wrong with that.

What rows were built from is looked for among what is known: the published result, the right one, or
vectors and sums that somebody found out. Where none of it gives the root on chain, a row has to be
demanded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, next_version
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed
from commonroot.protocol.replay.faults import (
    BASE,
    GRADIENT,
    RESULT,
    ForeignChunk,
    OutOfBounds,
    Provable,
    WrongPrefix,
    WrongSum,
)
from commonroot.protocol.replay.recorded import Artifacts, Laid, Recorded
from commonroot.protocol.rules import Rules
from commonroot.protocol.scores import Sums, exact_sums
from commonroot.protocol.table import first_in_padding


def laid_out(recorded: Recorded, artifacts: Artifacts, ours: Fixed | None = None) -> Laid | None:
    """Return what the rows on chain were built from; None where nothing known gives their root."""
    for each in _candidates(recorded.rules, artifacts, ours):
        if tree.root(each.rows()) == recorded.proposal.row_root:
            return each
    return None


def published(recorded: Recorded, artifacts: Artifacts, ours: Fixed | None = None) -> Fixed | None:
    """Return the vector that the proposal's result root is of, where it is known."""
    laid = artifacts.laid.result if artifacts.laid else None
    for each in (ours, artifacts.result, laid):
        if each is not None and tree.vector_root(each) == recorded.proposal.result_root:
            return each
    return None


def row_faults(
    recorded: Recorded, artifacts: Artifacts, laid: Laid, result: Fixed | None
) -> Iterator[Provable]:
    """Yield what the rows of a layout show, the first of each kind."""
    rules = recorded.rules
    for vector, (used, committed) in enumerate(_vectors(artifacts, laid, result)):
        chunk = None if committed is None else first_difference(used, committed)
        if chunk is not None:
            yield ForeignChunk(chunk, vector)
    for vector, (used, _) in enumerate(_vectors(artifacts, laid, result)):
        lane = first_out_of_bounds(used, vector, rules)
        if lane is not None:
            yield OutOfBounds(lane // LANES, lane % LANES, vector)
    for column, (delta, sums) in enumerate(zip(laid.deltas, laid.sums, strict=True)):
        chunk = _first_wrong_step(sums, exact_sums(laid.gradient, delta, rules.weight_chunks()))
        if chunk is not None:
            yield WrongPrefix(chunk, column)
    yield from _wrong_sums(recorded, artifacts, laid)


def first_out_of_bounds(lanes: Fixed, vector: int, rules: Rules) -> int | None:
    """Return the first lane of a gradient or delta that is too large, or padding and not zero."""
    if vector in (BASE, RESULT):
        # They follow from the version before; whoever proposes on a bad seed has told no lie.
        return None
    bound = GRADIENT_MAX if vector == GRADIENT else DELTA_MAX
    wide = np.flatnonzero(np.abs(lanes.astype(np.int64)) > bound)
    spare = first_in_padding(lanes, rules.weights, rules.moments)
    found = [*map(int, wide[:1]), *([] if spare is None else [spare])]
    return min(found, default=None)


def first_difference(ours: Fixed, theirs: Fixed) -> int | None:
    """Return the first chunk in which two vectors of one length differ."""
    wrong = np.flatnonzero(ours != theirs)
    return int(wrong[0]) // LANES if wrong.size else None


def summed_weights(artifacts: Artifacts) -> tuple[int, ...]:
    """Return the weights that the sums were made with."""
    entries = artifacts.manifest.entries
    return artifacts.weights or tuple(entry.contribution.weight for entry in entries)


def _candidates(rules: Rules, artifacts: Artifacts, ours: Fixed | None) -> Iterator[Laid]:
    if artifacts.laid is not None:
        yield artifacts.laid
    gradient, deltas = artifacts.gradient, artifacts.deltas
    sums = tuple(exact_sums(gradient, each, rules.weight_chunks()) for each in deltas)
    for result in (artifacts.result, ours):
        if result is not None:
            yield Laid(artifacts.base, result, gradient, deltas, sums)


def _vectors(
    artifacts: Artifacts, laid: Laid, result: Fixed | None
) -> Sequence[tuple[Fixed, Fixed | None]]:
    return [
        (laid.base, artifacts.base),
        (laid.result, result),
        (laid.gradient, artifacts.gradient),
        *zip(laid.deltas, artifacts.deltas, strict=True),
    ]


def _first_wrong_step(found: Sums, exact: Sums) -> int | None:
    # A step is wrong by itself: sums that stay wrong by as much as before tell no further lie.
    offs = [
        (dot - true_dot, square - true_square)
        for dot, true_dot, square, true_square in zip(
            found.dots, exact.dots, found.squares, exact.squares, strict=True
        )
    ]
    before = [(0, 0), *offs]
    return next((at for at, off in enumerate(offs) if off != before[at]), None)


def _wrong_sums(recorded: Recorded, artifacts: Artifacts, laid: Laid) -> Iterator[WrongSum]:
    last = recorded.rules.weight_chunks() - 1
    nodes = tuple(entry.contribution.node for entry in artifacts.manifest.entries)
    weights = summed_weights(artifacts)
    try:
        right = next_version(
            Given(laid.base, laid.gradient, nodes, laid.deltas, weights),
            [each.squares[last] for each in laid.sums],
            recorded.rules,
            recorded.close.round,
        )
    except ProtocolError:  # weights or norms that no sum can be made with are a fault of their own
        return
    wrong = np.flatnonzero(right != laid.result)
    if wrong.size:
        yield WrongSum(int(wrong[0]) // LANES, int(wrong[0]) % LANES)
