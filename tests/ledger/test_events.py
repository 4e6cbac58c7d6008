"""What happened is read from the logs, whole and in order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.world import RULES, SPEC, World

from commonroot.keys.delivery import deliver, key_hash, one_time_key
from commonroot.ledger import deployed, events
from commonroot.ledger.events import End
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.hashing import keccak
from commonroot.protocol.rules import Aggregation


class TestPrograms:
    def test_are_read_as_they_were_created(self, world: World) -> None:
        """
        Rules and charter come back as the values they were made of.
        """
        id = world.program()

        (found,) = events.programs(world.stranger)

        assert (found.program, found.sponsor) == (id, world.sponsor.account)
        assert (found.rules, found.charter) == (RULES, world.charter())

    def test_are_found_by_their_spec(self, world: World) -> None:
        """
        Who holds a spec finds the programs that run it.
        """
        world.program()
        other = world.program(spec=keccak(b"another"))

        assert [each.program for each in events.programs(world.stranger, SPEC)] == [1]
        found = events.programs(world.stranger, keccak(b"another"))
        assert [each.program for each in found] == [other]


class TestRounds:
    def test_are_read_from_opening_to_end(self, world: World) -> None:
        """
        One record holds all that was said in one epoch.
        """
        id = world.program()
        done = world.run_round(id)

        (found,) = events.rounds(world.stranger, id)

        assert (found.round, found.epoch, found.parent, found.version) == (1, 1, 0, 1)
        assert (found.stage, found.close, found.proposal) == (
            Stage.FINALIZED,
            done.close,
            done.proposal,
        )
        assert found.seed == done.proposal.seed
        assert found.opening == done.close.opening
        assert found.opened.block == done.close.open_block
        assert found.finalized is not None
        assert found.finalized.block == world.block
        receipt = world.web3.eth.get_transaction_receipt(found.finalized.transaction)  # type: ignore[arg-type]
        assert receipt["to"] == world.book.programs

    def test_keep_epochs_apart(self, world: World) -> None:
        """
        What was abandoned stays readable beside what took its place; other programs are not mixed in.
        """
        id, other = world.program(bond=320), world.program()
        opened = world.aggregator.programs.open(id)
        close = world.closing(opened)
        world.aggregator.programs.close(close)
        world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
        world.stranger.programs.abandon(id)
        world.aggregator.programs.open(id)
        world.aggregator.programs.open(other)

        found = events.rounds(world.stranger, id)

        assert [(each.round, each.epoch, each.stage, each.end) for each in found] == [
            (1, 1, Stage.NONE, End.ABANDONED),
            (1, 2, Stage.OPEN, None),
        ]
        assert (found[0].close, found[1].close) == (close, None)
        assert found[0].deadline == opened.deadline

    def test_are_found_over_many_blocks(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        However few blocks a node answers for at a time, nothing is missed and nothing comes twice.
        """
        id = world.program()
        world.run_round(id)
        world.run_round(id)
        whole = events.rounds(world.stranger, id)
        monkeypatch.setattr(deployed, "SPAN", 3)

        assert events.rounds(world.stranger, id) == whole
        assert [each.round for each in whole] == [1, 2]


class TestClaims:
    def test_name_who_got_what(self, world: World) -> None:
        """
        Node, address, payout and shares.
        """
        id = world.program()
        done = world.run_round(id)
        world.claim(done, 1, to=world.buyer.account)

        (found,) = events.claims(world.stranger, id)

        assert (found.round, found.node, found.to) == (
            1,
            world.nodes[1].account,
            world.buyer.account,
        )
        assert (found.payout, found.shares) == (30, 384)


class TestEndpoint:
    def test_is_the_last_one(self, world: World) -> None:
        """
        An aggregator that moved is reached where it said last.
        """
        id = world.program()
        assert events.endpoint(world.stranger, id) is None
        programs = world.aggregator.programs
        programs.set_endpoint(id, "old:443", keccak(b"old"))
        programs.set_endpoint(id, "new:443", keccak(b"new"))

        found = events.endpoint(world.stranger, id)

        assert found is not None
        assert (found.endpoint, found.certificate) == ("new:443", keccak(b"new"))


class TestMembers:
    def test_are_found_with_their_keys(self, world: World) -> None:
        """
        The Flower key itself stands in the log; the contract holds its hash.
        """
        ada = world.member(world.nodes[0])

        (found,) = events.keys(world.stranger)

        assert (found.node, found.receipt_key) == (ada.account, ada.account)
        assert found.flower_key == world.keys(ada).flower

    def test_are_found_where_they_take_part(self, world: World) -> None:
        """
        Who quit is not there; who came with another dataset is there once, with that one.
        """
        id, (ada, bob) = world.program(), world.nodes[:2]
        for node in (ada, bob):
            world.enrol(id, world.member(node))
        second = world.enrol(id, ada, b"second")
        bob.enrolments.quit(id)

        (found,) = events.enrolments(world.stranger, id)

        assert (found.node, found.dataset) == (ada.account, second)

    def test_are_found_with_their_datasets(self, world: World) -> None:
        """
        Each owner's, in the order in which they came.
        """
        ada, bob = world.nodes[:2]
        ids = [world.dataset(ada, b"first"), world.dataset(ada, b"second")]
        world.dataset(bob)

        assert events.datasets(world.stranger, ada.account) == ids


class TestSales:
    def test_are_read_from_offer_to_end(self, world: World) -> None:
        """
        A purchase is one record, with what was delivered and how it ended.
        """
        model, key, buyer = world.program(), one_time_key(), world.buyer
        offer = world.sponsor.licences.offer_version(
            model, 0, 1000, world.aggregator.account, key_hash(bytes(32)), 60
        )
        buyer.token.allow(world.book.licences, 2000)
        accepted, waiting = (buyer.licences.buy(offer, key.point) for _ in range(2))
        delivery = deliver(bytes(32), key.point, accepted)
        world.aggregator.licences.deliver(accepted, delivery)
        buyer.licences.accept(accepted)

        (offered,) = events.offers(world.stranger, model)
        first, second = events.purchases(world.stranger)

        assert (offered.offer, offered.version, offered.price) == (offer, 0, 1000)
        assert (offered.duration, offered.key_hash) == (60, key_hash(bytes(32)))
        assert (first.purchase, first.stage) == (accepted, PurchaseStage.ACCEPTED)
        assert (first.delivery, first.key, first.price) == (delivery, key.point, 1000)
        assert first.ended is not None
        assert (second.purchase, second.stage) == (waiting, PurchaseStage.PAID)
        assert second.delivery is None
        assert events.offers(world.stranger, model + 1) == []


class TestRulesAreWhole:
    def test_every_field_comes_back(self, world: World) -> None:
        """
        Each field has a value of its own here, so that none can stand in another's place.
        """
        rules = replace(
            RULES,
            max_weight=7,
            weights=1001,
            moments=502,
            rounds=33,
            min_nodes=3,
            max_nodes=44,
            step_first=55,
            step_last=54,
            step_under=66,
            aggregation=Aggregation.TRIMMED_MEAN,
            trim=67,
            norm_cap=77,
            max_pending=5,
            window=88,
            patience=99,
            succession=101,
            reward=10,
            bond=102,
            demand_fee=103,
            shares_per_round=11,
            owner_cut=12,
            allowlist=keccak(b"list"),
        )
        id = world.program(rules)

        assert world.stranger.programs.rules(id) == rules
        assert events.programs(world.stranger)[0].rules == rules
