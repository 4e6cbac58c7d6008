"""
The coordinate-wise trimmed mean: of each lane the ends are cut off, and the rest counts alike.

    Yin, Chen, Ramchandran, Bartlett. Byzantine-Robust Distributed Learning: Towards Optimal Statistical
    Rates. ICML 2018. https://arxiv.org/abs/1803.01498

Of n deltas the k = floor(n * trim / 10000) lowest and as many highest are cut. S is the sum of the rest,
W = n - 2k, which is at least 1, since trim is below 5000. |S| <= W * 2^24 with W <= 256.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import ascending, widen
from commonroot.protocol.rules.stepping import stepped
from commonroot.protocol.rules.terms import WHOLE, Step


def aggregate(base: Any, deltas: Sequence[Any], trim: int, step: Step) -> Any:
    """Return the next version of some lanes; the same bytes in numpy, torch and the contract."""
    if not deltas or not 0 <= trim < WHOLE // 2:
        raise ProtocolError(f"Nothing is left of {len(deltas)} deltas trimmed by {trim}.")
    ordered, cut = ascending(deltas), cut_off(len(deltas), trim)
    kept = ordered[cut : len(deltas) - cut]
    return stepped(base, widen(kept).sum(0), len(kept), step)


def cut_off(count: int, trim: int) -> int:
    """Return how many of a lane's deltas are cut off at each end."""
    return count * trim // WHOLE
