"""
The last step of every rule: next = clamp(base + floor((2*en*S + ed*W) / (2*ed*W))).

That is base + step * S / W, rounded half up. Whatever a rule makes of a lane's deltas comes here as a
sum S and what it is divided by, W.

All of it fits into int64: |S| <= W * 2^24 for every rule, W <= 2^20, en and ed <= 2^10, so
|2*en*S + ed*W| <= 2^55 + 2^30 < 2^56, and so does the quotient, to which an int32 is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import WEIGHT_MAX, saturate, widen
from commonroot.protocol.rules.terms import Step


def stepped(base: Any, moved: Any, total: int, step: Step) -> Any:
    """
    Return lanes moved by step * moved / total; the same bytes in numpy, torch and the contract.

    `//` rounds toward minus infinity in numpy, torch and Python; Solidity's `/` does not.
    """
    over, under = 2 * step.over * moved + step.under * total, 2 * step.under * total
    return saturate(widen(base) + over // under)


def require_weights(count: int, weights: Sequence[int]) -> None:
    """Raise unless every delta has a weight, and all of them fit into 64-bit sums."""
    if not count or count != len(weights):
        raise ProtocolError(f"{count} deltas do not go with {len(weights)} weights.")
    if min(weights) < 1 or sum(weights) > WEIGHT_MAX:
        raise ProtocolError(f"Weights start at 1 and add up to at most {WEIGHT_MAX}.")
