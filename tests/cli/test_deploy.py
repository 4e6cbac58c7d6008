"""`commonroot deploy`, as people and programs call it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.devchain.samples import Served, served
from tests.ledger.chains import POOR, TRANSACTIONS

from commonroot.base.settings import Settings
from commonroot.cli import root
from commonroot.devchain.accounts import derive
from commonroot.devchain.settings import MNEMONIC
from commonroot.keys.places import wallets
from commonroot.keys.wallet import Cost, Wallet
from commonroot.ledger.connect import connect
from commonroot.ledger.plan import PARTS
from commonroot.node import deployment

PASSWORD = "a password"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Home:
    """A home at a dev chain on which nothing stands."""

    settings: Settings
    capture: pytest.CaptureFixture[str]

    def deploy(self, *words: str) -> Said:
        """Run the command in the home."""
        self.capture.readouterr()
        status = root.run(["deploy", *words, "--home", str(self.settings.home)])
        said = self.capture.readouterr()
        return Said(status, said.out, said.err)

    @property
    def block(self) -> int:
        """Return how many blocks the chain has."""
        return connect(self.settings.rpc).eth.block_number


@pytest.fixture(scope="module")
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def home(
    devchain: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Home]:
    monkeypatch.setenv("COMMONROOT_PASSWORD", PASSWORD)
    monkeypatch.setenv("NO_COLOR", "1")
    settings = Settings(tmp_path / "home", rpc=devchain.url, wallet="owner")
    settings.write()
    accounts = wallets(settings.home, Cost.THROWAWAY)
    accounts.add("owner", Wallet(derive(MNEMONIC, 1)[0].secret), PASSWORD)
    accounts.add("poor", POOR.wallet, PASSWORD)
    moment = devchain.call("evm_snapshot")
    yield Home(settings, capsys)
    assert devchain.call("evm_revert", moment)


class TestDeploy:
    def test_prints_the_book_and_what_it_does(self, home: Home) -> None:
        """
        Programs read the addresses from stdout, people the progress from stderr.
        """
        said = home.deploy("--json")

        assert said.status == 0, said.err
        shown = json.loads(said.out)
        held = json.loads((home.settings.home / "book.json").read_text())["31337"]
        assert shown["chain"] == held["chain_id"] == 31337
        assert shown.items() - {("chain", 31337)} <= held.items()
        assert [line.split()[0] for line in said.err.splitlines()] == ["A", "The", *PARTS, "Every"]

    def test_finds_everything_the_second_time(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        The same addresses are shown; nothing is sent, and no password is needed.
        """
        first = home.deploy("--json")
        before = home.block
        monkeypatch.delenv("COMMONROOT_PASSWORD")

        second = home.deploy("--json")

        assert (second.status, second.out) == (0, first.out)
        assert "found, and verified" in second.err
        assert home.block == before == TRANSACTIONS

    def test_says_what_it_would_do(self, home: Home) -> None:
        """
        `--dry-run` sends nothing and writes nothing.
        """
        said = json.loads(home.deploy("--dry-run", "--json").out)

        assert said["missing"] == ["CREATE2 factory", "TestToken", "Deployer", *PARTS]
        assert said["gas"] > 10_000_000
        assert float(said["ether"]) > 0.01
        assert home.block == 0
        assert not (home.settings.home / "book.json").exists()

    def test_says_where_everything_would_stand(self, home: Home) -> None:
        """
        Once the token is there, the addresses are known before they are used.
        """
        first = json.loads(home.deploy("--json").out)
        (home.settings.home / "book.json").unlink()

        said = json.loads(home.deploy("--dry-run", "--json", "--dispute", "5").out)

        assert said["token"] == first["token"]
        assert said["nodes"] != first["nodes"]
        (home.settings.home / "book.json").unlink(missing_ok=True)
        assert json.loads(home.deploy("--json", "--dispute", "5").out)["nodes"] == said["nodes"]

    def test_refuses_to_deploy_something_else(self, home: Home) -> None:
        """
        A home is about one deployment a chain; other terms are said in words.
        """
        home.deploy()

        said = home.deploy("--bond", "1", "--delivery", "3")

        assert said.status == 2
        assert "already" in said.err
        assert "the delivery time is 86400, not 3" in said.err

    def test_refuses_an_account_without_ether(self, home: Home) -> None:
        """
        It is said how much is needed, and nothing is sent.
        """
        said = home.deploy("--wallet", "poor")

        assert said.status == 1
        assert POOR.address in said.err
        assert "ether" in said.err
        assert home.block == 0

    def test_refuses_the_wrong_chain(self, home: Home) -> None:
        """
        Whoever names a chain gets no other.
        """
        assert home.deploy("--chain-id", "1").status == 1

    def test_asks_before_ether_is_spent(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Where ether has value somebody must agree, here or beforehand.
        """
        monkeypatch.setattr(deployment, "is_dev_chain", lambda _: False)

        refused = home.deploy()

        assert refused.status == 2
        assert "--yes" in refused.err
        assert home.block == 0
        assert home.deploy("--yes").status == 0
