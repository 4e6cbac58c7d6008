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
from commonroot.protocol.replay import Artifacts, Recorded, replay
from commonroot.protocol.rules import Visibility
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotAReader
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
    """A final round, as the chain recorded it."""

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
    record = round_of(ledger, model, version)
    assert record.close is not None
    assert record.proposal is not None
    assert record.seed is not None
    manifest = get_manifest(store, record.proposal.manifest)
    state = ledger.programs.program(model)
    recorded = Recorded(
        domain=ledger.programs.domain(),
        aggregator=state.aggregator,
        rules=ledger.programs.rules(model),
        spec=state.spec,
        close=record.close,
        proposal=record.proposal,
        seed=record.seed,
        parent_root=ledger.models.version(model, record.parent).root,
        receipt_keys=_receipt_keys(ledger, manifest, record.close.open_block),
        records=_records(ledger, manifest, model, record.close.open_block),
    )
    return Past(record, manifest, recorded)


def compute(ledger: Ledger, store: Store, past: Past, wallets: Sequence[Wallet]) -> Outcome:
    """Compute a round again from its deltas; raise the first thing that is not as recorded."""
    ring = keyring(store, past, wallets)
    model = past.record.program
    return replay(
        past.recorded, _artifacts(ledger, store, past, ring), spec_of(ledger, store, model).table
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


def _artifacts(ledger: Ledger, store: Store, past: Past, ring: Keyring | None) -> Artifacts:
    record, manifest = past.record, past.manifest
    at = record.program, record.round, record.epoch

    def lanes(artifact: Digest, label: str) -> Fixed:
        return get_lanes(store, artifact, ring.key(label) if ring else None, label)

    return Artifacts(
        manifest=manifest,
        base=_base(ledger, store, past, ring),
        gradient=lanes(manifest.gradient.artifact, gradient_label(*at)),
        deltas=tuple(
            lanes(entry.artifact, delta_label(*at, entry.contribution.node))
            for entry in manifest.entries
        ),
    )


def _base(ledger: Ledger, store: Store, past: Past, ring: Keyring | None) -> Fixed:
    model, parent = past.record.program, past.record.parent
    named = ledger.models.version(model, parent).manifest
    if named is None:
        raise NotARound(f"The chain does not say where version {parent} of model {model} lies.")
    if parent == 0:
        return get_seed(store, named)
    label = version_label(model, parent)
    artifact = get_manifest(store, named).result.artifact
    return get_lanes(store, artifact, ring.key(label) if ring else None, label)


def _receipt_keys(ledger: Ledger, manifest: Manifest, block: int) -> Mapping[Address, Address]:
    nodes = [entry.contribution.node for entry in manifest.entries]
    found = {node: ledger.nodes.receipt_key_at(node, block) for node in nodes}
    return {node: key for node, key in found.items() if key is not None}


def _records(ledger: Ledger, manifest: Manifest, program: int, block: int) -> Mapping[Digest, int]:
    """Return the counts of datasets that their nodes were enrolled with at a block."""
    counts: dict[Digest, int] = {}
    for entry in manifest.entries:
        node, id = entry.contribution.node, entry.contribution.dataset
        dataset = ledger.datasets.dataset(id)
        if dataset is None or dataset.owner != node or not ledger.datasets.active_at(id, block):
            continue
        if ledger.programs.enrolled_at(program, node, block) == id:
            counts[id] = dataset.count
    return counts
