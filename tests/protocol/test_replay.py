"""An honest round passes its replay; each lie that can be planted is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.protocol.samples import (
    RULES_OF,
    TABLE,
    Played,
    account,
    contribution,
    digest,
    lanes,
    played,
    signed,
)

from commonroot.base.errors import ProtocolError
from commonroot.protocol.arithmetic import Outcome
from commonroot.protocol.hashing import Address
from commonroot.protocol.payout import Branch, Payout, tree_root
from commonroot.protocol.replay import Mismatch, first_difference, replay
from commonroot.protocol.round import Contribution
from commonroot.protocol.rules import Aggregation
from commonroot.protocol.tree import vector_root

Lie = Callable[[Played], Played]


def run(round: Played) -> Outcome:
    """Replay a round."""
    return replay(round.recorded, round.artifacts, TABLE)


def given(round: Played) -> list[Contribution]:
    """Return a round's contributions."""
    return [entry.contribution for entry in round.artifacts.manifest.entries]


def name_of(node: Address) -> str:
    """Return who in the samples has an account."""
    return next(name for name in map("node {}".format, range(9)) if account(name) == node)


def _with_delta(round: Played, lane: int, value: int) -> Played:
    """Return the round with one lane of the first delta changed in its stored bytes."""
    first, *rest = round.artifacts.deltas
    changed = first.copy()
    changed[lane] = value
    return replace(round, artifacts=replace(round.artifacts, deltas=(changed, *rest)))


def _signed_again(round: Played, lane: int, value: int) -> Played:
    """Return the round with another first delta, which its node did sign."""
    moved = _with_delta(round, lane, value)
    first, *rest = given(round)
    again = contribution(
        name_of(first.node), moved.artifacts.deltas[0], first.weight, moved.recorded.parent_root
    )
    return moved.with_contributions([again, *rest])


def _first(round: Played, **changes: object) -> Played:
    """Return the round with its first contribution changed after it was signed."""
    first, *rest = given(round)
    return round.with_contributions([replace(first, **changes), *rest])  # type: ignore[arg-type]


def _resigned(round: Played, signer: str, weight: int | None = None) -> Played:
    """Return the round with its first contribution signed by somebody, maybe at another weight."""
    first, *rest = given(round)
    again = contribution(
        name_of(first.node),
        round.artifacts.deltas[0],
        weight or first.weight,
        round.recorded.parent_root,
        signer,
    )
    return round.with_contributions([again, *rest])


def _borrowed(round: Played) -> Played:
    """Return the round with its second node contributing from the first one's dataset."""
    first, second, *rest = given(round)
    again = contribution(
        name_of(second.node),
        round.artifacts.deltas[1],
        first.weight,
        round.recorded.parent_root,
        source=name_of(first.node),
    )
    return round.with_contributions([first, again, *rest])


def _entry(round: Played, **changes: object) -> Played:
    """Return the round with its first manifest entry changed."""
    first, *rest = round.artifacts.manifest.entries
    return round.with_manifest(entries=(replace(first, **changes), *rest))  # type: ignore[arg-type]


def _artifact(round: Played, name: str) -> Played:
    """Return the round with one bit of a stored vector flipped."""
    flipped = getattr(round.artifacts, name).copy()
    flipped[5] ^= 1
    return replace(round, artifacts=replace(round.artifacts, **{name: flipped}))


def _overpaid(round: Played) -> Played:
    """Return the round with its first node paid one more, in payouts, root and sums alike."""
    first, *rest = round.outcome.payouts
    paid: tuple[Payout, ...] = (replace(first, payout=first.payout + 1), *rest)
    top: Branch = tree_root(paid)
    lied = round.with_proposal(payout_root=top.digest, payout_sum=top.payout)
    return lied.with_manifest(payouts=paid)


def _swapped(round: Played) -> Played:
    """Return the round with its first two contributions in each other's place."""
    one, two, *rest = given(round)
    return round.with_contributions([two, one, *rest])


