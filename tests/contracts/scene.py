"""A round of six nodes that tests of the judges lie about, and what they need to say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any, final

from coincurve import PrivateKey
from tests.contracts import world as worlds
from tests.contracts.court import (
    SALT,
    Member,
    honest,
    members,
    opened,
    person_of,
    proof,
    proposed,
)
from tests.contracts.world import World, signer_of
from tests.protocol.drafts import Draft, Person, Settled, Stage, sign
from tests.protocol.lies import LIES
from tests.protocol.samples import digest

from commonroot.ledger.gateways.bonds import Bond, forfeit_key
from commonroot.ledger.gateways.records import Program, Round
from commonroot.ledger.ledger import Ledger
from commonroot.protocol import tree
from commonroot.protocol.evidence import Signed
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.challenges import Challenge, OmissionChallenge
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, Case
from commonroot.protocol.hashing import Address
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.replay import Laid
from commonroot.protocol.round import packed_weights

RULES = replace(worlds.RULES, max_nodes=8, max_pending=2)
"""Sixteen tens behind each round: a lie burns eight, four are the challenger's, four the nodes'."""

BURNED, BOUNTY, POOL = 80, 40, 40
SEATS = 6
EACH = POOL // SEATS
"""What an acked node draws, a sixth of the pool for each of six seats."""


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """A chain with six members, who all take part in a program whose first round is open."""

    world: World
    members: list[Member]
    stage: Stage

    @property
    def program(self) -> int:
        """Return the program."""
        return self.stage.opening.program

    @property
    def challenger(self) -> Ledger:
        """Return who has no other part in anything."""
        return self.world.ledgers[8]

    @property
    def copier(self) -> Ledger:
        """Return who reads the pool."""
        return self.world.ledgers[9]

    def honest(self) -> Settled:
        """Return an honest round of all six that waits to become final."""
        return proposed(self.world, honest(self.stage, Random("an honest round"), SEATS))

    def told(self, name: str, seed: str = "") -> Settled:
        """Return a round with a lie in it that waits to become final."""
        chance, lie = Random(name + seed), LIES[name]
        told = honest(self.stage, chance, SEATS)
        lie.plant(told, chance)
        return proposed(self.world, told)

    def ended(self, epoch: int = 1, number: int = 1) -> bytes:
        """Return the name of an epoch's forfeit."""
        return forfeit_key(self.program, number, epoch)

    def settle(self, epoch: int = 1, number: int = 1) -> None:
        """Wait until nothing can be shown or drawn any more, and settle an epoch's forfeit."""
        self.pass_window()
        self.world.stranger.bonds.settle(self.program, number, epoch)

    def pass_window(self) -> None:
        """Wait until nothing can be shown or drawn any more."""
        self.world.pass_time(RULES.window + 1)
        self.world.mine()

    def worth(self) -> dict[Address, int]:
        """Return what everybody has of the token, in hand, in its bond, or owed to it."""
        return {each.account: self._worth(each) for each in self.world.ledgers[1:]}

    def _worth(self, of: Ledger) -> int:
        token, account = self.world.book.token, of.account
        put_up = of.bonds.bond_of(self.program, account).total
        owed = of.bonds.owed(token, account) + of.demands.owed(token, account)
        return self.world.balance(of) + put_up + owed


def begun(world: World) -> Scene:
    """Make six members, who all take part in a program whose first round is open."""
    there = members(world)
    return Scene(world, there, opened(world, there, Random("a scene"), rules=RULES))


def seen_by(world: World, scene: Scene) -> Scene:
    """Return a scene as a world of the same chain, with fresh senders, sees it."""
    ledgers = {each.account: each for each in world.ledgers}
    there = [replace(each, ledger=ledgers[each.ledger.account]) for each in scene.members]
    return replace(scene, world=world, members=there)


def commit(scene: Scene, challenge: Challenge, by: Ledger) -> None:
    """Commit to a challenge, and let that be past."""
    by.challenges.commit(by.challenges.proof(challenge))
    scene.world.mine()


