"""The deployer creates the right code in the right order, whoever asks, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.contracts.world import World, refused, signer_of

from commonroot.contracts import load
from commonroot.ledger import factory
from commonroot.ledger.border import asking
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.plan import DEPLOYER, PARTS, Plan, Terms
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import keccak, to_address

MOST_GAS = 16_777_216
"""What one transaction may use (EIP-7825)."""
MOST_INITCODE = 49_152
"""Bytes of creation code with arguments that a chain admits (EIP-3860)."""


@dataclass(frozen=True, slots=True)
class Site:
    """A deployer that has created nothing yet."""

    world: World
    plan: Plan

    def deployer(self, by: Ledger | None = None) -> Deployed:
        """Return the deployer as somebody speaks to it."""
        sender = Sender(self.world.web3, signer_of(by or self.world.stranger))
        return Deployed.at(self.world.web3, DEPLOYER, self.plan.deployer, sender)

    def step(self, name: str, by: Ledger | None = None) -> int:
        """Create a part; return the gas it took."""
        return self.deployer(by).send("step", load(name).bytecode).gas

    def create(self, *names: str) -> None:
        """Create some parts."""
        for name in names:
            self.step(name)


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    plan = Plan(world.book.token, Terms(minimum_bond=11))
    factory.put(Sender(world.web3, signer_of(world.stranger)), "a deployer", plan.creation)
    yield Site(world, plan)


class TestStep:
    def test_refuses_other_code(self, site: Site) -> None:
        """
        Code that no part has, were it one byte, is not created.
        """
        honest = load("Nodes").bytecode
        for code in (b"", honest[:-1], honest + b"\0"):
            with refused("WrongCode", part=0, given="0x" + keccak(code).hex()):
                site.deployer().send("step", code)

    def test_refuses_arguments_of_the_caller(self, site: Site) -> None:
        """
        What a constructor is told is the deployer's business.
        """
        with refused("WrongCode"):
            site.deployer().send("step", load("Nodes").bytecode + bytes(128))

    @pytest.mark.parametrize("name", PARTS[1:])
    def test_refuses_a_part_out_of_order(self, site: Site, name: str) -> None:
        """
        A part's address follows from its place, so none is skipped.
        """
        with refused("WrongCode", part=0, given="0x" + keccak(load(name).bytecode).hex()):
            site.step(name)

    def test_refuses_a_repeated_step(self, site: Site) -> None:
        """
        Whoever comes second is told where the part stands.
        """
        site.create("Nodes", "Datasets")

        for part, name in enumerate(("Nodes", "Datasets")):
            with refused("AlreadyCreated", part=part, place=site.plan.places[name]):
                site.step(name)

    def test_refuses_more_than_all(self, site: Site) -> None:
        """
        When all parts are there, the deployer is done for ever.
        """
        site.create(*PARTS)

        assert site.deployer().call("done")
        for name in (PARTS[0], PARTS[-1]):
            with refused("NothingToCreate"):
                site.step(name)

    def test_refuses_too_little_gas(self, site: Site) -> None:
        """
        A creation that runs dry takes no place in the order.
        """
        nodes = load("Nodes")
        data = site.deployer().contract.encode_abi("step", [nodes.bytecode])
        # Enough to send it and to run it, half of what its code costs to keep.
        gas = 100_000 + 16 * len(nodes.bytecode) + 100 * len(nodes.deployed)

        with refused("CreationFailed", part=0), asking(site.world.web3, "Deployer.step"):
            site.world.web3.eth.call({"to": site.plan.deployer, "data": data, "gas": gas})

        site.create("Nodes")
        assert site.deployer().call("created") == 1

    def test_takes_anybody(self, site: Site) -> None:
        """
        Who takes a step changes nothing.
        """
        for place, name in enumerate(PARTS):
            site.step(name, by=site.world.ledgers[place % 3])

        deployer = site.deployer()
        for part, name in enumerate(PARTS):
            address = site.plan.places[name]
            assert deployer.call("addressOf", part) == address
            assert load(name).fits(factory.code_at(site.world.web3, address))

    def test_says_what_it_created(self, site: Site) -> None:
        """
        Each step emits the part and its place.
        """
        deployer = site.deployer()

        event = deployer.event(deployer.send("step", load("Nodes").bytecode), "PartCreated")

        assert dict(event.arguments) == {"part": 0, "place": site.plan.places["Nodes"]}

    def test_fits_into_a_transaction(self, site: Site) -> None:
        """
        Each step stays below what one transaction may use, and its creation code below the limit.
        """
        for name in PARTS:
            words = sum(
                len(each["inputs"]) for each in load(name).abi if each["type"] == "constructor"
            )

            assert site.step(name) < MOST_GAS
            assert len(load(name).bytecode) + 32 * words < MOST_INITCODE


class TestViews:
    def test_state_the_terms(self, site: Site) -> None:
        """
        Whoever knows only the address can ask what it commits to.
        """
        terms = site.plan.terms

        assert tuple(site.deployer().call("terms")) == (site.plan.token, *terms.fixed().values())
        assert site.deployer().call("since") == site.world.block

    def test_know_every_part(self, site: Site) -> None:
        """
        The parts of Solidity and of Python are the same, in the same order, and there are no more.
        """
        deployer = site.deployer()

        for part, name in enumerate(PARTS):
            assert bytes(deployer.call("codeHash", part)) == keccak(load(name).bytecode)
            assert to_address(deployer.call("addressOf", part)) == site.plan.places[name]
        with refused("Silent"):
            deployer.call("addressOf", len(PARTS))

    def test_count_the_steps(self, site: Site) -> None:
        """
        How far a deployment is stands on the chain.
        """
        deployer = site.deployer()
        for count, name in enumerate(PARTS):
            assert (deployer.call("created"), deployer.call("done")) == (count, False)
            site.step(name)

        assert (deployer.call("created"), deployer.call("done")) == (len(PARTS), True)
