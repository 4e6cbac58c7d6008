"""
What can go wrong, as a tree:

* DevchainError            the chain cannot start or go on; has a `hint`
  + PortTaken              something else listens there
  + AddressUnusable        the machine has no such address
  + StateLocked            another process uses the state folder
  + StateMismatch          the state folder holds a chain made with other settings
  + StateUnusable          the state folder cannot be written
  + JournalDamaged         acknowledged blocks can no longer be read
* RpcError                 a request that is answered with an error; has a JSON-RPC `code`
  + InvalidParams          the parameters are not what the method takes
  + Rejected               the transaction pool does not take the transaction
  + Failed                 an execution ended without success
    - Reverted             ... and the contract said why

This package imports nothing of the project, so these have a base of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class DevchainError(Exception):
    """The chain cannot start, or cannot go on."""

    hint: str = ""


class PortTaken(DevchainError):
    """Something else listens on the port."""

    hint = "Stop what listens there, or choose another port (`--port 0` takes any free one)."

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} on {host} is taken.")
        self.host, self.port = host, port


class AddressUnusable(DevchainError):
    """The machine has no such address to listen on."""

    hint = "Leave --host out to listen on this machine only."

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {why}.")
        self.host, self.port = host, port


class StateLocked(DevchainError):
    """Another process uses the state folder."""

    hint = "Stop the other dev chain, or give this one a --state folder of its own."

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"{folder} is in use by process {holder or 'unknown'}.")
        self.folder, self.holder = folder, holder


class StateMismatch(DevchainError):
    """The state folder holds a chain that was made with other settings."""

    def __init__(self, folder: Path, setting: str, stored: int, given: int) -> None:
        super().__init__(f"The chain in {folder} has {setting} {stored}, not {given}.")
        self.hint = f"Start it with --{setting} {stored}, or choose another --state folder."
        self.folder, self.setting, self.stored, self.given = folder, setting, stored, given


class StateUnusable(DevchainError):
    """The state folder cannot be written."""

    hint = "Free some space or correct the folder's permissions, then start again."

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"Cannot write to {folder}: {why}.")
        self.folder = folder


class JournalDamaged(DevchainError):
    """A record in the middle of the journal is damaged: what follows it cannot be trusted."""

    hint = "Restore the file from a copy, or start a new chain with another --state folder."

    def __init__(self, path: Path, offset: int, why: str) -> None:
        super().__init__(f"{path} is damaged at byte {offset}: {why}.")
        self.path, self.offset = path, offset


class RpcError(Exception):
    """A request that is answered with an error."""

    code = -32000

    def __init__(self, message: str, code: int | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.message, self.data = message, data
        if code is not None:
            self.code = code


class InvalidParams(RpcError):
    """The parameters are not what the method takes."""

    code = -32602


class Rejected(RpcError):
    """The pool does not take the transaction."""


class Failed(RpcError):
    """An execution ended without success."""


class Reverted(Failed):
    """A contract reverted; `output` is what it gave as its reason, ABI-encoded."""

    code = 3

    def __init__(self, message: str, output: bytes) -> None:
        super().__init__(message, data="0x" + output.hex())
        self.output = output
