"""Mutants are the mistakes one could make, and the search says truly which of them tests notice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonroot.contracts import mutate
from commonroot.contracts.mutants import Mutant, find
from commonroot.contracts.mutate import Bench, Book, MutationFailed, Outcome, Result
from commonroot.contracts.toolchain import ROOT

SOURCE = """\
pragma solidity >=0.8.0;
// a < b is no comparison, and "x == y" in a string is none either
contract A {
    function f(uint256 a, uint256 b) external onlyOwner returns (bool) {
        if (a < b) revert TooSmall(a, "a == b");
        if (a > 1) { revert(); }
        if (a != 3) return false; else b += a;
        Trees.requirePlace(a,
            b, 0);
        return !c[a << 2] && a + 1 >= b;
    }
    modifier onlyOwner() { _; }
    function requireAll() internal {}
}
"""

Change = tuple[int, str, str, str]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with mutate.benches(1, "DatasetsTest") as free:
        yield free.get()


def changes(source: str) -> list[Change]:
    return [(each.line, each.kind, each.old, each.new) for each in find(source)]


class TestFind:
    def test_finds_every_place_once(self) -> None:
        """
        Comparisons, connections, refusals, guards and counts; not comments, strings, shifts or arrows.
        """
        assert sorted(changes(SOURCE)) == sorted(
            [
                (4, "refuse", "onlyOwner", ""),
                (5, "refuse", 'if (a < b) revert TooSmall(a, "a == b");', "{}"),
                (5, "compare", "<", "<="),
                (5, "compare", "<", ">="),
                (6, "refuse", "if (a > 1) { revert(); }", "{}"),
                (6, "compare", ">", "<="),
                (6, "compare", ">", ">="),
                (7, "compare", "!=", "=="),
                (7, "count", "+=", "-="),
                (8, "refuse", "Trees.requirePlace(a,\n            b, 0);", "{}\n"),
                (10, "connect", "!", ""),
                (10, "connect", "&&", "||"),
                (10, "count", "+", "-"),
                (10, "compare", ">=", "<"),
                (10, "compare", ">=", ">"),
            ]
        )

    def test_changes_nothing_else(self) -> None:
        """
        A mutant is the source but for one place, and its lines keep their numbers.
        """
        for mutant in find(SOURCE):
            text = mutant.applied(SOURCE)

            assert text[: mutant.start] == SOURCE[: mutant.start]
            assert text.endswith(SOURCE[mutant.end :])
            assert text.count("\n") == SOURCE.count("\n")
            assert text != SOURCE


class TestBench:
    def test_tells_noticed_from_unnoticed(self, bench: Bench) -> None:
        """
        A broken check is noticed, a change of nothing is not, and nonsense does not compile.
        """
        path = Path("src/Datasets.sol")
        source = (ROOT / path).read_text("utf-8")
        place = source.index("root == 0")
        broken = Mutant("compare", place, place + 9, 1, "root == 0", "root != 0")
        same = Mutant("compare", place, place + 9, 1, "root == 0", "root == bytes32(0)")
        nonsense = Mutant("compare", place, place + 9, 1, "root == 0", "root ==")

        found = [bench.try_(path, source, each).outcome for each in (broken, same, nonsense)]

        assert found == [Outcome.KILLED, Outcome.SURVIVED, Outcome.INVALID]
        assert (bench.folder / path).read_text("utf-8") == source

    def test_refuses_a_name_that_is_none(self) -> None:
        """
        A contract that is not there is an error and not a search without mutants.
        """
        with pytest.raises(MutationFailed, match="no contract or library Nonsense"):
            mutate.search("Nonsense", None, 1, ".*")  # type: ignore[arg-type]


class TestMistakes:
    LINE = "return !c[a << 2] && a + 1 >= b;"

    def test_leaves_out_what_is_explained(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """
        A mutant that changes nothing is not tried; all others of its line are.
        """
        self._explain(monkeypatch, tmp_path, self.LINE)

        left = [each for each in find(SOURCE) if each not in mutate.mistakes("A", SOURCE)]

        assert [(each.line, each.old, each.new) for each in left] == [(10, "&&", "||")]
        assert mutate.mistakes("B", SOURCE) == find(SOURCE)

    def test_refuses_an_explanation_of_nothing(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """
        When the line has changed, its explanation has to be looked at again.
        """
        self._explain(monkeypatch, tmp_path, "return a && b;")

        with pytest.raises(MutationFailed, match="explains a mutant that is none"):
            mutate.mistakes("A", SOURCE)

    def test_explanations_fit_the_sources(self) -> None:
        """
        Every entry of the file is about a mutant that is there.
        """
        for name in {each["contract"] for each in json.loads(mutate.EQUIVALENT.read_text("utf-8"))}:
            source = (ROOT / mutate.path_of(name)).read_text("utf-8")

            assert len(mutate.mistakes(name, source)) < len(find(source))

    def _explain(self, monkeypatch: pytest.MonkeyPatch, folder: Path, line: str) -> None:
        entry = {"contract": "A", "line": line, "old": "&&", "new": "||", "why": "It is a test."}
        (folder / "equivalent.json").write_text(json.dumps([entry]))
        monkeypatch.setattr(mutate, "EQUIVALENT", folder / "equivalent.json")


class TestBook:
    KILLED = Result(Mutant("compare", 1, 2, 1, "<", "<="), Outcome.KILLED, 1.0)
    SURVIVED = Result(Mutant("compare", 3, 4, 1, ">", ">="), Outcome.SURVIVED, 1.0)

    @pytest.fixture(autouse=True)
    def results(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        monkeypatch.setattr(mutate, "RESULTS", tmp_path)
        book = Book("A", "source", "tests")
        book.add(self.SURVIVED)
        book.add(self.KILLED)
        return tmp_path

    def test_goes_on_where_it_was(self) -> None:
        """
        What was found stays found while neither contract nor tests change.
        """
        assert Book("A", "source", "tests").results == [self.KILLED, self.SURVIVED]

    def test_tries_survivors_again(self) -> None:
        """
        New tests may notice what the old ones did not.
        """
        assert Book("A", "source", "more tests").results == [self.KILLED]

    def test_forgets_another_source(self) -> None:
        """
        Places in another text are other places.
        """
        assert Book("A", "another source", "tests").results == []

    def test_can_be_read_by_others(self, results: Path) -> None:
        """
        The file is JSON with a line and an outcome for each mutant.
        """
        held = json.loads((results / "A.json").read_text("utf-8"))

        assert [(each["mutant"]["line"], each["outcome"]) for each in held["mutants"]] == [
            (1, "killed"),
            (1, "survived"),
        ]


class TestSummary:
    def test_counts_what_compiles(self) -> None:
        """
        A mutant that does not compile is neither noticed nor missed.
        """
        made = [
            Result(Mutant("count", number, number, 1, "+", "-"), outcome, 2.0)
            for number, outcome in enumerate(
                [Outcome.KILLED, Outcome.ENDLESS, Outcome.KILLED, Outcome.SURVIVED, Outcome.INVALID]
            )
        ]

        line, part = mutate.summary("A", made)

        assert part == 0.75
        assert line.startswith("A: 3 of 4 mutants noticed (75.0%); 1 do not compile")
