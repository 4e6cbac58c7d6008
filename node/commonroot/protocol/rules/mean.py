"""The weighted mean: next = clamp(base + floor((2*en*S + ed*W) / (2*ed*W)))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import WEIGHT_MAX, saturate, widen
from commonroot.protocol.rules.terms import Step


def aggregate(base: Any, deltas: Sequence[Any], weights: Sequence[int], step: Step) -> Any:
    """
    Return the next version of some lanes; the same bytes in numpy, torch and the contract.

    `//` rounds toward minus infinity in numpy, torch and Python; Solidity's `/` does not.
    """
    if not deltas or len(deltas) != len(weights):
        raise ProtocolError(f"{len(deltas)} deltas do not go with {len(weights)} weights.")
    total = sum(weights)
    if min(weights) < 1 or total > WEIGHT_MAX:
        raise ProtocolError(f"Weights start at 1 and add up to at most {WEIGHT_MAX}.")
    moved = sum(weight * widen(each) for weight, each in zip(weights, deltas, strict=True))
    over, under = 2 * step.over * moved + step.under * total, 2 * step.under * total
    return saturate(widen(base) + over // under)
