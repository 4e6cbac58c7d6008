"""
What a node keeps of a dataset that it commits to, in a folder of its home:

    node/datasets/NAME/
        characters.npz   the records as they were when their root was taken
        salt.secret      what salts them: whoever has it can test guesses against the root
        dataset.json     name, source, root and count; written last, so it is there or nothing is
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.protocol.hashing import Address, Digest, address_bytes, keccak, to_digest, to_hex
from commonroot.protocol.records import commit
from commonroot.tasks.errors import FileCorrupt, FileMissing

if TYPE_CHECKING:  # characters bring torch along, and who only asks for a root has no use for it
    from commonroot.tasks.characters import CharacterSet


@final
@dataclass(frozen=True, slots=True)
class Owned:
    """A dataset in somebody's home, and what the chain is told of it."""

    folder: Path
    source: str
    root: Digest
    count: int

    @property
    def name(self) -> str:
        """Return what its owner calls it."""
        return self.folder.name

    def id_for(self, owner: Address) -> Digest:
        """Return the id under which the chain knows it: keccak(abi.encode(owner, root))."""
        return keccak(bytes(12), address_bytes(owner), self.root)

    def characters(self) -> CharacterSet:
        """Read the records that the root is over."""
        from commonroot.tasks.characters import CharacterSet

        return CharacterSet.load(self.folder / "characters.npz")

    @classmethod
    def keep(cls, folder: Path, characters: CharacterSet, source: str) -> Owned:
        """Commit to some characters with a fresh salt, and keep what that takes."""
        secret = secrets.token_bytes(32)
        root, count = commit(secret, characters.records())
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / "salt.secret", secret, mode=0o600)
        characters.save(folder / "characters.npz")
        said = {"source": source, "root": to_hex(root), "count": count}
        text = json.dumps(said, indent=2, sort_keys=True) + "\n"
        write_whole(folder / "dataset.json", text.encode())
        return cls(folder, source, root, count)

    @classmethod
    def read(cls, folder: Path) -> Owned:
        """Read what `keep` wrote."""
        path = folder / "dataset.json"
        try:
            said = load_json(path.read_bytes())
            return cls(folder, str(said["source"]), to_digest(said["root"]), int(said["count"]))
        except FileNotFoundError as exc:
            raise FileMissing(
                path, hint="`commonroot dataset list` shows those there are."
            ) from exc
        except (OSError, ValueError, KeyError, TypeError, OverflowError, ProtocolError) as exc:
            raise FileCorrupt(path, str(exc)) from exc


def datasets(home: Path) -> Path:
    """Return the folder of a home's datasets."""
    return home / "node" / "datasets"


def owned(home: Path) -> list[Owned]:
    """Return all datasets of a home, by name."""
    kept = sorted(datasets(home).glob("*/dataset.json"))
    return [Owned.read(path.parent) for path in kept]
