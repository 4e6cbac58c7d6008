"""
What gradient learners' adaptation returns, and how it predicts.

Shapes: T tasks, N support images and Q query images of each, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.func import vmap

from commonroot.learning.batching import chunked_vmap
from commonroot.learning.nets import Conv4
from commonroot.learning.types import Params


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights fitted to each task, and the images they were fitted to."""

    weights: Params
    """Every tensor with the tasks in front, [T, ...]."""
    support: Tensor
    """[T, N, C, H, W]."""


def predict(net: Conv4, fitted: Fitted, query: Tensor, *, transductive: bool = False) -> Tensor:
    """Return scores [T, Q, ways] for query images [T, Q, C, H, W].

    A net that norms over its batch sees more than one image: each query is batched with the support
    set alone, as in Reptile's protocol, or, transductively, all queries share one batch.
    """
    net.require(query)

    def together(weights: Params, _: Tensor, queries: Tensor) -> Tensor:
        return net.scores(weights, queries)

    def apart(weights: Params, support: Tensor, queries: Tensor) -> Tensor:
        def one(image: Tensor) -> Tensor:
            return net.scores(weights, torch.cat([support, image[None]]))[-1]

        return vmap(one)(queries)

    mapped = chunked_vmap(together if transductive else apart, (0, 0, 0), query.device)
    with torch.no_grad():
        return mapped(fitted.weights, fitted.support, query)
