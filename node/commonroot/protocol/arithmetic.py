"""
The whole of a round's arithmetic, from the deltas to what is proposed.

Whoever proposes and whoever checks calls this one function, so they cannot differ but in what they
put in.
"""

from __future__ import annotations

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
from commonroot.protocol.rules import Rules, aggregate
from commonroot.protocol.rules.terms import WHOLE_STEP
from commonroot.protocol.scores import prefix_sums, scores


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
    payouts: tuple[Payout, ...]
    payout_top: Branch

    def proposal(self, close: Close, manifest: Digest) -> Proposal:
        """Return the outcome as the chain takes it."""
        return Proposal(
            close=close.digest(),
            chunks=self.result.size // LANES,
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
    result = next_version(given, rules, round)
    leaves = [tree.chunk_leaves(each) for each in (given.base, result, given.gradient)]
    deltas = [tree.chunk_leaves(each) for each in given.deltas]
    sums = [prefix_sums(given.gradient, each, rules.weight_chunks()) for each in given.deltas]
    paid = payout.payouts(
        given.nodes,
        scores(sums, given.weights, rules.norm_cap),
        [each.squares[-1] for each in sums],
        rules.reward,
        rules.shares_per_round,
    )
    return Outcome(
        result=result,
        result_root=tree.root(leaves[1]),
        gradient_root=tree.root(leaves[2]),
        row_root=tree.root(rows(leaves[0], leaves[1], leaves[2], deltas, sums)),
        payouts=tuple(paid),
        payout_top=payout.tree_root(paid),
    )


def next_version(given: Given, rules: Rules, round: int) -> Fixed:
    """Return the version after a round: weights take the round's step, moments are averaged."""
    cut = rules.weight_chunks() * LANES
    parts = [
        aggregate(given.base[part], [each[part] for each in given.deltas], given.weights, step)
        for part, step in ((slice(cut), rules.step(round)), (slice(cut, None), WHOLE_STEP))
    ]
    return np.concatenate(parts)


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
