"""Every lie in a round of 256 contributions can be shown in one transaction, and everything demanded answered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.court import HOLDS
from tests.contracts.large import challenges, large, wrong_sum
from tests.contracts.scene import RULES, Scene, commit, laid, seen_by
from tests.contracts.test_demands import wanted
from tests.contracts.world import moment

from commonroot.ledger.ledger import Ledger
from commonroot.ledger.sender import Sent
from commonroot.protocol.evidence import answer_column, answer_contributions, answer_row, as_abi
from commonroot.protocol.evidence.challenges import Challenge
from commonroot.protocol.evidence.shapes import NO_PROPOSAL
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.rules import Aggregation

MANY = 256
MOST_GAS, MOST_BYTES = 16_777_216, 128 * 1024
"""What one transaction may use (EIP-7825), and how many bytes of it nodes pass on."""


def fits(sent: Sent, bytes: int) -> bool:
    """Say whether a transaction is one that every chain and every node takes."""
    return sent.gas <= MOST_GAS and bytes + 1000 <= MOST_BYTES


def sent(scene: Scene, challenge: Challenge, by: Ledger) -> tuple[Sent, int]:
    """Show a challenge that was committed to; return its transaction and size."""
    commit(scene, challenge, by)
    proof = by.challenges.proof(challenge)
    return by.challenges.prove(proof), len(proof.data)


class TestChallenges:
    def test_of_every_lie_fit_at_256_contributions(self, scene: Scene) -> None:
        """
        All ten of them, each against the same proposal.
        """
        seen = []
        round, left_out = large(scene.world, scene.members, MANY)
        for challenge in challenges(round, left_out):
            with moment(scene.world) as now:
                here = seen_by(now, scene)

                assert fits(*sent(here, challenge, here.challenger)), challenge.function
                seen.append(challenge.function)
        assert sorted(seen) == sorted(HOLDS)

    @pytest.mark.parametrize("rule", list(Aggregation)[1:])
    def test_of_a_sum_fit_for_every_rule(self, scene: Scene, rule: Aggregation) -> None:
        """
        A median is a sort of 256 numbers, a clipped mean 256 roots.
        """
        round, _ = large(scene.world, scene.members, MANY, rule)

        assert fits(*sent(scene, wrong_sum(round), scene.challenger))


def test_answers_fit_at_256_contributions(scene: Scene) -> None:
    """
    A row with all its bytes is the largest of all.
    """
    round, _ = large(scene.world, scene.members, MANY, honest=True)
    demands = scene.world.aggregator.demands
    row, column = wanted(round, Asked.ROW, 2), wanted(round, Asked.COLUMN, 2, 7)
    people = wanted(round, Asked.CONTRIBUTIONS)
    scene.challenger.token.allow(scene.world.book.demands, 3 * RULES.demand_fee)
    for each in (row, column, people):
        scene.challenger.demands.demand(each)
    whole = answer_row(round.artifacts, laid(round), 2)
    shown, leaf = answer_column(round.artifacts, 2, 7)
    given = answer_contributions(round.artifacts)

    def size(name: str, *arguments: Any) -> int:
        shown_now = [as_abi(each) for each in arguments]
        return len(demands.deployed.contract.encode_abi(name, shown_now)) // 2

    size_of_row = size("answerRow", row, whole, NO_PROPOSAL)
    assert fits(demands.answer_row(row, whole, None), size_of_row)
    size_of_column = size("answerColumn", column, shown, leaf)
    assert fits(demands.answer_column(column, shown, leaf), size_of_column)
    size_of_people = size("answerContributions", people, given)
    assert fits(demands.answer_contributions(people, given), size_of_people)
