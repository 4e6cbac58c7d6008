"""
Where proofs are heard that a proposal is false, and that a node signed two deltas for one epoch.

A proof is committed to at one time and sent at a later one: what it shows is then of no use to whoever
copies it out of the pool, since the bounty is the earliest commitment's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.sender import Sent
from commonroot.protocol.evidence import Challenge, Signed, as_abi
from commonroot.protocol.evidence.shapes import NO_PROPOSAL
from commonroot.protocol.hashing import ZERO, Address, Digest, address_word, keccak
from commonroot.protocol.round import Close, Opening, Proposal


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """A call that shows a lie, ready to be committed to and then sent."""

    function: str
    data: bytes

    def commitment(self, challenger: Address) -> Digest:
        """Return what commits an account to the proof: keccak(abi.encode(challenger, keccak(data)))."""
        return keccak(address_word(challenger), keccak(self.data))


@final
@dataclass(frozen=True, slots=True)
class Challenges:
    """The deployed contract of challenges."""

    deployed: Deployed

    def proof(self, challenge: Challenge) -> Proof:
        """Return the call of a challenge."""
        data = self.deployed.contract.encode_abi(challenge.function, challenge.arguments())
        return Proof(challenge.function, bytes.fromhex(data.removeprefix("0x")))

    def committed_at(self, challenger: Address, commitment: Digest) -> int | None:
        """Return when an account first committed to something."""
        return int(self.deployed.call("committedAt", challenger, commitment)) or None

    def commit(self, proof: Proof) -> Sent:
        """Commit the caller to a proof."""
        return self.deployed.send("commit", proof.commitment(self.deployed.speaker.address))

    def prove(self, proof: Proof) -> Sent:
        """Send a proof; refused with what is right after all, where it shows nothing."""
        name, to = f"{self.deployed.name}.{proof.function}", self.deployed.address
        return self.deployed.speaker.send(name, to, proof.data)

    def draw(
        self, ended: Opening | Close, proposal: Proposal | None, given: Signed, ack: bytes
    ) -> Sent:
        """
        Credit a node with its part of the bond of an epoch that ended badly.

        It is shown by its close, or by its opening if it never closed; and by its proposal if that was false.
        """
        fields: tuple[Any, ...] = (*ended.fields(), 0, ZERO, ZERO)
        close = ended if isinstance(ended, Close) else Close(*fields)
        shown = as_abi(close), as_abi(proposal or NO_PROPOSAL), as_abi(given)
        return self.deployed.send("draw", *shown, ack)
