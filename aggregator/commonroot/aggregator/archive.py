"""
A round's artifacts: into the store, sealed where the program is its members' alone.

Every artifact has a key of its own. The round's keys go to those who contributed, the sponsor and the
aggregator; the new version's key is kept here as well, since a licence sells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from commonroot.aggregator.checkpoint import Checkpoint, Kept
from commonroot.base.errors import CommonrootError
from commonroot.keys.delivery import key_hash
from commonroot.keys.sealing import new_key
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import ZERO, Digest
from commonroot.protocol.manifest import Vector
from commonroot.protocol.round import Close
from commonroot.protocol.rules import Visibility
from commonroot.store.artifacts import Store
from commonroot.store.sealed import (
    Keyring,
    delta_label,
    gradient_label,
    put_sealed,
    version_label,
)
from commonroot.store.versions import get_lanes, get_manifest


class BaseUnreadable(CommonrootError):
    """The version that a round starts from cannot be read."""

    hint = "Bring the aggregator's folder and the store of the rounds before."


@final
@dataclass(frozen=True, slots=True)
class Filed:
    """Where a round's artifacts lie."""

    result: Vector
    gradient: Vector
    deltas: tuple[Digest, ...]
    key_hash: Digest
    keyring: Digest


@final
@dataclass(frozen=True, slots=True)
class Archive:
    """The store as one program's aggregator uses it."""

    store: Store
    checkpoint: Checkpoint
    visibility: Visibility

    def file(
        self,
        close: Close,
        kept: Iterable[Kept],
        vectors: Mapping[str, tuple[Fixed, Digest]],
        base_key: bytes | None,
        readers: Iterable[bytes],
    ) -> Filed:
        """Put a round's `result`, `gradient` and deltas into the store; return where they are."""
        (result, result_root), (gradient, gradient_root) = vectors["result"], vectors["gradient"]
        program, round, epoch = close.program, close.round, close.epoch
        shelf = _Shelf(self.store, self.visibility is Visibility.OPEN, {})
        label = version_label(program, round)
        result_at = shelf.put(result, label, self._version_key(round, epoch))
        gradient_at = shelf.put(gradient, gradient_label(program, round, epoch), new_key())
        deltas_at = tuple(
            shelf.put(
                each.accepted.delta,
                delta_label(program, round, epoch, each.accepted.member.node),
                new_key(),
            )
            for each in kept
        )
        return Filed(
            Vector(result_root, result_at),
            Vector(gradient_root, gradient_at),
            deltas_at,
            *self._close_shelf(shelf, close, base_key, readers),
        )

    def place(self, version: int, root: Digest, named: Digest | None) -> Vector:
        """Return where a version lies, given its root on chain and what the chain names beside it."""
        if named is None:
            raise BaseUnreadable(f"The chain does not say where version {version} lies.")
        # A seed has no round that made it: there the chain names the stored bytes themselves.
        return Vector(root, named) if version == 0 else get_manifest(self.store, named).result

    def key_of(self, version: int, epoch: int) -> bytes | None:
        """Return the key that seals a version; None where nothing does."""
        if version == 0 or self.visibility is Visibility.OPEN:
            return None
        key = self.checkpoint.key(version, epoch)
        if key is None:
            folder = self.checkpoint.folder
            raise BaseUnreadable(f"The key of version {version} is not in {folder}.")
        return key

    def read(self, program: int, version: int, vector: Vector, key: bytes | None) -> Fixed:
        """Return a version that this aggregator, or the sponsor, put into the store."""
        lanes = get_lanes(self.store, vector.artifact, key, version_label(program, version))
        if tree.vector_root(lanes) != vector.root:
            raise BaseUnreadable(f"Version {version} in the store is not the one on chain.")
        return lanes

    def _version_key(self, version: int, epoch: int) -> bytes:
        # Kept before it seals anything: a key that is lost makes a version unsellable.
        return self.checkpoint.keep_key(version, epoch, new_key())

    def _close_shelf(
        self, shelf: _Shelf, close: Close, base_key: bytes | None, readers: Iterable[bytes]
    ) -> tuple[Digest, Digest]:
        """Return the new version's key hash and the keyring's place; zeros for an open program."""
        if shelf.open:
            return ZERO, ZERO
        key = shelf.keys[version_label(close.program, close.round)]
        if base_key is not None:  # version 0 is in the open
            shelf.keys[version_label(close.program, close.parent)] = base_key
        return key_hash(key), self.store.put(Keyring(shelf.keys).wrapped(readers))


@final
@dataclass(frozen=True, slots=True)
class _Shelf:
    """Artifacts going into the store, and the keys that they were sealed with."""

    store: Store
    open: bool
    keys: dict[str, bytes]

    def put(self, lanes: Fixed, label: str, key: bytes) -> Digest:
        data = fixed.to_bytes(lanes)
        if self.open:
            return self.store.put(data)
        self.keys[label] = key
        return put_sealed(self.store, key, data, label)
