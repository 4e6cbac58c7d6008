"""
Where a version comes from: rounds, contributors, their datasets and payouts, spec, parent and licences.

The chain answers most of it. Who contributed what stands in each round's manifest, in the store; where the
store lacks one, its round says so and names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger import events
from commonroot.ledger.events import OfferRecord, ProgramRecord, RoundRecord
from commonroot.ledger.gateways.datasets import Dataset
from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.gateways.models import Place
from commonroot.ledger.ledger import Ledger
from commonroot.node.finding import Found
from commonroot.node.programs import spec_of
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.manifest import Absence, Manifest
from commonroot.protocol.payout import Payout
from commonroot.protocol.spec import Spec
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotStored
from commonroot.store.versions import get_manifest


@final
@dataclass(frozen=True, slots=True)
class Contributor:
    """One contribution to one round."""

    node: Address
    dataset: Digest
    claims: Dataset | None
    """What the chain says of the dataset."""
    weight: int
    paid: Payout
    claimed: bool


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One round on the way to the version."""

    record: RoundRecord
    root: Digest
    """The root of the version that it made."""
    contributors: tuple[Contributor, ...] | None
    """None where the store lacks the round's manifest."""
    absent: tuple[Absence, ...]


@final
@dataclass(frozen=True, slots=True)
class Terms:
    """A licence that is, or was, on offer, and how often it was sold."""

    offer: OfferRecord
    open: bool
    sold: int


@final
@dataclass(frozen=True, slots=True)
class Lineage:
    """A version's whole descent."""

    model: int
    version: int
    root: Digest
    owner: Address
    program: ProgramRecord
    spec: Spec | None
    """None where the store lacks it."""
    steps: tuple[Step, ...]
    offers: tuple[Terms, ...]
    elsewhere: tuple[Place, ...]
    """Other models in which the same root stands."""
    parent: Lineage | None


def lineage(ledger: Ledger, store: Store, found: Found) -> Lineage:
    """Return where a version comes from, back to the first ancestor."""
    model, version = found.model, found.version
    root = ledger.models.root(model, version)
    parent = ledger.models.parent_of(model)
    return Lineage(
        model=model,
        version=version,
        root=root,
        owner=ledger.models.owner_of(model),
        program=next(each for each in events.programs(ledger) if each.program == model),
        spec=_spec(ledger, store, model),
        steps=tuple(_steps(ledger, store, model, version)),
        offers=tuple(_offers(ledger, model)),
        elsewhere=tuple(
            place for place in ledger.models.places_of(root) if place != Place(model, version)
        ),
        # A child starts from an ended program, whose head no longer moves.
        parent=lineage(ledger, store, Found(parent, ledger.models.head(parent)))
        if parent
        else None,
    )


def _steps(ledger: Ledger, store: Store, model: int, version: int) -> list[Step]:
    made = [
        record
        for record in events.rounds(ledger, model)
        if record.version is not None and record.version <= version
    ]
    return [step(ledger, store, record) for record in made]


def step(ledger: Ledger, store: Store, record: RoundRecord) -> Step:
    """Return a final round with who contributed to it."""
    assert record.version is not None
    assert record.proposal is not None
    root = ledger.models.root(record.program, record.version)
    try:
        manifest = get_manifest(store, record.proposal.manifest)
    except NotStored:
        return Step(record, root, None, ())
    return Step(record, root, tuple(_contributors(ledger, record, manifest)), manifest.absent)


def _contributors(ledger: Ledger, record: RoundRecord, manifest: Manifest) -> list[Contributor]:
    state = ledger.programs.round(record.program, record.round)
    return [
        Contributor(
            node=entry.contribution.node,
            dataset=entry.contribution.dataset,
            claims=ledger.datasets.dataset(entry.contribution.dataset),
            weight=entry.contribution.weight,
            paid=paid,
            claimed=state.has_claimed(index),
        )
        for index, (entry, paid) in enumerate(zip(manifest.entries, manifest.payouts, strict=True))
    ]


def _offers(ledger: Ledger, model: int) -> list[Terms]:
    kept = (PurchaseStage.PAID, PurchaseStage.DELIVERED, PurchaseStage.ACCEPTED)
    sales = [each.offer for each in events.purchases(ledger) if each.stage in kept]
    owner = ledger.models.owner_of(model)
    terms = []
    for offer in events.offers(ledger, model):
        now = ledger.licences.offer(offer.offer)
        open_now = now is not None and not now.retracted and now.seller == owner
        terms.append(Terms(offer, open_now, sales.count(offer.offer)))
    return terms


def _spec(ledger: Ledger, store: Store, model: int) -> Spec | None:
    try:
        return spec_of(ledger, store, model)
    except NotStored:
        return None
