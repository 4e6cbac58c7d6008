"""From a key to a model file: fetch what is sealed, open it, hold it against the chain, write it."""

from __future__ import annotations

from pathlib import Path

from commonroot.keys.places import licence_keys
from commonroot.ledger.ledger import Ledger
from commonroot.market.buy import content_key_path
from commonroot.market.errors import NoLicence
from commonroot.market.offers import manifest_of
from commonroot.protocol import spec as specs
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import ZERO, Address, Digest
from commonroot.protocol.spec import Spec
from commonroot.store.artifacts import Store
from commonroot.store.modelfile import ModelFile, Origin
from commonroot.store.sealed import version_label
from commonroot.store.versions import get_lanes, get_seed


def pull(ledger: Ledger, store: Store, model: int, version: int, key: bytes | None) -> ModelFile:
    """Return a version as its licensee holds it; raise unless it is the version on chain."""
    on_chain = ledger.models.version(model, version)
    if version == 0:
        lanes = get_seed(store, on_chain.manifest or Digest(ZERO))
    else:
        lanes = _sealed(ledger, store, model, version, key)
    origin = Origin(
        chain_id=ledger.book.chain_id,
        genesis=ledger.book.genesis,
        models=ledger.book.models,
        model=model,
        version=version,
        root=on_chain.root,
    )
    return ModelFile.of(origin, spec_of(ledger, store, model), lanes)


def spec_of(ledger: Ledger, store: Store, model: int) -> Spec:
    """Return a model's spec; raise unless it is the one that the chain names."""
    program = ledger.programs.program(model)
    spec = specs.parse(store.get(program.spec))
    spec.require(program.spec, ledger.programs.rules(model))
    return spec


def licensed_key(
    ledger: Ledger, home: Path, wallet: str, account: Address, model: int, version: int
) -> bytes:
    """Return the content key that a wallet's licence to a version brought it."""
    keys = licence_keys(home, wallet)
    held = [each for each in ledger.licences.licensed(model, account) if each.version == version]
    for licence in held:
        path = content_key_path(keys, licence.purchase)
        if path.exists():
            return bytes.fromhex(path.read_text())
    raise NoLicence(model, version, account)


def _sealed(ledger: Ledger, store: Store, model: int, version: int, key: bytes | None) -> Fixed:
    manifest = manifest_of(ledger, store, model, version)
    return get_lanes(store, manifest.result.artifact, key, version_label(model, version))
