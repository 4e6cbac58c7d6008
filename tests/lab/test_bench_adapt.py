"""The bench of adaptation compares like with like."""

from __future__ import annotations

import pytest

from commonroot.lab import bench_adapt


def test_says_how_many_times_faster_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The ratio is that of the two figures beside it.
    """
    monkeypatch.setattr(bench_adapt, "_TURNS", 1)
    monkeypatch.setattr(bench_adapt, "_TASKS", {"cpu": 2, "cuda": 2})
    monkeypatch.setattr(bench_adapt, "_LOOPED", 1)
    found = bench_adapt.run()

    assert isinstance(found["all_at_once"], float) and isinstance(found["plain_loop"], float)
    assert found["ratio"] == pytest.approx(found["all_at_once"] / found["plain_loop"], rel=0.05)


def test_the_loop_has_the_same_net() -> None:
    """
    Torch's own layers have as many parameters as ours.
    """
    theirs = sum(value.numel() for value in bench_adapt._stock_net().parameters())
    ours = sum(value.numel() for value in bench_adapt._NET.init(1).values())

    assert theirs == ours
