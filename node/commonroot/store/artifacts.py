"""The store: bytes under the digest that names them, the same that the chain or a manifest holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.protocol.hashing import Digest, keccak, to_hex
from commonroot.store.backends import Backend, backend
from commonroot.store.errors import DigestMismatch, NotStored, TooLarge

MOST_BYTES = 2**30


@final
@dataclass(frozen=True, slots=True)
class Store:
    """Artifacts in one place; what comes out of it has the digest that was asked for."""

    backend: Backend
    limit: int = MOST_BYTES
    """The most bytes of one artifact."""

    @classmethod
    def at(cls, url: str) -> Store:
        """Return the store at an address: a folder's path, or any that fsspec knows."""
        return cls(backend(url))

    @property
    def place(self) -> str:
        """Return where the store is, for people."""
        return self.backend.place

    def put(self, data: bytes) -> Digest:
        """Keep bytes and return their digest; the same bytes may be put again."""
        digest = keccak(data)
        if len(data) > self.limit:
            raise TooLarge(f"Artifact {to_hex(digest)}", self.limit)
        self.backend.write(_name(digest), data)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes of a digest, hashed again."""
        data = self.backend.read(_name(digest), self.limit + 1)
        if data is None:
            raise NotStored(digest, self.place)
        if len(data) > self.limit:
            raise TooLarge(f"Artifact {to_hex(digest)}", self.limit)
        found = keccak(data)
        if found != digest:
            raise DigestMismatch(digest, found, self.place)
        return data

    def has(self, digest: Digest) -> bool:
        """Say whether something lies under a digest; only `get` says whether it is the right thing."""
        return self.backend.has(_name(digest))


def _name(digest: Digest) -> str:
    # Folders by prefix: a hundred thousand files in one folder are slow everywhere.
    return f"{digest.hex()[:2]}/{digest.hex()}"
