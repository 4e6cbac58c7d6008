"""
The coordinate-wise median: of each lane the middle delta counts, and weights do not.

    Yin, Chen, Ramchandran, Bartlett. Byzantine-Robust Distributed Learning: Towards Optimal Statistical
    Rates. ICML 2018. https://arxiv.org/abs/1803.01498

Of an even number the middle is floor((a + b) / 2) of the two middle ones. S is the middle, W is 1: it
lies between two deltas, so |S| <= 2^24, and a + b fits easily.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import ascending, widen
from commonroot.protocol.rules.stepping import stepped
from commonroot.protocol.rules.terms import Step


def aggregate(base: Any, deltas: Sequence[Any], step: Step) -> Any:
    """Return the next version of some lanes; the same bytes in numpy, torch and the contract."""
    if not deltas:
        raise ProtocolError("There is no median of no deltas.")
    ordered, middle = ascending(deltas), len(deltas) // 2
    moved = widen(ordered[middle])
    if len(deltas) % 2 == 0:
        moved = (widen(ordered[middle - 1]) + moved) // 2
    return stepped(base, moved, 1, step)
