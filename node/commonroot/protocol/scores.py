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
from math import isqrt
from typing import final

import numpy as np

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed, require_bound


@final
@dataclass(frozen=True, slots=True)
class Sums:
    """A node's prefix sums through every chunk: of gradient times delta, and of delta squared."""

    dots: tuple[int, ...]
    squares: tuple[int, ...]


def prefix_sums(gradient: Fixed, delta: Fixed, weight_chunks: int) -> Sums:
    """Return the sums through each chunk; those of moments add nothing."""
    if gradient.shape != delta.shape:
        raise ProtocolError("Gradient and delta differ in length.")
    require_bound(gradient, GRADIENT_MAX, "gradient")
    require_bound(delta, DELTA_MAX, "delta")
    slopes, moves = (each.astype(np.int64).reshape(-1, LANES) for each in (gradient, delta))
    dots, squares = (slopes * moves).sum(1), (moves * moves).sum(1)
    dots[weight_chunks:] = squares[weight_chunks:] = 0
    # Python's integers: a prefix may need more than 64 bits.
    return Sums(tuple(accumulate(map(int, dots))), tuple(accumulate(map(int, squares))))


def score(dot: int, square: int, weight: int, norm_cap: int) -> int:
    """Return weight * -dot, shortened to the norm cap where the delta is longer."""
    gain = -dot * weight
    if square <= norm_cap * norm_cap:
        return gain
    # Rounded up, so that the shortened delta is never longer than the cap.
    norm = isqrt(square - 1) + 1
    return gain * norm_cap // norm


def scores(sums: Sequence[Sums], weights: Sequence[int], norm_cap: int) -> list[int]:
    """Return every node's score."""
    return [
        score(each.dots[-1], each.squares[-1], weight, norm_cap)
        for each, weight in zip(sums, weights, strict=True)
    ]
