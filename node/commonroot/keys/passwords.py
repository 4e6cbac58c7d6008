"""Where a wallet's password comes from: a file, the environment, or a person; in that order."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from commonroot.keys.errors import NoPassword, PasswordFileExposed, PasswordFileUnusable

VARIABLE = "COMMONROOT_PASSWORD"
_LONGEST = 1024


def password_for(
    wallet: str,
    environment: Mapping[str, str],
    *,
    file: Path | None = None,
    ask: Callable[[str], str] | None = None,
) -> str:
    """Return the password of a wallet; `ask` is for where a person sits at the terminal."""
    if file is not None:
        return read_password(file)
    given = environment.get(VARIABLE, "")
    if not given and ask is not None:
        given = ask(f"Password of wallet {wallet}: ")
    if not given:
        raise NoPassword(wallet)
    return given


def read_password(file: Path) -> str:
    """Return the first line of a file that nobody else can read."""
    try:
        with file.open("rb") as opened:
            # Looked up on the open file: the name may point elsewhere a moment later.
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            line = opened.readline(_LONGEST + 1)
    except OSError as exc:
        raise PasswordFileUnusable(file, exc.strerror or str(exc)) from exc
    if mode & 0o077:
        raise PasswordFileExposed(file)
    if len(line) > _LONGEST:
        raise PasswordFileUnusable(file, f"its first line is longer than {_LONGEST} bytes")
    password = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    if not password:
        raise PasswordFileUnusable(file, "its first line is empty")
    return password
