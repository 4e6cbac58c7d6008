"""What a final round owes is claimed once, by its node, exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.world import PURSE, RULES, World, refused

from commonroot.protocol import payout as payouts
from commonroot.protocol.hashing import to_address
from commonroot.protocol.payout import Branch, Payout


class TestClaim:
    def test_refuses_a_round_that_is_not_final(self, world: World) -> None:
        """
        What is only proposed is not owed.
        """
        id = world.program()
        done = world.run_round(id)
        later = replace(done, close=replace(done.close, round=2))

        with refused("WrongStage", given=0, expected=4):
            world.claim(later, 0)

    def test_refuses_anothers_payout(self, world: World) -> None:
        """
        A true proof in the wrong hands pays nobody.
        """
        done = world.run_round(world.program())

        with refused("NotYourPayout", node=world.nodes[0].account, caller=world.nodes[1].account):
            world.claim(done, 0, by=world.nodes[1])

    def test_refuses_another_proposal(self, world: World) -> None:
        """
        Root, sums and count are those that became final.
        """
        done = world.run_round(world.program())
        more = replace(done.proposal, payout_sum=81)

        with refused("WrongProposal", expected="0x" + done.proposal.digest().hex()):
            world.claim(done, 0, proposal=more)

    @pytest.mark.parametrize("change", [{"payout": 51}, {"shares": 641}, {"score": 31}])
    def test_refuses_a_changed_leaf(self, world: World, change: dict[str, int]) -> None:
        """
        One more of anything leads to another root.
        """
        done = world.run_round(world.program())
        leaf = replace(done.leaves[0], **change)  # type: ignore[arg-type]

        with refused("WrongPayout", expected="0x" + done.proposal.payout_root.hex()):
            world.claim(done, 0, payout=leaf)

    def test_refuses_a_leaf_at_anothers_place(self, world: World) -> None:
        """
        A leaf counts at its own index only, so it cannot be claimed again as a neighbour.
        """
        done = world.run_round(world.program(), scores=(30, 10, 5))

        with refused("WrongPayout"):
            world.claim(done, 0, place=1)
        with refused("NoSuchLeaf", index=3, count=3):
            world.claim(done, 0, place=3)

    def test_refuses_a_proof_of_another_length(self, world: World) -> None:
        """
        Two leaves have one branch beside each.
        """
        done = world.run_round(world.program())
        beside = payouts.proof(done.leaves, 0)

        with refused("WrongProofLength", given=2, expected=1):
            world.claim(done, 0, siblings=[*beside, payouts.NOTHING])
        with refused("WrongProofLength", given=0, expected=1):
            world.claim(done, 0, siblings=[])

    def test_refuses_sums_that_wrap_around(self, world: World) -> None:
        """
        A branch that promises nearly everything overflows; it does not make the sum small.
        """
        done = world.run_round(world.program())
        huge = Branch(payouts.proof(done.leaves, 0)[0].digest, 2**256 - 1, 0)

        with refused("Panic", code=0x11):
            world.claim(done, 0, siblings=[huge])

    def test_refuses_a_second_time(self, world: World) -> None:
        """
        A payout is claimed once, wherever it went.
        """
        done = world.run_round(world.program())
        world.claim(done, 0)

        with refused("AlreadyClaimed", round=1, index=0):
            world.claim(done, 0, to=world.buyer.account)

    def test_pays_to_the_address_named(self, world: World) -> None:
        """
        Fifty go there, and the shares to the node.
        """
        id = world.program()
        done, node = world.run_round(id), world.nodes[0]

        world.claim(done, 0, to=world.buyer.account)

        assert world.balance(world.buyer) == PURSE + 50
        assert world.balance(node) == PURSE
        assert node.licences.shares_of(id, node.account) == 640
        held = node.programs.round(id, 1)
        assert held.has_claimed(0)
        assert not held.has_claimed(1)

    def test_pays_every_leaf_and_no_more(self, world: World) -> None:
        """
        Four leaves take exactly what the round earned, in any order.
        """
        id = world.program()
        done = world.run_round(id, scores=(30, 0, -4, 10))
        earned = done.proposal.payout_sum

        for index in (2, 0, 3, 1):
            world.claim(done, index)

        got = sum(world.balance(node) - PURSE for node in world.nodes)
        assert got == earned
        assert world.stranger.programs.program(id).budget == 240 - earned
        assert world.stranger.token.balance_of(world.book.programs) == 240 - earned

    def test_pays_from_one_leaf(self, world: World) -> None:
        """
        With a single contribution the leaf is the top, and needs no proof.
        """
        rules = replace(RULES, min_nodes=1)
        id = world.program(rules)
        done = world.run_round(id, scores=(5,), rules=rules)

        world.claim(done, 0)

        assert world.balance(world.nodes[0]) == PURSE + done.leaves[0].payout

    def test_leaves_other_rounds_alone(self, world: World) -> None:
        """
        Claims of one round do not count in another, early or late.
        """
        id = world.program()
        first, second = world.run_round(id), world.run_round(id)

        world.claim(second, 0)
        world.claim(first, 0)

        assert world.balance(world.nodes[0]) == PURSE + 100

    def test_cannot_be_passed_a_node_as_a_leaf(self, world: World) -> None:
        """
        Leaves and nodes of the tree begin with different bytes: no preimage serves as both.
        """
        forged = Payout(to_address(bytes(20)), 0, 0, 80, 1000)
        top = payouts.tree_root(world.leaves())

        assert forged.branch(0).digest != top.digest
        assert payouts.tree_root([forged]).digest != top.digest
