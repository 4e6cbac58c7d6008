"""
Characters drawn by a program: tasks that need no data at all.

A character is two to four strokes, each a cubic Bézier curve. An alphabet has habits (how long its strokes
are, how much they bend), so that nodes which own different alphabets own different data. A
drawing is the character by another hand: control points tremble, and the whole is turned, sheared,
scaled and shifted. Pixels are one bit, ink on paper, as Omniglot's are.

Shapes: K classes, D drawings of each, M strokes at most, P points on a stroke; the last axis of
every point is (x, y), from -1 to 1 on the canvas.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.types import generator

SIDE: Final = 28
STROKES: Final = 4
POINTS: Final = 40  # of a stroke; closer together than the pen is wide
_PEN: Final = 0.85  # radius of the pen, in pixels
_AWAY: Final = 9.0  # where strokes that a character does not have are drawn: off the canvas

_Floats = NDArray[np.float64]


def drawn(alphabets: int, characters: int, drawings: int = 20, *, seed: int) -> CharacterSet:
    """Draw `alphabets` of `characters` each; the same pixels for the same seed."""
    rng = generator(seed)
    strokes = _characters(rng, alphabets, characters)  # [K, M, 4, 2]
    lines = _curve(_by_hand(rng, strokes, drawings))  # [K, D, M, P, 2]
    names = [
        f"drawn{alphabet + 1:02}/character{character + 1:02}"
        for alphabet in range(alphabets)
        for character in range(characters)
    ]
    return CharacterSet(torch.from_numpy(_ink(lines)), tuple(names))


def _characters(rng: np.random.Generator, alphabets: int, characters: int) -> _Floats:
    """Return the control points of every character's strokes, [K, M, 4, 2]."""
    one_each = (alphabets, 1, 1, 1, 1)
    reach = rng.uniform(0.4, 0.9, one_each)  # how far a stroke goes from one point to the next
    bend = rng.uniform(0.2, 0.9, one_each)  # how much it turns on its way
    shape = (alphabets, characters, STROKES)
    start = rng.uniform(-0.7, 0.7, (*shape, 1, 2))
    heading = rng.uniform(0, 2 * np.pi, (*shape, 1, 1))
    turns = bend * rng.normal(0, 1.2, (*shape, 3, 1))
    angles = heading + turns.cumsum(axis=-2)
    steps = reach * np.concatenate([np.cos(angles), np.sin(angles)], axis=-1)
    path = np.concatenate([start, start + steps.cumsum(axis=-2)], axis=-2)
    points: _Floats = np.clip(path, -0.9, 0.9).reshape(-1, STROKES, 4, 2)
    count = rng.integers(2, STROKES + 1, len(points))
    points[np.arange(STROKES) >= count[:, None]] = _AWAY
    return points


def _by_hand(rng: np.random.Generator, strokes: _Floats, drawings: int) -> _Floats:
    """Return each character's strokes as different hands draw them, [K, D, M, 4, 2]."""
    shape = (len(strokes), drawings, 1, 1)
    trembling = strokes[:, None] + rng.normal(0, 0.12, (len(strokes), drawings, *strokes.shape[1:]))
    turn, shear = rng.normal(0, 0.25, shape), rng.normal(0, 0.15, shape)
    wide, high = rng.uniform(0.6, 1.0, shape), rng.uniform(0.6, 1.0, shape)
    x, y = wide * trembling[..., 0], high * trembling[..., 1]
    x = x + shear * y
    turned = np.stack(
        [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], -1
    )
    moved: _Floats = turned + rng.normal(0, 0.14, (*shape, 2))
    return moved


def _curve(control: _Floats) -> _Floats:
    """Return points along the cubic Bézier curves that `control` describes, [..., P, 2]."""
    t = np.linspace(0, 1, POINTS)[:, None]
    basis = np.concatenate(
        [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1
    )  # [P, 4]
    return basis @ control


def _ink(lines: _Floats) -> NDArray[np.uint8]:
    """Return images on which a round pen has followed the points, [K, D, SIDE, SIDE]."""
    classes, drawings = lines.shape[:2]
    at = (lines.reshape(classes * drawings, -1, 1, 2) + 1) * (SIDE / 2)  # in pixels
    around = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), -1).reshape(9, 2)
    pixel = np.floor(at).astype(np.int64) + around  # [K*D, M*P, 9, 2]
    inked = ((pixel + 0.5 - at) ** 2).sum(-1) <= _PEN**2
    inked &= ((pixel >= 0) & (pixel < SIDE)).all(-1)
    images = np.full((classes * drawings, SIDE, SIDE), 255, np.uint8)
    drawing, point, near = inked.nonzero()
    column, row = pixel[drawing, point, near].T
    images[drawing, row, column] = 0
    return images.reshape(classes, drawings, SIDE, SIDE)
