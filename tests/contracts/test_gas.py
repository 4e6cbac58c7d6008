"""What the main calls cost stands in contracts/gas.json; a change shows in its diff."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from coincurve import PrivateKey
from tests.contracts.large import large, wrong_sum
from tests.contracts.world import BOND, DISPUTE, RULES, UNBONDING, World, begin, moment

from commonroot.contracts.toolchain import ROOT
from commonroot.keys.delivery import Delivery, OneTimeKey, Point, key_hash
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import payout as payouts
from commonroot.protocol.hashing import Address, Digest, keccak, to_address
from commonroot.protocol.payout import Payout
from commonroot.protocol.round import Proposal

SNAPSHOT = ROOT / "gas.json"
WRITE = "COMMONROOT_WRITE_GAS"
"""Set this to write the snapshot anew."""

FEW, MANY = 4, 256
COUNTS = (16, 64, 256)
LARGE = replace(RULES, max_nodes=256, reward=80_000_000, bond=160_000_000, shares_per_round=10**24)
"""Amounts of many digits, as real ones have: a zero byte of calldata costs a quarter of another."""
KEY = OneTimeKey(b"\x11" * 32)
DELIVERY = Delivery(Point.of(PrivateKey(b"\x22" * 32).public_key), Digest(b"\x33" * 32))


@pytest.fixture(scope="module")
def deployed() -> Iterator[World]:
    # Seeds are block hashes, and a zero byte of calldata costs less than another: the chain begins the same,
    # and time stands still.
    with pytest.MonkeyPatch.context() as patch:
        clock = SimpleNamespace(time=lambda: 2e9)
        patch.setattr("commonroot.devchain.clock.time", clock)
        patch.setattr("commonroot.devchain.restore.time", clock)
        patch.setattr("commonroot.devchain.restore.secrets", SimpleNamespace(token_bytes=bytes))
        world = begin()
        yield world
        world.chain.close()


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


def people(meter: Meter) -> None:
    """Come as a node, take part, and leave again."""
    world = meter.world
    id = world.program()
    ada, bob = world.nodes[:2]
    for node in (ada, bob):
        node.token.allow(world.book.nodes, BOND)
        meter.of("Nodes.join", node.nodes.join, BOND, world.keys(node))
    root, schema, terms = (keccak(each) for each in (b"root", b"schema", b"terms"))
    dataset = meter.of("Datasets.register", ada.datasets.register, root, 10, schema, terms)
    meter.of("Enrolments.join", ada.enrolments.join, id, dataset)
    meter.of("Enrolments.quit", ada.enrolments.quit, id)
    meter.of("Enrolments.join, once more", ada.enrolments.join, id, dataset)
    keys = replace(world.keys(ada), flower=b"another flower")
    meter.of("Nodes.rotate", ada.nodes.rotate, keys)
    meter.of("Nodes.resign", ada.nodes.resign)
    meter.of("Enrolments.release", bob.enrolments.release, id, ada.account)
    world.pass_time(UNBONDING)
    meter.of("Nodes.withdraw", ada.nodes.withdraw, ada.account)


def program(meter: Meter) -> None:
    """Create a program, replace its aggregator, and end it."""
    world, sponsor, aggregator = meter.world, meter.world.sponsor, meter.world.aggregator
    sponsor.token.allow(world.book.programs, 500)
    id = meter.of("Programs.create", sponsor.programs.create, RULES, world.charter(), 240)
    meter.of("Programs.fund", sponsor.programs.fund, id, 80)
    aggregator.token.allow(world.book.bonds, 160)
    meter.of("Bonds.deposit", aggregator.bonds.deposit, id, 160)
    meter.of("Bonds.withdraw", aggregator.bonds.withdraw, id, 160, aggregator.account)
    endpoint = (id, "https://aggregator.example:9092", keccak(b"certificate"))
    meter.of("Programs.setEndpoint", aggregator.programs.set_endpoint, *endpoint)
    meter.of("Programs.appoint", sponsor.programs.appoint, id, world.stranger.account)
    ada = world.member(world.nodes[0])
    world.enrol(id, ada)
    world.pass_time(2 * RULES.patience + RULES.succession)
    meter.of("Programs.takeOver", ada.programs.take_over, id)
    meter.of("Programs.end", sponsor.programs.end, id)
    meter.of("Programs.refund", sponsor.programs.refund, id, sponsor.account)


def silence(meter: Meter) -> None:
    """Ask a sample of the nodes, and say no more."""
    world, programs = meter.world, meter.world.aggregator.programs
    id = world.program(replace(RULES, max_nodes=2), bond=320)
    for node in world.nodes[:3]:
        world.enrol(id, world.member(node))
    meter.of("Programs.anchor", world.stranger.programs.anchor, id)
    world.mine()
    meter.of("Programs.open, of a sample", programs.open, id)
    world.pass_time(RULES.patience + 1)
    meter.of("Programs.abandon, open", world.stranger.programs.abandon, id)
    world.mine()
    programs.close(world.closing(programs.open(id)))
    world.mine()
    meter.of("Programs.drawSeed", world.stranger.programs.draw_seed, id)
    world.pass_time(RULES.patience + 1)
    meter.of("Programs.abandon, closed", world.stranger.programs.abandon, id)
    world.pass_time(RULES.window + 1)
    meter.of("Bonds.settle", world.stranger.bonds.settle, id, 1, 2)


def sale(meter: Meter) -> None:
    """Sell a licence and share its price out."""
    world = meter.world
    id = world.program()
    done = world.run_round(id)
    world.claim(done, 0)
    _sell(meter, id, 1)
    meter.of("Licences.settle", world.stranger.licences.settle, id)
    ada = world.nodes[0]
    meter.of("Licences.withdraw", ada.licences.withdraw, id, ada.account)


def _sell(meter: Meter, id: int, version: int) -> None:
    world, buyer = meter.world, meter.world.buyer
    provider, commitment = world.aggregator.account, key_hash(bytes(32))
    terms = (id, version, 1000, provider, commitment)
    offer = meter.of("Licences.offerVersion", world.sponsor.licences.offer_version, *terms)
    buyer.token.allow(world.book.licences, 1000)
    purchase = meter.of("Licences.buy", buyer.licences.buy, offer, KEY.point)
    meter.of("Licences.deliver", world.aggregator.licences.deliver, purchase, DELIVERY)
    world.pass_time(DISPUTE + 1)
    meter.of("Licences.accept", world.stranger.licences.accept, purchase)


def few(meter: Meter) -> None:
    """Run rounds of four nodes."""
    _rounds(meter, FEW)


def many(meter: Meter) -> None:
    """Run rounds of as many nodes as there can be."""
    _rounds(meter, MANY)


def _rounds(meter: Meter, count: int) -> None:
    world = meter.world
    world.sponsor.token.transfer(world.aggregator.account, LARGE.bond)
    id = world.program(LARGE, budget=3 * LARGE.reward, bond=LARGE.bond)
    leaves = _leaves(world, count)
    first = _round(meter, id, leaves, "the model's first")
    # Whoever is paid and given shares for the first time has slots to begin.
    ada, bob, cleo = (_place(node, leaves) for node in world.nodes[:3])
    _claim(meter, cleo, first, leaves, "first in a model without income")
    _sell(Meter(world), id, 1)
    second = _round(meter, id, leaves, "after a sale")
    third = _round(meter, id, leaves)
    _claim(meter, ada, third, leaves, "first in a model")
    _claim(meter, ada, second, leaves)
    _claim(meter, cleo, third, leaves, "first since a sale")
    _claim(meter, bob, third, leaves, "first in a model")
    empty = to_address(keccak(b"nobody yet")[-20:])
    _claim(meter, bob, second, leaves, "to who has none of the token", empty)


def _round(meter: Meter, id: int, leaves: Sequence[Payout], special: str = "") -> Proposal:
    world, programs = meter.world, meter.world.aggregator.programs
    opened = meter.of(_label("Programs.open", special), programs.open, id)
    close = world.closing(opened, len(leaves))
    meter.of(_label("Programs.close", special), programs.close, close)
    world.mine()
    proposal = world.proposing(close, leaves)
    meter.of(_label("Programs.propose", special), programs.propose, id, proposal)
    world.pass_time(LARGE.window)
    finalize = world.stranger.programs.finalize
    meter.of(_label("Programs.finalize", special), finalize, id, proposal)
    return proposal


def _claim(
    meter: Meter,
    place: tuple[Ledger, int],
    proposal: Proposal,
    leaves: Sequence[Payout],
    special: str = "",
    to: Address | None = None,
) -> None:
    (node, index), world = place, meter.world
    number = 1 + next(
        number
        for number in range(3)
        if world.stranger.programs.round(1, number + 1).proposal == proposal.digest()
    )
    proof = payouts.proof(leaves, index)
    what = (1, number, proposal, index, leaves[index], proof, to or node.account)
    meter.of(_label("Programs.claim", special), node.programs.claim, *what)


def _label(call: str, special: str) -> str:
    return f"{call}, {special}" if special else call


def _leaves(world: World, count: int) -> tuple[Payout, ...]:
    strangers = [to_address(keccak(b"node %d" % each)[-20:]) for each in range(count)]
    ours = [node.account for node in world.nodes]
    accounts = sorted([*ours, *strangers[len(ours) :]], key=lambda each: int(each, 16))
    scores = [(2**60 + 12_345 * each) * (-1 if each % 8 == 7 else 1) for each in range(count)]
    squares = [2**70 + 54_321 * each for each in range(count)]
    paid = payouts.payouts(accounts, scores, squares, LARGE.reward, LARGE.shares_per_round)
    return tuple(paid)


def _place(node: Ledger, leaves: Sequence[Payout]) -> tuple[Ledger, int]:
    return node, next(i for i, leaf in enumerate(leaves) if leaf.node == node.account)


def lies(meter: Meter) -> None:
    """Show wrong sums of rounds of several sizes, with and without a commitment."""
    for count in COUNTS:
        round, _ = large(meter.world, [], count)
        challenge, by = wrong_sum(round), meter.world.stranger.challenges
        proof = by.proof(challenge)
        with moment(meter.world) as now:
            there = now.stranger.challenges
            Meter(now, meter.gas).of(f"Challenges.wrongSum, {count} nodes", there.prove, proof)
        meter.of("Challenges.commit", by.commit, proof)
        meter.world.mine()
        label = f"Challenges.wrongSum, {count} nodes, committed to"
        meter.of(label, by.prove, proof)


SCENES = (people, program, silence, sale, few, many, lies)


@pytest.mark.parametrize("scene", SCENES)
def test_costs_what_it_did(world: World, scene: Callable[[Meter], None]) -> None:
    """
    The gas of every main call is the one in git; set COMMONROOT_WRITE_GAS=1 to accept another.
    """
    meter = Meter(world)

    scene(meter)

    if os.environ.get(WRITE):
        kept = json.loads(SNAPSHOT.read_text()) | {scene.__name__: meter.gas}
        SNAPSHOT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    assert json.loads(SNAPSHOT.read_text())[scene.__name__] == meter.gas


@pytest.mark.parametrize("scene", ["few", "many"])
class TestLimits:
    def test_of_a_round(self, scene: str) -> None:
        """
        An aggregator pays for each round, however many contributed.
        """
        gas = json.loads(SNAPSHOT.read_text())[scene]

        assert gas["Programs.close"] + gas["Programs.propose"] <= 200_000
        assert gas["Programs.finalize"] <= 150_000

    def test_of_a_claim(self, scene: str) -> None:
        """
        A node pays for each payout, and once for its place in a model and for its place in a token.
        """
        gas = json.loads(SNAPSHOT.read_text())[scene]

        assert gas["Programs.claim, first in a model"] <= 160_000
        for when in ("", ", first since a sale", ", to who has none of the token"):
            assert gas[f"Programs.claim{when}"] <= 120_000


def test_limits_of_a_sum_that_is_shown_to_be_wrong() -> None:
    """
    Most of it is calldata: a chunk of every delta.
    """
    gas = json.loads(SNAPSHOT.read_text())["lies"]

    assert gas["Challenges.wrongSum, 16 nodes, committed to"] <= 300_000
    assert gas["Challenges.wrongSum, 64 nodes, committed to"] <= 900_000
