"""
Where characters come from, as a person names it in one word:

    drawn:SEED               drawn by a program: 10 alphabets of 20 characters
    drawn:SEED:AxC           A alphabets of C characters
    FOLDER/images_background.zip, FOLDER/images_evaluation.zip
                             Omniglot's archives
    FILE.npz                 a set that `CharacterSet.save` wrote

With `#2/5` behind it, the second of five parts, whole alphabets each.
"""

from __future__ import annotations

import re
from pathlib import Path

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.drawn import drawn
from commonroot.tasks.errors import SourceUnknown
from commonroot.tasks.omniglot import omniglot

_PART = re.compile(r"(?P<whole>.+)#(?P<part>[1-9]\d{0,3})/(?P<parts>[1-9]\d{0,3})")
_DRAWN = re.compile(
    r"drawn:(?P<seed>\d{1,18})(:(?P<alphabets>[1-9]\d{0,2})x(?P<characters>[1-9]\d{0,2}))?"
)


def characters_from(source: str, *, cache: Path | None = None) -> CharacterSet:
    """Return the characters that a source names."""
    cut = _PART.fullmatch(source)
    if cut is None:
        return _whole(source, cache)
    part, parts = int(cut["part"]), int(cut["parts"])
    if part > parts:
        raise SourceUnknown(source)
    return _whole(cut["whole"], cache).partition(parts)[part - 1]


def _whole(source: str, cache: Path | None) -> CharacterSet:
    program = _DRAWN.fullmatch(source)
    if program:
        size = (int(program["alphabets"] or 10), int(program["characters"] or 20))
        return drawn(*size, seed=int(program["seed"]))
    path = Path(source)
    if path.suffix == ".zip":
        return omniglot(path.parent, path.name, cache=cache)
    if path.suffix == ".npz":
        return CharacterSet.load(path)
    raise SourceUnknown(source)
