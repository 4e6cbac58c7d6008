"""`round challenge` finds a lie and proves it, finds none in an honest round, and asks before it spends."""

from __future__ import annotations

from tests.cli.conftest import Place
from tests.node.test_challenge import one_lane_more

from commonroot.ledger import events
from commonroot.ledger.events import End

WORDS = ("round", "challenge", "1", "2", "--wallet", "node")


class TestChallenge:
    def test_proves_a_lie(self, place: Place) -> None:
        """
        The round is void afterwards, and the answer says by which proof.
        """
        life = place.life
        life.propose(life.head(1), lie=one_lane_more)

        said = place.ask(*WORDS, "--yes")

        assert (said["holds"], said["challenge"]) == (False, "wrongSum")
        assert "result root" in said["why"]
        assert events.rounds(life.world.stranger, life.program)[-1].end is End.VOIDED

    def test_leaves_an_honest_proposal_alone(self, place: Place) -> None:
        """
        What holds is said to hold; nothing is sent.
        """
        life = place.life
        life.propose(life.head(1))
        before = life.world.block

        assert place.ask(*WORDS)["holds"] is True
        assert life.world.block == before

    def test_asks_before_it_spends(self, place: Place) -> None:
        """
        Where nobody is there to agree, it says what it found, and stops.
        """
        life = place.life
        life.propose(life.head(1), lie=one_lane_more)
        before = life.world.block

        assert "Nobody is here to agree" in place.run(*WORDS, status=2)
        assert life.world.block == before

    def test_refuses_a_round_that_does_not_wait(self, place: Place) -> None:
        """
        A final round is final.
        """
        said = place.run("round", "challenge", "1", "1", "--wallet", "node", "--yes", status=1)

        assert "No proposal for round 1 of program 1 waits" in said
