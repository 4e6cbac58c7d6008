"""
A set of characters: what one node owns, and what episodes are drawn from.

Shapes: K classes, D drawings of each, H height, W width. Images are uint8, 0 is ink and 255 is paper.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
import torch
from torch import Tensor

from commonroot.base.files import write_whole
from commonroot.tasks.errors import FileCorrupt, FileMissing, TooFewClasses, WrongImages

# All that numpy, zipfile and the set itself raise at bytes that somebody made up.
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    SyntaxError,
    MemoryError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    WrongImages,
)


@final
@dataclass(frozen=True, slots=True)
class CharacterSet:
    """Drawings of characters, class by class; a name is `alphabet/character`."""

    images: Tensor
    """[K, D, H, W], uint8."""
    names: tuple[str, ...]
    """One name a class, all different."""

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.dim() != 4:
            shape = list(self.images.shape)
            raise WrongImages(f"Images are {self.images.dtype} of shape {shape}.")
        if len(self.names) != len(self.images) or len(set(self.names)) != len(self.names):
            raise WrongImages(
                f"{len(self.images)} classes have {len(set(self.names))} different names."
            )

    @property
    def classes(self) -> int:
        """Return the number of classes, K."""
        return int(self.images.shape[0])

    @property
    def drawings(self) -> int:
        """Return the number of drawings of each class, D."""
        return int(self.images.shape[1])

    def __len__(self) -> int:
        """Return the number of records: every drawing of every class."""
        return self.classes * self.drawings

    def select(self, classes: Sequence[int]) -> CharacterSet:
        """Return a set of some of the classes, in the order given."""
        return CharacterSet(
            self.images[torch.as_tensor(classes, dtype=torch.long)],
            tuple(self.names[index] for index in classes),
        )

    def rotated(self) -> CharacterSet:
        """Return the set with each character in four rotations, each a class of its own."""
        turned = [self.images.rot90(quarter, (2, 3)) for quarter in range(4)]
        names = [f"{name}@{90 * quarter}" for quarter in range(4) for name in self.names]
        return CharacterSet(torch.cat(turned), tuple(names))

    def partition(self, parts: int) -> tuple[CharacterSet, ...]:
        """Deal whole alphabets to `parts` disjoint sets of about the same size."""
        alphabets: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            alphabets.setdefault(name.rpartition("/")[0], []).append(index)
        if not 0 < parts <= len(alphabets):
            raise TooFewClasses(parts, len(alphabets), f"{parts} parts of whole alphabets each")
        dealt: list[list[int]] = [[] for _ in range(parts)]
        # The largest first, each to whoever has least: no part ends far from the others.
        for _, members in sorted(alphabets.items(), key=lambda item: (-len(item[1]), item[0])):
            min(dealt, key=len).extend(members)
        return tuple(self.select(sorted(part)) for part in dealt)

    def records(self) -> Iterator[bytes]:
        """
        Yield one record a drawing, class by class, in the set's order.

        Layout: length of the name (2 bytes), name (UTF-8), number of the drawing (2), height (2),
        width (2), pixels (one byte each, row by row). Integers are big-endian.
        """
        _, _, height, width = self.images.shape
        pixels = self.images.cpu().numpy()
        for name, drawings in zip(self.names, pixels, strict=True):
            label = name.encode()
            for number, drawing in enumerate(drawings):
                sizes = b"".join(size.to_bytes(2, "big") for size in (number, height, width))
                yield len(label).to_bytes(2, "big") + label + sizes + drawing.tobytes()

    def encode(self) -> bytes:
        """Return the set as the bytes of an .npz file; the same for the same set."""
        buffer = io.BytesIO()
        np.savez(buffer, images=self.images.cpu().numpy(), names=np.array(self.names))
        return buffer.getvalue()

    @staticmethod
    def decode(data: bytes, path: Path) -> CharacterSet:
        """Return the set that `encode` wrote; `path` says in errors where the bytes are from."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                # What is not packed cannot unpack to more than was sent.
                if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                    raise FileCorrupt(path, "it is compressed")
            # Without pickle a data file cannot run code.
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                images, names = file["images"], file["names"]
            return CharacterSet(torch.from_numpy(images), tuple(str(name) for name in names))
        except _UNREADABLE as exc:
            raise FileCorrupt(path, str(exc).rstrip(".")) from exc

    def save(self, path: Path) -> None:
        """Write the set to one file that is there whole or not at all."""
        write_whole(path, self.encode())

    @staticmethod
    def load(path: Path) -> CharacterSet:
        """Read a set that `save` wrote."""
        try:
            return CharacterSet.decode(path.read_bytes(), path)
        except FileNotFoundError as exc:
            raise FileMissing(path) from exc
        except OSError as exc:
            raise FileCorrupt(path, exc.strerror or str(exc)) from exc
