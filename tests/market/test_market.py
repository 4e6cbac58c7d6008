"""A licence is paid for, delivered, checked and divided; and every way it can go wrong ends in words."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.world import DELIVERY, RULES, World
from tests.node import life as lives
from tests.node.life import Life, seed_lanes

from commonroot.keys.delivery import deliver, key_hash, one_time_key
from commonroot.keys.errors import WrongContentKey
from commonroot.keys.places import version_key
from commonroot.keys.sealing import new_key
from commonroot.ledger.errors import NotEnoughTokens, Reverted
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.market.buy import buy, content_key, held, record_of, refund
from commonroot.market.errors import (
    AlreadyBought,
    KeyWasRight,
    NoSuchOffer,
    NotDelivered,
    NotItsKey,
    NotLicensed,
    NotSealed,
    NoVersionKey,
    OneTimeKeyLost,
)
from commonroot.market.offers import quote, quotes, sell
from commonroot.market.provider import Keys, deliver_all, waiting
from commonroot.market.pull import is_open, pull, pull_open
from commonroot.node.rewards import claim, income, rewards, withdraw
from commonroot.node.verify import verify_file
from commonroot.protocol.rules import Visibility

PRICE = 1_000


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return the buyer's folder of one-time keys."""
    return tmp_path / "keys" / "licences"


@pytest.fixture
def offer(life: Life) -> int:
    """Return an offer of version 1."""
    life.play(seed_lanes())
    return sell(life.world.sponsor, life.store, life.program, 1, price=PRICE)


def _provider(life: Life) -> Keys:
    return Keys(life.store, life.home)


class TestSell:
    def test_is_shown_with_its_price(self, life: Life, offer: int) -> None:
        """
        A buyer sees version, price, token, and that it is no public model.
        """
        (shown,) = quotes(life.world.buyer, life.program)

        assert shown == quote(life.world.buyer, offer)
        assert (shown.terms.version, shown.terms.price, shown.symbol) == (1, PRICE, "TEST")
        assert (shown.open, shown.public) == (True, False)

    def test_is_the_owners(self, life: Life, offer: int) -> None:
        """
        Nobody else sells a model.
        """
        with pytest.raises(Reverted, match="NotTheModelOwner"):
            sell(life.world.stranger, life.store, life.program, 1, price=1)

    def test_is_not_of_what_is_open(self, life: Life) -> None:
        """
        Version 0 is open to all, so there is no key to sell.
        """
        with pytest.raises(NotSealed):
            sell(life.world.sponsor, life.store, life.program, 0, price=1)

    def test_that_does_not_exist_is_named(self, life: Life) -> None:
        """
        An unknown offer is one sentence.
        """
        with pytest.raises(NoSuchOffer, match="no offer 9"):
            quote(life.world.buyer, 9)


