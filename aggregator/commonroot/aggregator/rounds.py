"""One program's rounds on chain, as its aggregator sees and drives them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import final

from commonroot.aggregator.members import FlowerKeyRefused, Member, registered_key
from commonroot.ledger import events
from commonroot.ledger.blocks import wait_for_block, wait_for_time
from commonroot.ledger.border import asking
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.records import Program, Round, Stage
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, keccak, to_address
from commonroot.protocol.receipt import Domain
from commonroot.protocol.round import Close, Opening, Proposal
from commonroot.protocol.rules import Rules
from commonroot.protocol.sampling import permuted, sampled

log = logging.getLogger(__name__)

# What a round may do to its program between two looks at it, without anybody being at fault.
_OVERTAKEN = {"WrongStage"}

_LOOK = 1.0
"""Seconds for which nothing else is done while a window passes."""


@final
@dataclass(frozen=True, slots=True)
class Current:
    """A round in progress, or the next one."""

    number: int
    state: Round


@final
@dataclass(frozen=True, slots=True)
class Look:
    """A program's rounds at one moment."""

    program: Program
    tip: Current
    """The newest round in progress; where there is none, the next one."""
    pending: tuple[Current, ...]
    """Proposals whose window is not over, or that nobody has finalized yet; oldest first."""

    @property
    def next(self) -> int:
        """Return the number of the round that would open now."""
        return self.tip.number + (self.tip.state.stage is not Stage.NONE)

    def may_open(self, rules: Rules) -> bool:
        """Say whether the next round may begin while the others wait."""
        begun = self.next - 1 - self.program.finalized
        return (
            self.tip.state.stage in (Stage.NONE, Stage.PROPOSED)
            and not self.program.ending
            and self.next <= rules.rounds
            and begun < rules.max_pending
            and self.program.budget >= rules.reward * (begun + 1)
        )


