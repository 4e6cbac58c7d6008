"""A version leads to everything it comes from, and whatever a person names leads to a version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.world import moment
from tests.node.life import RULES, Life, seed_lanes

from commonroot.base.errors import UsageError
from commonroot.ledger.gateways.models import Place
from commonroot.market.offers import sell
from commonroot.node.finding import Found, NotOnChain, find
from commonroot.node.lineage import lineage
from commonroot.protocol import tree
from commonroot.protocol.hashing import keccak, to_hex
from commonroot.store.artifacts import Store


class TestFind:
    def test_takes_numbers(self, life: Life) -> None:
        """
        A model's number means its newest version, MODEL@VERSION that one.
        """
        life.play(seed_lanes())
        ledger = life.world.stranger

        assert find(ledger, str(life.program)) == Found(life.program, 1)
        assert find(ledger, f"{life.program}@0") == Found(life.program, 0)

    def test_takes_a_root_and_a_spec(self, life: Life) -> None:
        """
        A root means the version it is of, a spec's digest its program's newest.
        """
        life.play(seed_lanes())
        ledger = life.world.stranger
        root = ledger.models.root(life.program, 0)

        assert find(ledger, to_hex(root)) == Found(life.program, 0)
        assert find(ledger, to_hex(life.spec.digest)) == Found(life.program, 1)

    def test_takes_what_a_round_made_for_the_origin(self, life: Life) -> None:
        """
        Who starts a program from a result while it waits to be final is not its origin.
        """
        with moment(life.world) as foreseen:
            root = tree.vector_root(replace(life, world=foreseen).play(seed_lanes()))
        thief = life.world.program(seed=root)
        life.play(seed_lanes())

        assert find(life.world.stranger, to_hex(root)) == Found(
            life.program, 1, others=(Place(thief, 0),)
        )

    @pytest.mark.parametrize("text", ["7", "1@5", "0x" + "ab" * 32])
    def test_says_what_the_chain_does_not_know(self, life: Life, text: str) -> None:
        """
        Unknown models, versions and hashes are named.
        """
        with pytest.raises(NotOnChain):
            find(life.world.stranger, text)

    @pytest.mark.parametrize("text", ["", "nofile", "1@", "0x12", "-1"])
    def test_refuses_other_words(self, life: Life, text: str) -> None:
        """
        What is neither file nor hash nor number is misuse.
        """
        with pytest.raises(UsageError, match="is no file, no hash and no model"):
            find(life.world.stranger, text)


class TestLineage:
    def test_names_everyone_and_everything(self, life: Life) -> None:
        """
        Rounds, contributors with their datasets and payouts, absentees, spec and offers are all there.
        """
        life.play(life.play(seed_lanes()), seed=2)
        offer = sell(life.world.sponsor, life.store, life.program, 1, price=70)

        traced = lineage(life.world.stranger, life.store, Found(life.program, 2))

        assert traced.spec == life.spec
        assert traced.owner == life.world.sponsor.account
        assert [step.record.version for step in traced.steps] == [1, 2]
        people = traced.steps[0].contributors
        assert people is not None
        assert [each.node for each in people] == [each.ledger.account for each in life.parties]
        assert [each.dataset for each in people] == [each.dataset for each in life.parties]
        assert [each.claims.count for each in people if each.claims] == [10, 10]
        assert sum(each.paid.payout for each in people) <= RULES.reward
        assert [each.why for each in traced.steps[0].absent] == ["no answer in 60 s"]
        assert [(terms.offer.offer, terms.open, terms.sold) for terms in traced.offers] == [
            (offer, True, 0)
        ]
        assert traced.parent is None

    def test_ends_at_the_version_asked_for(self, life: Life) -> None:
        """
        Later rounds are no part of an earlier version.
        """
        life.play(life.play(seed_lanes()), seed=2)

        traced = lineage(life.world.stranger, life.store, Found(life.program, 1))

        assert [step.record.version for step in traced.steps] == [1]

    def test_names_nobody_without_the_manifest(self, life: Life, tmp_path: Path) -> None:
        """
        With another store the chain's part is still there, and nobody is made up.
        """
        life.play(seed_lanes())

        traced = lineage(
            life.world.stranger, Store.at(str(tmp_path / "other")), Found(life.program, 1)
        )

        assert traced.spec is None
        assert traced.steps[0].contributors is None
        assert traced.program.charter.spec == life.spec.digest
        assert traced.root != keccak(b"")
