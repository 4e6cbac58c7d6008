"""
The weighted mean: S = sum of weight * delta, W = sum of weights.

|S| <= 2^20 * 2^24 = 2^44 at the bounds of the protocol. Even where lanes run over all of int32, before
their bound was checked, 2*en*S stays below 2^62.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.protocol.fixed import widen
from commonroot.protocol.rules.stepping import require_weights, stepped
from commonroot.protocol.rules.terms import Step


def aggregate(base: Any, deltas: Sequence[Any], weights: Sequence[int], step: Step) -> Any:
    """Return the next version of some lanes; the same bytes in numpy, torch and the contract."""
    require_weights(len(deltas), weights)
    moved = sum(weight * widen(each) for weight, each in zip(weights, deltas, strict=True))
    return stepped(base, moved, sum(weights), step)
