"""What the main calls cost stands in contracts/gas.json; a change shows in its diff."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coincurve import PrivateKey
from tests.contracts.world import BOND, DISPUTE, RULES, UNBONDING, World

from commonroot.contracts.toolchain import ROOT
from commonroot.keys.delivery import Delivery, OneTimeKey, Point, key_hash
from commonroot.ledger.gateways.records import Payroll
from commonroot.protocol import payout as payouts
from commonroot.protocol.hashing import Digest, keccak

SNAPSHOT = ROOT / "gas.json"
WRITE = "COMMONROOT_WRITE_GAS"
"""Set this to write the snapshot anew."""

KEY = OneTimeKey(b"\x11" * 32)
DELIVERY = Delivery(Point.of(PrivateKey(b"\x22" * 32).public_key), Digest(b"\x33" * 32))
SCORES = (30, 10, 5, 1)


@dataclass(frozen=True, slots=True)
class Meter:
    """Takes calls and notes what they cost."""

    world: World
    gas: dict[str, int] = field(default_factory=dict)

    def of(self, label: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make one call; return what it returned."""
        sender = self.world.stranger.sender
        assert sender is not None
        before = sender.tally.gas
        result = call(*arguments)
        self.gas[label] = sender.tally.gas - before
        return result


def members(meter: Meter, id: int) -> None:
    """Join with two nodes and take part with one."""
    world = meter.world
    for node in world.nodes[:2]:
        node.token.allow(world.book.nodes, BOND)
        meter.of("Nodes.join", node.nodes.join, BOND, world.keys(node))
    ada = world.nodes[0]
    root, schema, terms = (keccak(each) for each in (b"root", b"schema", b"terms"))
    dataset = meter.of("Datasets.register", ada.datasets.register, root, 10, schema, terms)
    meter.of("Programs.join", ada.programs.join, id, dataset)


def program(meter: Meter) -> int:
    """Create a program and bond its aggregator."""
    world = meter.world
    world.sponsor.token.allow(world.book.programs, 240)
    create = world.sponsor.programs.create
    id: int = meter.of("Programs.create", create, RULES, world.charter(), 240)
    world.aggregator.token.allow(world.book.programs, 160)
    meter.of("Programs.depositBond", world.aggregator.programs.deposit_bond, id, 160)
    return id


def rounds(meter: Meter, id: int) -> None:
    """Run two rounds of four nodes; the second is like all that follow."""
    world, programs = meter.world, meter.world.aggregator.programs
    world.run_round(id, SCORES)
    opened = meter.of("Programs.open", programs.open, id)
    close = world.closing(id, opened, len(SCORES))
    meter.of("Programs.close", programs.close, close)
    world.mine()
    leaves = world.leaves(SCORES)
    proposal = world.proposing(close, leaves)
    meter.of("Programs.propose", programs.propose, close, proposal)
    world.pass_time(RULES.window)
    meter.of("Programs.finalize", programs.finalize, close, proposal)
    payroll = Payroll.of(payouts.tree_root(leaves), len(leaves))
    for index, label in ((0, "Programs.claim, first of a round"), (1, "Programs.claim")):
        node, proof = world.nodes[index], payouts.proof(leaves, index)
        place = (payroll, index, leaves[index], proof, node.account)
        meter.of(label, node.programs.claim, id, 2, *place)


def sale(meter: Meter, id: int) -> None:
    """Sell a licence and share its price out."""
    world, buyer = meter.world, meter.world.buyer
    provider, commitment = world.aggregator.account, key_hash(bytes(32))
    terms = (id, 2, 1000, provider, commitment)
    offer = meter.of("Licences.offerVersion", world.sponsor.licences.offer_version, *terms)
    buyer.token.allow(world.book.licences, 1000)
    purchase = meter.of("Licences.buy", buyer.licences.buy, offer, KEY.point)
    meter.of("Licences.deliver", world.aggregator.licences.deliver, purchase, DELIVERY)
    world.pass_time(DISPUTE + 1)
    meter.of("Licences.accept", world.stranger.licences.accept, purchase)
    meter.of("Licences.settle", world.stranger.licences.settle, id)
    ada = world.nodes[0]
    meter.of("Licences.withdraw", ada.licences.withdraw, id, ada.account)


def farewell(meter: Meter) -> None:
    """Leave with one node."""
    world, ada = meter.world, meter.world.nodes[0]
    meter.of("Nodes.resign", ada.nodes.resign)
    world.pass_time(UNBONDING)
    meter.of("Nodes.withdraw", ada.nodes.withdraw, ada.account)


def test_costs_what_it_did(world: World) -> None:
    """
    The gas of every main call is the one in git; set COMMONROOT_WRITE_GAS=1 to accept another.
    """
    meter = Meter(world)
    id = program(meter)
    members(meter, id)
    rounds(meter, id)
    sale(meter, id)
    farewell(meter)

    if os.environ.get(WRITE):
        SNAPSHOT.write_text(json.dumps(meter.gas, indent=1, sort_keys=True) + "\n")
    assert json.loads(SNAPSHOT.read_text()) == meter.gas
