"""
What can go wrong with stored bytes, as a tree:

* StoreError
  + NotStored             the store has nothing of that digest
  + DigestMismatch        what lies under a digest hashes to another one
  + TooLarge              more bytes than are read or written
  + StoreUnusable         the place cannot be read or written at all
  + KeyringError
    - KeyringDamaged      bytes that are no keyring
    - NotAReader          the keyring is not wrapped for this key
    - KeyMissing          the keyring has no key of that label
  + ModelFileError
    - NoModelFile         a file that is none of ours, or is not there
    - ModelFileDamaged    a header that is not as it was written
    - TensorsDamaged      tensors that are not those of the root that the file states
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import CommonrootError
from commonroot.protocol.hashing import Digest, to_hex


class StoreError(CommonrootError):
    """The base of what can go wrong with stored bytes."""


class NotStored(StoreError):
    """The store has nothing of that digest."""

    hint = "Ask whoever made it to put it there again, or name another store (COMMONROOT_STORE)."

    def __init__(self, digest: Digest, place: str) -> None:
        super().__init__(f"No artifact {to_hex(digest)} is in {place}.")
        self.digest, self.place = digest, place


class DigestMismatch(StoreError):
    """What lies under a digest hashes to another one: the bytes were changed."""

    hint = "Delete the file and fetch it again; whoever made it can put it there once more."

    def __init__(self, expected: Digest, found: Digest, place: str) -> None:
        super().__init__(
            f"The artifact {to_hex(expected)} in {place} was changed: it hashes to {to_hex(found)}."
        )
        self.expected, self.found, self.place = expected, found, place


class TooLarge(StoreError):
    """More bytes than are read or written."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} has more than {limit} bytes, the most that are taken.")
        self.what, self.limit = what, limit


class StoreUnusable(StoreError):
    """The place cannot be read or written at all."""

    hint = "Check the address, your rights there, and that it can be reached."

    def __init__(self, place: str, why: str, *, hint: str = "") -> None:
        super().__init__(f"The store {place} cannot be used: {why}.", hint=hint)
        self.place, self.why = place, why


class KeyringError(StoreError):
    """The keys of a round's artifacts cannot be had."""


class KeyringDamaged(KeyringError):
    """Bytes that are no keyring."""

    def __init__(self, why: str) -> None:
        super().__init__(f"These bytes are no keyring: {why}.")
        self.why = why


class NotAReader(KeyringError):
    """The keyring is not wrapped for this key."""

    hint = (
        "A round's keys go to the nodes that were enrolled in it; a version's to licence holders."
    )

    def __init__(self, public_key: bytes) -> None:
        super().__init__(f"The keyring is not for the holder of key {to_hex(public_key)}.")
        self.public_key = public_key


class KeyMissing(KeyringError):
    """The keyring has no key of that label."""

    def __init__(self, label: str) -> None:
        super().__init__(f"The keyring has no key for {label}.")
        self.label = label


class ModelFileError(StoreError):
    """A model file cannot be read as one."""


class NoModelFile(ModelFileError):
    """A file is not there, or cannot be read at all."""

    hint = "`commonroot model pull` writes model files."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read as a model file: {why}.")
        self.path, self.why = path, why


class ModelFileDamaged(ModelFileError):
    """A model file's header is not as it was written, or does not fit what follows it."""

    hint = "Pull the model again: what its tensors are can no longer be told from this file."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The header of {path} is damaged: {why}.")
        self.path, self.why = path, why


class TensorsDamaged(ModelFileError):
    """A model file's tensors are not those of the root that its own header states."""

    hint = "Pull the model again; `commonroot verify` says what the chain has."

    def __init__(self, path: Path, first: str) -> None:
        where = (
            f"{first} is damaged" if first else "its tensors are not those that its header names"
        )
        super().__init__(f"{path} cannot be used: {where}.")
        self.path, self.first = path, first


class NotTheVersion(ModelFileError):
    """Lanes were to be written as a version that they are not."""

    def __init__(self, expected: Digest, found: Digest) -> None:
        super().__init__(
            f"These lanes have the root {to_hex(found)}; the version's is {to_hex(expected)}."
        )
        self.expected, self.found = expected, found
