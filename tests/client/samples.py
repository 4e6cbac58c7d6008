"""A node at work: a tiny program, its own characters, and a chain that says what a test wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import final

from tests.protocol.samples import DOMAIN, account, digest, key

from commonroot.client.chain import OPEN, Round
from commonroot.client.contribute import Contributor
from commonroot.client.memory import Memory
from commonroot.client.settings import RunSettings
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.learning.nets import Conv4
from commonroot.learning.presets import DEMO
from commonroot.node.planning import Choices, plan
from commonroot.protocol import tree
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.wire import Assignment
from commonroot.tasks.drawn import drawn
from commonroot.tasks.owned import Owned

TINY = replace(
    DEMO,
    learner=replace(DEMO.learner, net=Conv4(filters=2, ways=5, side=28), local_steps=1, tasks=1),
    validation_tasks=1,
)
PLAN = plan(Choices("tiny", reward=80), drawn(1, 6, seed=1), TINY)
BASE = PLAN.seed

ASSIGNMENT = Assignment(
    program=7,
    round=3,
    epoch=1,
    base_root=tree.vector_root(BASE),
    aggregator=account("aggregator"),
    deadline=2_000_000_000,
)


@final
class FakeChain:
    """A chain on which round 3 is open, on the version that the tests call the base."""

    stage, epoch, root = OPEN, 1, ASSIGNMENT.base_root
    final = frozenset[int]()

    def __init__(self, url: str) -> None:
        assert url == "http://chain"

    def round(self, programs: Address, program: int, number: int) -> Round:
        """Return the state of the round."""
        assert (programs, program, number) == (DOMAIN.programs, 7, 3)
        return Round(self.stage, self.epoch, digest("opening"), digest("no proposal"))

    def parent(self, programs: Address, program: int, number: int, state: Round) -> int:
        """Return the version that the round starts from."""
        assert (program, number, state.commitment) == (7, 3, digest("opening"))
        return 2

    def base_root(self, programs: Address, models: Address, program: int, version: int) -> Digest:
        """Return the root of version 2."""
        assert (programs, program, version) == (DOMAIN.programs, 7, 2)
        return self.root

    def is_final(self, programs: Address, program: int, number: int) -> bool:
        """Say whether a round is final."""
        return number in self.final


def settings_in(folder: Path) -> RunSettings:
    """Return what Ann's run is about; her dataset is kept in the folder."""
    owned = Owned.keep(folder / "characters", drawn(1, 6, seed=2), "drawn:2:1x6")
    return RunSettings(
        rpc="http://chain",
        chain_id=DOMAIN.chain_id,
        programs=DOMAIN.programs,
        models=account("models"),
        program=7,
        account=account("ann"),
        aggregator=account("aggregator"),
        dataset=to_hex(digest("dataset of ann")),
        records=str(owned.folder),
        weight=1,
        spec=str(folder / "spec.json"),
        memory=str(folder / "rounds"),
        agent=str(folder / "agent"),
    )


def contributor_in(folder: Path, rehearsal: str = "") -> Contributor:
    """Return Ann, ready to contribute."""
    settings = replace(settings_in(folder), rehearsal=rehearsal)
    signer = WalletSigner(Wallet(key("receipts of ann").secret))
    return Contributor(settings, PLAN.spec, Memory(folder / "rounds"), signer)


def twice(delta: object) -> object:
    """Spoil a delta for a rehearsal."""
    return delta * 2  # type: ignore[operator]
