"""
Holding a proposal to what it follows from: the first lie that can be proved is proved.

A proof is committed to, then sent in a later block: what it shows would else be anybody's, and the bounty
with it. Sent in time it voids the round and takes the aggregator's bond.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import CommonrootError
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.gateways.bonds import Forfeit, forfeit_key
from commonroot.ledger.gateways.records import Stage
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.sender import Sent
from commonroot.node.again import Past, artifacts, keyring, past_of
from commonroot.node.programs import require, spec_of
from commonroot.protocol.evidence import Challenge, first_evidence
from commonroot.protocol.hashing import Digest
from commonroot.protocol.replay import Mismatch
from commonroot.store.artifacts import Store


class NothingToChallenge(CommonrootError):
    """No proposal of a round waits to become final."""

    hint = "`commonroot round list` shows how far each round has come."

    def __init__(self, program: int, round: int) -> None:
        super().__init__(f"No proposal for round {round} of program {program} waits.")
        self.program, self.round = program, round


@final
@dataclass(frozen=True, slots=True)
class Lie:
    """Something of a proposal that does not hold, and the challenge that proves it."""

    mismatch: Mismatch
    challenge: Challenge


@final
@dataclass(frozen=True, slots=True)
class Refuted:
    """A proposal that was shown to be false."""

    lie: Lie
    forfeit: Forfeit
    proved: Sent


def waiting(ledger: Ledger, store: Store, program: int, round: int) -> Past:
    """Return the proposal of a round that waits to become final, as the chain recorded it."""
    require(ledger, program)
    for record in reversed(events.rounds(ledger, program)):
        if record.round == round and record.stage is Stage.PROPOSED:
            return past_of(ledger, store, record)
    raise NothingToChallenge(program, round)


def find_lie(ledger: Ledger, store: Store, past: Past, wallets: Sequence[Wallet]) -> Lie | None:
    """Return the first thing of a proposal that can be proved false; None where all holds."""
    ring = keyring(store, past, wallets)
    read = artifacts(ledger, store, past, ring)
    table = spec_of(ledger, store, past.record.program).table
    # What nobody else knows keeps others from guessing what was committed to.
    found = first_evidence(past.recorded, read, table, Digest(secrets.token_bytes(32)))
    return Lie(*found) if found else None


def refute(ledger: Ledger, past: Past, lie: Lie) -> Refuted:
    """Commit to a proof and send it; refused, with what is right after all, where it shows nothing."""
    proof = ledger.challenges.proof(lie.challenge)
    ledger.challenges.commit(proof)
    # Mined by now: whatever is sent from here on comes in a later block.
    proved = ledger.challenges.prove(proof)
    record = past.record
    forfeit = ledger.bonds.forfeit_of(forfeit_key(record.program, record.round, record.epoch))
    assert forfeit is not None  # the proof held, so the bond is forfeited
    return Refuted(lie, forfeit, proved)
