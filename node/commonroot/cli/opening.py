"""What commands open before they act: settings, a password, a desk; and a person's yes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from commonroot.base.errors import CommonrootError, UsageError
from commonroot.base.settings import Settings
from commonroot.keys.passwords import password_for


class NotAgreed(CommonrootError):
    """A person said no."""


def settings_of(home: Path | None, rpc: str | None = None, wallet: str | None = None) -> Settings:
    """Return the settings of a home, with what was chosen on the command line."""
    return Settings.read(home, rpc=rpc, wallet=wallet)


def password(wallet: str, file: Path | None) -> str:
    """Return a wallet's password: from the file, the environment, or whoever sits there."""
    return password_for(wallet, os.environ, file=file, ask=_ask if _attended() else None)


def new_password(wallet: str, file: Path | None) -> str:
    """Return the password of a wallet that is about to be made; typed ones are typed twice."""
    return password_for(wallet, os.environ, file=file, ask=_ask_twice if _attended() else None)


def agree(what: str, *, yes: bool) -> None:
    """Ask before something is spent; raise unless the answer is yes."""
    if yes:
        return
    if not _attended():
        raise UsageError(f"{what} Nobody is here to agree.", hint="Say --yes to agree beforehand.")
    if not typer.confirm(f"{what} Go on?", err=True):
        raise NotAgreed("Nothing was done.")


def _attended() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(question: str) -> str:
    from getpass import getpass

    return getpass(question)


def _ask_twice(question: str) -> str:
    given = _ask(question)
    if _ask("The same again: ") != given:
        raise UsageError("The two passwords differ.", hint="Run the command again.")
    return given
