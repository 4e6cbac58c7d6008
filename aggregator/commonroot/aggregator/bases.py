"""The version that a round starts from: final, or proposed by this aggregator and still waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.aggregator.archive import Archive, BaseUnreadable
from commonroot.aggregator.checkpoint import remembered
from commonroot.aggregator.rounds import Rounds
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Digest
from commonroot.protocol.manifest import Vector
from commonroot.store.errors import StoreError


@final
@dataclass(frozen=True, slots=True)
class Base:
    """A version's numbers, where they lie, and what seals them there."""

    lanes: Fixed
    at: Vector
    key: bytes | None
    """None where nothing is sealed."""


@final
@dataclass(frozen=True, slots=True)
class Bases:
    """Where versions to start from are found."""

    rounds: Rounds
    archive: Archive

    def of(self, version: int) -> Base:
        """Return a version that a round starts from."""
        epoch = self.rounds.round(version).epoch if version else 0
        key = self.archive.key_of(version, epoch)
        at = self.archive.place(version, *self._named(version))
        return Base(self.archive.read(self.rounds.program, version, at, key), at, key)

    def readable(self, version: int) -> bool:
        """Say whether a version can be read from here."""
        try:
            self.of(version)
        except (BaseUnreadable, StoreError):
            return False
        return True

    def _named(self, version: int) -> tuple[Digest, Digest | None]:
        """Return a version's root and manifest, as the chain has them or will have them."""
        state = self.rounds.round(version) if version else None
        if state is None or state.stage is Stage.FINALIZED:
            return self.rounds.version(version)
        memory = self.archive.checkpoint.epoch(version, state.epoch)
        proposal = remembered(memory.proposal())
        return proposal.result_root, proposal.manifest
