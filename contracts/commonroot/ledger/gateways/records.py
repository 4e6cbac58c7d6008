"""What the Programs contract holds, as values: each in the order of the contract's struct."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, final

from commonroot.ledger.gateways.absent import digest_or_none
from commonroot.protocol.hashing import ZERO, Address, Digest, keccak, to_address, word
from commonroot.protocol.payout import Branch
from commonroot.protocol.round import Close, Proposal
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
    finalized: int
    """How many rounds are final; also the number of the newest version."""
    ending: bool
    aggregator: Address
    token: Address
    spec: Digest
    budget: int
    """What no round has earned yet."""
    bond: int
    """The aggregator's whole bond."""
    locked: int
    """The part of the bond that answers for a round in progress."""

    @property
    def free_bond(self) -> int:
        """Return the part of the bond that no round has locked."""
        return self.bond - self.locked


@final
@dataclass(frozen=True, slots=True)
class Round:
    """A round's state, in its newest epoch."""

    stage: Stage
    epoch: int
    parent: int
    open_block: int
    opened_at: int
    close_block: int
    proposed_at: int
    close: Digest | None
    proposal: Digest | None
    seed: Digest | None
    """What the validation tasks are drawn from, once the contract read it."""
    payroll: Digest | None
    claimed: int

    def has_claimed(self, index: int) -> bool:
        """Say whether a payout was claimed."""
        return bool(self.claimed >> index & 1)


@final
@dataclass(frozen=True, slots=True)
class Payroll:
    """What a final round owes: the top of its sum tree."""

    root: Digest
    payout_sum: int
    shares_sum: int
    count: int

    @classmethod
    def of(cls, top: Branch, count: int) -> Payroll:
        """Return the payroll of a sum tree."""
        return cls(top.digest, top.payout, top.shares, count)

    def fields(self) -> tuple[int | bytes, ...]:
        """Return the struct as the contract takes it."""
        return self.root, self.payout_sum, self.shares_sum, self.count

    def digest(self) -> Digest:
        """Return the hash that the chain stores."""
        return keccak(self.root, word(self.payout_sum), word(self.shares_sum), word(self.count))


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
    sponsor, finalized, ending, aggregator, token, spec, *amounts = raw
    accounts = to_address(aggregator), to_address(token)
    return Program(to_address(sponsor), finalized, ending, *accounts, Digest(spec), *amounts)


def round_of(raw: Any) -> Round:
    """Return a round's state from the contract's struct."""
    digests = map(digest_or_none, raw[7:11])
    fields: tuple[Any, ...] = (Stage(raw[0]), *raw[1:7], *digests, raw[11])
    return Round(*fields)


def close_of(raw: Any) -> Close:
    """Return a close from the contract's struct."""
    return Close(*raw[:6], *map(Digest, raw[6:]))


def proposal_of(raw: Any) -> Proposal:
    """Return a proposal from the contract's struct."""
    roots = map(Digest, raw[2:6])
    fields: tuple[Any, ...] = (Digest(raw[0]), raw[1], *roots, *raw[6:8], Digest(raw[8]))
    return Proposal(*fields)


def payroll_of(raw: Any) -> Payroll:
    """Return a payroll from the contract's struct."""
    return Payroll(Digest(raw[0]), *raw[1:])
