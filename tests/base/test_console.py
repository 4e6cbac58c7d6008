"""People see colours, also through a pipe; programs see JSON; strangers' words do nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

from commonroot.base.console import complain, console, show
from commonroot.base.errors import CommonrootError, PortTaken

PIPED = """
from rich.progress import track
from commonroot.base.console import complain, console, show
from commonroot.base.errors import PortTaken

out = console()
for _ in track(range(3), "steps", console=out):
    out.print("[red]red[/red]")
with out.status("waiting"):
    pass
show({"name": "round"}, json=False)
complain(PortTaken("127.0.0.1", 80))
"""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def piped(**environment: str) -> str:
    """Return all that a command prints into a pipe."""
    ended = subprocess.run(
        [sys.executable, "-c", PIPED],
        env={"PYTHONUTF8": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    )
    return ended.stdout.decode()


class TestConsole:
    @pytest.mark.parametrize("term", ["xterm-256color", "dumb", ""])
    def test_keeps_colours_in_a_pipe(self, term: str) -> None:
        """
        Colours survive, whatever the terminal that is not there can do.
        """
        text = piped(TERM=term)

        assert "\x1b[31mred\x1b[0m" in text
        assert "\x1b[1;31mError:\x1b[0m" in text

    def test_moves_no_cursor_in_a_pipe(self) -> None:
        """
        A log holds lines: progress bars and spinners neither hide the cursor nor go back.
        """
        rest = COLOUR.sub("", piped(TERM="xterm-256color"))

        assert "\x1b" not in rest
        assert "\r" not in rest
        assert rest.count("red") == 3
        assert "100%" in rest

    def test_has_no_colours_where_nobody_wants_them(self) -> None:
        """
        NO_COLOR leaves plain text.
        """
        text = piped(TERM="xterm-256color", NO_COLOR="1")

        assert "\x1b" not in text
        assert "Error: Port 80 on 127.0.0.1 is taken." in text


class TestShow:
    def test_prints_json_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        With --json the same record is a document, without colours.
        """
        show({"round": 3, "why": "late \x1b[2J"}, json=True)

        said = capsys.readouterr().out
        assert json.loads(said) == {"round": 3, "why": "late \x1b[2J"}
        assert "\x1b" not in said

    @pytest.mark.parametrize("value", [{"name": "[/x] [red]a"}, [{"[/x]": "[/x] [red]a"}]])
    def test_takes_names_for_names(
        self, value: Mapping[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Brackets in somebody's name are no markup: they neither colour nor crash.
        """
        show(value, json=False)

        assert "[/x] [red]a" in capsys.readouterr().out

    def test_disarms_control_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Somebody's words do not clear a reader's screen.
        """
        show({"why": "clear \x1b[2J \x9b2J \x07"}, json=False)

        rest = COLOUR.sub("", capsys.readouterr().out)
        assert "clear \ufffd[2J \ufffd2J \ufffd" in rest

    def test_says_that_there_is_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An empty list is an answer, not an empty screen.
        """
        show([], json=False)

        assert capsys.readouterr().out == "Nothing yet.\n"

    def test_prints_a_row_for_each(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A list is a table under its names, numbers as JSON has them.
        """
        show([{"round": 1, "paid": True}, {"round": 2, "paid": None}], json=False)

        lines = COLOUR.sub("", capsys.readouterr().out).splitlines()
        assert [line.split()[1::2] for line in lines[1:2]] == [["round", "paid"]]
        assert [line.split()[1::2] for line in lines[3:5]] == [["1", "true"], ["2", "null"]]

    def test_cuts_nothing_off(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        What is too wide for its column goes on in the next line: half an address is none.
        """
        digest = "0x" + "0123456789abcdef" * 4

        show([{"root": digest, "spec": digest}], json=False)

        cells = [line.split("\u2502") for line in capsys.readouterr().out.splitlines()]
        parts = [COLOUR.sub("", row[1]).strip() for row in cells if len(row) == 4]
        assert "".join(parts) == digest


class TestComplain:
    def test_says_what_happened_and_what_to_do(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Two sentences on stderr, none on stdout.
        """
        complain(PortTaken("127.0.0.1", 80))

        said = capsys.readouterr()
        assert said.out == ""
        assert COLOUR.sub("", said.err).splitlines()[0] == "Error: Port 80 on 127.0.0.1 is taken."
        assert "choose another port" in COLOUR.sub("", said.err)

    def test_breaks_no_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A sentence is a line, so that a path in it can be copied, and a program finds where it ends.
        """
        long = "/somewhere" * 30

        complain(CommonrootError(f"There is no {long}.", hint=f"Make {long}."))

        said = COLOUR.sub("", capsys.readouterr().err)
        assert said == f"Error: There is no {long}.\nMake {long}.\n"

    def test_takes_words_for_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A message that quotes a stranger is neither markup nor a command.
        """
        complain(CommonrootError("[/x] said \x1b[2J", hint="[/y]"))

        said = COLOUR.sub("", capsys.readouterr().err)
        assert said == "Error: [/x] said \ufffd[2J\n[/y]\n"


def test_console_prints_to_stderr_where_told(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Progress can be kept out of what a program reads.
    """
    console(stderr=True).print("progress")

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "progress\n")
