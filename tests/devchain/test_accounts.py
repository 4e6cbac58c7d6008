"""The accounts are those that everybody's tools know."""

from __future__ import annotations

from tests.devchain.samples import ALICE, BOB

from commonroot.devchain.accounts import derive
from commonroot.devchain.greeting import checksummed
from commonroot.devchain.settings import MNEMONIC


class TestDerive:
    def test_gives_the_accounts_that_anvil_gives(self) -> None:
        """
        Addresses and keys of the well-known phrase are the well-known ones.
        """
        accounts = derive(MNEMONIC, 10)

        assert checksummed(accounts[0].address) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        assert checksummed(accounts[9].address) == "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
        assert accounts[0].secret.hex().startswith("ac0974bec39a17e3")
        assert accounts[9].secret.hex().startswith("2a871d0798f97d79")

    def test_gives_the_same_first_ones_whatever_the_count(self) -> None:
        """
        More accounts are added behind those that were there.
        """
        assert derive(MNEMONIC, 2) == (ALICE, BOB)


class TestAccount:
    def test_keeps_its_secret_out_of_logs(self) -> None:
        """
        What is printed of an account does not contain its key.
        """
        assert "secret" not in repr(ALICE)
