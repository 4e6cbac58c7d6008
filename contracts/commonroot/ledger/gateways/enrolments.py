"""Who takes part in which program, with which dataset, and on which seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import digest_or_none
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest


@final
@dataclass(frozen=True, slots=True)
class Seat:
    """Where a node sits in a program, for ever."""

    number: int
    since: int
    """The block of its first joining."""


@final
@dataclass(frozen=True, slots=True)
class Population:
    """How many take part in a program."""

    seats: int
    """How many seats were ever given out."""
    live: int
    """How many accounts are enrolled now."""


@final
@dataclass(frozen=True, slots=True)
class Enrolments:
    """The deployed contract of enrolments."""

    deployed: Deployed

    def enrolled_at(self, program: int, node: Address, block: int) -> Digest | None:
        """Return the dataset a node takes part with at the end of a block."""
        return digest_or_none(self.deployed.call("enrolledAt", program, node, block))

    def seat_of(self, program: int, node: Address) -> Seat | None:
        """Return where a node sits; None if it never joined."""
        number, since = self.deployed.call("seatOf", program, node)
        return Seat(number, since) if since else None

    def population(self, program: int) -> Population:
        """Return how many take part."""
        return Population(*self.deployed.call("population", program))

    def join(
        self, program: int, dataset: Digest, index: int = 0, proof: Sequence[Digest] = ()
    ) -> Sent:
        """Take part with a dataset; index and proof are the place in the allowlist, if there is one."""
        return self.deployed.send("join", program, dataset, index, list(proof))

    def quit(self, program: int) -> Sent:
        """Take part no longer."""
        return self.deployed.send("quit", program)

    def release(self, program: int, node: Address) -> Sent:
        """Take out somebody who is no member any more."""
        return self.deployed.send("release", program, node)
