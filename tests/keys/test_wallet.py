"""Wallets keep a key under a password, and say plainly why they do not open."""

from __future__ import annotations

import errno
import json
import os
import pickle
import stat
from pathlib import Path

import pytest
from eth_account import Account

from commonroot.base.errors import DiskFull
from commonroot.keys.errors import (
    BadKey,
    BadWalletName,
    NoWallet,
    WalletDamaged,
    WalletExists,
    WrongPassword,
)
from commonroot.keys.wallet import Cost, Wallet, Wallets, unlock

SECRET = bytes(31) + b"\x01"
ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"  # the account of key 1, known to everybody


@pytest.fixture
def wallets(tmp_path: Path) -> Wallets:
    return Wallets(tmp_path / "wallets", Cost.THROWAWAY)


class TestWallet:
    def test_knows_its_address(self) -> None:
        """
        The address is the one that every Ethereum tool gives for the key.
        """
        assert Wallet(SECRET).address == ADDRESS

    def test_hides_its_key(self) -> None:
        """
        Neither printing nor pickling a wallet carries its key away.
        """
        wallet = Wallet(SECRET)

        assert "0001" not in repr(wallet) and "x01" not in repr(wallet)
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(wallet)

    @pytest.mark.parametrize("secret", [b"", bytes(32), bytes(31), b"\xff" * 32, bytes(33)])
    def test_refuses_what_is_no_key(self, secret: bytes) -> None:
        """
        Zero, the curve's order and other lengths are no private keys.
        """
        with pytest.raises(BadKey, match="private key"):
            Wallet(secret)


class TestCreate:
    def test_opens_again(self, wallets: Wallets) -> None:
        """
        The password gives back the key that was made.
        """
        made = wallets.create("ada", "good")

        assert wallets.unlock("ada", "good") == made
        assert wallets.address("ada") == made.address
        assert wallets.names() == ["ada"]

    def test_is_readable_by_its_owner_only(self, wallets: Wallets) -> None:
        """
        The file has mode 0600 and lies in a folder of mode 0700.
        """
        wallets.create("ada", "good")

        file = wallets.folder / "ada.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(wallets.folder.stat().st_mode) == 0o700

    def test_never_writes_over_a_wallet(self, wallets: Wallets) -> None:
        """
        A taken name is refused, and the wallet that has it still opens.
        """
        first = wallets.create("ada", "good")

        with pytest.raises(WalletExists, match="ada"):
            wallets.create("ada", "other")
        assert wallets.unlock("ada", "good") == first

    def test_never_writes_over_a_wallet_made_meanwhile(
        self, wallets: Wallets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Of two makers of one name who both found it free, one fails and the first wallet stays.
        """
        first = wallets.create("ada", "good")
        monkeypatch.setattr(Path, "exists", lambda path: False)

        with pytest.raises(WalletExists, match="ada"):
            wallets.create("ada", "other")
        assert wallets.unlock("ada", "good") == first
        assert [file.name for file in wallets.folder.iterdir()] == ["ada.json"]

    @pytest.mark.parametrize("name", ["", "../ada", "a/b", ".ada", "Ada", "a" * 65, "a.json"])
    def test_refuses_names_that_are_no_file_names(self, wallets: Wallets, name: str) -> None:
        """
        No name leads out of the folder.
        """
        with pytest.raises(BadWalletName):
            wallets.create(name, "good")

    def test_leaves_nothing_where_the_disk_is_full(
        self, wallets: Wallets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without space there is one clear error and no half-written wallet.
        """

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)

        with pytest.raises(DiskFull, match=r"ada\.json"):
            wallets.create("ada", "good")
        assert list(wallets.folder.iterdir()) == []


class TestUnlock:
    def test_refuses_a_wrong_password(self, wallets: Wallets) -> None:
        """
        The error names the wallet and says what to do.
        """
        wallets.create("ada", "good")

        with pytest.raises(WrongPassword, match="does not open wallet ada") as caught:
            wallets.unlock("ada", "bad")
        assert "Try again" in caught.value.hint and caught.value.exit_status == 1

    def test_refuses_a_name_without_wallet(self, wallets: Wallets) -> None:
        """
        The error names the folder that was looked into.
        """
        with pytest.raises(NoWallet, match=r"no wallet eve in .*wallets"):
            wallets.unlock("eve", "good")

    def test_takes_passwords_of_any_bytes(self, wallets: Wallets) -> None:
        """
        Letters beyond ASCII, and bytes that are no text at all, open what they locked.
        """
        odd = "pässword " + b"\xff".decode("utf-8", "surrogateescape")
        made = wallets.create("ada", odd)

        assert wallets.unlock("ada", odd) == made

    def test_opens_another_tools_keystore(self) -> None:
        """
        A keystore made with PBKDF2 and capital field names opens as well.
        """
        foreign = Account.encrypt(SECRET, "good", kdf="pbkdf2", iterations=2)
        foreign["Crypto"] = foreign.pop("crypto")
        foreign["address"] = foreign["address"].lower()

        assert unlock(json.dumps(foreign).encode(), "good", "the file").address == ADDRESS

    @pytest.mark.parametrize(
        "damage",
        [
            {"version": 4},
            {"crypto": None},
            {"crypto": {"kdf": "scrypt", "kdfparams": []}},
            {"address": "00" * 20},
            {"address": "no address"},
        ],
    )
    def test_refuses_a_damaged_file(self, wallets: Wallets, damage: dict[str, object]) -> None:
        """
        A field that is missing, misshapen or another's is one error that names the wallet.
        """
        wallets.create("ada", "good")
        file = wallets.folder / "ada.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **damage}))

        with pytest.raises(WalletDamaged, match="wallet ada"):
            wallets.unlock("ada", "good")

    @pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"[" * 5000, b"\xff", b"0" * 70000])
    def test_refuses_what_is_no_keystore(self, junk: bytes) -> None:
        """
        Bytes that are no JSON, or endless, are an error and no traceback.
        """
        with pytest.raises(WalletDamaged):
            unlock(junk, "good", "the file")

    @pytest.mark.parametrize(
        "field", ["cipherparams", "ciphertext", "kdf", "mac"], ids="without {}".format
    )
    def test_refuses_a_missing_field(self, field: str) -> None:
        """
        Every part of the cipher has to be there.
        """
        keystore = Account.encrypt(SECRET, "good", kdf="pbkdf2", iterations=2)
        del keystore["crypto"][field]

        with pytest.raises(WalletDamaged):
            unlock(json.dumps(keystore).encode(), "good", "the file")

    @pytest.mark.parametrize(
        "costs", [{"n": 2**40}, {"N": 2**40}, {"p": 2**20}, {"dklen": 2**31}, {"r": 0}, {"n": "9"}]
    )
    def test_refuses_a_file_that_is_a_trap(self, costs: dict[str, object]) -> None:
        """
        A file cannot make its reader spend all memory or time, in whatever spelling.
        """
        keystore = Account.encrypt(SECRET, "good", kdf="scrypt", iterations=2)
        keystore["crypto"]["kdfparams"] |= costs

        with pytest.raises(WalletDamaged):
            unlock(json.dumps(keystore).encode(), "good", "the file")

    def test_notices_another_start_of_the_cipher(self) -> None:
        """
        The keystore's own check does not cover the cipher's start; the address shows the change.
        """
        keystore = Account.encrypt(SECRET, "good", kdf="pbkdf2", iterations=2)
        keystore["crypto"]["cipherparams"]["iv"] = "00" * 16

        with pytest.raises(WalletDamaged, match="another address"):
            unlock(json.dumps(keystore).encode(), "good", "the file")
