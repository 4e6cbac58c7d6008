"""What commands open before they act: settings, a password, a desk; and a person's yes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, final

import typer

from commonroot.base.errors import CommonrootError, UsageError
from commonroot.base.settings import Settings
from commonroot.keys.passwords import password_for

if TYPE_CHECKING:  # web3 is for the commands that need a chain
    from commonroot.keys.wallet import Wallet
    from commonroot.node.desk import Desk
    from commonroot.protocol.hashing import Address


class NotAgreed(CommonrootError):
    """A person said no."""


def settings_of(home: Path | None, rpc: str | None = None, wallet: str | None = None) -> Settings:
    """Return the settings of a home, with what was chosen on the command line."""
    return Settings.read(home, rpc=rpc, wallet=wallet)


def home_for(what: str, home: Path | None) -> Path | None:
    """Return the home that was named, else the one that a file lies in."""
    from commonroot.node.homes import home_around

    return home or (home_around(Path(what)) if Path(what).is_file() else None)


def account_of(settings: Settings, wallet: str | None) -> Address:
    """Return the account of a wallet, or of the home's own, without opening it."""
    from commonroot.keys.places import wallets

    return wallets(settings.home).address(wallet or settings.wallet)


def password(wallet: str, file: Path | None) -> str:
    """Return a wallet's password: from the file, the environment, or whoever sits there."""
    return password_for(wallet, os.environ, file=file, ask=_ask if _attended() else None)


def new_password(wallet: str, file: Path | None) -> str:
    """Return the password of a wallet that is about to be made; typed ones are typed twice."""
    return password_for(wallet, os.environ, file=file, ask=_ask_twice if _attended() else None)


def private_key_in(file: Path) -> bytes:
    """Return the private key in a file that nobody else can read."""
    from commonroot.keys.errors import BadKey
    from commonroot.keys.passwords import read_password

    try:
        # It is kept as a password is: on the first line, and from others' eyes.
        return bytes.fromhex(read_password(file).removeprefix("0x"))
    except ValueError as exc:
        raise BadKey("private key") from exc


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


@final
@dataclass(frozen=True, slots=True)
class Acting:
    """A desk, and whose it is: the wallet that acts and its password, which its receipt key shares."""

    desk: Desk
    wallet: Wallet
    password: str = field(repr=False)
    keys_home: Path
    """Under which new keys are kept: the home, or in a rehearsal a folder that goes away."""


@final
@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A wish to see what a command would do, and in which form."""

    json: bool


def rehearsal(dry_run: bool, *, json: bool) -> Rehearsal | None:
    """Return the rehearsal that --dry-run asks for."""
    return Rehearsal(json) if dry_run else None


@contextmanager
def looking(home: Path | None, rpc: str | None) -> Iterator[Desk]:
    """Yield a desk at which nothing can be signed."""
    from commonroot.node.desk import open_desk

    with open_desk(settings_of(home, rpc)) as desk:
        yield desk


@contextmanager
def acting(
    home: Path | None,
    rpc: str | None,
    wallet: str | None,
    file: Path | None,
    rehearsal: Rehearsal | None = None,
) -> Iterator[Acting]:
    """Yield a desk with an unlocked wallet; with a rehearsal, one that shows what it would send."""
    from commonroot.keys.places import wallets
    from commonroot.keys.signer import WalletSigner
    from commonroot.node.desk import open_desk

    settings = settings_of(home, rpc, wallet)
    # Known to be there before anybody is asked for its password.
    wallets(settings.home).address(settings.wallet)
    secret = password(settings.wallet, file)
    opened = wallets(settings.home).unlock(settings.wallet, secret)
    with open_desk(settings, WalletSigner(opened)) as desk:
        if rehearsal is None:
            yield Acting(desk, opened, secret, settings.home)
            return
        with TemporaryDirectory() as elsewhere, _rehearsing(desk, rehearsal) as scene:
            yield Acting(scene, opened, secret, Path(elsewhere))


@contextmanager
def _rehearsing(desk: Desk, wish: Rehearsal) -> Iterator[Desk]:
    """Yield a desk from which nothing is sent, and show what would be."""
    from commonroot.base.console import console, show
    from commonroot.ledger.rehearsal import Rehearsed

    ledger = desk.ledger
    assert ledger.sender is not None  # who acts has one
    sender = ledger.sender.rehearsing()
    try:
        yield replace(desk, ledger=replace(ledger, sender=sender))
    except Rehearsed as exc:
        show([step.record() for step in exc.steps], json=wish.json)
        console(stderr=True).print("Nothing was sent; what would follow depends on these.")


def readers(who: Acting) -> list[Wallet]:
    """Return the wallet and, where it is a node's, its receipt key: a keyring may be for either."""
    from commonroot.keys.places import receipt_keys

    settings = who.desk.settings
    receipts = receipt_keys(settings.home)
    known = settings.wallet in receipts.names()
    return [who.wallet, *([receipts.unlock(settings.wallet, who.password)] if known else [])]
