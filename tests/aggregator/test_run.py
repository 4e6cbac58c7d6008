"""What a run's agent signs is bounded to the one program that it runs."""

from __future__ import annotations

from typing import Any

import pytest

from commonroot.aggregator.run import _STEPS
from commonroot.contracts import load


@pytest.mark.parametrize("step", _STEPS)
def test_every_step_says_its_program_first(step: str) -> None:
    """
    The agent's policy looks for the program in the first word of the arguments, and finds it there.
    """
    (function,) = (each for each in load("Programs").abi if each.get("name") == step)
    first: dict[str, Any] = function["inputs"][0]
    parts = first.get("components", [first])

    assert parts[0]["type"] == "uint256"
    assert parts[0]["name"] in ("id", "program")
    # A tuple with a dynamic part would lie elsewhere, and its place in the first word.
    assert all(
        "[" not in part["type"] and part["type"] not in ("bytes", "string") for part in parts
    )
