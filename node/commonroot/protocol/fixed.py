"""
Fixed-point numbers: where floats end and the ledger's world begins.

A lane is an int32, sixty-four lanes are a chunk. A float enters once, when a client rounds its delta, and is
checked for finiteness and range before any cast, since a cast of what does not fit is undefined.
Everything after that is integer arithmetic, for numpy arrays and torch tensors alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonroot.base.errors import ProtocolError

Fixed = NDArray[np.int32]
"""A vector of lanes."""

Floats = NDArray[np.float64]

LANES = 64
"""Lanes in a chunk."""

LANE_MIN, LANE_MAX = -(2**31), 2**31 - 1
DELTA_MAX = 2**24
"""No lane of a delta is larger: a sum over a round's nodes then fits into 64 bits."""

GRADIENT_MAX = 2**15
WEIGHT_MAX = 2**20
"""No round's total weight is larger."""


class NotFinite(ProtocolError):
    """A float that is no number was about to become one."""

    def __init__(self, what: str, lane: int, value: float) -> None:
        super().__init__(f"Lane {lane} of the {what} is {value}.")
        self.what, self.lane, self.value = what, lane, value


class OutOfRange(ProtocolError):
    """A number is larger than the protocol admits."""

    def __init__(self, what: str, lane: int, value: float, bound: int) -> None:
        super().__init__(f"Lane {lane} of the {what} is {value}; at most {bound} is allowed.")
        self.what, self.lane, self.value, self.bound = what, lane, value, bound


def encode(values: Floats, scale_bits: NDArray[np.int64] | int) -> Fixed:
    """Return floats as lanes, rounded half to even; refuse what is not finite or does not fit."""
    _require_finite(values, "vector")
    scaled = _scaled(values.astype(np.float64), scale_bits)
    _require_within(scaled, LANE_MIN, LANE_MAX, "vector")
    return scaled.astype(np.int32)


def decode(lanes: Fixed, scale_bits: NDArray[np.int64] | int) -> NDArray[np.float32]:
    """Return lanes as the float32 numbers that training starts from."""
    values: Floats = np.ldexp(lanes.astype(np.float64), -np.asarray(scale_bits))
    return values.astype(np.float32)


def delta(adapted: Floats, base: Fixed, scale_bits: NDArray[np.int64] | int) -> Fixed:
    """
    Return how far `adapted` lies from `base`, saturated at DELTA_MAX.

    The difference is taken in float64 from the decoded base: a float32 difference disagrees in one
    lane of a hundred, and subtracting rounded values moves large lanes that training never touched.
    """
    _require_finite(adapted, "adapted vector")
    start = decode(base, scale_bits).astype(np.float64)
    moved = _scaled(adapted.astype(np.float64) - start, scale_bits)
    return np.clip(moved, -DELTA_MAX, DELTA_MAX).astype(np.int32)


def encode_gradient(values: Floats) -> Fixed:
    """Return a gradient scaled so that its largest lane is GRADIENT_MAX: scores only compare."""
    _require_finite(values, "gradient")
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0.0:
        return np.zeros(values.shape, np.int32)
    # Divide first: the largest may be subnormal, and the quotient is at most one in any case.
    return np.rint(values / largest * GRADIENT_MAX).astype(np.int32)


def require_bound(lanes: Fixed, bound: int, what: str) -> None:
    """Raise if a lane is larger than `bound` either way."""
    _require_within(lanes.astype(np.int64), -bound, bound, what)


def widen(lanes: Any) -> Any:
    """Return int32 lanes as int64, where sums over a round cannot overflow."""
    return lanes.astype(np.int64) if isinstance(lanes, np.ndarray) else lanes.long()


def saturate(lanes: Any) -> Any:
    """Return int64 lanes as int32, held at the ends: a node at the boundary cannot stop a program."""
    held = lanes.clip(LANE_MIN, LANE_MAX)
    return held.astype(np.int32) if isinstance(held, np.ndarray) else held.int()


def ascending(vectors: Sequence[Any]) -> Any:
    """Return vectors one above the other, every lane sorted for itself."""
    if isinstance(vectors[0], np.ndarray):
        return np.sort(np.stack(vectors), axis=0)
    import torch  # whoever brings tensors has it already; nobody else needs it

    return torch.stack(list(vectors)).sort(dim=0).values


def to_bytes(lanes: Fixed) -> bytes:
    """Return lanes as big-endian bytes, the form that is hashed and stored; refuse other types."""
    if lanes.dtype.kind != "i" or lanes.dtype.itemsize != 4:
        raise ProtocolError(f"Lanes are 32-bit integers, not {lanes.dtype}.")
    return lanes.astype(">i4").tobytes()


def from_bytes(data: bytes) -> Fixed:
    """Return the lanes that `to_bytes` wrote; refuse a length that is not whole chunks."""
    if len(data) % (4 * LANES):
        raise ProtocolError(f"{len(data)} bytes are not a whole number of {4 * LANES}-byte chunks.")
    return np.frombuffer(data, ">i4").astype(np.int32)


def _scaled(values: Floats, scale_bits: NDArray[np.int64] | int) -> Floats:
    # What passes the end of float64 becomes infinite, which both callers know what to do with.
    with np.errstate(over="ignore"):
        return np.rint(np.ldexp(values, scale_bits))


def _require_finite(values: Floats, what: str) -> None:
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise NotFinite(what, int(wrong[0]), float(values.flat[wrong[0]]))


def _require_within(values: NDArray[Any], low: int, high: int, what: str) -> None:
    wrong = np.flatnonzero((values < low) | (values > high))
    if wrong.size:
        raise OutOfRange(what, int(wrong[0]), float(values.flat[wrong[0]]), high)
