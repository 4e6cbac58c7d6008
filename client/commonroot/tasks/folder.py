"""
A person's own images: a folder with a folder for each class.

    FOLDER/CLASS/anything.png   (or .jpg)

Images become gray and `side` pixels wide and high, ink 0 and paper 1, as all tasks here are.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from commonroot.tasks.errors import FileCorrupt, FileMissing

_FORMATS: Final = ("PNG", "JPEG")
_ENDINGS: Final = (".png", ".jpg", ".jpeg")
_MOST_PIXELS: Final = 2**24


@final
@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One image of a folder."""

    file: Path
    label: str
    """The name of its class's folder."""
    image: Tensor
    """[1, H, W], float."""


def pictures(folder: Path, side: int) -> list[list[Picture]]:
    """Return a folder's images class by class, both in the order of their names."""
    if not folder.is_dir():
        raise FileMissing(folder, hint="Name a folder that holds a folder of images per class.")
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    return [
        [
            Picture(file, label.name, _read(file, side))
            for file in sorted(label.iterdir())
            if file.suffix.lower() in _ENDINGS
        ]
        for label in classes
    ]


def _read(file: Path, side: int) -> Tensor:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file, formats=_FORMATS)
        with image:
            # Decoded only below: until then an image is as small as its file.
            if image.width * image.height > _MOST_PIXELS:
                raise FileCorrupt(file, "it is larger than 16 million pixels")
            small = image.convert("L").resize((side, side), Image.Resampling.BILINEAR)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise FileCorrupt(file, "it is larger than 16 million pixels") from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        raise FileCorrupt(file, "it is no readable PNG or JPEG") from exc
    return torch.from_numpy(np.asarray(small, np.float32) / 255)[None]
