"""The engine's parts, from what a run's settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commonroot.aggregator.archive import Archive
from commonroot.aggregator.checkpoint import Checkpoint
from commonroot.aggregator.engine import Parts
from commonroot.aggregator.events import Events
from commonroot.aggregator.gather import Door
from commonroot.aggregator.mailbox import Mailbox
from commonroot.aggregator.rounds import Rounds
from commonroot.aggregator.settings import RunSettings
from commonroot.aggregator.validation import slope_of
from commonroot.base.errors import UsageError
from commonroot.base.flower_private import Control
from commonroot.keys.agent import AgentSigner
from commonroot.keys.certificates import fingerprint
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.fixed import LANES
from commonroot.protocol.spec import parse
from commonroot.store.artifacts import Store

_BESIDE = 2**16  # bytes of a reply that are not its delta


def assemble(settings: RunSettings, program: int, grid: Any) -> Parts:
    """Return the engine's parts."""
    if program != settings.program:
        raise UsageError(f"This aggregator runs program {settings.program}, not {program}.")
    spec = parse(Path(settings.spec).read_bytes())
    signer = AgentSigner(Path(settings.agent))
    ledger = Ledger.of_file(settings.rpc, Path(settings.book), signer)
    certificate = Path(settings.certificate).read_bytes()
    control = Control(settings.endpoint, certificate)
    store, folder = Store.at(settings.store), Path(settings.folder)
    return Parts(
        spec=spec,
        rounds=Rounds(ledger, program, settings.confirmations),
        archive=Archive(store, Checkpoint(folder), spec.rules.visibility),
        events=Events(folder / "events.jsonl"),
        post=Mailbox(grid, control, spec.rules.chunks() * LANES * 4 + _BESIDE),
        signer=signer,
        slope=slope_of(spec, store),
        door=Door(settings.endpoint, fingerprint(certificate)),
        readers=tuple(bytes.fromhex(each.removeprefix("0x")) for each in settings.readers),
    )
