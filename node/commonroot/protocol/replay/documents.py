"""The documents of a round: each is what the one before it names."""

from __future__ import annotations

from collections.abc import Iterator

from commonroot.protocol.manifest import Manifest
from commonroot.protocol.replay.faults import (
    AUDITABLE,
    Asked,
    Fault,
    Mismatch,
    Withheld,
    WrongWeight,
)
from commonroot.protocol.replay.recorded import Artifacts, Recorded
from commonroot.protocol.round import contributions_root, weights_hash


def differing(
    round: int, what: str, expected: object, found: object, fault: Fault = AUDITABLE
) -> Iterator[Mismatch]:
    """Yield the mismatch of two values that should be one."""
    if expected != found:
        yield Mismatch(round, what, expected, found, fault)


def chain_mismatches(recorded: Recorded) -> Iterator[Mismatch]:
    """Yield what the contracts should have refused."""
    close, proposal, rules = recorded.close, recorded.proposal, recorded.rules
    at = close.round
    yield from differing(at, "the close's opening", recorded.opening, close.opening)
    yield from differing(at, "the proposal's close", close.digest(), proposal.close)
    yield from differing(at, "the proposal's seed", recorded.seed, proposal.seed)
    yield from differing(at, "the proposal's count", close.count, proposal.count)
    yield from differing(at, "the chunks", rules.chunks(), proposal.chunks)
    if not rules.min_nodes <= close.count <= rules.max_nodes:
        said = f"{rules.min_nodes} to {rules.max_nodes}"
        yield Mismatch(at, "the close's count", said, close.count)


def manifest_mismatches(recorded: Recorded, manifest: Manifest) -> Iterator[Mismatch]:
    """Yield what the manifest says otherwise than the chain."""
    at = recorded.close.round
    yield from differing(at, "the manifest's digest", recorded.proposal.manifest, manifest.digest)
    yield from differing(at, "the manifest's spec", recorded.spec, manifest.spec)
    yield from differing(at, "the manifest's close", recorded.close, manifest.close)
    yield from differing(at, "the manifest's seed", recorded.seed, manifest.seed)


def commitment_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    """Yield whether the contributions at hand are those that were closed over."""
    close, withheld = recorded.close, Withheld(Asked.CONTRIBUTIONS)
    at = close.round
    given = [entry.contribution for entry in artifacts.manifest.entries]
    if len(given) != close.count:
        yield Mismatch(at, "the count of contributions", close.count, len(given), withheld)
        return
    root = contributions_root(given)
    yield from differing(at, "the contributions' root", close.contributions_root, root, withheld)


def weights_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    """Yield whether the weights at hand are those that the sums were made with."""
    weights = [entry.contribution.weight for entry in artifacts.manifest.entries]
    found = weights_hash(weights)
    # Where nobody knows what the hash is of, a demand for the contributions has no answer.
    fault: Fault = Withheld(Asked.CONTRIBUTIONS)
    other = artifacts.weights
    if other is not None and weights_hash(other) == recorded.close.weights_hash:
        fault = _first_other(weights, other)
    at, said = recorded.close.round, recorded.close.weights_hash
    yield from differing(at, "the weights' hash", said, found, fault)


def _first_other(weights: list[int], other: tuple[int, ...]) -> Fault:
    pairs = enumerate(zip(weights, other, strict=False))
    place = next((at for at, (ours, theirs) in pairs if ours != theirs), None)
    # Of another length, but alike as far as both go: no place of a contribution shows that.
    return Withheld(Asked.CONTRIBUTIONS) if place is None else WrongWeight(place)
