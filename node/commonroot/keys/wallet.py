"""
Wallets: private keys on disk, each under a password.

A wallet is an Ethereum keystore file of version 3, so any Ethereum tool can open it, and this one
can open theirs. The address in the file is readable without the password and proves nothing; after
unlocking it is compared with the key.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn, cast, final

from coincurve import PrivateKey

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_new
from commonroot.keys.errors import (
    BadKey,
    BadWalletName,
    NoWallet,
    WalletDamaged,
    WalletExists,
    WrongPassword,
)
from commonroot.protocol.hashing import Address, to_address
from commonroot.protocol.signature import address_of

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LONGEST_FILE = 2**16
_MOST_MEMORY = 2**30
_MOST_ROUNDS = 2**22


class Cost(IntEnum):
    """How much work one guess at a password takes (scrypt's n)."""

    STANDARD = 2**18
    """About a second and 256 MiB: for every wallet that may ever hold something."""

    THROWAWAY = 2**12
    """Milliseconds: only for a demo's or a test's wallets, which hold test tokens."""


@final
@dataclass(frozen=True, slots=True)
class Wallet:
    """An account and its private key, unlocked; it shows and pickles only where asked to."""

    secret: bytes = field(repr=False)
    address: Address = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", address_of(private_key(self.secret).public_key))

    @classmethod
    def random(cls) -> Wallet:
        """Return a wallet with a new key."""
        return cls(PrivateKey().secret)

    @property
    def public_key(self) -> bytes:
        """Return the public key, compressed: what others seal keys to."""
        return private_key(self.secret).public_key.format()

    def __reduce__(self) -> NoReturn:
        raise TypeError("A wallet is not pickled: its key would leave this process.")


@final
@dataclass(frozen=True, slots=True)
class Wallets:
    """The wallets in one folder, a file each."""

    folder: Path
    cost: Cost = Cost.STANDARD

    def create(self, name: str, password: str) -> Wallet:
        """Make a wallet with a new key and return it unlocked."""
        return self.add(name, Wallet.random(), password)

    def add(self, name: str, wallet: Wallet, password: str) -> Wallet:
        """Keep a wallet under a name that is free."""
        path = self._path(name)
        if path.exists():  # before the slow part; `write_new` has the last word
            raise WalletExists(name, self.folder)
        sealed = lock(wallet, password, self.cost)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            write_new(path, sealed, mode=0o600)
        except FileExistsError as exc:
            raise WalletExists(name, self.folder) from exc
        return wallet

    def names(self) -> list[str]:
        """Return the names of all wallets, in order."""
        return sorted(
            path.stem for path in self.folder.glob("*.json") if _NAME.fullmatch(path.stem)
        )

    def address(self, name: str) -> Address:
        """Return the address that a wallet's file states; no password is needed, nothing proved."""
        return _stated_address(_parse(self._read(name), name), name)

    def unlock(self, name: str, password: str) -> Wallet:
        """Return a wallet, its key in memory."""
        return unlock(self._read(name), password, f"wallet {name}")

    def _read(self, name: str) -> bytes:
        path = self._path(name)
        try:
            with path.open("rb") as file:
                return file.read(_LONGEST_FILE + 1)
        except FileNotFoundError as exc:
            raise NoWallet(name, self.folder) from exc
        except OSError as exc:
            raise WalletDamaged(path, exc.strerror or str(exc)) from exc

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadWalletName(name)
        return self.folder / f"{name}.json"


def lock(wallet: Wallet, password: str, cost: Cost = Cost.STANDARD) -> bytes:
    """Return a wallet as the bytes of a keystore file."""
    from eth_account import Account  # half a second that looking at names need not pay

    keystore = Account.encrypt(wallet.secret, _raw(password), kdf="scrypt", iterations=int(cost))
    return json.dumps(keystore, sort_keys=True, indent=2).encode() + b"\n"


def unlock(keystore: bytes, password: str, source: str) -> Wallet:
    """Return the wallet of a keystore file, ours or another tool's; `source` names it in errors."""
    from eth_account import Account

    parsed = _parse(keystore, source)
    _require_bearable(parsed, source)
    try:
        secret = bytes(Account.decrypt(parsed, _raw(password)))
    except ValueError as exc:
        # The library has one exception for both; a wrong password is the one that is common.
        if "MAC" in str(exc):
            raise WrongPassword(source) from exc
        raise WalletDamaged(source, str(exc)) from exc
    except (KeyError, TypeError, OverflowError) as exc:
        raise WalletDamaged(source, f"a field is missing or misshapen ({exc})") from exc
    return _opened(secret, parsed, source)


def _opened(secret: bytes, keystore: dict[str, Any], source: str) -> Wallet:
    try:
        wallet = Wallet(secret)
    except BadKey as exc:
        raise WalletDamaged(source, "what it encrypts is no key") from exc
    # The check that the password passed covers neither the address nor the cipher's first block.
    if "address" in keystore and wallet.address != _stated_address(keystore, source):
        raise WalletDamaged(source, "its key belongs to another address than the one it states")
    return wallet


def _parse(keystore: bytes, source: str) -> dict[str, Any]:
    if len(keystore) > _LONGEST_FILE:
        raise WalletDamaged(source, f"it is longer than {_LONGEST_FILE} bytes")
    try:
        parsed = _lowered(load_json(keystore))
    except (ValueError, RecursionError) as exc:
        raise WalletDamaged(source, "it is not JSON") from exc
    if not isinstance(parsed, dict) or parsed.get("version") != 3:
        raise WalletDamaged(source, "it is no keystore of version 3")
    return cast("dict[str, Any]", parsed)


def _stated_address(keystore: dict[str, Any], source: str) -> Address:
    try:
        return to_address("0x" + str(keystore.get("address", "")).removeprefix("0x"))
    except ProtocolError as exc:
        raise WalletDamaged(source, "it states no address") from exc


def _require_bearable(keystore: dict[str, Any], source: str) -> None:
    # The file says how much work opening it is; a hostile one could say "all memory, for ever".
    crypto = keystore.get("crypto")
    costs = crypto.get("kdfparams") if isinstance(crypto, dict) else None
    if not isinstance(costs, dict):
        raise WalletDamaged(source, "it does not say how its key is derived")
    n, r, p, c, length = (costs.get(name, 1) for name in ("n", "r", "p", "c", "dklen"))
    if not all(type(cost) is int and cost >= 1 for cost in (n, r, p, c, length)):
        raise WalletDamaged(source, "its costs are not positive numbers")
    if 128 * n * r > _MOST_MEMORY or p > 16 or c > _MOST_ROUNDS or length != 32:
        raise WalletDamaged(source, "opening it would take more than a gigabyte or minutes")


def private_key(secret: bytes) -> PrivateKey:
    """Return a secret as a key that signs; refuse what is none."""
    try:
        if len(secret) != 32:  # the library pads short ones
            raise ValueError
        return PrivateKey(secret)
    except ValueError as exc:
        raise BadKey("private key") from exc


def _raw(password: str) -> Any:
    # Bytes that are no UTF-8 come in as lone surrogates, and must go out as the same bytes. The
    # library takes bytes; only its annotation wants a str.
    return password.encode("utf-8", "surrogateescape")


def _lowered(value: Any) -> Any:
    # The library takes any spelling of a field, and of two the last: look at what it will see.
    if not isinstance(value, dict):
        return value
    return {name.lower(): _lowered(inner) for name, inner in value.items()}
