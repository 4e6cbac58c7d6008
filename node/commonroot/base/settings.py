"""
Where a person keeps their side of Commonroot, and what they chose there.

A home is a folder (`--home`, `COMMONROOT_HOME`, else `.commonroot`):

    settings.json    the choices below
    book.json        the contracts' addresses, per chain
    wallets/         encrypted keys, a file each
    store/           artifacts, unless `store` names another place
    chain/           the dev chain's journal, where one is kept here
    node/ aggregator/ keys/   what those parts must not forget
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, final

from commonroot.base.documents import load_json
from commonroot.base.errors import SettingsError
from commonroot.base.files import write_whole

KEPT = "kept"
"""As an RPC address: the dev chain whose journal lies in the home, started for as long as needed.

`kept:FOLDER` names the journal of another home on this machine, seen from the home's own folder.
"""


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """A home and its choices, read once at the edge and passed down."""

    home: Path
    rpc: str = "http://127.0.0.1:8545"
    """The chain's JSON-RPC address; several, with commas, where one may fail."""
    store: str = "store"
    """Where artifacts lie: a folder (relative to the home) or any fsspec address."""
    wallet: str = "default"
    """The wallet that acts where none is named."""

    @classmethod
    def read(cls, home: Path | None = None, **chosen: str | None) -> Settings:
        """Return the settings of a home; what is chosen here or in the environment comes first."""
        folder = home or Path(os.environ.get("COMMONROOT_HOME") or ".commonroot")
        kept = _kept(folder / "settings.json")
        for name in ("rpc", "store", "wallet"):
            given = chosen.get(name) or os.environ.get(f"COMMONROOT_{name.upper()}")
            if given:
                kept[name] = given
        return cls(home=folder.resolve(), **kept)

    def write(self) -> None:
        """Keep the choices in the home."""
        choices = {name: value for name, value in asdict(self).items() if name != "home"}
        text = json.dumps(choices, indent=2, sort_keys=True) + "\n"
        write_whole(self.home / "settings.json", text.encode())

    def at(self, home: Path) -> Settings:
        """Return the same choices for another home."""
        return replace(self, home=home)

    @property
    def store_url(self) -> str:
        """Return where artifacts lie, whole."""
        return self.store if "://" in self.store else str((self.home / self.store).resolve())

    @property
    def keeps_chain(self) -> bool:
        """Say whether the chain is a dev chain that is started when it is needed."""
        return self.rpc == KEPT or self.rpc.startswith(f"{KEPT}:")

    @property
    def chain_folder(self) -> Path:
        """Return where a kept dev chain has its journal."""
        elsewhere = (
            self.rpc.removeprefix(f"{KEPT}:") if self.rpc.startswith(f"{KEPT}:") else "chain"
        )
        return (self.home / elsewhere).resolve()


def _kept(path: Path) -> dict[str, Any]:
    try:
        kept = load_json(path.read_bytes()) if path.exists() else {}
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise SettingsError(f"{path} cannot be read: {why}.", hint="Mend it or delete it.") from exc
    wrong = not isinstance(kept, dict) or set(kept) - {"rpc", "store", "wallet"}
    if wrong or not all(isinstance(value, str) for value in kept.values()):
        raise SettingsError(
            f"{path} holds settings this version does not know.", hint="Mend it or delete it."
        )
    return kept
