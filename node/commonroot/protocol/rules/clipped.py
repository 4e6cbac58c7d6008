"""
The norm-clipped weighted mean: no delta moves the model further than the cap allows.

A delta whose squared norm, over all weights, passes cap^2 is shortened before the mean is taken:

    d' = floor(d * cap / ceil(sqrt(square)))

The root is rounded up, so what comes out is no longer than the cap, but for the rounding of lanes below
zero, which is less than one each. What fits under the cap stays as it is, to the bit.

The product fits into int64. A delta is only shortened where cap < sqrt(square) <= 2^24 * sqrt(lanes),
and a table has at most 2^28 lanes: |d * cap| < 2^24 * 2^38 = 2^62. A shortened lane is no larger than it
was, so the mean's bounds hold unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import widen
from commonroot.protocol.rules import mean
from commonroot.protocol.rules.terms import Step
from commonroot.protocol.whole import root_up

_NORM_MAX = 2**38
"""No delta within the protocol's bounds is longer."""


def aggregate(
    base: Any,
    deltas: Sequence[Any],
    weights: Sequence[int],
    squares: Sequence[int],
    norm_cap: int,
    step: Step,
) -> Any:
    """
    Return the next version of some lanes, each delta shortened as its whole squared norm says.

    The lanes may be a part of the vector; the squares are those of all its weights.
    """
    if len(squares) != len(deltas):
        raise ProtocolError(f"{len(deltas)} deltas do not go with {len(squares)} squared norms.")
    short = [
        shortened(each, square, norm_cap) for each, square in zip(deltas, squares, strict=True)
    ]
    return mean.aggregate(base, short, weights, step)


def shortened(delta: Any, square: int, norm_cap: int) -> Any:
    """Return a delta of a squared norm as it counts: itself, or int64 lanes shortened to the cap."""
    if square <= norm_cap * norm_cap:
        return delta
    norm = root_up(square)
    if norm > _NORM_MAX:
        raise ProtocolError(f"A delta's norm is at most {_NORM_MAX}; this one's is {norm}.")
    return widen(delta) * norm_cap // norm
