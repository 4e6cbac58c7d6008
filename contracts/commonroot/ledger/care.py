"""How carefully transactions are sent: what is waited for, what is offered, where notes are kept."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from commonroot.base.errors import SettingsError

GWEI = 10**9


@final
@dataclass(frozen=True, slots=True)
class Care:
    """The choices of whoever sends, read once at the edge."""

    patience: float = 120.0
    """Seconds that a transaction may take to be mined, and each block that must follow it."""
    bump_after: float = 30.0
    """Seconds after which a transaction that is not mined offers more."""
    silence: float = 10.0
    """Seconds without any answer after which the chain is gone."""
    look_after: float = 1.0
    """Seconds between two looks at what became of a transaction that is not mined yet."""
    confirmations: int = 1
    """How many blocks must hold a transaction, its own the first, before it counts as done."""
    most_tip: int = 100 * GWEI
    """The most wei per gas that a block's maker is given, whatever the node suggests."""
    most_price: int = 10_000 * GWEI
    """The most wei per gas that is offered in all."""
    outbox: Path = field(default_factory=lambda: _folder(os.environ))
    """Where the transactions of all accounts are noted until they are settled."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Care:
        """Return the care that the environment asks for."""
        confirmations = _whole(environ, "COMMONROOT_CONFIRMATIONS", 1)
        most_tip = _whole(environ, "COMMONROOT_MOST_TIP", 100)
        most_price = _whole(environ, "COMMONROOT_MOST_PRICE", 10_000)
        return cls(
            confirmations=confirmations,
            most_tip=most_tip * GWEI,
            most_price=most_price * GWEI,
            outbox=_folder(environ),
        )


def _whole(environ: Mapping[str, str], name: str, usual: int) -> int:
    given = environ.get(name) or str(usual)
    if not given.isdecimal() or int(given) < 1:
        raise SettingsError(f"{name} is {given!r}.", hint="It is a whole number, from one on.")
    return int(given)


def _folder(environ: Mapping[str, str]) -> Path:
    named, state = environ.get("COMMONROOT_OUTBOX"), environ.get("XDG_STATE_HOME")
    if named:
        return Path(named).resolve()
    if state:
        return Path(state).resolve() / "commonroot" / "outbox"
    # The person's, not HOME: processes beside a federation are given an empty one, and must find the
    # same notes as all others that send for the account.
    try:
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError as exc:
        raise SettingsError(
            "This user has no home folder to note sent transactions in.",
            hint="Name a folder with COMMONROOT_OUTBOX.",
        ) from exc
    return home / ".local" / "state" / "commonroot" / "outbox"
