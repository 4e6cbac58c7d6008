"""What an aggregator's run is about, as its supervisor writes it and its app reads it: no secrets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import final

from commonroot.base.documents import load_json
from commonroot.base.errors import SettingsError
from commonroot.base.files import write_whole

WHERE = "COMMONROOT_AGGREGATOR"
"""The environment variable that names the file."""


@final
@dataclass(frozen=True, slots=True)
class RunSettings:
    """One aggregator's run of one program."""

    rpc: str
    book: str
    """The file with the contracts' addresses."""
    store: str
    program: int
    spec: str
    """The file with the program's spec."""
    folder: str
    """Where the aggregator keeps what it must not forget."""
    agent: str
    """The socket of the process that signs."""
    endpoint: str
    """Where nodes reach the SuperLink."""
    certificate: str
    """The file with the SuperLink's certificate."""
    confirmations: int
    """Blocks that are waited for before something is built on one."""
    readers: tuple[str, ...]
    """Public keys, in hexadecimal, that may read every round: the aggregator's and the sponsor's."""

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
            return cls(**{**found, "readers": tuple(found["readers"])})
        except (OSError, ValueError, TypeError) as exc:
            raise SettingsError(f"{path} cannot be read: {exc}.") from exc
