"""From accepted contributions to what goes on chain: the close, then the proposal with its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from coincurve import PublicKey

from commonroot.aggregator.archive import Archive, Filed
from commonroot.aggregator.checkpoint import Kept
from commonroot.protocol.arithmetic import Given, Outcome, work_out
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest, address_bytes
from commonroot.protocol.manifest import Absence, Entry, Manifest, Vector
from commonroot.protocol.receipt import Domain
from commonroot.protocol.round import (
    Close,
    Contribution,
    Proposal,
    in_order,
)
from commonroot.protocol.signature import recover_key
from commonroot.protocol.spec import Spec


@final
@dataclass(frozen=True, slots=True)
class Closed:
    """A round whose contributions are fixed."""

    close: Close
    base: Fixed
    at: Vector
    """The base in the store."""
    key: bytes | None
    """What seals the base there; None where nothing does."""
    kept: tuple[Kept, ...]
    """The contributions, in the close's order."""
    absent: Mapping[Address, str]


@final
@dataclass(frozen=True, slots=True)
class Proposed:
    """What a round comes to, ready to be sent."""

    proposal: Proposal
    outcome: Outcome
    manifest: Manifest


def ordered(kept: Iterable[Kept]) -> list[Contribution]:
    """Return contributions in the order that the chain demands."""
    return in_order([each.accepted.contribution for each in kept])


def in_close_order(kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return what was kept in the same order."""
    return tuple(sorted(kept, key=lambda each: address_bytes(each.accepted.member.node)))


def propose(
    closed: Closed,
    spec: Spec,
    gradient: Fixed,
    seed: Digest,
    archive: Archive,
    readers: Sequence[bytes],
) -> Proposed:
    """Work a round out, put all of it into the store, and return what to propose."""
    contributions = ordered(closed.kept)
    outcome = work_out(
        Given(
            base=closed.base,
            gradient=gradient,
            nodes=tuple(each.node for each in contributions),
            deltas=tuple(each.accepted.delta for each in closed.kept),
            weights=tuple(each.weight for each in contributions),
        ),
        spec.rules,
        closed.close.round,
    )
    vectors = {
        "result": (outcome.result, outcome.result_root),
        "gradient": (gradient, outcome.gradient_root),
    }
    filed = archive.file(closed.close, closed.kept, vectors, closed.key, readers)
    manifest = _manifest(closed, spec, seed, outcome, filed)
    # The proposal names the manifest's digest, under which the store keeps it.
    digest = archive.store.put(manifest.to_bytes())
    return Proposed(outcome.proposal(closed.close, seed, digest), outcome, manifest)


def readers_of(kept: Iterable[Kept], domain: Domain) -> list[bytes]:
    """Return the public receipt keys of those who contributed, which their signatures reveal."""
    keys: list[PublicKey] = [
        recover_key(each.accepted.receipt.digest(domain), each.accepted.signature) for each in kept
    ]
    return [key.format() for key in keys]


def _manifest(closed: Closed, spec: Spec, seed: Digest, outcome: Outcome, filed: Filed) -> Manifest:
    entries = tuple(
        Entry(contribution, artifact, _ack(each))
        for contribution, artifact, each in zip(
            ordered(closed.kept), filed.deltas, closed.kept, strict=True
        )
    )
    return Manifest(
        spec=spec.digest,
        close=closed.close,
        seed=seed,
        base=closed.at,
        result=filed.result,
        gradient=filed.gradient,
        entries=entries,
        absent=tuple(Absence(node, why) for node, why in sorted(closed.absent.items())),
        payouts=outcome.payouts,
        key_hash=filed.key_hash,
        keyring=filed.keyring,
    )


def _ack(kept: Kept) -> bytes:
    assert kept.ack is not None  # there are enough for a round, so all are promised their place
    return kept.ack
