"""
What a contribution was worth: how far it went down the validation loss, to first order.

With gradient g and delta d the loss falls by about -g.d, and for a mean the first-order Shapley value
of a node is just that, times its weight. All of it is integers: the prefix sums over chunks stand in
the rows, so one chunk is enough to prove any of them wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, final

import numpy as np

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed, require_bound
from commonroot.protocol.whole import root_up


@final
@dataclass(frozen=True, slots=True)
class Sums:
    """A node's prefix sums through every chunk: of gradient times delta, and of delta squared."""

    dots: tuple[int, ...]
    squares: tuple[int, ...]


def prefix_sums(gradient: Fixed, delta: Fixed, weight_chunks: int) -> Sums:
    """Return the sums through each chunk; those of moments add nothing."""
    require_bound(gradient, GRADIENT_MAX, "gradient")
    require_bound(delta, DELTA_MAX, "delta")
    return exact_sums(gradient, delta, weight_chunks, np.int64)


def exact_sums(gradient: Fixed, delta: Fixed, weight_chunks: int, kind: Any = object) -> Sums:
    """Return the same sums of lanes of any size, in Python's integers unless a type is named."""
    if gradient.shape != delta.shape:
        raise ProtocolError("Gradient and delta differ in length.")
    slopes, moves = (each.astype(kind).reshape(-1, LANES) for each in (gradient, delta))
    dots, squares = (slopes * moves).sum(1), (moves * moves).sum(1)
    dots[weight_chunks:] = squares[weight_chunks:] = 0
    # Python's integers: a prefix may need more than 64 bits.
    return Sums(tuple(accumulate(map(int, dots))), tuple(accumulate(map(int, squares))))


def score(dot: int, square: int, weight: int, norm_cap: int) -> int:
    """Return weight * -dot, shortened to the norm cap where the delta is longer."""
    gain = -dot * weight
    if square <= norm_cap * norm_cap:
        return gain
    return gain * norm_cap // root_up(square)


def scores(sums: Sequence[Sums], weights: Sequence[int], norm_cap: int) -> list[int]:
    """Return every node's score."""
    return [
        score(each.dots[-1], each.squares[-1], weight, norm_cap)
        for each, weight in zip(sums, weights, strict=True)
    ]
