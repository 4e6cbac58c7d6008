"""The command line finds commands, stays light, and says what went wrong in one sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest
import typer

from commonroot.base.errors import CommonrootError, SettingsError
from commonroot.cli import root


def _paths(command: click.Command, so_far: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield so_far
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _paths(below, (*so_far, name))


EVERY_COMMAND = list(_paths(typer.main.get_command(root.app), ()))


class TestHelp:
    @pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
    def test_is_there_for_every_command(
        self, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        `--help` on any command shows how it is used and leaves with 0.
        """
        assert root.run([*words, "--help"]) == 0
        assert "Usage: commonroot" in capsys.readouterr().out

    @pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
    def test_explains_every_option(self, words: tuple[str, ...]) -> None:
        """
        No option and no command is left without a sentence.
        """
        command = typer.main.get_command(root.app)
        for word in words:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found is not None
            command = found
        assert command.help
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.help, f"{' '.join(words)} {option.name}"

    def test_imports_nothing_heavy(self) -> None:
        """
        Help of the whole tree needs neither torch nor web3 nor Flower.
        """
        script = (
            "import sys, typer, click; from commonroot.cli import root\n"
            "context = click.Context(typer.main.get_command(root.app))\n"
            "assert all(context.command.get_command(context, name) for name in root.COMMANDS)\n"
            "assert root.run(['--help']) == 0\n"
            "heavy = {'torch', 'numpy', 'web3', 'flwr', 'eth_account', 'jsonschema'}\n"
            "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr


def _command(raises: Callable[[], BaseException]) -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command()
    def go() -> None:
        raise raises()

    return app


class TestRun:
    def status_of(self, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
        monkeypatch.setattr(root, "app", _command(lambda: error))
        return root.run([])

    @pytest.mark.parametrize(
        ("error", "status", "said"),
        [
            (CommonrootError("It broke.", hint="Mend it."), 1, "Error: It broke.\nMend it.\n"),
            (SettingsError("No such home."), 2, "Error: No such home.\n"),
            (KeyboardInterrupt(), 130, "Interrupted.\n"),
            (PermissionError(errno.EACCES, "Permission denied", "/a"), 1, "/a: Permission denied."),
            (OSError(errno.ENOSPC, "No space left", "/b"), 1, "No space is left to write /b."),
        ],
        ids=["refused", "settings", "interrupted", "system", "disk full"],
    )
    def test_says_what_went_wrong(
        self,
        error: BaseException,
        status: int,
        said: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """
        Whatever a command raises becomes one sentence, what to do, and an exit status.
        """
        monkeypatch.setenv("NO_COLOR", "1")

        assert self.status_of(error, monkeypatch) == status
        assert said in capsys.readouterr().err

    def test_shows_where_it_broke_only_when_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        With COMMONROOT_DEBUG=1 the error itself comes through.
        """
        monkeypatch.setenv("COMMONROOT_DEBUG", "1")

        with pytest.raises(CommonrootError, match="It broke"):
            self.status_of(CommonrootError("It broke."), monkeypatch)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["walet"], "No such command 'walet'."),
            (["wallet", "new", "--hom", "x"], "No such option '--hom'."),
        ],
    )
    def test_refuses_what_it_does_not_know(
        self,
        words: list[str],
        said: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """
        A misused command leaves with 2 and points to its help.
        """
        monkeypatch.setenv("NO_COLOR", "1")

        assert root.run(words) == 2
        complaint = capsys.readouterr().err
        assert said in complaint
        assert "--help` shows what it takes." in complaint

    def test_shows_its_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--version` prints one line.
        """
        assert root.run(["--version"]) == 0
        assert capsys.readouterr().out.startswith("commonroot ")


class TestMain:
    def test_survives_a_reader_who_leaves(self) -> None:
        """
        A closed pipe ends the command without a traceback.
        """
        reading, writing = os.pipe()
        os.close(reading)
        ended = subprocess.run(
            [sys.executable, "-m", "commonroot.cli.root", "--version"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        assert (ended.returncode, ended.stderr) == (1, b"")

    def test_puts_a_defect_into_words(self) -> None:
        """
        Even an error nobody foresaw shows one sentence and what to do, and no traceback.
        """
        script = (
            "import sys; from commonroot.cli import root\n"
            "def run(words): return {}['a defect']\n"
            "root.run = run; root.main()"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert "KeyError: 'a defect'" in ended.stderr
        assert "COMMONROOT_DEBUG=1" in ended.stderr
        assert "Traceback" not in ended.stderr
