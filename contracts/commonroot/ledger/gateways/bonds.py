"""Aggregators' bonds, and what becomes of them when a round ends badly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import address_or_none
from commonroot.ledger.gateways.token import Permit
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest, keccak, word


class Fault(IntEnum):
    """Why a bond was forfeited."""

    NONE = 0
    SILENT = 1
    """Nothing was proposed in time, or a round below it was false."""
    FALSE = 2
    """The proposal was shown to be wrong."""
    SETTLED = 3
    """Nothing of it is left."""


@final
@dataclass(frozen=True, slots=True)
class Bond:
    """What an account has put up in a program."""

    total: int
    locked: int
    """The part that answers for rounds in progress."""

    @property
    def free(self) -> int:
        """Return the part that can be withdrawn, or put behind a round."""
        return self.total - self.locked


@final
@dataclass(frozen=True, slots=True)
class Forfeit:
    """What became of the bond behind an epoch, in the order of the contract's struct."""

    subject: Digest
    """
    What ended: of a false epoch its proposal's hash, of a silent one its close's, or its opening's if it
    never closed.
    """
    challenger: Address | None
    """Who gets the bounty as things stand."""
    committed: int
    """When that challenger committed to it."""
    until: int
    """When draws and challenges end, and settling begins."""
    fault: Fault
    aggregator: Address | None
    """Whose bond gets back what nobody draws; None of a false epoch."""
    places: int
    """How many seats a silent epoch asked."""
    drawn: int
    """How many nodes have drawn."""


def forfeit_key(program: int, round: int, epoch: int) -> Digest:
    """Return the name of an epoch's forfeit: keccak256(abi.encode(program, round, epoch))."""
    return keccak(word(program), word(round), word(epoch))


@final
@dataclass(frozen=True, slots=True)
class Bonds:
    """The deployed contract of bonds."""

    deployed: Deployed

    def bond_of(self, program: int, account: Address) -> Bond:
        """Return what an account has put up in a program."""
        return Bond(*self.deployed.call("bondOf", program, account))

    def forfeit_of(self, key: Digest) -> Forfeit | None:
        """Return what became of an epoch's bond; None if nothing did."""
        raw = self.deployed.call("forfeitOf", key)
        subject, challenger, committed, until, fault, aggregator, places, drawn = raw
        if not fault:
            return None
        return Forfeit(
            Digest(subject),
            address_or_none(challenger),
            committed,
            until,
            Fault(fault),
            address_or_none(aggregator),
            places,
            drawn,
        )

    def has_drawn(self, key: Digest, account: Address) -> bool:
        """Say whether an account was credited with its part of a forfeit."""
        return bool(self.deployed.call("hasDrawn", key, account))

    def owed(self, token: Address, account: Address) -> int:
        """Return what an account may take of a token."""
        return int(self.deployed.call("owed", token, account))

    def deposit(self, program: int, amount: int) -> Sent:
        """Raise the caller's bond in a program; the amount must be approved."""
        return self.deployed.send("deposit", program, amount)

    def deposit_with_permit(self, program: int, amount: int, permit: Permit) -> Sent:
        """Raise the caller's bond with a signed approval of the amount."""
        return self.deployed.send("depositWithPermit", program, amount, permit.fields())

    def withdraw(self, program: int, amount: int, to: Address) -> Sent:
        """Take a part of the bond back that no round has locked."""
        return self.deployed.send("withdraw", program, amount, to)

    def settle(self, program: int, round: int, epoch: int) -> Sent:
        """End a forfeit after its time: bounty and rest go where they go."""
        return self.deployed.send("settle", program, round, epoch)

    def take(self, token: Address, to: Address) -> int:
        """Take all that the caller is owed of a token; return how much it was."""
        sent = self.deployed.send("take", token, to)
        return int(self.deployed.event(sent, "Taken").arguments["amount"])