def _without_last(round: Played) -> Played:
    """Return the round with one acked contribution left out of the manifest."""
    return round.with_manifest(entries=round.artifacts.manifest.entries[:-1])


def _recorded(round: Played, **changes: object) -> Played:
    """Return the round with something else on chain."""
    return replace(round, recorded=replace(round.recorded, **changes))  # type: ignore[arg-type]


def _standing(round: Played, **changes: object) -> Played:
    """Return the round with something else on chain about its first node."""
    node = given(round)[0].node
    other = replace(round.recorded.standings[node], **changes)  # type: ignore[arg-type]
    return _recorded(round, standings={**round.recorded.standings, node: other})


def _opened(round: Played, **changes: object) -> Played:
    """Return the round opened otherwise, which the close and all that follows commits to."""
    moved = round.with_opening(**changes)
    return moved.with_contributions(given(round))


def _sloped(round: Played, lane: int, value: int) -> Played:
    """Return the round with one lane of the gradient changed, which its proposal commits to."""
    other = round.artifacts.gradient.copy()
    other[lane] = value
    moved = replace(round, artifacts=replace(round.artifacts, gradient=other))
    return moved.with_proposal(gradient_root=vector_root(other))


LIES: dict[str, tuple[Lie, str]] = {
    "a signature of somebody else": (
        lambda it: _resigned(it, "somebody else"),
        "the signer for 0x",
    ),
    "a signature over another weight": (
        lambda it: _first(it, weight=99),
        "the signer for 0x",
    ),
    "a signature over another delta": (
        lambda it: _first(it, delta_root=digest("another")),
        "the signer for 0x",
    ),
    "a signature with another deadline": (
        lambda it: _first(it, deadline=1),
        "the signer for 0x",
    ),
    "a signature of no form": (
        lambda it: _first(it, signature=bytes(65)),
        "the signer for 0x.* is A signature ends with 27 or 28",
    ),
    "a node that was no member at the open block": (
        lambda it: _standing(it, key=None),
        "the receipt key of 0x.* is needed, recorded is none",
    ),
    "a node that did not take part": (
        lambda it: _standing(it, dataset=None),
        "the dataset of 0x.* recorded is None",
    ),
    "a node that takes part with another dataset": (
        lambda it: _standing(it, dataset=digest("another")),
        "the dataset of 0x",
    ),
    "a node with a retired dataset": (
        lambda it: _standing(it, records=0),
        "the dataset of 0x.* recorded is not active",
    ),
    "a node without a seat": (
        lambda it: _standing(it, seat=None),
        "the seat of 0x.* is asked, recorded is None",
    ),
    "a node that sat down after the opening": (
        lambda it: _standing(it, seat=8),
        "the seat of 0x.* is asked, recorded is 8",
    ),
    "a node that sat down after the anchor": (
        lambda it: _standing(it, anchored=False),
        "the seat of 0x.* is 0, recorded is empty at the anchor",
    ),
    "a node that was not sampled": (
        lambda it: _opened(it, seats=10_000, places=0, sample=digest("block")),
        "the seat of 0x.* is asked, recorded is 0",
    ),
    "an ack of somebody else": (
        lambda it: _entry(it, ack=signed("somebody else", digest("ack"))),
        "the ack's signer for 0x",
    ),
    "a weight that the rules do not give": (
        lambda it: _resigned(it, "", weight=99),
        "the weight of 0x.* is 99, recorded is 4",
    ),
    "a dataset that another node contributes from": (
        _borrowed,
        "the dataset of 0x.* recorded is 0x",
    ),
    "a delta with a flipped bit": (
        lambda it: _with_delta(it, 7, int(it.artifacts.deltas[0][7]) ^ 1),
        "the delta's root of 0x",
    ),
    "a delta too few": (
        lambda it: replace(it, artifacts=replace(it.artifacts, deltas=it.artifacts.deltas[1:])),
        "the count of deltas is 2, recorded is 3",
    ),
    "a delta beyond the bound": (
        lambda it: _signed_again(it, 0, 2**24 + 1),
        "lane 0 of the delta of 0x.* is 16777217",
    ),
    "a delta with something in its padding": (
        lambda it: _signed_again(it, 88, 1),
        "lane 88 of the delta of 0x.* is 1",
    ),
    "another delta that its node signed": (
        lambda it: _signed_again(it, 0, 2**24),
        "the result root",
    ),
    "another base": (lambda it: _artifact(it, "base"), "the base's root"),
    "another parent": (
        lambda it: _recorded(it, parent_root=digest("another")),
        "the base's root",
    ),
    "another gradient": (lambda it: _artifact(it, "gradient"), "the gradient root"),
    "a gradient beyond the bound": (
        lambda it: _sloped(it, 0, 2**15 + 1),
        "lane 0 of the gradient is 32769",
    ),
    "a gradient with something in its padding": (
        lambda it: _sloped(it, 191, -1),
        "lane 191 of the gradient is -1",
    ),
    "a gradient of another length": (
        lambda it: replace(it, artifacts=replace(it.artifacts, gradient=lanes(1))),
        "the length of the gradient is 64, recorded is 192",
    ),
    "a delta of another length": (
        lambda it: replace(
            it, artifacts=replace(it.artifacts, deltas=(lanes(1), *it.artifacts.deltas[1:]))
        ),
        "the length of delta 0 is 64, recorded is 192",
    ),
    "another result root": (
        lambda it: it.with_proposal(result_root=digest("another")),
        "the result root is 0x",
    ),
    "another row root": (
        lambda it: it.with_proposal(row_root=digest("another")),
        "the row root is 0x",
    ),
    "another gradient root": (
        lambda it: it.with_proposal(gradient_root=digest("another")),
        "the gradient root is 0x",
    ),
    "another chunk count": (
        lambda it: it.with_proposal(chunks=4),
        "the chunks is 4, recorded is 3",
    ),
    "another payout root": (
        lambda it: it.with_proposal(payout_root=digest("another")),
        "the payout root is 0x",
    ),
    "another payout sum": (
        lambda it: it.with_proposal(payout_sum=it.recorded.proposal.payout_sum + 1),
        "the payout sum is",
    ),
    "another shares sum": (
        lambda it: it.with_proposal(shares_sum=it.recorded.proposal.shares_sum - 1),
        "the shares sum is",
    ),
    "a payout of one more": (_overpaid, "the payout root is 0x"),
    "payouts in the manifest that are not the tree's": (
        lambda it: it.with_manifest(payouts=it.outcome.payouts[::-1]),
        "the manifest's payouts",
    ),
    "another manifest": (
        lambda it: replace(
            it,
            artifacts=replace(
                it.artifacts, manifest=replace(it.artifacts.manifest, keyring=digest("another"))
            ),
        ),
        "the manifest's digest",
    ),
    "a manifest of another spec": (
        lambda it: it.with_manifest(spec=digest("another")),
        "the manifest's spec",
    ),
    "a manifest of another close": (
        lambda it: it.with_manifest(close=replace(it.recorded.close, epoch=2)),
        "the manifest's close",
    ),
    "a manifest of another seed": (
        lambda it: it.with_manifest(seed=digest("another")),
        "the manifest's seed",
    ),
    "a manifest that names another base": (
        lambda it: it.with_manifest(
            base=replace(it.artifacts.manifest.base, root=digest("another"))
        ),
        "the manifest's base",
    ),
    "a manifest that names another result": (
        lambda it: it.with_manifest(
            result=replace(it.artifacts.manifest.result, root=digest("another"))
        ),
        "the manifest's result",
    ),
    "a manifest that names another gradient": (
        lambda it: it.with_manifest(
            gradient=replace(it.artifacts.manifest.gradient, root=digest("another"))
        ),
        "the manifest's gradient",
    ),
    "contributions out of order": (_swapped, "the node after 0x.* recorded is one with a higher"),
    "a contribution left out": (_without_last, "the count of contributions is 2, recorded is 3"),
    "a contribution twice": (
        lambda it: it.with_contributions([given(it)[0], given(it)[0], given(it)[2]]),
        "the node after (0x.*) is \\1, recorded is one with a higher address",
    ),
    "another proposal's close": (
        lambda it: it.with_proposal(close=digest("another")),
        "the proposal's close",
    ),
    "another weights hash": (
        lambda it: it.with_close(replace(it.recorded.close, weights_hash=digest("another"))),
        "the weights' hash",
    ),
    "another contributions root": (
        lambda it: it.with_close(replace(it.recorded.close, contributions_root=digest("another"))),
        "the contributions' root",
    ),
    "a round that is not in the program": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, rounds=2)),
        "the arithmetic is There is no round 3 in a program of 2",
    ),
    "another opening": (
        lambda it: it.with_opening(open_block=99),
        "the close's opening",
    ),
    "a seed that no block had": (
        lambda it: it.with_proposal(seed=digest("another")),
        "the proposal's seed",
    ),
    "another count": (lambda it: it.with_proposal(count=4), "the proposal's count is 4"),
    "fewer nodes than make a round": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, min_nodes=4)),
        "the close's count is 3, recorded is 4 to 8",
    ),
    "a table of other lanes": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, weights=87)),
        "the table's lanes is \\(88, 4\\), recorded is \\(87, 4\\)",
    ),
    "another rule": (
        lambda it: _recorded(it, rules=RULES_OF[Aggregation.MEDIAN]),
        "the result root",
    ),
    "another step": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, step_last=3)),
        "the result root",
    ),
    "another reward": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, reward=10**17)),
        "the payout root",
    ),
    "another norm cap": (
        lambda it: _recorded(it, rules=replace(it.recorded.rules, norm_cap=2**10)),
        "the payout root",
    ),
}