class TestBuy:
    def test_keeps_the_one_time_key_first(
        self, life: Life, offer: int, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        If the machine dies while the purchase is sent, the key for it is already on disk.
        """
        ledger = life.world.buyer

        def dies(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr("commonroot.ledger.gateways.licences.Licences.buy", dies)
        with pytest.raises(KeyboardInterrupt):
            buy(ledger, life.store, keys, offer)

        (kept,) = keys.iterdir()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    def test_refuses_to_pay_twice(self, life: Life, offer: int, keys: Path) -> None:
        """
        Who holds a licence is told so, and buys another only on purpose.
        """
        first = buy(life.world.buyer, life.store, keys, offer)

        with pytest.raises(AlreadyBought, match=f"Licence {first}"):
            buy(life.world.buyer, life.store, keys, offer)
        assert buy(life.world.buyer, life.store, keys, offer, again=True) == first + 1

    @pytest.mark.parametrize("version", [0, 1])
    def test_refuses_a_key_that_opens_nothing(
        self, life: Life, offer: int, keys: Path, version: int
    ) -> None:
        """
        A seller who commits to a key of its own making delivers it rightly, and keeps the price.
        """
        licences, seller = life.world.sponsor.licences, life.world.sponsor.account
        false = licences.offer_version(life.program, version, PRICE, seller, key_hash(new_key()), 0)
        before = life.world.buyer.token.balance_of(life.world.buyer.account)

        with pytest.raises((NotItsKey, NotSealed)):
            buy(life.world.buyer, life.store, keys, false)
        assert life.world.buyer.token.balance_of(life.world.buyer.account) == before
        assert not keys.exists()

    def test_needs_the_money(self, life: Life, keys: Path) -> None:
        """
        What is needed and what is there are both named, and nothing is sent.
        """
        life.play(seed_lanes())
        dear = sell(life.world.sponsor, life.store, life.program, 1, price=10**18)

        with pytest.raises(NotEnoughTokens, match="needs 1 TEST"):
            buy(life.world.buyer, life.store, keys, dear)


class TestPull:
    def test_writes_the_version_that_was_licensed(
        self, life: Life, offer: int, keys: Path, tmp_path: Path
    ) -> None:
        """
        The file is the version on chain, and the sale is final.
        """
        purchase = buy(life.world.buyer, life.store, keys, offer)
        assert deliver_all(life.world.sponsor, _provider(life)) == [purchase]
        path = tmp_path / "model.safetensors"

        pulled = pull(life.world.buyer, life.store, keys, life.program, path)

        assert (pulled.version, pulled.purchase) == (1, purchase)
        assert verify_file(life.world.buyer, path).holds
        (licence,) = held(life.world.buyer, life.world.buyer.account)
        assert licence.state.stage is PurchaseStage.ACCEPTED

    def test_divides_the_price_to_the_last_unit(
        self, life: Life, offer: int, keys: Path, tmp_path: Path
    ) -> None:
        """
        Owner and contributors get the price, less what cannot be divided between their shares.
        """
        for party in life.parties:
            node = party.ledger
            claim(node, rewards(node, life.store, life.program, node.account))
        buy(life.world.buyer, life.store, keys, offer)
        deliver_all(life.world.sponsor, _provider(life))
        pull(life.world.buyer, life.store, keys, life.program, tmp_path / "m")

        owner = withdraw(life.world.sponsor, life.program)
        nodes = [withdraw(party.ledger, life.program) for party in life.parties]

        assert owner == PRICE // 10
        assert PRICE - owner - len(nodes) <= sum(nodes) <= PRICE - owner
        shares = [
            income(party.ledger, life.program, party.ledger.account).shares
            for party in life.parties
        ]
        # What a share earns is rounded down, so each part may lack one unit of the exact one.
        exact = [900 * each // sum(shares) for each in shares]
        assert all(part - 1 <= paid <= part for part, paid in zip(exact, nodes, strict=True))

    def test_waits_for_the_key(self, life: Life, offer: int, keys: Path, tmp_path: Path) -> None:
        """
        Before the delivery there is nothing to pull, and no file appears.
        """
        buy(life.world.buyer, life.store, keys, offer)

        with pytest.raises(NotDelivered):
            pull(life.world.buyer, life.store, keys, life.program, tmp_path / "m")
        assert not (tmp_path / "m").exists()

    def test_is_for_licence_holders(self, life: Life, offer: int, keys: Path) -> None:
        """
        Without a licence there is no file.
        """
        with pytest.raises(NotLicensed, match=f"model {life.program}"):
            pull(life.world.buyer, life.store, keys, life.program, keys / "m")

    def test_needs_the_home_that_bought(
        self, life: Life, offer: int, keys: Path, tmp_path: Path
    ) -> None:
        """
        Without the one-time key the delivery cannot be opened, and its file is named.
        """
        buy(life.world.buyer, life.store, keys, offer)
        deliver_all(life.world.sponsor, _provider(life))

        with pytest.raises(OneTimeKeyLost, match="elsewhere"):
            pull(life.world.buyer, life.store, tmp_path / "elsewhere", life.program, tmp_path / "m")

    def test_needs_no_licence_where_all_is_open(self, world: World, tmp_path: Path) -> None:
        """
        In an open program anybody writes the file; in a members' program version 0 only.
        """
        life = lives.begin(world, tmp_path, Visibility.OPEN, nodes=(2, 3))
        life.play(seed_lanes())

        pulled = pull_open(world.stranger, life.store, life.program, 1, tmp_path / "m")

        assert is_open(world.stranger, life.program, 1)
        assert verify_file(world.stranger, pulled.path).holds


class TestProvider:
    def test_finds_keys_in_the_keyring(
        self, life: Life, offer: int, keys: Path, tmp_path: Path
    ) -> None:
        """
        A seller who may read the round needs no aggregator's home.
        """
        purchase = buy(life.world.buyer, life.store, keys, offer)
        readers = [life.parties[0].receipts]

        assert deliver_all(life.world.sponsor, Keys(life.store, tmp_path / "nobody", readers)) == [
            purchase
        ]
        assert waiting(life.world.sponsor) == []

    def test_never_delivers_another_key(self, life: Life, offer: int, keys: Path) -> None:
        """
        A key that is not the one on offer is not posted: it would cost the price.
        """
        buy(life.world.buyer, life.store, keys, offer)
        version_key(life.home, life.program, 1, 1).write_bytes(new_key())

        with pytest.raises(NoVersionKey):
            deliver_all(life.world.sponsor, _provider(life))

    def test_passes_over_what_it_cannot_deliver(self, life: Life, offer: int, keys: Path) -> None:
        """
        A purchase whose key is not at hand is told of, and does not keep the next one waiting.
        """
        life.play(life.head(1), seed=2)
        other = sell(life.world.sponsor, life.store, life.program, 2, price=PRICE)
        stuck, fine = (buy(life.world.buyer, life.store, keys, each) for each in (offer, other))
        version_key(life.home, life.program, 1, 1).write_bytes(new_key())
        told: list[tuple[int, str]] = []

        done = deliver_all(
            life.world.sponsor,
            _provider(life),
            lambda licence, error: told.append((licence, type(error).__name__)),
        )

        assert done == [fine]
        assert told == [(stuck, "NoVersionKey")]

    def test_passes_over_strangers_nonsense(self, life: Life, offer: int, keys: Path) -> None:
        """
        Anybody may name a provider for a model of their own, and put anything under its manifest.
        """
        world = life.world
        world.stranger.token.allow(world.book.programs, 80)
        charter = replace(world.charter(), manifest=life.store.put(b"no manifest"))
        model = world.stranger.programs.create(RULES, charter, 80)
        trap = world.stranger.licences.offer_version(
            model, 0, 0, world.sponsor.account, key_hash(new_key()), 0
        )
        stuck = world.stranger.licences.buy(trap, one_time_key().point)
        fine = buy(world.buyer, life.store, keys, offer)
        told: list[tuple[int, str]] = []

        done = deliver_all(
            world.sponsor,
            Keys(life.store, life.home, [life.parties[0].receipts]),
            lambda licence, error: told.append((licence, type(error).__name__)),
        )

        assert done == [fine]
        assert told == [(stuck, "ManifestRefused")]

    def test_does_not_try_what_comes_too_late(self, life: Life, offer: int, keys: Path) -> None:
        """
        A purchase past its time is the buyer's to refund, and blocks nothing.
        """
        buy(life.world.buyer, life.store, keys, offer)
        life.world.pass_time(DELIVERY + 1)
        life.world.mine()

        assert waiting(life.world.sponsor) == []

    def test_leaves_others_sales_alone(self, life: Life, offer: int, keys: Path) -> None:
        """
        Only the seller and its provider see what waits.
        """
        buy(life.world.buyer, life.store, keys, offer)

        assert waiting(life.world.stranger) == []


class TestRefund:
    def test_pays_back_a_wrong_key(self, life: Life, offer: int, keys: Path) -> None:
        """
        The buyer proves that the key is not the one that was sold, and has the price again.
        """
        buyer = life.world.buyer
        before = buyer.token.balance_of(buyer.account)
        purchase = buy(buyer, life.store, keys, offer)
        wrong = deliver(new_key(), record_of(buyer, purchase).key, purchase)
        life.world.sponsor.licences.deliver(purchase, wrong)
        with pytest.raises(WrongContentKey):
            content_key(buyer, keys, purchase)

        refund(buyer, keys, purchase)

        assert buyer.token.balance_of(buyer.account) == before

    def test_keeps_the_one_time_key_secret_where_the_key_was_right(
        self, life: Life, offer: int, keys: Path
    ) -> None:
        """
        A right key is not disputed, since a dispute would show the one-time key to everybody.
        """
        purchase = buy(life.world.buyer, life.store, keys, offer)
        deliver_all(life.world.sponsor, _provider(life))

        with pytest.raises(KeyWasRight):
            refund(life.world.buyer, keys, purchase)

    def test_comes_after_the_sellers_time(self, life: Life, offer: int, keys: Path) -> None:
        """
        An undelivered purchase is paid back once the seller had its time, and not before.
        """
        buyer = life.world.buyer
        before = buyer.token.balance_of(buyer.account)
        purchase = buy(buyer, life.store, keys, offer)

        with pytest.raises(Reverted, match="TooEarly"):
            refund(buyer, keys, purchase)
        life.world.pass_time(DELIVERY + 1)
        life.world.mine()
        refund(buyer, keys, purchase)

        assert buyer.token.balance_of(buyer.account) == before
