"""A round brought together again: what the chain says of it, and its bytes from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import CommonrootError
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.events import RoundRecord
from commonroot.ledger.gateways.records import Stage
from commonroot.ledger.ledger import Ledger
from commonroot.node.programs import spec_of
from commonroot.protocol.arithmetic import Outcome
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.manifest import Manifest
from commonroot.protocol.replay import Artifacts, Recorded, Standing, replay
from commonroot.protocol.round import Opening
from commonroot.protocol.rules import Visibility
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotAReader, StoreError
from commonroot.store.sealed import (
    Keyring,
    delta_label,
    gradient_label,
    open_keyring,
    version_label,
)
from commonroot.store.versions import get_lanes, get_manifest, get_seed


class NotARound(CommonrootError):
    """A version was not made by a round, so there is nothing to compute again."""


class NotForYou(CommonrootError):
    """None of the wallets at hand may read a round's artifacts."""

    hint = (
        "A round's artifacts are read by the nodes that took part in it, the sponsor and the"
        " aggregator: name such a wallet with --wallet."
    )


@final
@dataclass(frozen=True, slots=True)
class Past:
    """A round that was proposed, as the chain recorded it."""

    record: RoundRecord
    manifest: Manifest
    recorded: Recorded


def round_of(ledger: Ledger, model: int, version: int) -> RoundRecord:
    """Return the round that made a version."""
    for record in reversed(events.rounds(ledger, model)):
        if record.stage is Stage.FINALIZED and record.version == version:
            return record
    raise NotARound(f"Version {version} of model {model} was made by no round.")


def past(ledger: Ledger, store: Store, model: int, version: int) -> Past:
    """Return what the chain says of the round that made a version."""
    return past_of(ledger, store, round_of(ledger, model, version))


def past_of(ledger: Ledger, store: Store, record: RoundRecord) -> Past:
    """Return what the chain says of a round that was proposed, whatever became of it."""
    if record.close is None or record.proposal is None or record.seed is None:
        raise NotARound(
            f"Round {record.round}, epoch {record.epoch}, of program {record.program} has no proposal."
        )
    manifest = get_manifest(store, record.proposal.manifest)
    parent = _parent(ledger, record)
    recorded = Recorded(
        domain=ledger.programs.domain(),
        rules=ledger.programs.rules(record.program),
        spec=ledger.programs.program(record.program).spec,
        opening=record.opening,
        close=record.close,
        proposal=record.proposal,
        seed=record.seed,
        parent_root=_parent_root(ledger, record, parent),
        standings=_standings(ledger, record.opening, manifest),
        parent=parent.proposal if parent and parent.stage is not Stage.FINALIZED else None,
    )
    return Past(record, manifest, recorded)


def compute(ledger: Ledger, store: Store, past: Past, wallets: Sequence[Wallet]) -> Outcome:
    """Compute a round again from its deltas; raise the first thing that is not as recorded."""
    ring = keyring(store, past, wallets)
    model = past.record.program
    return replay(
        past.recorded, artifacts(ledger, store, past, ring), spec_of(ledger, store, model).table
    )


def keyring(store: Store, past: Past, wallets: Sequence[Wallet]) -> Keyring | None:
    """Return the keys of a round's artifacts; None in an open program, which needs none."""
    if past.recorded.rules.visibility is Visibility.OPEN:
        return None
    wrapped = store.get(past.manifest.keyring)
    for wallet in wallets:
        try:
            return open_keyring(wrapped, wallet)
        except NotAReader:
            continue
    raise NotForYou(
        f"No wallet at hand may read round {past.record.round} of program {past.record.program}."
    )


def artifacts(ledger: Ledger, store: Store, past: Past, ring: Keyring | None) -> Artifacts:
    """Return a round's bytes from the store, as far as its keyring opens them."""
    record, manifest = past.record, past.manifest
    at = record.program, record.round, record.epoch

    def lanes(artifact: Digest, label: str) -> Fixed:
        return get_lanes(store, artifact, ring.key(label) if ring else None, label)

    try:
        result = lanes(manifest.result.artifact, version_label(record.program, record.round))
    except StoreError:
        result = None  # nobody has it: what it should be follows from the rest

    return Artifacts(
        manifest=manifest,
        base=_base(ledger, store, past, ring),
        result=result,
        gradient=lanes(manifest.gradient.artifact, gradient_label(*at)),
        deltas=tuple(
            lanes(entry.artifact, delta_label(*at, entry.contribution.node))
            for entry in manifest.entries
        ),
    )


def _base(ledger: Ledger, store: Store, past: Past, ring: Keyring | None) -> Fixed:
    model, parent = past.record.program, past.record.parent
    waiting = past.recorded.parent
    named = waiting.manifest if waiting else ledger.models.version(model, parent).manifest
    if named is None:
        raise NotARound(f"The chain does not say where version {parent} of model {model} lies.")
    if parent == 0:
        return get_seed(store, named)
    label = version_label(model, parent)
    artifact = get_manifest(store, named).result.artifact
    return get_lanes(store, artifact, ring.key(label) if ring else None, label)


def _parent(ledger: Ledger, record: RoundRecord) -> RoundRecord | None:
    """Return the round that made, or is to make, the version that a round starts from."""
    for each in reversed(events.rounds(ledger, record.program)):
        if each.round == record.parent and each.opened.block < record.opened.block:
            return each
    return None  # version 0 was made by none


def _parent_root(ledger: Ledger, record: RoundRecord, parent: RoundRecord | None) -> Digest:
    if parent is None or parent.proposal is None:
        return ledger.models.root(record.program, record.parent)
    return parent.proposal.result_root


def _standings(ledger: Ledger, opening: Opening, manifest: Manifest) -> Mapping[Address, Standing]:
    nodes = [entry.contribution.node for entry in manifest.entries]
    return {node: _standing(ledger, opening, node) for node in nodes}


def _standing(ledger: Ledger, opening: Opening, node: Address) -> Standing:
    """Return what the chain says of a node as of a round's open block."""
    block, program = opening.open_block, opening.program
    enrolled = ledger.enrolments.enrolled_at(program, node, block)
    active = enrolled is not None and ledger.datasets.active_at(enrolled, block)
    dataset = ledger.datasets.dataset(enrolled) if enrolled and active else None
    seat = ledger.enrolments.seat_of(program, node)
    return Standing(
        key=ledger.nodes.receipt_key_at(node, block),
        dataset=enrolled,
        records=dataset.count if dataset and dataset.owner == node else 0,
        seat=seat.number if seat and seat.since <= block else None,
        anchored=ledger.enrolments.enrolled_at(program, node, opening.anchor) is not None,
    )
