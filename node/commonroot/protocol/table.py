"""
The tensor table: how named tensors become one vector of lanes, and back.

Trained weights come first, in name order, flattened; then what an inner optimizer remembers (its
moments), in name order. Each group is padded with zeros to whole chunks of its own, because the two
take different steps and only the first counts for norms and scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from commonroot.base.errors import ProtocolError
from commonroot.protocol import fixed
from commonroot.protocol.fixed import LANES, Fixed, Floats

Kind = Literal["weight", "moment"]
KINDS: tuple[Kind, ...] = ("weight", "moment")

MOST_LANES = 2**28
"""A table fills no more, a gigabyte a vector: a stranger's spec cannot exhaust who reads it."""


@final
@dataclass(frozen=True, slots=True)
class Tensor:
    """One named tensor of the shared initialization."""

    name: str
    shape: tuple[int, ...]
    kind: Kind = "weight"
    scale_bits: int = 20

    @property
    def size(self) -> int:
        """Return the number of lanes it takes."""
        return math.prod(self.shape)


def first_in_padding(lanes: NDArray[Any], weights: int, moments: int) -> int | None:
    """Return the first lane that belongs to no tensor and is not zero."""
    start = -(-weights // LANES) * LANES
    spare = np.ones(lanes.size, bool)
    spare[:weights] = spare[start : start + moments] = False
    wrong = np.flatnonzero(spare & (lanes != 0))
    return int(wrong[0]) if wrong.size else None


@final
@dataclass(frozen=True, slots=True)
class Table:
    """The tensors of one initialization, in the order in which they lie in the vector."""

    tensors: tuple[Tensor, ...]

    @classmethod
    def of(cls, tensors: Iterable[Tensor]) -> Table:
        """Return the table of the given tensors, sorted as the protocol says."""
        ordered = sorted(tensors, key=lambda tensor: (KINDS.index(tensor.kind), tensor.name))
        names = [tensor.name for tensor in ordered]
        if len(set(names)) != len(names):
            raise ProtocolError("Two tensors of the table have the same name.")
        if not any(tensor.kind == "weight" for tensor in ordered):
            raise ProtocolError("The table has no weights.")
        for tensor in ordered:
            if not 0 <= tensor.scale_bits <= 30 or any(side < 1 for side in tensor.shape):
                raise ProtocolError(f"Tensor {tensor.name} has an impossible shape or scale.")
        lanes = sum(tensor.size for tensor in ordered)
        if lanes > MOST_LANES:
            raise ProtocolError(f"The table fills {lanes} lanes; at most {MOST_LANES} are taken.")
        return cls(tuple(ordered))

    def lanes(self, kind: Kind) -> int:
        """Return how many lanes the tensors of a kind fill, padding not counted."""
        return sum(tensor.size for tensor in self.tensors if tensor.kind == kind)

    def chunks(self, kind: Kind | None = None) -> int:
        """Return how many chunks a kind takes, or all of them."""
        return sum(-(-self.lanes(each) // LANES) for each in KINDS if kind in (None, each))

    def pack(self, arrays: Mapping[str, NDArray[Any]]) -> Floats:
        """Return the arrays as one padded float64 vector; refuse missing, foreign or misshapen ones."""
        foreign = set(arrays) - {tensor.name for tensor in self.tensors}
        if foreign:
            raise ProtocolError(f"Tensor {min(foreign)} is not in the table.")
        vector = np.zeros(self.chunks() * LANES, np.float64)
        for tensor, place in self._places():
            array = arrays.get(tensor.name)
            if array is None or tuple(array.shape) != tensor.shape:
                found = "missing" if array is None else f"of shape {tuple(array.shape)}"
                raise ProtocolError(f"Tensor {tensor.name} is {found}; expected {tensor.shape}.")
            vector[place] = np.asarray(array, np.float64).ravel()
        return vector

    def unpack(self, vector: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the named arrays that lie in a vector."""
        self._require_length(vector)
        return {
            tensor.name: vector[place].reshape(tensor.shape) for tensor, place in self._places()
        }

    def encode(self, arrays: Mapping[str, NDArray[Any]]) -> Fixed:
        """Return float arrays as lanes."""
        return fixed.encode(self.pack(arrays), self._scales())

    def decode(self, lanes: Fixed) -> dict[str, NDArray[np.float32]]:
        """Return lanes as float32 arrays."""
        self._require_length(lanes)
        return self.unpack(fixed.decode(lanes, self._scales()))

    def delta(self, adapted: Mapping[str, NDArray[Any]], base: Fixed) -> Fixed:
        """Return the lanes by which adapted arrays differ from a base."""
        self._require_length(base)
        return fixed.delta(self.pack(adapted), base, self._scales())

    def gradient(self, slopes: Mapping[str, NDArray[Any]]) -> Fixed:
        """Return a gradient over the weights as lanes; moments have none."""
        moments = {
            tensor.name: np.zeros(tensor.shape)
            for tensor in self.tensors
            if tensor.kind == "moment"
        }
        return fixed.encode_gradient(self.pack({**slopes, **moments}))

    def require_padding(self, lanes: Fixed) -> None:
        """Raise if a lane that belongs to no tensor is not zero."""
        self._require_length(lanes)
        wrong = first_in_padding(lanes, self.lanes("weight"), self.lanes("moment"))
        if wrong is not None:
            raise ProtocolError(f"Lane {wrong} is padding and not zero.")

    def _places(self) -> Iterable[tuple[Tensor, slice]]:
        start, kind = 0, KINDS[0]
        for tensor in self.tensors:
            if tensor.kind != kind:
                start, kind = self.chunks("weight") * LANES, tensor.kind
            yield tensor, slice(start, start + tensor.size)
            start += tensor.size

    def _scales(self) -> NDArray[np.int64]:
        scales = np.zeros(self.chunks() * LANES, np.int64)
        for tensor, place in self._places():
            scales[place] = tensor.scale_bits
        return scales

    def _require_length(self, vector: NDArray[Any]) -> None:
        if vector.shape != (self.chunks() * LANES,):
            raise ProtocolError(
                f"The vector has shape {vector.shape}; the table fills {self.chunks() * LANES} lanes."
            )
