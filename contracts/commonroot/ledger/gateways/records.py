"""What the Programs contract holds, as values: each in the order of the contract's struct."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, final

from commonroot.ledger.gateways.absent import digest_or_none
from commonroot.protocol.hashing import ZERO, Address, Digest, to_address
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting


class Stage(IntEnum):
    """How far a round has come."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    PROPOSED = 3
    FINALIZED = 4


@final
@dataclass(frozen=True, slots=True)
class Charter:
    """What a program is, beside its rules."""

    spec: Digest
    """The digest of the whole spec as canonical JSON."""
    token: Address
    """What budget, bonds and licences are paid in."""
    aggregator: Address
    seed: Digest
    """The root of version 0."""
    manifest: Digest = ZERO
    """The digest of version 0's manifest, if there is one."""
    parent: int = 0
    """The model it grows from; zero for none."""
    royalty: int = 0
    """Basis points of its children's licence income that its model asks."""
    uri: str = ""
    """Where spec and card can be fetched."""

    def fields(self) -> tuple[int | str | bytes, ...]:
        """Return the struct as the contract takes it."""
        return (
            self.spec,
            self.token,
            self.aggregator,
            self.seed,
            self.manifest,
            self.parent,
            self.royalty,
            self.uri,
        )


@final
@dataclass(frozen=True, slots=True)
class Program:
    """A program's state."""

    sponsor: Address
    ending: bool
    tenure: int
    """How many rounds were final when the present aggregator came."""
    aggregator: Address
    tip: int
    """The newest round in progress; the newest final one where there is none."""
    finalized: int
    """How many rounds are final; also the number of the newest version."""
    due: int
    """Until when the aggregator has the floor, if nothing moves before."""
    anchor_block: int
    """The block before the one whose hash samples the next rounds' nodes; zero if there is none."""
    anchor_seats: int
    anchor_live: int
    token: Address
    spec: Digest
    budget: int
    """What no round has earned yet."""
    shares: int
    """How many shares of the model its rounds gave out."""


@final
@dataclass(frozen=True, slots=True)
class Round:
    """A round's state, in its newest epoch."""

    stage: Stage
    epoch: int
    opened_at: int
    proposed_at: int
    close_block: int
    places: int
    """How many seats were asked."""
    count: int
    """How many contributions were closed over."""
    commitment: Digest | None
    """
    The hash of the opening while the round is open, of the close until it is final; after that a number
    of the licences'.
    """
    proposal: Digest | None
    seed: Digest | None
    """What the validation tasks are drawn from, once the contract kept it."""
    unclaimed: int
    """One bit for each payout of a final round that is still to be claimed."""

    def has_claimed(self, index: int) -> bool:
        """Say whether a payout was claimed."""
        return self.stage is Stage.FINALIZED and not self.unclaimed >> index & 1


def rules_of(raw: Any) -> Rules:
    """Return rules from the contract's struct."""
    kinds = Aggregation(raw[0]), Weighting(raw[1]), Visibility(raw[2])
    fields: tuple[Any, ...] = (*kinds, *raw[3:-1], Digest(raw[-1]))
    return Rules(*fields)


def charter_of(raw: Any) -> Charter:
    """Return a charter from the contract's struct."""
    spec, token, aggregator, seed, manifest, parent, royalty, uri = raw
    accounts = to_address(token), to_address(aggregator)
    return Charter(Digest(spec), *accounts, Digest(seed), Digest(manifest), parent, royalty, uri)


def program_of(raw: Any) -> Program:
    """Return a program's state from the contract's struct."""
    sponsor, ending, tenure, aggregator, *numbers, token, spec, budget, shares = raw
    fields: tuple[Any, ...] = (
        to_address(sponsor),
        ending,
        tenure,
        to_address(aggregator),
        *numbers,
        to_address(token),
        Digest(spec),
        budget,
        shares,
    )
    return Program(*fields)


def round_of(raw: Any) -> Round:
    """Return a round's state from the contract's struct."""
    fields: tuple[Any, ...] = (Stage(raw[0]), *raw[1:7], *map(digest_or_none, raw[7:10]), raw[10])
    return Round(*fields)


def opening_of(raw: Any) -> Opening:
    """Return an opening from the contract's struct."""
    *numbers, aggregator, block, anchor, seats, places, sample = raw
    place = to_address(aggregator), block, anchor, seats, places, Digest(sample)
    fields: tuple[Any, ...] = (*numbers, *place)
    return Opening(*fields)


def close_of(raw: Any) -> Close:
    """Return a close from the contract's struct."""
    fields: tuple[Any, ...] = (*opening_of(raw[:10]).fields(), raw[10], *map(Digest, raw[11:]))
    return Close(*fields)


def proposal_of(raw: Any) -> Proposal:
    """Return a proposal from the contract's struct."""
    close, seed, chunks, count, *roots, payout_sum, shares_sum, manifest = raw
    hashed = Digest(close), Digest(seed), chunks, count, *map(Digest, roots)
    fields: tuple[Any, ...] = (*hashed, payout_sum, shares_sum, Digest(manifest))
    return Proposal(*fields)
