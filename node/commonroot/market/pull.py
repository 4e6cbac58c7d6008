"""A licensed version becomes a model file, after its bytes were checked against the chain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.ledger.gateways.licences import PurchaseStage
from commonroot.ledger.ledger import Ledger
from commonroot.market.buy import accept, content_key, held
from commonroot.market.errors import NotDelivered, NotLicensed
from commonroot.protocol import spec as specs
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest
from commonroot.protocol.rules import Visibility
from commonroot.protocol.spec import Spec
from commonroot.store import modelfile
from commonroot.store.artifacts import Store
from commonroot.store.modelfile import ModelFile, Origin
from commonroot.store.sealed import version_label
from commonroot.store.versions import get_lanes, get_manifest, get_seed


@final
@dataclass(frozen=True, slots=True)
class Pulled:
    """A model file that is the version it says it is."""

    path: Path
    model: int
    version: int
    root: Digest
    purchase: int | None
    """The licence it was opened with; None where everybody may read it."""


def pull(ledger: Ledger, store: Store, keys: Path, model: int, path: Path) -> Pulled:
    """
    Write the version that the ledger's account has licensed to a file, and make the sale final.

    Only the key can be disputed, and it has proved right by then.
    """
    purchase, version = _licence(ledger, model)
    write(ledger, store, path, model, version, content_key(ledger, keys, purchase))
    accept(ledger, purchase)
    root = ledger.models.root(model, version)
    return Pulled(path, model, version, root, purchase)


def pull_open(ledger: Ledger, store: Store, model: int, version: int, path: Path) -> Pulled:
    """Write a version that is open to all to a file: any of an open program, or version 0."""
    write(ledger, store, path, model, version, None)
    return Pulled(path, model, version, ledger.models.root(model, version), None)


def is_open(ledger: Ledger, model: int, version: int) -> bool:
    """Say whether everybody may read a version."""
    return version == 0 or ledger.programs.rules(model).visibility is Visibility.OPEN


def write(
    ledger: Ledger, store: Store, path: Path, model: int, version: int, key: bytes | None
) -> None:
    """Write a version to a file; refuse bytes that do not have the root on chain."""
    on_chain = ledger.models.version(model, version)
    origin = Origin(
        chain_id=ledger.book.chain_id,
        genesis=ledger.book.genesis,
        models=ledger.book.models,
        model=model,
        version=version,
        root=on_chain.root,
    )
    lanes = _lanes(store, model, version, on_chain.manifest, key)
    modelfile.write(path, ModelFile.of(origin, _spec(ledger, store, model), lanes))


def _lanes(
    store: Store, model: int, version: int, named: Digest | None, key: bytes | None
) -> Fixed:
    if named is None:
        raise NotLicensed("Nobody", f"version {version} of model {model}: it has no manifest")
    if version == 0:
        return get_seed(store, named)
    artifact = get_manifest(store, named).result.artifact
    return get_lanes(store, artifact, key, version_label(model, version))


def _licence(ledger: Ledger, model: int) -> tuple[int, int]:
    """Return the account's newest licence to a model, and the version that it is for."""
    valid = ledger.licences.licensed(model, ledger.account)
    if valid:
        return valid[-1].purchase, valid[-1].version
    for licence in held(ledger, ledger.account):
        if licence.quote.terms.model == model and licence.state.stage is PurchaseStage.PAID:
            raise NotDelivered(licence.purchase)
    raise NotLicensed(ledger.account, f"model {model}")


def _spec(ledger: Ledger, store: Store, model: int) -> Spec:
    state = ledger.programs.program(model)
    spec = specs.parse(store.get(state.spec))
    spec.require(state.spec, ledger.programs.rules(model))
    return spec
