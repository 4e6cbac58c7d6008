"""One program's rounds on chain, as its aggregator sees and drives them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from commonroot.aggregator.members import FlowerKeyRefused, Member, registered_key
from commonroot.ledger import events
from commonroot.ledger.blocks import wait_for_time
from commonroot.ledger.border import asking
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.records import Program, Round
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, keccak, to_address
from commonroot.protocol.receipt import Domain
from commonroot.protocol.round import Close, Proposal

log = logging.getLogger(__name__)

# What a round may do to its program between two looks at it, without anybody being at fault.
_OVERTAKEN = {"WrongStage", "NotTheOpenRound"}


@final
@dataclass(frozen=True, slots=True)
class Current:
    """The round in progress, or the next one."""

    number: int
    state: Round


@final
@dataclass(frozen=True, slots=True)
class Rounds:
    """A program's rounds, driven by its aggregator."""

    ledger: Ledger
    program: int

    def state(self) -> Program:
        """Return the program's state."""
        return self.ledger.programs.program(self.program)

    def current(self) -> Current:
        """Return the round in progress, or the next one."""
        number = self.state().finalized + 1
        return Current(number, self.ledger.programs.round(self.program, number))

    def ended(self) -> bool:
        """Say whether no round is in progress and none will open."""
        return self.ledger.programs.has_ended(self.program)

    def head(self) -> int:
        """Return the newest block's number."""
        with asking(self.ledger.web3, "eth_blockNumber"):
            return int(self.ledger.web3.eth.block_number)

    def domain(self) -> Domain:
        """Return where receipts and acks count."""
        return Domain(self.ledger.book.chain_id, self.ledger.book.programs)

    def publish(self, endpoint: str, certificate: Digest) -> None:
        """Say on chain where nodes reach the aggregator, unless that is what it says."""
        said = events.endpoint(self.ledger, self.program)
        if said is None or (said.endpoint, said.certificate) != (endpoint, certificate):
            self.ledger.programs.set_endpoint(self.program, endpoint, certificate)

    def open(self) -> None:
        """Open the next round."""
        self.ledger.programs.open(self.program)

    def close(self, close: Close) -> None:
        """Fix the contributions, unless that is done."""
        self._once(lambda: self.ledger.programs.close(close))

    def seed(self, number: int) -> Digest:
        """Return what the validation tasks are drawn from, once its block is there."""
        return self.ledger.programs.wait_for_seed(self.program, number)

    def propose(self, close: Close, proposal: Proposal) -> None:
        """Say what the round comes to, unless that is said."""
        self._once(lambda: self.ledger.programs.propose(close, proposal))

    def finalize(self, close: Close, proposal: Proposal) -> None:
        """Make the proposal final as soon as that is possible, unless somebody has."""
        self._once(lambda: self.ledger.programs.finalize_when_due(close, proposal))

    def abandon(self, deadline: int) -> None:
        """End the epoch as soon as that is possible, unless somebody has."""
        speaker, earliest = self.ledger.programs.deployed.speaker, deadline + 1
        while True:
            wait_for_time(speaker, earliest)
            try:
                self._once(lambda: self.ledger.programs.abandon(self.program))
            except Reverted as exc:
                if exc.error != "TooEarly":  # the chain's clock is not ours
                    raise
                earliest = int(str(exc.arguments["earliest"]))
            else:
                return

    def version(self, number: int) -> tuple[Digest, Digest | None]:
        """Return a version's root and the digest of its manifest."""
        found = self.ledger.models.version(self.program, number)
        return found.root, found.manifest

    def members(self, block: int) -> tuple[Member, ...]:
        """Return who takes part as of a block, in the order in which they joined."""
        flower_keys = {
            keccak(each.flower_key): each.flower_key for each in events.keys(self.ledger)
        }
        found = (self._member(node, block, flower_keys) for node in self._enrolled(block))
        return tuple(member for member in found if member)

    def spent(self) -> tuple[int, int]:
        """Return how many transactions this process sent, and their gas."""
        tally = self.ledger.programs.deployed.speaker.tally
        return tally.transactions, tally.gas

    def _enrolled(self, block: int) -> list[Address]:
        # Also who has quit since the block: what it was promised for this round still holds.
        logs = self.ledger.programs.deployed.logs(
            "Enrolled", self.ledger.book.block, block, {"program": self.program}
        )
        return list(dict.fromkeys(to_address(log.arguments["node"]) for log in logs))

    def _member(self, node: Address, block: int, keys: Mapping[Digest, bytes]) -> Member | None:
        """Return a node if it is a member with keys and a usable dataset."""
        nodes, datasets = self.ledger.nodes, self.ledger.datasets
        dataset = self.ledger.programs.enrolled_at(self.program, node, block)
        receipt_key = nodes.receipt_key_at(node, block)
        flower_key = nodes.flower_key_at(node, block)
        if dataset is None or receipt_key is None or flower_key is None:
            return None
        held = datasets.dataset(dataset)
        if held is None or not datasets.active_at(dataset, block):
            return None
        try:
            return Member(node, receipt_key, registered_key(keys[flower_key]), dataset, held.count)
        except FlowerKeyRefused as exc:  # the contract takes any bytes
            log.warning("%s cannot take part: %s", node, exc)
            return None

    def _once(self, step: Callable[[], object]) -> None:
        # After a crash nobody knows whether the last transaction arrived: what is done stays done.
        try:
            step()
        except Reverted as exc:
            if exc.error not in _OVERTAKEN:
                raise
