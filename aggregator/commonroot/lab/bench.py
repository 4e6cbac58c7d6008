"""Runs a bench by its name, and keeps what it measured with the machine and the versions."""

from __future__ import annotations

import importlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from commonroot.base.files import write_whole

_PACKAGES = ("torch", "numpy", "web3", "py-evm", "flwr")


def run(name: str, folder: Path) -> dict[str, Any]:
    """Measure, keep the result in a folder, and return it."""
    measured: dict[str, object] = importlib.import_module(f"commonroot.lab.bench_{name}").run()
    result = {"bench": name, "measured": measured, "machine": machine(), "versions": versions()}
    text = json.dumps(result, indent=2, sort_keys=True) + "\n"
    write_whole(folder / f"{name}.json", text.encode())
    return {"bench": name, **measured}


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what decides speed."""
    return {name: version(name) for name in _PACKAGES}
