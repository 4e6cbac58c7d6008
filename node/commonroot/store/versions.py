"""
Versions as the store holds them.

What the chain names beside a version's root leads to its bytes: for version 0, which no round made and
nobody seals, the digest of its lanes; for every other the digest of its round's manifest.
"""

from __future__ import annotations

from commonroot.protocol import fixed, manifest
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest
from commonroot.protocol.manifest import Manifest
from commonroot.store.artifacts import Store
from commonroot.store.sealed import get_sealed


def put_seed(store: Store, lanes: Fixed) -> Digest:
    """Keep version 0, open to all, and return what the chain is told of it."""
    return store.put(fixed.to_bytes(lanes))


def get_seed(store: Store, digest: Digest) -> Fixed:
    """Return the lanes of version 0."""
    return fixed.from_bytes(store.get(digest))


def get_manifest(store: Store, digest: Digest) -> Manifest:
    """Return the manifest of the round that made a version."""
    return manifest.parse(store.get(digest))


def get_lanes(store: Store, artifact: Digest, key: bytes | None, label: str) -> Fixed:
    """Return a vector of a round; in an open program nothing is sealed and there is no key."""
    data = store.get(artifact) if key is None else get_sealed(store, key, artifact, label)
    return fixed.from_bytes(data)