def reveal(challenge: Challenge, by: Ledger) -> None:
    """Send a challenge."""
    by.challenges.prove(by.challenges.proof(challenge))


def show(scene: Scene, challenge: Challenge, by: Ledger) -> None:
    """Commit to a challenge and send it."""
    commit(scene, challenge, by)
    reveal(challenge, by)


def found(round: Settled) -> Challenge:
    """Return the challenge that a round provokes."""
    challenge = proof(round)
    assert challenge is not None
    return challenge


def promise(round: Settled, place: int) -> tuple[Signed, bytes]:
    """Return a contribution's receipt, and the aggregator's ack."""
    entry = round.artifacts.manifest.entries[place]
    receipt = entry.contribution.receipt(round.recorded.opening, round.recorded.parent_root)
    return Signed(receipt, entry.contribution.signature), entry.ack


def signed(stage: Stage, by: Person, **changes: Any) -> tuple[Signed, bytes]:
    """Return a receipt of one of a stage's people, changed as said, and the aggregator's ack."""
    usual = receipt_of(stage, by)
    receipt = replace(usual, **changes)
    said = receipt.digest(stage.domain)
    ack = Ack(said, receipt.epoch).digest(stage.domain)
    return Signed(receipt, sign(by.key, said)), sign(stage.aggregator, ack)


def receipt_of(stage: Stage, by: Person) -> Receipt:
    """Return an ordinary receipt."""
    at = stage.opening
    return Receipt(
        at.program, at.round, at.epoch, tree.vector_root(stage.base), at.aggregator,
        by.dataset, digest("a delta"), stage.rules.weight(by.records), 2_000_000_000,
    )  # fmt: skip


def omitted(round: Settled, given: Signed, ack: bytes, *places: int) -> OmissionChallenge:
    """Return the claim that a receipt is missing beside some places."""
    beside = tuple(shown(round.artifacts, place) for place in places)
    return OmissionChallenge(case(round), given, ack, beside, NO_PROPOSAL)


def case(round: Settled) -> Case:
    """Return the case of a round."""
    return Case(round.recorded.close, round.recorded.proposal, SALT)


def outsider(scene: Scene) -> Person:
    """Return somebody who is no member, with a dataset that nobody registered."""
    ledger = scene.copier
    return person_of(scene.world, scene.program, Member(ledger, digest("nothing"), 1))


def laid(round: Settled) -> Laid:
    """Return what a round's rows were built from."""
    assert round.artifacts.laid is not None
    return round.artifacts.laid


def weights(round: Settled) -> bytes:
    """Return a round's weights, packed."""
    entries = round.artifacts.manifest.entries
    return packed_weights([each.contribution.weight for each in entries])


def place_of(round: Settled, person: Person) -> int:
    """Return where somebody's contribution stands."""
    return [each.contribution.node for each in round.artifacts.manifest.entries].index(person.node)


def salted(challenge: Any, name: str) -> Any:
    """Return a challenge with another salt, as another challenger would choose it."""
    return replace(challenge, case=replace(challenge.case, salt=digest(name)))


def on(stage: Stage, told: Draft, **changes: Any) -> Draft:
    """Return a draft on another stage."""
    return replace(told, stage=replace(stage, **changes))


def state(scene: Scene) -> tuple[Program, Round, Bond]:
    """Return what the chain has of a scene's program and its first round."""
    chain = scene.world.stranger
    bond = chain.bonds.bond_of(scene.program, scene.world.aggregator.account)
    return chain.programs.program(scene.program), chain.programs.round(scene.program, 1), bond


def secret(of: Ledger) -> PrivateKey:
    """Return somebody's key."""
    return PrivateKey(signer_of(of).wallet.secret)


def rotate(scene: Scene, node: Ledger) -> Person:
    """Give a node the sponsor's key for its receipts; return it with that key."""
    new = worlds.keys(node.account, scene.world.sponsor, scene.world.book, b"another flower")
    node.nodes.rotate(new)
    person = next(each for each in scene.stage.people if each.node == node.account)
    return replace(person, key=secret(scene.world.sponsor))
