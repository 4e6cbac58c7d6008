"""
Where a deployment will stand, known before anything is sent.

The deployer's address commits to the terms and to the code of every part, and a part's address follows
from the deployer's and the part's place: the same terms and code have the same addresses on every chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from web3.types import Nonce
from web3.utils import get_create_address

from commonroot.contracts import load
from commonroot.ledger import factory
from commonroot.protocol.hashing import Address, address_word, keccak, to_address, word

DEPLOYER = "Deployer"

PARTS = (
    "Nodes",
    "Datasets",
    "Enrolments",
    "Programs",
    "Bonds",
    "Challenges",
    "Demands",
    "Models",
    "Licences",
)
"""The contracts of a deployment in the order of their creation, as the deployer numbers them."""

DAY = 24 * 3600
ETHER = 10**18


@final
@dataclass(frozen=True, slots=True)
class Terms:
    """What a deployment fixes for ever; the defaults are for a local chain."""

    token: Address | None = None
    """The token that bonds are in; None has a test token made, all of it the deploying account's."""
    supply: int = 10**9 * ETHER
    """How much of the test token there is; of no account where a token is named."""
    minimum_bond: int = 100 * ETHER
    unbonding_delay: int = 7 * DAY
    """Seconds between leaving and taking a bond back."""
    answer_floor: int = 1
    """Seconds that an aggregator has at least for answers, whatever they show."""
    answers_per_second: int = 1000
    """How many rows an aggregator can be asked to show in a second beyond that; at least one."""
    delivery_time: int = DAY
    """Seconds in which a purchase must be delivered."""
    dispute_time: int = DAY
    """Seconds in which a delivery can be disputed."""

    def fixed(self) -> dict[str, int]:
        """Return what the contracts know of the terms beside the token, by their names, in their order."""
        return {
            "minimumBond": self.minimum_bond,
            "unbondingDelay": self.unbonding_delay,
            "answerFloor": self.answer_floor,
            "answersPerSecond": self.answers_per_second,
            "deliveryTime": self.delivery_time,
            "disputeTime": self.dispute_time,
        }


@final
@dataclass(frozen=True)  # no slots: what follows from the terms is kept
class Plan:
    """The addresses that some terms lead to, and what has to be sent to get there."""

    token: Address
    terms: Terms

    @cached_property
    def creation(self) -> bytes:
        """Return what creates the deployer: its code, the terms, and the hashes of all parts' code."""
        terms = self.terms
        fixed = (
            address_word(self.token),
            word(terms.minimum_bond),
            *(_eight_bytes(each) for name, each in terms.fixed().items() if name != "minimumBond"),
        )
        hashes = (keccak(load(name).bytecode) for name in PARTS)
        return b"".join((load(DEPLOYER).bytecode, *fixed, *hashes))

    @cached_property
    def deployer(self) -> Address:
        """Return where the deployer stands, or will."""
        return factory.address_of(self.creation)

    @cached_property
    def places(self) -> Mapping[str, Address]:
        """Return where each part stands, or will."""
        # A contract's first nonce is 1.
        return {
            name: to_address(get_create_address(self.deployer, Nonce(nonce)))
            for nonce, name in enumerate(PARTS, 1)
        }

    def knowledge(self) -> dict[str, Any]:
        """Return everything that constructors are told, by the name they give it."""
        parts = {name.lower(): place for name, place in self.places.items()}
        return {"token": self.token, "judge": parts["challenges"], **parts, **self.terms.fixed()}


def _eight_bytes(value: int) -> bytes:
    # The contracts count seconds, and what is done in one, in eight bytes, and take no more.
    return bytes(24) + word(value, 8)


def differences(standing: Plan, wanted: Plan) -> list[str]:
    """Say in words which terms of a deployment that stands are not those that are wanted."""
    names = {"token": "the token", "minimumBond": "the least bond"}
    names |= {"unbondingDelay": "the unbonding delay", "deliveryTime": "the delivery time"}
    names |= {"disputeTime": "the dispute time", "answerFloor": "the least time for answers"}
    names |= {"answersPerSecond": "the answers in a second"}
    there, asked = ({"token": each.token, **each.terms.fixed()} for each in (standing, wanted))
    return [
        f"{spelled} is {there[name]}, not {asked[name]}"
        for name, spelled in names.items()
        if there[name] != asked[name]
    ]