@final
@dataclass(frozen=True, slots=True)
class Rounds:
    """A program's rounds, driven by its aggregator."""

    ledger: Ledger
    program: int
    confirmations: int = 0
    """Blocks that are waited for before something is built on one: it may still be replaced."""

    # What the chain says

    def state(self) -> Program:
        """Return the program's state."""
        return self.ledger.programs.program(self.program)

    def look(self) -> Look:
        """Return all rounds in progress."""
        state = self.state()
        numbers = range(state.finalized + 1, max(state.tip, state.finalized + 1) + 1)
        rounds = [Current(number, self.round(number)) for number in numbers]
        pending = tuple(each for each in rounds if each.state.stage is Stage.PROPOSED)
        return Look(state, rounds[-1], pending)

    def round(self, number: int) -> Round:
        """Return a round's state."""
        return self.ledger.programs.round(self.program, number)

    def ended(self) -> bool:
        """Say whether no round is in progress and none will open."""
        return self.ledger.programs.has_ended(self.program)

    def head(self) -> int:
        """Return the newest block's number."""
        with asking(self.ledger.web3, "eth_blockNumber"):
            return int(self.ledger.web3.eth.block_number)

    def now(self) -> int:
        """Return the newest block's time."""
        with asking(self.ledger.web3, "eth_getBlockByNumber"):
            return int(self.ledger.web3.eth.get_block("latest")["timestamp"])

    def domain(self) -> Domain:
        """Return where receipts and acks count."""
        return Domain(self.ledger.book.chain_id, self.ledger.book.programs)

    def opening(self, current: Current) -> Opening:
        """Return what was fixed when a round was opened, once its block is deep enough."""
        epoch = current.state.epoch
        found = events.opening(self.ledger, self.program, current.number, epoch)
        wait_for_block(self.ledger.programs.deployed.speaker, found.open_block + self.confirmations)
        # Asked again: the block may have been replaced meanwhile.
        return events.opening(self.ledger, self.program, current.number, epoch)

    def version(self, number: int) -> tuple[Digest, Digest | None]:
        """Return a version's root and the digest of its manifest."""
        found = self.ledger.models.version(self.program, number)
        return found.root, found.manifest

    # What the aggregator does

    def publish(self, endpoint: str, certificate: Digest) -> None:
        """Say on chain where nodes reach the aggregator, unless that is what it says."""
        said = events.endpoint(self.ledger, self.program)
        if said is None or (said.endpoint, said.certificate) != (endpoint, certificate):
            self.ledger.programs.set_endpoint(self.program, endpoint, certificate)

    def open(self, version: int | None = None) -> None:
        """Open the next round; on an older version where one is named."""
        programs = self.ledger.programs
        while True:
            try:
                if version is None:
                    programs.open(self.program)
                else:
                    programs.open_from(self.program, version)
            except Reverted as exc:
                self._prepare_opening(exc)
            else:
                return

    def _prepare_opening(self, refused: Reverted) -> None:
        """Do what an opening was refused for the lack of; raise where that is not ours to do."""
        speaker = self.ledger.programs.deployed.speaker
        if refused.error == "AnchorNeeded":
            self._once(lambda: self.ledger.programs.anchor(self.program), "AnchorNotNeeded")
        elif refused.error == "SampleNotYet":
            # Its hash is known to a transaction in the block after it.
            wait_for_block(speaker, int(str(refused.arguments["blockNumber"])))
        else:
            raise refused

    def close(self, close: Close) -> None:
        """Fix the contributions, unless that is done."""
        self._once(lambda: self.ledger.programs.close(close))

    def seed(self, number: int) -> Digest:
        """Return what the validation tasks are drawn from, once its block is deep enough."""
        return self.ledger.programs.wait_for_seed(self.program, number, self.confirmations)

    def draw_seed(self, number: int) -> None:
        """Have the contract keep the seed, unless it does."""
        if self.round(number).seed is None:
            self._once(lambda: self.ledger.programs.draw_seed(self.program))

    def propose(self, proposal: Proposal) -> None:
        """Say what the round comes to, unless that is said."""
        self._once(lambda: self.ledger.programs.propose(self.program, proposal))

    def finalize(self, proposal: Proposal) -> None:
        """Make the proposal final, unless somebody has."""
        self._once(lambda: self.ledger.programs.finalize(self.program, proposal))

    def wait_for_time(self, timestamp: int) -> None:
        """Wait a little of what is left until a time."""
        soon = min(timestamp, int(time.time() + _LOOK))
        wait_for_time(self.ledger.programs.deployed.speaker, soon)

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

    # Who takes part

    def asked(self, opening: Opening) -> tuple[Member, ...]:
        """Return who is asked in an epoch: no more than a round may have, in the sample's order."""
        members = [
            member
            for member in self.members(opening.open_block)
            if self._took_part(member.node, opening.anchor)
        ]
        taken = {each: self.ledger.enrolments.seat_of(self.program, each.node) for each in members}
        seats = {member: seat.number for member, seat in taken.items() if seat is not None}
        chosen = [member for member, seat in seats.items() if sampled(seat, opening)]
        if any(opening.sample):
            chosen.sort(key=lambda member: permuted(seats[member], opening))
        most = self.ledger.programs.rules(self.program).max_nodes
        return tuple(chosen[:most])

    def _took_part(self, node: Address, block: int) -> bool:
        # Who came when it was known who would be asked is not asked.
        return self.ledger.enrolments.enrolled_at(self.program, node, block) is not None

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

    def _enrolled(self, block: int) -> Iterable[Address]:
        # Also who has quit since the block: what it was promised for this round still holds.
        logs = self.ledger.enrolments.deployed.logs(
            "Enrolled", self.ledger.book.block, block, {"program": self.program}
        )
        return dict.fromkeys(to_address(log.arguments["node"]) for log in logs)

    def _member(self, node: Address, block: int, keys: Mapping[Digest, bytes]) -> Member | None:
        """Return a node if it is a member with keys and a usable dataset."""
        nodes, datasets = self.ledger.nodes, self.ledger.datasets
        dataset = self.ledger.enrolments.enrolled_at(self.program, node, block)
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

    def _once(self, step: Callable[[], object], *others: str) -> None:
        # After a crash nobody knows whether the last transaction arrived: what is done stays done.
        try:
            step()
        except Reverted as exc:
            if exc.error not in {*_OVERTAKEN, *others}:
                raise
