"""A home deploys once a chain: what is there is found, and what its book says is never contradicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.devchain.samples import Served, installer, served
from tests.ledger.chains import ALICE

from commonroot.base.errors import UsageError
from commonroot.base.settings import Settings
from commonroot.devchain.accounts import derive
from commonroot.devchain.settings import MNEMONIC
from commonroot.keys.wallet import Wallet
from commonroot.ledger.book import Book, load, load_all
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import NoSuchToken, Terms
from commonroot.ledger.errors import BadBook, WrongChain
from commonroot.ledger.inspection import plan_at
from commonroot.ledger.plan import PARTS
from commonroot.ledger.sender import Sender
from commonroot.node import deployment
from commonroot.node.deployment import AlreadyElsewhere, Wishes, prepare
from commonroot.node.homes import book_path
from commonroot.protocol.hashing import Address, Digest

WISHES = Wishes(Terms(), "100")
SIX = bytes.fromhex("60065f5260205ff3")
"""Code that answers 6 to every question."""


@pytest.fixture(scope="module")
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def home(devchain: Served, tmp_path: Path) -> Iterator[Settings]:
    moment = devchain.call("evm_snapshot")
    yield Settings(tmp_path / "home", rpc=devchain.url, wallet="owner")
    assert devchain.call("evm_revert", moment)


def carry_out(home: Settings, wishes: Wishes = WISHES) -> Book:
    """Deploy with the dev chain's first account."""
    with prepare(home, ALICE.address, wishes) as prepared:
        return prepared.carry_out(_wallet, lambda _: None)


def prepared(home: Settings, wishes: Wishes = WISHES) -> deployment.Deployment:
    """Return what is left to do."""
    with prepare(home, ALICE.address, wishes) as what:
        return what


def made(home: Settings, runtime: bytes) -> Address:
    """Put some code on the home's chain; return its address."""
    sent = Sender(connect(home.rpc), ALICE).send("some code", None, installer(runtime))
    assert sent.contract is not None
    return sent.contract


class TestCarryOut:
    def test_writes_the_book(self, home: Settings) -> None:
        """
        What was deployed stands in the home's book.
        """
        book = carry_out(home)

        assert load(book_path(home)) == book

    def test_finds_what_is_there_without_a_wallet(self, home: Settings) -> None:
        """
        Nobody is asked for a password where nothing is to be signed; a lost book comes back.
        """
        book = carry_out(home)
        book_path(home).unlink()
        heard = list[str]()

        with prepare(home, ALICE.address, WISHES) as again:
            found = again.carry_out(_no_wallet, heard.append)

        assert found == book == load(book_path(home))
        assert heard == ["Every contract was found, and verified."]

    def test_mends_a_book_that_names_a_wrong_part(self, home: Settings) -> None:
        """
        The deployer says where all others stand, whatever was written beside it.
        """
        book = carry_out(home)
        replace(book, bonds=book.token).save(book_path(home))

        assert carry_out(home) == book == load(book_path(home))

    def test_keeps_a_book_a_chain(self, home: Settings) -> None:
        """
        The same home deploys on a second chain, at the same addresses.
        """
        first = carry_out(home)
        with served("--chain-id", "1337") as other:
            second = carry_out(replace(home, rpc=other.url))

        assert load_all(book_path(home)) == (second, first)
        assert second.places() == first.places()


class TestPrepare:
    def test_says_what_is_left_and_sends_nothing(self, home: Settings) -> None:
        """
        Looking costs nothing and writes nothing.
        """
        before = connect(home.rpc).eth.block_number

        found = prepared(home).outlook

        assert found.missing[-len(PARTS) :] == PARTS
        assert found.plan is None
        assert connect(home.rpc).eth.block_number == before
        assert not book_path(home).exists()

    def test_refuses_other_terms(self, home: Settings) -> None:
        """
        The book stays, and what differs is said in words.
        """
        carry_out(home)
        wishes = Wishes(Terms(unbonding_delay=5), "7")

        with pytest.raises(AlreadyElsewhere) as caught:
            prepared(home, wishes)

        said = str(caught.value)
        assert "already: with other terms; the least bond is " + "1" + "0" * 20 in said
        assert "the unbonding delay is 604800, not 5" in said
        assert "another home" in caught.value.hint

    def test_refuses_another_chain_of_the_same_number(self, home: Settings) -> None:
        """
        A dev chain that was started anew is not the one that the book is about.
        """
        replace(carry_out(home), genesis=Digest(bytes(32))).save(book_path(home))

        with pytest.raises(AlreadyElsewhere, match="another chain, which began with 0x0000"):
            prepared(home)

    def test_refuses_a_book_of_another_version(self, home: Settings) -> None:
        """
        What the book names is no contract of ours: it is not simply replaced.
        """
        book = carry_out(home)
        replace(book, deployer=made(home, SIX)).save(book_path(home))

        with pytest.raises(AlreadyElsewhere, match="it has Deployer, stands no such contract"):
            prepared(home)

    def test_refuses_a_test_token_beside_a_named_one(self, home: Settings) -> None:
        """
        Bonds are in the token that was named once; leaving the name out names another.
        """
        carry_out(home, Wishes(Terms(token=made(home, SIX)), "1"))

        with pytest.raises(AlreadyElsewhere, match="bonds are in the token"):
            prepared(home)

    def test_refuses_a_spoiled_book(self, home: Settings) -> None:
        """
        A book that cannot be read may name contracts with money in them.
        """
        home.home.mkdir()
        book_path(home).write_text("{")

        with pytest.raises(BadBook, match="malformed"):
            prepared(home)

    def test_refuses_the_wrong_chain(self, home: Settings) -> None:
        """
        Whoever names a chain gets no other.
        """
        with pytest.raises(WrongChain, match="chain 1;"):
            prepared(home, replace(WISHES, chain_id=1))

    def test_reads_the_bond_in_the_tokens_decimals(self, home: Settings) -> None:
        """
        Half a coin of a token with six decimals is half a million units.
        """
        book = carry_out(home, Wishes(Terms(token=made(home, SIX)), "0.5"))

        assert plan_at(connect(home.rpc), book).terms.minimum_bond == 500_000
        with pytest.raises(UsageError, match="no amount"):
            prepared(home, Wishes(Terms(token=book.token), "0.0000001"))

    def test_refuses_a_token_that_is_not_there(self, home: Settings) -> None:
        """
        An account is no token.
        """
        with pytest.raises(NoSuchToken, match=ALICE.address):
            prepared(home, Wishes(Terms(token=ALICE.address), "1"))


class TestCosts:
    def test_is_asked_where_ether_has_value(
        self, home: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        On a dev chain nobody minds; elsewhere it depends on whether something is left to do.
        """
        assert not prepared(home).costs
        book = carry_out(home)
        monkeypatch.setattr(deployment, "is_dev_chain", lambda _: False)

        assert not prepared(home).costs
        (other := home.home.parent / "other").mkdir()
        assert prepared(replace(home, home=other), Wishes(Terms(token=book.token), "2")).costs


def _wallet() -> Wallet:
    return Wallet(derive(MNEMONIC, 1)[0].secret)


def _no_wallet() -> Wallet:
    raise AssertionError("A wallet was opened.")
