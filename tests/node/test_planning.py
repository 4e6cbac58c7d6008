"""A plan says one thing in spec, rules and version 0, and is refused before money moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.contracts.world import World
from tests.node.life import plan_of

from commonroot.base.errors import ProtocolError
from commonroot.learning.nets import Conv4
from commonroot.learning.presets import DEMO, learner_of, tasks_of
from commonroot.ledger.errors import NotEnoughTokens, Reverted
from commonroot.node.planning import Choices, plan
from commonroot.node.programs import (
    NoSuchProgram,
    all_programs,
    create,
    end,
    fund,
    spec_of,
    standing,
)
from commonroot.protocol.hashing import keccak
from commonroot.protocol.spec import SpecRefused, parse
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotStored
from commonroot.store.versions import get_seed
from commonroot.tasks.drawn import drawn
from commonroot.tasks.errors import TooFewClasses

SMALL = replace(DEMO, learner=replace(DEMO.learner, net=Conv4(filters=2, ways=5, side=28)))
HELD_OUT = drawn(1, 6, 8, seed=1)


class TestPlan:
    def test_agrees_with_itself(self) -> None:
        """
        The spec builds the learner and tasks of the preset, names the validation set, and fits version 0.
        """
        planned = plan(Choices("Small", rounds=3), HELD_OUT, SMALL)

        assert learner_of(planned.spec) == SMALL.learner
        assert tasks_of(planned.spec) == SMALL.tasks
        assert planned.spec.validation_digest == keccak(planned.validation)
        assert planned.seed.size == 64 * planned.spec.rules.chunks()
        assert planned.spec.rules.rounds == 3

    def test_is_the_same_for_the_same_seed(self) -> None:
        """
        Version 0 follows from its seed.
        """
        one, same, other = (
            plan(Choices("Small", seed=seed), HELD_OUT, SMALL).seed for seed in (1, 1, 2)
        )

        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)

    def test_needs_enough_to_validate_on(self) -> None:
        """
        A validation set with fewer classes than a task has is refused.
        """
        with pytest.raises(TooFewClasses):
            plan(Choices("Small"), drawn(1, 4, 8, seed=1), SMALL)

    def test_refuses_rules_that_no_program_has(self) -> None:
        """
        The rule that is impossible is named.
        """
        with pytest.raises(ProtocolError, match="min_nodes"):
            plan(Choices("Small", min_nodes=9, max_nodes=8), HELD_OUT, SMALL)


class TestCreate:
    def test_puts_into_the_store_all_that_it_names(self, world: World, store: Store) -> None:
        """
        Spec, validation set and version 0 are where their digests on chain lead.
        """
        planned = plan_of()
        program = create(
            world.sponsor, store, planned, aggregator=world.aggregator.account, budget=60
        )

        assert spec_of(world.stranger, store, program) == planned.spec
        assert store.get(planned.spec.validation_digest) == planned.validation
        named = world.stranger.models.version(program, 0).manifest
        assert named is not None
        assert np.array_equal(get_seed(store, named), planned.seed)

    def test_covers_a_round_at_least(self, world: World, store: Store) -> None:
        """
        A budget below one reward is refused by the contract, in words.
        """
        with pytest.raises(Reverted, match="BudgetTooSmall"):
            create(world.sponsor, store, plan_of(), aggregator=world.sponsor.account, budget=59)

    def test_needs_the_money(self, world: World, store: Store) -> None:
        """
        What is needed and what is there are named.
        """
        with pytest.raises(NotEnoughTokens):
            create(world.buyer, store, plan_of(), aggregator=world.buyer.account, budget=10**9)


class TestEnd:
    def test_gives_back_what_no_round_earned(self, world: World, store: Store) -> None:
        """
        Budget and what was added come back, and a second end gives nothing.
        """
        sponsor = world.sponsor
        program = create(sponsor, store, plan_of(), aggregator=sponsor.account, budget=60)
        fund(sponsor, program, 5)

        assert end(sponsor, program) == 65
        assert standing(sponsor, program).ended
        assert end(sponsor, program) == 0

    def test_is_the_sponsors(self, world: World, store: Store) -> None:
        """
        Nobody else ends a program, unless both sponsor and aggregator are silent for very long.
        """
        program = create(
            world.sponsor, store, plan_of(), aggregator=world.sponsor.account, budget=60
        )

        with pytest.raises(Reverted, match="TooEarly"):
            end(world.stranger, program)


class TestSpecOf:
    def test_refuses_another_spec(self, world: World, store: Store) -> None:
        """
        A spec that disagrees with the contract's rules is refused, and a missing one is named.
        """
        planned = plan_of()
        program = create(world.sponsor, store, planned, aggregator=world.sponsor.account, budget=60)
        rules = replace(planned.spec.rules, reward=61, bond=122)

        with pytest.raises(SpecRefused, match="is 60, the contract says 61"):
            parse(planned.spec.text).require(planned.spec.digest, rules)
        with pytest.raises(NotStored):
            spec_of(world.stranger, Store.at(store.place + "/elsewhere"), program)

    def test_of_no_program_is_none(self, world: World, store: Store) -> None:
        """
        Programs are numbered from one.
        """
        count = len(all_programs(world.stranger))

        for number in (0, count + 1):
            with pytest.raises(NoSuchProgram, match=f"no program {number} among {count}"):
                spec_of(world.stranger, store, number)
