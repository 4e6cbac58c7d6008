"""A bench keeps what it measured, with the machine and the versions that it was measured with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from commonroot.lab import bench


class TestRun:
    def test_keeps_figure_machine_and_versions(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        The file holds the figure and all that is needed to compare it with another.
        """
        measuring = ModuleType("commonroot.lab.bench_small")
        measuring.run = lambda: {"ratio": 2.0}  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, measuring.__name__, measuring)

        assert bench.run("small", tmp_path) == {"bench": "small", "ratio": 2.0}
        kept = json.loads((tmp_path / "small.json").read_text())
        assert kept["measured"] == {"ratio": 2.0}
        assert kept["machine"]["cores"] >= 1
        assert "torch" in kept["versions"]
