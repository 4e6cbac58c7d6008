"""
What can go wrong, as a tree:

* CommonrootError
  + UsageError            the command was misused; exit status 2
  + SettingsError         a setting or a home folder is unusable; exit status 2
  + ProtocolError         bytes or numbers that the protocol does not admit
  + KeysError ... see `commonroot.keys.errors`
  + ChainError ... see `commonroot.ledger.errors`
  + StoreError ... see `commonroot.store.errors`
  + MarketError ... see `commonroot.market.errors`
  + ProcessError          a child process did not start, or died
    - PortTaken
    - ChildDied
  + DiskFull              nothing more can be written

Each package that has errors of its own keeps them in its `errors.py`, below this base. An error says
what happened in its message and, where the user can do something, what to do in its `hint`.
"""

from __future__ import annotations


class CommonrootError(Exception):
    """The base of every error that this project raises on purpose."""

    hint: str = ""
    exit_status: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class UsageError(CommonrootError):
    """The command was given something it cannot take."""

    exit_status = 2


class SettingsError(CommonrootError):
    """A setting or a home folder cannot be used."""

    exit_status = 2


class ProtocolError(CommonrootError):
    """Bytes or numbers that the protocol does not admit."""


class ProcessError(CommonrootError):
    """A child process did not start, or died."""


class PortTaken(ProcessError):
    """Something else listens on the port."""

    hint = "Stop what listens there, or choose another port (`--port 0` takes any free one)."

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} on {host} is taken.")
        self.host, self.port = host, port


class ChildDied(ProcessError):
    """A process this one depends on ended by itself."""

    def __init__(self, name: str, status: int, log: str) -> None:
        how = f"ended with status {status}" if status >= 0 else f"was killed by signal {-status}"
        super().__init__(f"{name} {how}.", hint=f"Its log: {log}")
        self.name, self.status, self.log = name, status, log


class DiskFull(CommonrootError):
    """Nothing more can be written; what was there before is untouched."""

    hint = "Free some space, or choose another folder, and run the same command again."

    def __init__(self, path: object) -> None:
        super().__init__(f"No space is left to write {path}.")
        self.path = path
