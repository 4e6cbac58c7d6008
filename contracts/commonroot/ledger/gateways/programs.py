"""Programs: rules, budgets and rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.ledger.blocks import wait_for_block, wait_for_time
from commonroot.ledger.border import asking
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.records import (
    Charter,
    Program,
    Round,
    opening_of,
    program_of,
    round_of,
    rules_of,
)
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest
from commonroot.protocol.payout import Branch, Payout
from commonroot.protocol.receipt import Domain
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.rules import Rules


@final
@dataclass(frozen=True, slots=True)
class Opened:
    """A round that has just been opened."""

    opening: Opening
    deadline: int
    """When the round can be abandoned if no proposal is there."""


@final
@dataclass(frozen=True, slots=True)
class Programs:
    """The deployed contract of programs."""

    deployed: Deployed

    def count(self) -> int:
        """Return how many programs there are; they are numbered from one."""
        return int(self.deployed.call("count"))

    def program(self, id: int) -> Program:
        """Return a program's state."""
        return program_of(self.deployed.call("program", id))

    def rules(self, id: int) -> Rules:
        """Return a program's rules."""
        return rules_of(self.deployed.call("rules", id))

    def round(self, id: int, number: int) -> Round:
        """Return a round's state, in its newest epoch."""
        return round_of(self.deployed.call("round", id, number))

    def has_ended(self, id: int) -> bool:
        """Say whether no round is in progress and none will ever open."""
        return bool(self.deployed.call("hasEnded", id))

    def domain(self) -> Domain:
        """Return where receipts and acks count."""
        return Domain(self.deployed.contract.w3.eth.chain_id, self.deployed.address)

    def create(self, rules: Rules, charter: Charter, budget: int) -> int:
        """Start a program; the budget must be approved. Return its number, also its model's."""
        sent = self.deployed.send("create", rules.fields(), charter.fields(), budget)
        return int(self.deployed.event(sent, "ProgramCreated").arguments["program"])

    def fund(self, id: int, amount: int) -> Sent:
        """Add to a program's budget; the amount must be approved."""
        return self.deployed.send("fund", id, amount)

    def end(self, id: int) -> Sent:
        """Let no more rounds open."""
        return self.deployed.send("end", id)

    def refund(self, id: int, to: Address) -> Sent:
        """Take back what no round of an ended program earned."""
        return self.deployed.send("refund", id, to)

    def set_endpoint(self, id: int, endpoint: str, certificate: Digest) -> Sent:
        """Say where nodes reach the aggregator, and by which certificate they know it."""
        return self.deployed.send("setEndpoint", id, endpoint, certificate)

    def appoint(self, id: int, aggregator: Address) -> Sent:
        """Give a program whose aggregator is overdue another one."""
        return self.deployed.send("appoint", id, aggregator)

    def take_over(self, id: int) -> Sent:
        """Become the aggregator of a program whose succession is over, as one of its nodes."""
        return self.deployed.send("takeOver", id)

    def anchor(self, id: int) -> Sent:
        """Let the next block sample the nodes of the rounds to come."""
        return self.deployed.send("anchor", id)

    def open(self, id: int) -> Opened:
        """Open the next round, or the same one again in its next epoch."""
        return self._opened(self.deployed.send("open", id))

    def open_from(self, id: int, version: int) -> Opened:
        """Open the next round on an older version, as a replacement that cannot get the newest."""
        return self._opened(self.deployed.send("openFrom", id, version))

    def close(self, close: Close) -> Sent:
        """Fix a round's contributions; the block after it seeds the validation."""
        return self.deployed.send("close", close.fields())

    def wait_for_seed(self, id: int, number: int, confirmations: int = 0) -> Digest:
        """Return what a closed round's validation tasks are drawn from, once its block is deep enough."""
        held = self.round(id, number)
        if held.seed is not None:
            return held.seed
        source = held.close_block + 1
        wait_for_block(self.deployed.speaker, source + confirmations)
        with asking(self.deployed.contract.w3, f"block {source}"):
            block = self.deployed.contract.w3.eth.get_block(source)
        return Digest(bytes(block["hash"]))

    def draw_seed(self, id: int) -> Digest:
        """Have the contract keep the seed before the chain forgets it."""
        sent = self.deployed.send("drawSeed", id)
        return Digest(self.deployed.event(sent, "SeedDrawn").arguments["seed"])

    def propose(self, id: int, proposal: Proposal) -> Sent:
        """Say what the closed round comes to."""
        return self.deployed.send("propose", id, proposal.fields())

    def finalize(self, id: int, proposal: Proposal) -> Sent:
        """Make the oldest proposal final after its window."""
        return self.deployed.send("finalize", id, proposal.fields())

    def finalize_when_due(self, id: int, proposal: Proposal) -> Sent:
        """Make the oldest proposal final as soon as its window is over."""
        while True:
            try:
                return self.finalize(id, proposal)
            except Reverted as exc:
                if exc.error != "TooEarly":
                    raise
                wait_for_time(self.deployed.speaker, exc.arguments["earliest"])

    def abandon(self, id: int) -> Sent:
        """End an epoch that has no proposal in time."""
        return self.deployed.send("abandon", id)

    def claim(
        self,
        id: int,
        number: int,
        proposal: Proposal,
        index: int,
        payout: Payout,
        siblings: Sequence[Branch],
        to: Address,
    ) -> Sent:
        """Take what a final round owes the caller, as its proposal said."""
        leaf = (payout.node, payout.score, payout.square, payout.payout, payout.shares)
        beside = [branch.fields() for branch in siblings]
        return self.deployed.send("claim", id, number, proposal.fields(), index, leaf, beside, to)

    def _opened(self, sent: Sent) -> Opened:
        said = self.deployed.event(sent, "RoundOpened")
        return Opened(opening_of(said.struct("opening")), said.arguments["deadline"])