class TestReplay:
    @pytest.mark.parametrize("rule", Aggregation)
    @pytest.mark.parametrize("nodes", [2, 3, 5, 8])
    def test_passes_an_honest_round(self, nodes: int, rule: Aggregation) -> None:
        """
        What an honest aggregator proposed is found again, to the last byte.
        """
        found, honest = run(played(nodes, rule)), played(nodes, rule).outcome

        assert np.array_equal(found.result, honest.result)
        assert (found.result_root, found.row_root) == (honest.result_root, honest.row_root)
        assert (found.payouts, found.payout_top) == (honest.payouts, honest.payout_top)

    @pytest.mark.parametrize("lie", LIES)
    def test_names(self, lie: str) -> None:
        """
        One planted lie is found, and the error says which.
        """
        plant, words = LIES[lie]

        with pytest.raises(ProtocolError, match=words):
            run(plant(played()))

    def test_says_both_sides(self) -> None:
        """
        A mismatch carries the round, what it is about, what was recorded and what was found.
        """
        lied = played().with_proposal(result_root=digest("another"))

        with pytest.raises(Mismatch) as found:
            run(lied)

        error = found.value
        assert (error.round, error.what) == (3, "the result root")
        assert (error.expected, error.found) == (digest("another"), played().outcome.result_root)

    def test_refuses_padding_in_a_first_version(self) -> None:
        """
        A seed may not carry anything in lanes that belong to no tensor; no aggregator answers for it.
        """
        with pytest.raises(Mismatch, match="padding lane 90 of the base is 1"):
            run(played(in_padding=1))


class TestFirstDifference:
    @pytest.mark.parametrize(("lane", "chunk"), [(0, 0), (63, 0), (64, 1), (191, 2)])
    def test_names_the_chunk(self, lane: int, chunk: int) -> None:
        """
        The chunk of the first lane that differs is where to look.
        """
        one, other = np.zeros(192, np.int32), np.zeros(192, np.int32)
        other[lane] = 1

        assert first_difference(one, other) == chunk

    def test_of_equal_vectors_is_none(self) -> None:
        """
        Equal vectors differ nowhere.
        """
        assert first_difference(lanes(1), lanes(1)) is None
