"""
The four-conv net of Reptile's Omniglot runs, as a function of its parameters.

Nichol, Achiam, Schulman. On First-Order Meta-Learning Algorithms. 2018. https://arxiv.org/abs/1803.02999

Four times [3 × 3 convolution of stride 2, batch norm on batch statistics, ReLU], then dense. Functional,
since adaptation maps one net over the parameters of many tasks.

Shapes: N images of one task, C channels, F filters, S side of the image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from commonroot.learning.errors import BadArchitecture, WrongParams
from commonroot.learning.settings import Settings, require_known, whole
from commonroot.learning.types import Params
from commonroot.tasks.errors import WrongSize
from commonroot.tasks.types import generator

_BLOCKS: Final = 4
_EPSILON: Final = 1e-3  # of the batch norm; tf.layers' default, which the paper's code used
_MOST: Final = {"filters": 1024, "ways": 1024, "side": 1024, "channels": 4}


@final
@dataclass(frozen=True, slots=True)
class Conv4:
    """Maps parameters and images to scores of each class."""

    filters: int = 64
    """Filters of each convolution."""
    ways: int = 5
    """Classes that are told apart."""
    side: int = 28
    """Height and width of an image."""
    channels: int = 1
    """1 for grey, 3 for colour."""

    @staticmethod
    def read(architecture: Settings) -> Conv4:
        """Build the net that a spec's `architecture` describes."""
        if architecture.get("name") != "conv4":
            raise BadArchitecture(f"There is no net {architecture.get('name')!r}.")
        require_known(architecture, ("name", *_MOST), BadArchitecture)
        return Conv4(**whole(architecture, _MOST, BadArchitecture))

    def settings(self) -> dict[str, str | int]:
        """Return the spec's `architecture` of this net."""
        return {"name": "conv4", **asdict(self)}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter, in the order of the names.

        Convolutions have no bias: the batch norm behind takes it out again, and Adam would turn the
        rounding noise that is left of its gradient into steps of full size.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        channels, side = self.channels, self.side
        for block in range(1, _BLOCKS + 1):
            shapes[f"conv{block}.weight"] = (self.filters, channels, 3, 3)
            shapes[f"norm{block}.scale"] = (self.filters,)
            shapes[f"norm{block}.shift"] = (self.filters,)
            channels, side = self.filters, _halved(side)
        shapes["dense.weight"] = (self.ways, channels * side * side)
        shapes["dense.bias"] = (self.ways,)
        return dict(sorted(shapes.items()))

    def init(self, seed: int | bytes) -> Params:
        """Return random parameters, Glorot uniform; the same bytes for a seed on every machine."""
        rng = generator(seed)
        return {name: _drawn(rng, name, shape) for name, shape in self.shapes().items()}

    def scores(self, params: Params, images: Tensor) -> Tensor:
        """Return scores [N, ways] for images [N, C, S, S], normed over all of them together."""
        for block in range(1, _BLOCKS + 1):
            convolved = _halving_conv(images, params[f"conv{block}.weight"])
            scale, shift = params[f"norm{block}.scale"], params[f"norm{block}.shift"]
            images = batch_norm(convolved, scale, shift).relu()
        return images.flatten(1) @ params["dense.weight"].T + params["dense.bias"]

    def require(self, images: Tensor) -> None:
        """Raise if images have another size than the net was made for."""
        expected = (self.channels, self.side, self.side)
        if tuple(images.shape[-3:]) != expected:
            raise WrongSize(expected, tuple(images.shape[-3:]))


def require_params(params: Params, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise if parameters lack a tensor, or have one of another shape."""
    for name, shape in shapes.items():
        if name not in params:
            raise WrongParams(f"Parameters have no `{name}`.")
        if tuple(params[name].shape) != shape:
            given = tuple(params[name].shape)
            raise WrongParams(f"`{name}` has shape {given}, not {shape}.")


def batch_norm(values: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Norm each channel of values [N, F, H, W] over this batch; nothing is kept between batches.

    Written by hand: under vmap torch 2.13's own gives wrong second-order gradients.
    """
    mean = values.mean((0, 2, 3), keepdim=True)
    centred = values - mean
    # Not var_mean: one pass over the values, but a sixth slower here (measured).
    variance = (centred * centred).mean((0, 2, 3), keepdim=True)
    factor = torch.rsqrt(variance + _EPSILON) * scale[:, None, None]
    return centred * factor + shift[:, None, None]


def _halving_conv(images: Tensor, weight: Tensor) -> Tensor:
    # "Same" padding of stride 2 puts the odd pixel behind, where torch's own would centre it.
    side = images.shape[-1]
    lacking = max((_halved(side) - 1) * 2 + 3 - side, 0)
    before, behind = lacking // 2, lacking - lacking // 2
    padded = functional.pad(images, (before, behind, before, behind))
    return functional.conv2d(padded, weight, stride=2)


def _halved(side: int) -> int:
    return (side + 1) // 2


def _drawn(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Tensor:
    if name.endswith(".scale"):
        return torch.ones(shape)
    if name.endswith((".shift", ".bias")):
        return torch.zeros(shape)
    field = math.prod(shape[2:])  # pixels under the kernel; 1 of a dense layer
    bound = math.sqrt(6 / ((shape[0] + shape[1]) * field))
    return torch.from_numpy(rng.uniform(-bound, bound, shape).astype(np.float32))
