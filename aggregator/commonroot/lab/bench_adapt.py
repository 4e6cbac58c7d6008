"""
How many tasks a second Reptile adapts to: all at once, beside a plain loop, in one run.

The loop is what one would write without us: torch's own layers and its own Adam, one task after
another. They take turns, so that a machine that is busy for a while slows both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from commonroot.learning.batching import device
from commonroot.learning.nets import Conv4
from commonroot.learning.reptile import Reptile
from commonroot.tasks.drawn import drawn
from commonroot.tasks.episodes import FewShot
from commonroot.tasks.types import Examples, generator

_NET: Final = Conv4(filters=64, ways=5, side=28)
_STEPS, _IMAGES = 5, 10
"""Adam's steps on each task, and the images of each step, as in the paper's training."""
_TASKS: Final = {"cpu": 16, "cuda": 512}
"""Tasks in one turn of ours."""
_LOOPED: Final = 16
"""Tasks in one turn of the loop."""
_TURNS: Final = 4


def run() -> dict[str, object]:
    """Return tasks a second of each, and how many times faster ours is."""
    where = device()
    count = _TASKS[where.type]
    learner = Reptile(_NET, adapt_iterations=_STEPS, adapt_batch=_IMAGES)
    params = {name: value.to(where) for name, value in learner.init(0).items()}
    many, few = _examples(count, where), _examples(_LOOPED, where)
    turns: tuple[Callable[[], object], ...] = (
        lambda: learner.adapt(params, many),
        lambda: [_plain(*task) for task in zip(few.images, few.labels, strict=True)],
    )
    took = [0.0, 0.0]
    for turn in range(_TURNS + 1):
        seconds = [_time(each, where) for each in turns]
        if turn:  # the first turn warms up
            took = [sum(pair) for pair in zip(took, seconds, strict=True)]
    ours, loop = (_TURNS * n / s for n, s in zip((count, _LOOPED), took, strict=True))
    return {
        "what": "tasks adapted to a second, 5-way, five Adam steps of ten images, conv4 of 64 filters",
        "all_at_once": round(ours, 1),
        "plain_loop": round(loop, 1),
        "ratio": round(ours / loop, 2),
        "device": where.type,
        "threads": torch.get_num_threads(),
    }


def _examples(tasks: int, where: torch.device) -> Examples:
    shots = _STEPS * _IMAGES // _NET.ways
    source = FewShot(drawn(2, 10, shots, seed=1), _NET.ways, shots, 0)
    support = source.sample(tasks, generator(1)).support
    return Examples(support.images.to(where), support.labels.to(where))


def _plain(images: Tensor, labels: Tensor) -> nn.Module:
    """Adapt to one task with torch's own layers and optimizer."""
    net = _stock_net().to(images.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.0, 0.999))
    for chosen in torch.randperm(len(labels)).reshape(_STEPS, _IMAGES):
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(images[chosen]), labels[chosen])
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    return net


def _stock_net() -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (_NET.channels, _NET.filters, _NET.filters, _NET.filters):
        layers += [
            nn.Conv2d(channels, _NET.filters, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(_NET.filters, track_running_stats=False),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(_NET.filters * 4, _NET.ways))


def _time(call: Callable[[], object], where: torch.device) -> float:
    began = time.perf_counter()
    call()
    if where.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began
