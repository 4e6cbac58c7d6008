"""
Manifests that a home keeps for itself.

What a round owes its nodes follows from its manifest. A node that has a copy depends on nobody's store
for its reward, and a copy needs no trust: the chain has its digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.files import write_whole
from commonroot.protocol import manifest as manifests
from commonroot.protocol.hashing import Digest, keccak
from commonroot.protocol.manifest import Manifest
from commonroot.store.artifacts import Store


@final
@dataclass(frozen=True, slots=True)
class Shelf:
    """The manifests in a folder, a file each, named by digest."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> Shelf:
        """Return a home's shelf."""
        return cls(home / "node" / "manifests")

    def keep(self, store: Store, digest: Digest) -> None:
        """Copy a manifest from a store, unless there is a copy."""
        if self.get(digest) is None:
            text = store.get(digest)
            manifests.parse(text)
            write_whole(self._path(digest), text)

    def get(self, digest: Digest) -> bytes | None:
        """Return a copy; None where there is none, or not a true one any more."""
        path = self._path(digest)
        text = path.read_bytes() if path.exists() else b""
        return text if text and keccak(text) == digest else None

    def manifest(self, store: Store, digest: Digest) -> Manifest:
        """Return a manifest from whoever has it: this home itself comes before the store."""
        kept = self.get(digest)
        return manifests.parse(store.get(digest) if kept is None else kept)

    def _path(self, digest: Digest) -> Path:
        return self.folder / f"{digest.hex()}.json"
