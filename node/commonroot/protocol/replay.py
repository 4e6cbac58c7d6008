"""
A round again, from its artifacts: the first thing that does not hold is named, or nothing is.

The caller brings what the chain says (`Recorded`) and the bytes of the round (`Artifacts`); nothing of
either is believed until it has been hashed to what the chain holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from commonroot.base.errors import ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, Outcome, work_out
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed, require_bound
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.manifest import Entry, Manifest
from commonroot.protocol.receipt import Ack, Domain
from commonroot.protocol.round import Close, Proposal, contributions_root, in_order, weights_hash
from commonroot.protocol.rules import Rules
from commonroot.protocol.signature import recover
from commonroot.protocol.table import Table


class Mismatch(ProtocolError):
    """Something of a round is not what the chain holds."""

    def __init__(self, round: int, what: str, expected: object, found: object) -> None:
        super().__init__(
            f"Round {round} does not hold: {what} is {_shown(found)}, recorded is {_shown(expected)}."
        )
        self.round, self.what, self.expected, self.found = round, what, expected, found


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """What the chain says of a round."""

    domain: Domain
    aggregator: Address
    rules: Rules
    spec: Digest
    close: Close
    proposal: Proposal
    seed: Digest
    parent_root: Digest
    receipt_keys: Mapping[Address, Address]
    """The receipt key of every contributing node, as of the round's open block."""
    records: Mapping[Digest, int]
    """
    The record count of every dataset that was contributed from; only those that were on chain at the
    round's open block, and then belonged to the node that used them.
    """


@final
@dataclass(frozen=True, slots=True)
class Artifacts:
    """The bytes of a round, read but not believed."""

    manifest: Manifest
    base: Fixed
    gradient: Fixed
    deltas: tuple[Fixed, ...]


def replay(recorded: Recorded, artifacts: Artifacts, table: Table) -> Outcome:
    """Return what the round comes to, having checked every commitment; raise the first Mismatch."""
    _check_documents(recorded, artifacts.manifest)
    round = recorded.close.round
    _same(round, "the base's root", recorded.parent_root, tree.vector_root(artifacts.base))
    _check_contributions(recorded, artifacts, table)
    require_bound(artifacts.gradient, GRADIENT_MAX, "gradient")
    for vector in (artifacts.base, artifacts.gradient):
        table.require_padding(vector)
    contributions = [entry.contribution for entry in artifacts.manifest.entries]
    outcome = work_out(
        Given(
            base=artifacts.base,
            gradient=artifacts.gradient,
            nodes=tuple(each.node for each in contributions),
            deltas=artifacts.deltas,
            weights=tuple(each.weight for each in contributions),
        ),
        recorded.rules,
        round,
    )
    _check_outcome(recorded, artifacts.manifest, outcome)
    return outcome


def first_difference(ours: Fixed, theirs: Fixed) -> int | None:
    """Return the first chunk in which two vectors of one length differ."""
    wrong = np.flatnonzero(ours != theirs)
    return int(wrong[0]) // LANES if wrong.size else None


def _check_documents(recorded: Recorded, manifest: Manifest) -> None:
    close, proposal = recorded.close, recorded.proposal
    _same(close.round, "the proposal's close", proposal.close, close.digest())
    _same(close.round, "the manifest's digest", proposal.manifest, manifest.digest)
    _same(close.round, "the manifest's spec", recorded.spec, manifest.spec)
    _same(close.round, "the manifest's close", close, manifest.close)
    _same(close.round, "the manifest's seed", recorded.seed, manifest.seed)
    contributions = [entry.contribution for entry in manifest.entries]
    ordered, listed = (
        [each.node for each in given] for given in (in_order(contributions), contributions)
    )
    _same(close.round, "the order of contributions", ordered, listed)
    _same(close.round, "the count of contributions", close.count, len(contributions))
    weights = weights_hash([each.weight for each in contributions])
    _same(close.round, "the weights' hash", close.weights_hash, weights)
    root = contributions_root(contributions)
    _same(close.round, "the contributions' root", close.contributions_root, root)


def _check_contributions(recorded: Recorded, artifacts: Artifacts, table: Table) -> None:
    close = recorded.close
    _same(close.round, "the count of deltas", close.count, len(artifacts.deltas))
    used: set[Digest] = set()
    for entry, delta in zip(artifacts.manifest.entries, artifacts.deltas, strict=True):
        given = entry.contribution
        _check_signatures(recorded, entry)
        # A dataset has one owner, so who comes second with it does not own it.
        if given.dataset not in recorded.records or given.dataset in used:
            what = f"the dataset of {given.node}"
            raise Mismatch(close.round, what, "none of its own", given.dataset)
        used.add(given.dataset)
        allowed = recorded.rules.weight(recorded.records[given.dataset])
        _same(close.round, f"the weight of {given.node}", allowed, given.weight)
        root = tree.vector_root(delta)
        _same(close.round, f"the delta's root of {given.node}", given.delta_root, root)
        require_bound(delta, DELTA_MAX, f"delta of {given.node}")
        table.require_padding(delta)


def _check_signatures(recorded: Recorded, entry: Entry) -> None:
    close, given = recorded.close, entry.contribution
    receipt = given.receipt(close, recorded.parent_root, recorded.aggregator)
    digest = receipt.digest(recorded.domain)
    ack = Ack(digest, close.epoch).digest(recorded.domain)
    for what, said, signature, signer in (
        ("signer", digest, given.signature, recorded.receipt_keys.get(given.node)),
        ("ack's signer", ack, entry.ack, recorded.aggregator),
    ):
        try:
            found: object = recover(said, signature)
        except ProtocolError as exc:
            found = str(exc)
        _same(close.round, f"the {what} for {given.node}", signer, found)


def _check_outcome(recorded: Recorded, manifest: Manifest, outcome: Outcome) -> None:
    round, said = recorded.close.round, recorded.proposal
    ours = outcome.proposal(recorded.close, manifest.digest)
    for what in (
        "chunks",
        "result_root",
        "gradient_root",
        "row_root",
        "payout_root",
        "payout_sum",
        "shares_sum",
    ):
        _same(round, f"the {what.replace('_', ' ')}", getattr(said, what), getattr(ours, what))
    _same(round, "the manifest's payouts", outcome.payouts, manifest.payouts)
    _same(round, "the manifest's base", recorded.parent_root, manifest.base.root)
    _same(round, "the manifest's result", outcome.result_root, manifest.result.root)
    _same(round, "the manifest's gradient", outcome.gradient_root, manifest.gradient.root)


def _same(round: int, what: str, expected: object, found: object) -> None:
    if expected != found:
        raise Mismatch(round, what, expected, found)


def _shown(value: object) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)[:200]
