"""Whole-number functions that Python, numpy and the contracts must agree on."""

from __future__ import annotations

from math import isqrt


def root_up(square: int) -> int:
    """Return the square root, rounded up: so that what is shortened by it is never too long."""
    return isqrt(square - 1) + 1 if square else 0


def ceil_divided(over: int, under: int) -> int:
    """Return a quotient rounded up."""
    return -(-over // under)
