"""Where an aggregator is made to show the bytes behind its proposal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import address_or_none
from commonroot.ledger.sender import Sent
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, Leaf, Shown, Wanted, WholeRow, as_abi
from commonroot.protocol.hashing import Address, Digest, keccak, word
from commonroot.protocol.round import Contribution, Proposal


class Standing(IntEnum):
    """How far a demand has come."""

    NONE = 0
    OPEN = 1
    ANSWERED = 2
    OVER = 3


@final
@dataclass(frozen=True, slots=True)
class Demand:
    """A demand, in the order of the contract's struct."""

    demander: Address | None
    demanded_at: int
    """The time of the demand."""
    answer_until: int
    """The time before which the answer must be there."""
    standing: Standing


def demand_id(wanted: Wanted) -> Digest:
    """Return a demand's name: keccak256(abi.encode(hash of the proposal, kind, chunk, column))."""
    place = wanted.kind, wanted.chunk, wanted.column
    return keccak(wanted.proposal.digest(), *map(word, place))


@final
@dataclass(frozen=True, slots=True)
class Demands:
    """The deployed contract of demands."""

    deployed: Deployed

    def demand_of(self, id: Digest) -> Demand:
        """Return a demand."""
        demander, made, until, standing = self.deployed.call("demandOf", id)
        return Demand(address_or_none(demander), made, until, Standing(standing))

    def owed(self, token: Address, account: Address) -> int:
        """Return what an account may take of a token."""
        return int(self.deployed.call("owed", token, account))

    def demand(self, wanted: Wanted) -> Sent:
        """Demand something of a proposal; the fee must be approved."""
        return self.deployed.send("demand", as_abi(wanted))

    def answer_row(self, wanted: Wanted, row: WholeRow, parent: Proposal | None) -> Sent:
        """Answer a demand for a row; `parent` is the parent's proposal while the parent waits."""
        shown = as_abi(parent or NO_PROPOSAL)
        return self.deployed.send("answerRow", as_abi(wanted), as_abi(row), shown)

    def answer_column(self, wanted: Wanted, shown: Shown, own: Leaf) -> Sent:
        """Answer a demand for a column."""
        return self.deployed.send("answerColumn", as_abi(wanted), as_abi(shown), as_abi(own))

    def answer_contributions(self, wanted: Wanted, given: tuple[Contribution, ...]) -> Sent:
        """Answer a demand for all contributions."""
        return self.deployed.send("answerContributions", as_abi(wanted), as_abi(given))

    def expire(self, wanted: Wanted) -> Sent:
        """Void a round whose aggregator owes an answer."""
        return self.deployed.send("expire", as_abi(wanted))

    def give_back(self, wanted: Wanted) -> Sent:
        """Credit a demander with its fee where nobody need answer any more."""
        return self.deployed.send("giveBack", as_abi(wanted))

    def take(self, token: Address, to: Address) -> int:
        """Take all that the caller is owed of a token; return how much it was."""
        sent = self.deployed.send("take", token, to)
        return int(self.deployed.event(sent, "Taken").arguments["amount"])
