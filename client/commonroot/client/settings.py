"""What a node's run is about, as its supervisor writes it and its app reads it: no secrets are in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import final

from commonroot.base.documents import load_json
from commonroot.base.files import write_whole
from commonroot.client.errors import SettingsDamaged
from commonroot.protocol.hashing import Address, Digest, to_digest
from commonroot.protocol.receipt import Domain


@final
@dataclass(frozen=True, slots=True)
class RunSettings:
    """One node's part in one program."""

    rpc: str
    chain_id: int
    programs: Address
    models: Address
    program: int
    account: Address
    aggregator: Address
    dataset: str
    """The dataset's id on chain, in hexadecimal."""
    records: str
    """The folder with the dataset's records."""
    weight: int
    spec: str
    """The file with the program's spec."""
    memory: str
    """The folder in which the node keeps its deltas, receipts and acks."""
    agent: str
    """The socket of the process that holds the receipt key."""
    rehearsal: str = ""
    """`module:function:round` that spoils one delta, on a dev chain only."""

    @property
    def domain(self) -> Domain:
        """Return where the node's signatures count."""
        return Domain(self.chain_id, self.programs)

    @property
    def dataset_id(self) -> Digest:
        """Return the dataset's id as bytes."""
        return to_digest(self.dataset)

    def write(self, path: Path) -> None:
        """Put the settings into a file."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"
        write_whole(path, text.encode(), mode=0o600)

    @classmethod
    def read(cls, path: Path) -> RunSettings:
        """Return the settings in a file."""
        try:
            found = load_json(path.read_bytes())
            if {field.name for field in fields(cls)} != set(found):
                raise ValueError("it has other fields than this version knows")
            return cls(**found)
        except (OSError, ValueError, TypeError) as exc:
            raise SettingsDamaged(f"{path} cannot be read: {exc}.") from exc
