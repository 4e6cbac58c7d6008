"""
The whole of a round's arithmetic, from the deltas to what is proposed.

Whoever proposes and whoever checks calls this one function, so they cannot differ but in what they
put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from commonroot.base.errors import ProtocolError
from commonroot.protocol import payout, tree
from commonroot.protocol.fixed import LANES, Fixed
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.payout import Branch, Payout
from commonroot.protocol.round import Close, Proposal
from commonroot.protocol.rows import rows
from commonroot.protocol.rules import Aggregation, Rules, Step, clipped, mean, median, trimmed
from commonroot.protocol.rules.stepping import require_weights
from commonroot.protocol.rules.terms import WHOLE_STEP
from commonroot.protocol.scores import Sums, prefix_sums, scores


@final
@dataclass(frozen=True, slots=True)
class Given:
    """What a round starts from: vectors, and whose they are, ascending by node."""

    base: Fixed
    gradient: Fixed
    nodes: tuple[Address, ...]
    deltas: tuple[Fixed, ...]
    weights: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round comes to."""

    result: Fixed
    result_root: Digest
    gradient_root: Digest
    row_root: Digest
    sums: tuple[Sums, ...]
    payouts: tuple[Payout, ...]
    payout_top: Branch

    def proposal(self, close: Close, seed: Digest, manifest: Digest) -> Proposal:
        """Return the outcome as the chain takes it."""
        return Proposal(
            close=close.digest(),
            seed=seed,
            chunks=self.result.size // LANES,
            count=close.count,
            row_root=self.row_root,
            result_root=self.result_root,
            gradient_root=self.gradient_root,
            payout_root=self.payout_top.digest,
            payout_sum=self.payout_top.payout,
            shares_sum=self.payout_top.shares,
            manifest=manifest,
        )


def work_out(given: Given, rules: Rules, round: int) -> Outcome:
    """Return what a round comes to; the same on every machine."""
    _require_lengths(given, rules)
    # First, since the sums refuse what is beyond the bounds that all the rest was reckoned for.
    sums = [prefix_sums(given.gradient, each, rules.weight_chunks()) for each in given.deltas]
    result = next_version(given, [each.squares[-1] for each in sums], rules, round)
    leaves = [tree.chunk_leaves(each) for each in (given.base, result, given.gradient)]
    deltas = [tree.chunk_leaves(each) for each in given.deltas]
    paid = paid_out(given.nodes, given.weights, sums, rules)
    return Outcome(
        result=result,
        result_root=tree.root(leaves[1]),
        gradient_root=tree.root(leaves[2]),
        row_root=tree.root(rows(leaves[0], leaves[1], leaves[2], deltas, sums)),
        sums=tuple(sums),
        payouts=tuple(paid),
        payout_top=payout.tree_root(paid),
    )


def next_version(given: Given, squares: Sequence[int], rules: Rules, round: int) -> Fixed:
    """Return the version after a round; the squares are the deltas' squared norms over all weights."""
    require_weights(len(given.deltas), given.weights)
    cut, none = rules.weight_chunks() * LANES, [0] * len(squares)
    parts = [
        _aggregated(given, slice(cut), squares, rules, rules.step(round)),
        # What an optimizer remembers has no length that a rule could shorten.
        _aggregated(given, slice(cut, None), none, rules, WHOLE_STEP),
    ]
    return np.concatenate(parts)


def paid_out(
    nodes: Sequence[Address], weights: Sequence[int], sums: Sequence[Sums], rules: Rules
) -> list[Payout]:
    """Return what every node gets for the last of its sums."""
    return payout.payouts(
        nodes,
        scores(sums, weights, rules.norm_cap),
        [each.squares[-1] for each in sums],
        rules.reward,
        rules.shares_per_round,
    )


def _aggregated(
    given: Given, part: slice, squares: Sequence[int], rules: Rules, step: Step
) -> Fixed:
    base, deltas, weights = given.base[part], [each[part] for each in given.deltas], given.weights
    lanes: Fixed
    match rules.aggregation:
        case Aggregation.WEIGHTED_MEAN:
            lanes = mean.aggregate(base, deltas, weights, step)
        case Aggregation.CLIPPED_MEAN:
            lanes = clipped.aggregate(base, deltas, weights, squares, rules.norm_cap, step)
        case Aggregation.MEDIAN:
            lanes = median.aggregate(base, deltas, step)
        case Aggregation.TRIMMED_MEAN:
            lanes = trimmed.aggregate(base, deltas, rules.trim, step)
    return lanes


def _require_lengths(given: Given, rules: Rules) -> None:
    lanes = rules.chunks() * LANES
    if not len(given.nodes) == len(given.deltas) == len(given.weights):
        raise ProtocolError(
            f"{len(given.nodes)} nodes, {len(given.deltas)} deltas and {len(given.weights)} weights "
            "do not go together."
        )
    for what, vector in (("base", given.base), ("gradient", given.gradient)):
        if vector.shape != (lanes,):
            raise ProtocolError(f"The {what} has {vector.size} lanes; the rules say {lanes}.")
    for node, delta in zip(given.nodes, given.deltas, strict=True):
        if delta.shape != (lanes,):
            raise ProtocolError(
                f"The delta of {node} has {delta.size} lanes; the rules say {lanes}."
            )
