"""
What can go wrong with keys, as a tree:

* KeysError
  + WalletError
    - BadWalletName         a name that is no plain file name; exit status 2
    - NoWallet              no wallet has the name
    - WalletExists          another wallet has the name already
    - WalletDamaged         the file is there but is no wallet
    - BadKey                bytes that are no private key
  + PasswordError
    - NoPassword            no source gave one; exit status 2
    - WrongPassword         the password does not open the wallet
    - PasswordFileExposed   others can read the file the password lies in
    - PasswordFileUnusable  the file cannot be read or holds no password
  + UnsignableTransaction   fields that make no transaction
  + SealBroken              sealed bytes that the key does not open
  + WrongContentKey         a delivered key is not the one that was committed to
  + AgentError
    - AgentUnreachable      nothing answers at the socket
    - AgentRefused          the agent's policy does not admit what was asked
    - SocketTaken           another agent, or a file, is where the socket would be
    - SocketUnsafe          others can reach the folder of the socket
    - SocketPathTooLong     the system does not take such a path
    - MemoryDamaged         the record of what was signed cannot be read
    - MemoryTaken           another agent keeps the same record
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import CommonrootError


class KeysError(CommonrootError):
    """The base of what can go wrong with keys."""


class WalletError(KeysError):
    """A wallet cannot be made, found or read."""


class BadWalletName(WalletError):
    """A wallet's name would not be a plain file name."""

    hint = "Use small letters, digits, `-` and `_`; start with a letter or digit; 64 at most."
    exit_status = 2

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} cannot be a wallet's name.")
        self.name = name


class NoWallet(WalletError):
    """No wallet has the name."""

    hint = "`commonroot wallet list` shows those there are; `commonroot wallet new` makes one."

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(f"There is no wallet {name} in {folder}.")
        self.name, self.folder = name, folder


class WalletExists(WalletError):
    """Another wallet has the name already; it was left as it is."""

    hint = "Choose another name: a wallet is never written over."

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(f"There is a wallet {name} in {folder} already.")
        self.name, self.folder = name, folder


class WalletDamaged(WalletError):
    """A file is where a wallet should be but does not hold one."""

    hint = "Restore the file from a backup (`commonroot wallet backup` makes them)."

    def __init__(self, source: object, why: str) -> None:
        super().__init__(f"{source} holds no wallet: {why}.")
        self.source, self.why = source, why


class BadKey(WalletError):
    """Bytes are not the private or public key they were given as."""

    def __init__(self, what: str) -> None:
        super().__init__(f"These bytes are no {what}.")
        self.what = what


class PasswordError(KeysError):
    """A password is missing, wrong or badly kept."""


class NoPassword(PasswordError):
    """No source gave a password."""

    hint = "Type it when asked, set COMMONROOT_PASSWORD, or name a file with --password-file."
    exit_status = 2

    def __init__(self, wallet: str) -> None:
        super().__init__(f"Wallet {wallet} needs a password and none was given.")
        self.wallet = wallet


class WrongPassword(PasswordError):
    """The password does not open the wallet."""

    hint = "Try again: passwords are case-sensitive, and nobody can recover a lost one."

    def __init__(self, source: object) -> None:
        super().__init__(f"The password does not open {source}.")
        self.source = source


class PasswordFileExposed(PasswordError):
    """Others can read the file that the password lies in."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Others than you can read {path}, so the password in it is no secret.",
            hint=f"Run `chmod 600 {path}`, and change the password if others may have read it.",
        )
        self.path = path


class PasswordFileUnusable(PasswordError):
    """The file that should hold a password does not."""

    hint = "Write the password on the first line of a file that only you can read."
    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} gives no password: {why}.")
        self.path, self.why = path, why


class UnsignableTransaction(KeysError):
    """Fields make no transaction that can be signed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The transaction cannot be signed: {why}.")
        self.why = why


class SealBroken(KeysError):
    """Sealed bytes do not open: another key, another label, or changed bytes."""

    hint = "Fetch the bytes again; if that does not help, ask for the key again."

    def __init__(self, what: str) -> None:
        super().__init__(f"The seal of {what} does not open with this key.")
        self.what = what


class WrongContentKey(KeysError):
    """The key that was delivered is not the one the seller committed to."""

    hint = "Dispute the delivery before its window ends: the price is refunded."

    def __init__(self, purchase: int) -> None:
        super().__init__(f"Purchase {purchase} was given another key than the one it paid for.")
        self.purchase = purchase


class AgentError(KeysError):
    """The signing agent cannot be reached, or does not sign."""


class AgentUnreachable(AgentError):
    """Nothing answers at the agent's socket."""

    hint = "The agent lives as long as the command that unlocked the wallet: start that again."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"No signing agent answers at {path}: {why}.")
        self.path, self.why = path, why


class AgentRefused(AgentError):
    """The agent's policy does not admit what was asked of it."""

    hint = "The wallet's owner decides what its agent signs: see the command that started it."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The signing agent refused: {reason}")
        self.reason = reason


class SocketTaken(AgentError):
    """Another agent, or a file, is where the socket would be."""

    hint = "Stop the other command first, or name another path."

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another signing agent, or something else, is at {path}.")
        self.path = path


class SocketUnsafe(AgentError):
    """Others can reach the folder that the socket would lie in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Others than you can reach {folder}, where the signing socket would lie.",
            hint=f"Run `chmod 700 {folder}`, or choose a folder of your own.",
        )
        self.folder = folder


class SocketPathTooLong(AgentError):
    """The system does not take a socket path of this length."""

    hint = "Name a shorter path, or none; where none was named, set TMPDIR to a shorter folder."

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(f"{path} is too long for a socket: {limit} bytes is the limit.")
        self.path, self.limit = path, limit


class MemoryDamaged(AgentError):
    """The record of what was signed cannot be read, so nothing more is signed."""

    hint = (
        "Signing without it could sign two deltas for one round, which costs the bond. Restore the"
        " file; delete it only if this account has not yet signed for the round that is open."
    )

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} does not say what was signed: {why}.")
        self.path, self.why = path, why


class MemoryTaken(AgentError):
    """Another agent keeps the same record of what was signed."""

    hint = "Stop the other command first: two agents could sign two deltas for one round."

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another signing agent keeps {path}.")
        self.path = path
