"""A chain in a process of its own, a program with a final round on it, and a home for each person."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.world import DELIVERY, DISPUTE, PURSE, World, moment, signer_of
from tests.node import life as lives
from tests.node.life import Life, seed_lanes

from commonroot.base.processes import Children
from commonroot.base.settings import Settings
from commonroot.cli import root
from commonroot.devchain.accounts import derive
from commonroot.devchain.chain import Chain
from commonroot.devchain.settings import MNEMONIC
from commonroot.devchain.settings import Settings as ChainSettings
from commonroot.keys.places import receipt_keys, wallets
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Cost, Wallet
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import Terms, deploy
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.sender import Sender

ETHER = 10**18
PASSWORD = "a password"


@dataclass(frozen=True, slots=True)
class Place:
    """A home in which everybody's wallet lies, and the command line run from it."""

    life: Life
    settings: Settings
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str, status: int = 0) -> str:
        """Run a command that ends with a status; return what it printed."""
        self.capture.readouterr()
        ended = root.run([*words, "--home", str(self.settings.home)])
        said = self.capture.readouterr()
        assert ended == status, said.err
        return said.err if status else said.out

    def ask(self, *words: str, status: int = 0) -> Any:
        """Run a command with `--json`; return what it answered."""
        self.capture.readouterr()
        ended = root.run([*words, "--home", str(self.settings.home), "--json"])
        said = self.capture.readouterr()
        assert ended == status, said.err
        return json.loads(said.out)

    def balance(self, wallet: str) -> int:
        """Return what a wallet has of the token."""
        account = wallets(self.settings.home).address(wallet)
        return self.life.world.stranger.token.balance_of(account)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a dev chain in a process of its own."""
    log = tmp_path_factory.mktemp("chain") / "log"
    with Children() as children:
        words = [sys.executable, "-m", "commonroot.devchain", "--port", "0", "--json"]
        child = children.start("The dev chain", words, log=log)
        while not log.read_text().endswith("\n"):
            child.require_alive()
            time.sleep(0.05)
        yield json.loads(log.read_text())["url"]


@pytest.fixture(scope="session")
def played(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Return a program with one final round, on the chain at the address."""
    web3 = connect(url)
    signers = [WalletSigner(Wallet(each.secret)) for each in derive(MNEMONIC, 10)]
    terms = Terms(supply=10**27, minimum_bond=100, delivery_time=DELIVERY, dispute_time=DISPUTE)
    book = deploy(Sender(web3, signers[0]), terms)
    ledgers = tuple(Ledger(web3, book, Sender(web3, each)) for each in signers)
    for ledger in ledgers[1:]:
        ledgers[0].token.transfer(ledger.account, PURSE)
    # The chain in this process is not asked: the world's web3 leads to the other one.
    world = World(Chain(ChainSettings()), web3, book, ledgers)
    life = lives.begin(world, tmp_path_factory.mktemp("life") / "home")
    life.play(seed_lanes())
    yield life
    world.chain.close()


@pytest.fixture
def place(
    played: Life,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Place]:
    """Return a home with wallets for the owner, a node, a buyer and a stranger, as of this moment."""
    monkeypatch.setenv("COMMONROOT_PASSWORD", PASSWORD)
    monkeypatch.setenv("NO_COLOR", "1")
    with moment(played.world) as now:
        life = lives.again(played, now, tmp_path / "home")
        settings = Settings(tmp_path / "home", rpc=url, wallet="owner")
        settings.write()
        now.book.save(settings.home / "book.json")
        people = {
            "owner": now.sponsor,
            "node": life.parties[0].ledger,
            "buyer": now.buyer,
            "stranger": now.stranger,
        }
        for name, ledger in people.items():
            accounts = wallets(settings.home, Cost.THROWAWAY)
            accounts.add(name, signer_of(ledger).wallet, PASSWORD)
        receipt_keys(settings.home, Cost.THROWAWAY).add("node", life.parties[0].receipts, PASSWORD)
        yield Place(life, settings, capsys)
