"""Events are whole lines, there as soon as they happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonroot.aggregator.events import Events, follow
from commonroot.aggregator.show import Display, as_json


class TestEvents:
    def test_are_lines_with_a_time(self, tmp_path: Path) -> None:
        """
        A program that follows the file finds JSON, line by line.
        """
        events = Events(tmp_path / "folder" / "events.jsonl")
        events.say("closed", round=3, accepted=2)

        (line,) = events.path.read_text().splitlines()
        said = json.loads(line)
        assert said.pop("at") > 0
        assert said == {"event": "closed", "round": 3, "accepted": 2}

    def test_are_followed_as_they_come(self, tmp_path: Path) -> None:
        """
        Where there is no new event there is None; half a line waits for its other half.
        """
        events = Events(tmp_path / "events.jsonl")
        following = follow(events.path)
        assert next(following) is None

        events.say("one")
        assert next(following)["event"] == "one"  # type: ignore[index]
        assert next(following) is None
        with events.path.open("a") as file:
            file.write('{"event": "tw')
        assert next(following) is None
        with events.path.open("a") as file:
            file.write('o"}\n')
        assert next(following) == {"event": "two"}

    def test_are_followed_from_a_place(self, tmp_path: Path) -> None:
        """
        A new run does not tell again what a former one told.
        """
        events = Events(tmp_path / "events.jsonl")
        assert events.end() == 0
        events.say("old")
        start = events.end()
        events.say("new")

        assert next(follow(events.path, start))["event"] == "new"  # type: ignore[index]


class TestDisplay:
    def test_shows_a_table_a_round(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        The table says of every node what became of its answer, and what it gets.
        """
        display = Display()
        for event in (
            {"event": "begins", "program": 1, "round": 1, "rounds": 2, "endpoint": "h:1"}
            | {"symbol": "TEST", "decimals": 18},
            {"event": "accepted", "round": 1, "node": "0xA"},
            {"event": "refused", "round": 1, "node": "0xB", "why": "[red]poison[/red]"},
            {"event": "proposed", "round": 1, "scores": {"0xA": "7"}}
            | {"payouts": {"0xA": str(5 * 10**17)}},
            {"event": "finalized", "round": 1, "version": 1, "seconds": 2.5},
            {"event": "done", "rounds": 1},
        ):
            display(event)

        shown = capsys.readouterr().out
        assert "Program 1, round 1 of 2, on h:1." in shown
        assert "0.5 TEST" in shown
        # A stranger's words are shown and not obeyed.
        assert "[red]poison[/red]" in shown
        assert "All 1 rounds are final." in shown

    def test_prints_lines_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        With --json an event is the line that it is.
        """
        as_json({"event": "done", "rounds": 1})

        assert json.loads(capsys.readouterr().out) == {"event": "done", "rounds": 1}
