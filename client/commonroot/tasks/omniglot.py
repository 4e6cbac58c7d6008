"""
Omniglot: 1,623 handwritten characters of 50 alphabets, 20 drawings each.

Lake, Salakhutdinov, Tenenbaum. Human-level concept learning through probabilistic program
induction. Science 2015. https://github.com/brendenlake/omniglot

Read from the two official archives as they are: 105 × 105 pixels become 28 × 28 by nearest neighbour,
as in Reptile's protocol. Decoding 32,460 images takes seconds, so the result can be kept in a cache.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from commonroot.tasks.characters import CharacterSet
from commonroot.tasks.errors import FileCorrupt, FileMissing

BACKGROUND: Final = "images_background.zip"
EVALUATION: Final = "images_evaluation.zip"
SIDE: Final = 28
_WHERE: Final = (
    "Omniglot's archives are images_background.zip and images_evaluation.zip of "
    "https://github.com/brendenlake/omniglot; name their folder with --data, or leave --data out "
    "to use drawn characters."
)

# All that zipfile raises at a damaged archive, or at one that is packed in another way or locked.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)


def omniglot(
    folder: Path, archive: str, *, cache: Path | None = None, side: int = SIDE
) -> CharacterSet:
    """Read one of the official archives; `cache` is a folder for what was decoded."""
    path = folder / archive
    content = _content(path)
    if cache is None:
        return _decode(path, content, side)
    # Named by what it was made from, a cache can be incomplete or absent but never stale.
    kept = cache / f"omniglot-{side}-{hashlib.sha256(content).hexdigest()[:16]}.npz"
    if kept.exists():
        return CharacterSet.load(kept)
    characters = _decode(path, content, side)
    characters.save(kept)
    return characters


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise FileMissing(path, hint=_WHERE) from exc
    except OSError as exc:
        raise FileCorrupt(path, exc.strerror or str(exc)) from exc


def _decode(path: Path, content: bytes, side: int) -> CharacterSet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            drawings = _drawings(path, archive.namelist())
            images = [
                np.stack([_image(path, name, archive.read(name), side) for name in names])
                for names in drawings.values()
            ]
    except _UNREADABLE as exc:
        raise FileCorrupt(path, str(exc), hint=_WHERE) from exc
    return CharacterSet(torch.from_numpy(np.stack(images)), tuple(drawings))


def _drawings(path: Path, names: list[str]) -> dict[str, list[str]]:
    """Return each character's files, in order: `archive/ALPHABET/characterNN/*.png`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        parts = PurePosixPath(name).parts
        if len(parts) == 4 and name.endswith(".png") and not name.startswith("__MACOSX"):
            found[f"{parts[1]}/{parts[2]}"].append(name)
    if not found:
        raise FileCorrupt(path, "it holds no ALPHABET/characterNN/*.png", hint=_WHERE)
    sizes = Counter(len(files) for files in found.values())
    usual = sizes.most_common(1)[0][0]
    for character, files in found.items():
        if len(files) != usual:
            raise FileCorrupt(path, f"{character} has {len(files)} drawings, others {usual}")
    return dict(found)


def _image(path: Path, name: str, data: bytes, side: int) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            small = image.convert("L").resize((side, side), Image.Resampling.NEAREST)
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as exc:
        raise FileCorrupt(path, f"{name} is no readable PNG") from exc
    return np.asarray(small)
