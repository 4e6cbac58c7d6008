"""The house stands as it was drawn: folders, floors, and no file that hides another."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["contracts", "hardhat-free-devchain", "node", "client", "aggregator"]
FOLDERS = [*SOURCES, "tests", "docs", "benchmarks"]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[str]:
    """Return every file that git keeps, or that is about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listing.stdout.splitlines()


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_says_what_it_is(folder: str) -> None:
    """
    Every top-level folder is there, and five lines say what it does and what it must not know.
    """
    lines = (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()

    assert lines[0] == f"# {folder}"
    assert 3 <= len([line for line in lines[1:] if line]) <= 6


@pytest.mark.parametrize("source", SOURCES)
def test_namespace_stays_open(source: str) -> None:
    """
    No `__init__.py` lies directly in a `commonroot` folder: one would hide all the others.
    """
    assert (ROOT / source / "commonroot").is_dir()
    assert not (ROOT / source / "commonroot" / "__init__.py").exists()


@pytest.mark.parametrize("package", SETTINGS["tool"]["importlinter"]["root_packages"])
def test_floor_exists_once(package: str) -> None:
    """
    Every package whose imports are kept in check exists, in one source root and with a description.
    """
    name = package.removeprefix("commonroot.")
    found = [source for source in SOURCES if (ROOT / source / "commonroot" / name).is_dir()]

    assert len(found) == 1
    init = ROOT / found[0] / "commonroot" / name / "__init__.py"
    assert init.read_text(encoding="utf-8").startswith('"""')


def test_floors_are_all_checked() -> None:
    """
    No package stands outside the list of those whose imports are kept in check.
    """
    there = {
        f"commonroot.{folder.name}"
        for source in SOURCES
        for folder in (ROOT / source / "commonroot").iterdir()
        if (folder / "__init__.py").exists()
    }

    assert there == set(SETTINGS["tool"]["importlinter"]["root_packages"])


@pytest.mark.parametrize(
    "names",
    [
        SETTINGS["tool"]["pytest"]["ini_options"]["pythonpath"],
        SETTINGS["tool"]["hatch"]["build"]["dev-mode-dirs"],
        SETTINGS["tool"]["mypy"]["mypy_path"],
        SETTINGS["tool"]["ruff"]["src"],
    ],
)
def test_tools_know_every_source_root(names: list[str]) -> None:
    """
    A source root that one tool does not know would be tested, typed or shipped by halves.
    """
    assert set(SOURCES) <= set(names)


def test_wheel_holds_every_source_root() -> None:
    """
    What is installed is what is developed.
    """
    packages = SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert packages == [f"{source}/commonroot" for source in SOURCES]


def test_dependencies_have_reasons_and_pins() -> None:
    """
    Every direct dependency says why it is there, and is installed at a version that was tested.
    """
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pins = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    project = SETTINGS["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    for requirement in wanted:
        name = requirement.partition("=")[0].partition(">")[0].partition("<")[0]
        assert name in pins
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert "# " in line


def test_constraints_are_pins_in_order() -> None:
    """
    Exact versions only, sorted, without addresses or paths of any machine.
    """
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]

    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
    assert all(pin.count("==") == 1 and not set(pin) & set("/@ ;+") for pin in pins)


def test_nothing_secret_or_built_is_kept() -> None:
    """
    No home, no environment, no private key and no compiler output lies in the repository.
    """
    parts = {part for path in tracked() for part in Path(path).parts}

    assert not parts & {".venv", ".commonroot", "node_modules", "__pycache__", "wallets"}
    assert not [path for path in tracked() if path.endswith((".pem", ".key", ".pyc", ".sqlite"))]
