"""
Asks whether the tests would notice a mistake: `python -m commonroot.contracts.mutate Programs Nodes`.

Each mutant of a contract (see `mutants`) is compiled and tested in a copy of the project: the unit
tests first, the fuzz tests and the invariants only if those saw nothing. A mutant that no test
notices has survived, and its line wants a test; `equivalent-mutants.json` lists those that change
nothing, each with the reason, and they are left out. What was found is written down at once, so that an
interrupted search goes on where it was; a survivor is tried again after the tests were changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from typing import Any, final

from commonroot.contracts.forge import environment
from commonroot.contracts.mutants import Mutant, find
from commonroot.contracts.toolchain import MODULES, ROOT, ToolchainMissing, native
from commonroot.contracts.warm import compiler

RESULTS = ROOT / "cache" / "mutants"

EQUIVALENT = ROOT / "equivalent-mutants.json"
"""Mutants that are no mistakes: contract, line, old, new, which of several in the line, and why."""

STAGES = (
    ("--match-path", "test/unit/**"),
    ("--match-path", "test/fuzz/**"),
    ("--match-path", "test/invariants/**"),
)
"""Which tests are asked, the fastest first: most mutants meet only those."""

LONGEST = 300.0
"""Seconds after which tests are taken for hanging: a loop that no longer ends is noticed too."""

ENOUGH = 0.95
"""The part of the mutants that tests must notice."""


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    INVALID = "does not compile"
    ENDLESS = "never ended"


class MutationFailed(Exception):
    """The search itself went wrong: nothing can be said about the mutants."""


@final
@dataclass(frozen=True, slots=True)
class Result:
    """One mutant and what became of it."""

    mutant: Mutant
    outcome: Outcome
    seconds: float

    @classmethod
    def read(cls, held: Mapping[str, Any]) -> Result:
        """Return a result as it was written down."""
        return cls(Mutant(**held["mutant"]), Outcome(held["outcome"]), held["seconds"])


@final
@dataclass(frozen=True, slots=True)
class Bench:
    """A copy of the project, in which one mutant at a time is tried."""

    folder: Path
    only: str
    solc: Path

    def try_(self, path: Path, source: str, mutant: Mutant) -> Result:
        """Test one mutant of a file, and put the file back."""
        begun = time.monotonic()
        (self.folder / path).write_text(mutant.applied(source), "utf-8")
        try:
            outcome = self.test()
        except subprocess.TimeoutExpired:
            outcome = Outcome.ENDLESS
        finally:
            (self.folder / path).write_text(source, "utf-8")
        return Result(mutant, outcome, round(time.monotonic() - begun, 2))

    def test(self) -> Outcome:
        """Compile what lies here and run the tests on it."""
        # By itself: a test run that is to pick tests would first compile them once more, to look.
        built = self._forge(["build"])
        if "Compiler run failed" in built.stdout + built.stderr:
            return Outcome.INVALID
        _require(built, built.returncode == 0)
        for stage in STAGES:
            done = self._forge(["test", *stage, "--match-contract", self.only, "--fail-fast"])
            if done.returncode:
                _require(done, "Failing tests" in done.stdout)
                return Outcome.KILLED
        return Outcome.SURVIVED

    def _forge(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(native("forge")), *arguments],
            cwd=self.folder,
            env=environment({"FOUNDRY_PROFILE": "mutate", "FOUNDRY_SOLC": str(self.solc)}),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )


def _require(done: subprocess.CompletedProcess[str], holds: bool) -> None:
    if not holds:
        raise MutationFailed(f"forge failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def benches(count: int, only: str) -> Iterator[SimpleQueue[Bench]]:
    """Lend copies of the project whose tests pass."""
    native("forge")
    with tempfile.TemporaryDirectory(prefix="commonroot-mutants-") as place, ExitStack() as stack:
        free: SimpleQueue[Bench] = SimpleQueue()
        for number in range(count):
            folder = _copied(Path(place) / str(number))
            bench = Bench(folder, only, stack.enter_context(compiler(folder)))
            if number == 0 and bench.test() is not Outcome.SURVIVED:
                raise MutationFailed("The tests fail without any mutant: run `make forge` first.")
            free.put(bench)
        yield free


def _copied(folder: Path) -> Path:
    for part in ("src", "test"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "foundry.toml", folder)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


@final
class Book:
    """What was found about one contract, in a file that is never half written."""

    def __init__(self, name: str, source: str, tests: str) -> None:
        self._path = RESULTS / f"{name}.json"
        self._head = {"contract": name, "source": _digest(source), "tests": tests}
        self._lock = threading.Lock()
        self.results: list[Result] = list(self._kept())

    def add(self, result: Result) -> None:
        """Write one more result down."""
        with self._lock:
            self.results.append(result)
            self._write()

    def _kept(self) -> Iterator[Result]:
        if not self._path.exists():
            return
        held = json.loads(self._path.read_text("utf-8"))
        if held["source"] != self._head["source"]:
            return
        for each in map(Result.read, held["mutants"]):
            if held["tests"] == self._head["tests"] or each.outcome is not Outcome.SURVIVED:
                yield each

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        ordered = sorted(self.results, key=lambda each: (each.mutant.start, each.mutant.new))
        text = json.dumps(self._head | {"mutants": [asdict(each) for each in ordered]}, indent=1)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text + "\n", "utf-8")
        fresh.replace(self._path)


def search(name: str, free: SimpleQueue[Bench], count: int, only: str) -> list[Result]:
    """Try every mutant of a contract that was not tried before, and return all results."""
    path = path_of(name)
    source = (ROOT / path).read_text("utf-8")
    book = Book(name, source, _tests_digest(only))
    known = {each.mutant for each in book.results}

    def try_(mutant: Mutant) -> None:
        bench = free.get()
        try:
            result = bench.try_(path, source, mutant)
        finally:
            free.put(bench)
        book.add(result)
        print(f"{path}:{_told(result)}", flush=True)

    wanted = mistakes(name, source)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(try_, [each for each in wanted if each not in known]))
    return [each for each in book.results if each.mutant in wanted]


def mistakes(name: str, source: str) -> list[Mutant]:
    """Return the mutants of a contract, without those that are known to change nothing."""
    found = find(source)
    lines = source.splitlines()
    for entry in json.loads(EQUIVALENT.read_text("utf-8")):
        if entry["contract"] != name:
            continue
        same = [
            each
            for each in found
            if (lines[each.line - 1].strip(), each.old, each.new)
            == (entry["line"], entry["old"], entry["new"])
        ]
        place = entry.get("place", 1)
        if not entry["why"] or len(same) < place:
            raise MutationFailed(f"{EQUIVALENT.name} explains a mutant that is none: {entry}")
        found.remove(same[place - 1])
    return found


def path_of(name: str) -> Path:
    """Return where a contract or library lies, from contracts/."""
    found = [*(ROOT / "src").glob(f"{name}.sol"), *(ROOT / "src").glob(f"libraries/{name}.sol")]
    if not found:
        raise MutationFailed(f"There is no contract or library {name} in {ROOT / 'src'}.")
    return found[0].relative_to(ROOT)


def _tests_digest(only: str) -> str:
    texts = (path.read_text("utf-8") for path in sorted((ROOT / "test").rglob("*.sol")))
    return _digest("".join([only, *texts]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _told(result: Result) -> str:
    mutant = result.mutant
    old, new = (" ".join(each.split()) for each in (mutant.old, mutant.new))
    change = f"without `{old}`" if new in {"", "{}"} else f"`{old}` as `{new}`"
    return f"{mutant.line}: {result.outcome} in {result.seconds} s: {change}"


def summary(name: str, results: Sequence[Result]) -> tuple[str, float]:
    """Return a line about a contract, and which part of its mutants the tests noticed."""
    counts = Counter(each.outcome for each in results)
    noticed = counts[Outcome.KILLED] + counts[Outcome.ENDLESS]
    judged = noticed + counts[Outcome.SURVIVED]
    part = noticed / judged if judged else 1.0
    spent = sum(each.seconds for each in results) / len(results) if results else 0.0
    return (
        f"{name}: {noticed} of {judged} mutants noticed ({part:.1%}); "
        f"{counts[Outcome.INVALID]} do not compile; {spent:.1f} s a mutant",
        part,
    )


def main(arguments: Sequence[str]) -> int:
    """Search all contracts named and return 0 if the tests of each notice enough."""
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__.strip().splitlines()[0])
    parser.add_argument("contracts", nargs="+", help="contracts or libraries of src")
    parser.add_argument("--only", default=".*", help="names of the test contracts to run")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at a time")
    parser.add_argument("--again", action="store_true", help="forget what was found before")
    asked = parser.parse_args(arguments)
    if asked.again:
        for name in asked.contracts:
            (RESULTS / f"{name}.json").unlink(missing_ok=True)
    with benches(asked.jobs, asked.only) as free:
        found = {name: search(name, free, asked.jobs, asked.only) for name in asked.contracts}
    enough = True
    for name, results in found.items():
        line, part = summary(name, results)
        print(line)
        for each in sorted(results, key=lambda each: each.mutant.start):
            if each.outcome is Outcome.SURVIVED:
                print(f"  {path_of(name)}:{_told(each)}")
        enough = enough and part >= ENOUGH
    return 0 if enough else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (MutationFailed, ToolchainMissing) as exc:
        sys.exit(f"Error: {exc}")
