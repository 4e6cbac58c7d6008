"""No payout is more than the rules promise, and the tree cannot promise more than it adds up to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from eth_abi.packed import encode_packed
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Address, keccak, to_address
from commonroot.protocol.payout import NOTHING, Branch, Payout, payouts, proof, tree_root

SCORES = st.lists(
    st.one_of(st.integers(-(2**100), 2**100), st.integers(-2, 2)), min_size=1, max_size=20
)
REWARDS = st.integers(0, 2**128 - 1)
SHARES = st.integers(0, 2**96 - 1)


def nodes(count: int) -> list[Address]:
    """Return some accounts, ascending."""
    return [to_address((at + 1).to_bytes(20, "big")) for at in range(count)]


def paid(scores: list[int], reward: int, shares: int = 1000) -> list[Payout]:
    """Return what nodes with these scores get."""
    return payouts(nodes(len(scores)), scores, [1] * len(scores), reward, shares)


def amounts(scores: list[int], reward: int) -> list[int]:
    """Return the payouts alone."""
    return [each.payout for each in paid(scores, reward)]


def climbed(leaf: Payout, index: int, beside: list[Branch]) -> Branch:
    """Return the top that a leaf and the branches beside its way give."""
    branch = leaf.branch(index)
    for other in beside:
        branch = other.joined(branch) if index & 1 else branch.joined(other)
        index >>= 1
    return branch


class TestPayouts:
    def test_by_hand(self) -> None:
        """
        Of 1200 half is split in three, half by the positive scores 3 and 1.
        """
        assert amounts([3, -5, 1], 1200) == [200 + 450, 200, 200 + 150]

    def test_cap_at_twice_the_mean(self) -> None:
        """
        Of 1200 among four, one who scored alone gets 600, not 750; the rest stays in the budget.
        """
        assert amounts([9, 0, 0, 0], 1200) == [600, 150, 150, 150]

    def test_keep_half_where_nobody_helped(self) -> None:
        """
        Without a positive score that half is not paid out.
        """
        assert amounts([0, -1], 1000) == [250, 250]

    def test_round_down(self) -> None:
        """
        What does not divide stays in the budget: the halves of 7 are 3, and a third of each is 1.
        """
        assert amounts([1, 1, 1], 7) == [2, 2, 2]

    def test_share_by_payout(self) -> None:
        """
        A thousand shares follow payouts of 650, 200 and 350.
        """
        assert [each.shares for each in paid([3, -5, 1], 1200)] == [541, 166, 291]

    def test_give_no_shares_without_a_reward(self) -> None:
        """
        A round that pays nothing divides nothing by zero.
        """
        assert [each.shares for each in paid([3, 1], 0)] == [0, 0]

    def test_refuse_nobody(self) -> None:
        """
        A round without contributions pays nobody and says so.
        """
        with pytest.raises(ProtocolError, match="pays nobody"):
            paid([], 100)

    @BOUNDED
    @given(SCORES, REWARDS, SHARES)
    def test_keep_to_the_rules(self, scores: list[int], reward: int, shares: int) -> None:
        """
        Whatever the scores: never more than the reward, nobody above 2R/n, everybody the equal part.
        """
        found, count = paid(scores, reward, shares), len(scores)

        assert sum(each.payout for each in found) <= reward
        assert sum(each.shares for each in found) <= shares
        assert all(each.payout <= Fraction(2 * reward, count) for each in found)
        assert all(each.payout >= reward // 2 // count for each in found)
        assert all(each.payout >= 0 and each.shares >= 0 for each in found)

    @BOUNDED
    @given(SCORES, REWARDS)
    def test_pay_more_for_more(self, scores: list[int], reward: int) -> None:
        """
        A higher score is never paid less.
        """
        ranked = [amount for _, amount in sorted(zip(scores, amounts(scores, reward), strict=True))]

        assert ranked == sorted(ranked)


class TestTree:
    def test_leaf_is_what_solidity_packs(self) -> None:
        """
        The leaf's bytes are those of abi.encodePacked, a negative score in two's complement.
        """
        leaf = Payout(nodes(1)[0], -(2**200), 2**90, 10**18, 7)
        types = ["uint8", "uint64", "address", "int256", "uint256", "uint256", "uint256"]

        packed = encode_packed(types, [4, 3, leaf.node, -(2**200), 2**90, 10**18, 7])

        assert leaf.branch(3) == Branch(keccak(packed), 10**18, 7)

    def test_node_hashes_its_sums(self) -> None:
        """
        What lies below each side is hashed beside its digest.
        """
        left, right = (each.branch(at) for at, each in enumerate(paid([1, 2], 100)))
        types = ["uint8", "bytes32", "uint256", "uint256", "bytes32", "uint256", "uint256"]

        top = left.joined(right)

        assert top.digest == keccak(encode_packed(types, [5, *left.fields(), *right.fields()]))
        assert (top.payout, top.shares) == (
            left.payout + right.payout,
            left.shares + right.shares,
        )

    @BOUNDED
    @given(SCORES, REWARDS, SHARES)
    def test_top_adds_up_all_leaves(self, scores: list[int], reward: int, shares: int) -> None:
        """
        The sums at the top are exactly those of the leaves, whatever their number.
        """
        found = paid(scores, reward, shares)

        top = tree_root(found)

        assert top.payout == sum(each.payout for each in found)
        assert top.shares == sum(each.shares for each in found)

    @BOUNDED
    @given(SCORES, REWARDS)
    def test_every_leaf_proves_itself(self, scores: list[int], reward: int) -> None:
        """
        Each payout can be claimed with the branches beside its way up.
        """
        found = paid(scores, reward)

        for at, leaf in enumerate(found):
            assert climbed(leaf, at, proof(found, at)) == tree_root(found)

    @pytest.mark.parametrize(
        "change", [{"payout": 651}, {"shares": 542}, {"score": 4}, {"square": 2}]
    )
    def test_a_better_leaf_proves_nothing(self, change: dict[str, int]) -> None:
        """
        A claim of one more leads to another top.
        """
        found = paid([3, -5, 1], 1200)
        leaf = replace(found[0], **change)

        assert climbed(leaf, 0, proof(found, 0)) != tree_root(found)

    def test_a_smaller_neighbour_proves_nothing(self) -> None:
        """
        What is taken from a neighbour's sum to balance one's own changes the digest above.
        """
        found = paid([3, -5, 1, 1], 1200)
        greedy = replace(found[0], payout=found[0].payout + 1)
        beside = proof(found, 0)
        beside[0] = replace(beside[0], payout=beside[0].payout - 1)

        top = climbed(greedy, 0, beside)

        assert top.payout == tree_root(found).payout
        assert top.digest != tree_root(found).digest

    def test_pads_with_nothing(self) -> None:
        """
        The fourth place of three holds no digest, no payout and no shares.
        """
        one, two, three = (each.branch(at) for at, each in enumerate(paid([1, 2, 3], 99)))

        assert tree_root(paid([1, 2, 3], 99)) == one.joined(two).joined(three.joined(NOTHING))

    @pytest.mark.parametrize("at", [-1, 3])
    def test_refuses_a_leaf_that_is_not_there(self, at: int) -> None:
        """
        Padding is paid nothing.
        """
        with pytest.raises(ProtocolError, match=f"no payout {at} among 3"):
            proof(paid([1, 2, 3], 99), at)
