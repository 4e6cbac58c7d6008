"""The contributions of a round: their order, and whether each belongs there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Digest, address_bytes
from commonroot.protocol.manifest import Entry
from commonroot.protocol.receipt import Ack
from commonroot.protocol.replay.documents import differing
from commonroot.protocol.replay.faults import (
    Disorder,
    Mismatch,
    Stranger,
    WrongSignature,
    WrongWeight,
)
from commonroot.protocol.replay.recorded import Artifacts, Recorded
from commonroot.protocol.round import Contribution
from commonroot.protocol.sampling import sampled
from commonroot.protocol.signature import recover


def order_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    """Yield neighbours of which the second does not come after the first."""
    nodes = [entry.contribution.node for entry in artifacts.manifest.entries]
    for place, (one, two) in enumerate(itertools.pairwise(nodes)):
        if address_bytes(one) >= address_bytes(two):
            at, what = recorded.close.round, f"the node after {one}"
            yield Mismatch(at, what, "one with a higher address", two, Disorder(place))


def contribution_mismatches(recorded: Recorded, artifacts: Artifacts) -> Iterator[Mismatch]:
    """Yield what is wrong with any contribution, one after another."""
    for place, entry in enumerate(artifacts.manifest.entries):
        yield from _signature_mismatches(recorded, place, entry)
        yield from _standing_mismatches(recorded, place, entry.contribution)


def _signature_mismatches(recorded: Recorded, place: int, entry: Entry) -> Iterator[Mismatch]:
    close, given = recorded.close, entry.contribution
    digest = given.receipt(close, recorded.parent_root).digest(recorded.domain)
    key = recorded.standing(given.node).key
    # Whoever has no key is no member, which is said of its standing.
    if key is not None:
        yield from differing(
            close.round,
            f"the signer for {given.node}",
            key,
            _signer(digest, given.signature),
            WrongSignature(place),
        )
    ack = Ack(digest, close.epoch).digest(recorded.domain)
    yield from differing(
        close.round, f"the ack's signer for {given.node}", close.aggregator, _signer(ack, entry.ack)
    )


def _signer(digest: Digest, signature: bytes) -> object:
    try:
        return recover(digest, signature)
    except ProtocolError as exc:
        return str(exc)


def _standing_mismatches(recorded: Recorded, place: int, given: Contribution) -> Iterator[Mismatch]:
    at, node, fault = recorded.close.round, given.node, Stranger(place)
    standing = recorded.standing(node)
    if standing.key is None:
        yield Mismatch(at, f"the receipt key of {node}", "none", "needed", fault)
        return
    yield from differing(at, f"the dataset of {node}", standing.dataset, given.dataset, fault)
    if standing.dataset == given.dataset and standing.records < 1:
        yield Mismatch(at, f"the dataset of {node}", "not active", given.dataset, fault)
    if standing.seat is None or not sampled(standing.seat, recorded.opening):
        yield Mismatch(at, f"the seat of {node}", standing.seat, "asked", fault)
    if not standing.anchored:
        # Seats that were empty when nobody knew the sample must not be filled once somebody does.
        yield Mismatch(at, f"the seat of {node}", "empty at the anchor", standing.seat, fault)
    if standing.dataset == given.dataset and standing.records >= 1:
        allowed = recorded.rules.weight(standing.records)
        what = f"the weight of {node}"
        yield from differing(at, what, allowed, given.weight, WrongWeight(place))
