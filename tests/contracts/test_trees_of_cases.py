"""Every function's cases are a tree in a file, and every leaf is a test of that name in forge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from commonroot.contracts.toolchain import ROOT

UNIT = ROOT / "test" / "unit"
TREES = sorted(UNIT.rglob("*.tree"))

_BRANCH = re.compile(r"^([│ ]*)[├└]── (.+)$")


def leaves(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield for each case its function, the conditions above it and what should then be."""
    function, path, last = "", [], None
    for line in filter(None, text.splitlines()):
        found = _BRANCH.match(line)
        if not found:
            function, path = line.split("::")[1], []
            continue
        depth, said = len(found[1]) // 4, found[2]
        path = path[:depth]
        if said.startswith("it "):
            if last and last[:2] == (function, path):
                last[2].append(said)
                continue
            if last:
                yield last
            last = (function, list(path), [said])
        else:
            path.append(said)
    if last:
        yield last


def name_of(function: str, path: list[str], said: list[str]) -> str:
    """Return what a case's test is called: its last condition, or what should be where it has none."""
    words = (path[-1] if path else said[0]).split()
    joined = "".join(word[0].upper() + word[1:] for word in words)
    joined = re.sub(r"[^A-Za-z0-9]", "", joined)
    if said[0] == "it should revert":
        return f"test_{function}_RevertWhen_{joined.removeprefix('When')}"
    return f"test_{function}_{joined}"


@pytest.mark.parametrize("tree", TREES, ids=lambda path: path.stem)
def test_every_leaf_is_a_test(tree: Path) -> None:
    """
    The tests of a file are the leaves of its tree: none is missing, none is more.
    """
    wanted = [name_of(*case) for case in leaves(tree.read_text("utf-8"))]

    found = re.findall(r"function (test_\w+)\(", tree.with_suffix(".t.sol").read_text("utf-8"))

    assert sorted(found) == sorted(wanted)
    assert len(set(wanted)) == len(wanted)


@pytest.mark.parametrize("tree", TREES, ids=lambda path: path.stem)
def test_refusals_come_first(tree: Path) -> None:
    """
    A function's refusals stand before what it does.
    """
    refused: dict[str, list[bool]] = {}
    for function, path, said in leaves(tree.read_text("utf-8")):
        refused.setdefault("/".join([function, *path[:-1]]), []).append(
            said == ["it should revert"]
        )

    late = {
        where for where, each in refused.items() if any(each[len(list(takewhile(bool, each))) :])
    }
    assert not late


def test_every_suite_has_its_tree() -> None:
    """
    No file of unit tests is without its tree.
    """
    suites = {path.name.removesuffix(".t.sol") for path in UNIT.rglob("*.t.sol")}

    assert suites == {path.stem for path in TREES}
