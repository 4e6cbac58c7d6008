"""
A federation of real processes, played once: SuperLink, two SuperNodes, a stranger, poison, and a kill.

The first node is honest; the second poisons one round. After the first round the aggregator's machine
loses its power, and the same command goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.federation.village import POISONED, ROUNDS, Village, processes_with

from commonroot.base.processes import Children
from commonroot.node import again
from commonroot.store.versions import get_manifest

pytestmark = [
    pytest.mark.federation,
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc"),
]


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Play the whole story, and return the village as it is afterwards, its chain still there."""
    with Children() as children:
        played = Village(tmp_path_factory.mktemp("village"), children)
        played.found()
        played.start_aggregator()
        played.start_node("ann")
        played.start_node("bob", "--rehearse", f"commonroot.lab.attacks:boost:{POISONED}")
        played.follow_until(lambda event: event["event"] == "round_opened")
        played.stranger = played.send_a_stranger()
        played.environments = _environments(played.folder)
        played.follow_until(lambda event: event["event"] == "finalized")
        played.running["aggregator"].crash()
        played.start_aggregator()
        played.follow_until(lambda event: event["event"] == "done")
        played.ends = {name: child.process.wait(60) for name, child in played.running.items()}
        played.left = processes_with(str(played.folder))
        yield played


def of_kind(village: Village, kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind."""
    return [event for event in village.heard if event["event"] == kind]


class TestRounds:
    def test_all_are_final(self, village: Village) -> None:
        """
        Every round of the program went to its end, once each.
        """
        state = village.ledger().programs.program(village.program)

        assert state.finalized == ROUNDS
        assert [event["round"] for event in of_kind(village, "finalized")] == [1, 2, 3]

    def test_can_be_recomputed_from_the_store(self, village: Village) -> None:
        """
        Each version is what its round's deltas come to, bit for bit, read by a node that took part.
        """
        ledger, ann = village.ledger("ann"), village.people["ann"]
        keys = again_keys(village, "ann")
        for version in range(1, ROUNDS + 1):
            past = again.past(ledger, ann.store, village.program, version)
            outcome = again.compute(ledger, ann.store, past, keys)
            assert outcome.result_root == ledger.models.root(village.program, version)

    def test_the_poison_is_refused_with_its_reason(self, village: Village) -> None:
        """
        A signed delta fifty times too long stays out, in the events and in the manifest alike.
        """
        bob = village.people["bob"]
        (refused,) = of_kind(village, "refused")
        assert (refused["round"], refused["node"]) == (POISONED, bob.address)
        assert "lanes long; the gate admits" in refused["why"]

        named = village.ledger().models.version(village.program, POISONED).manifest
        assert named is not None
        manifest = get_manifest(bob.store, named)
        assert [(each.node, each.why) for each in manifest.absent] == [
            (bob.address, refused["why"])
        ]

    def test_every_contribution_was_acked(self, village: Village) -> None:
        """
        A node holds the aggregator's signed promise for each round, the last one's too.
        """
        folder = village.people["ann"].settings.home / "node" / str(village.program)
        assert sorted(path.name for path in folder.rglob("*.ack")) == [
            "1-1.ack",
            "2-1.ack",
            "3-1.ack",
        ]


class TestDoors:
    def test_a_key_that_nobody_registered_is_refused(self, village: Village) -> None:
        """
        A SuperNode without a member's key ends, and no message ever went to it.
        """
        assert village.stranger != 0
        assert "SuperNode ID:" not in (village.folder / "stranger.log").read_text()

    def test_no_child_of_flowers_sees_the_password(self, village: Village) -> None:
        """
        Wallets stay in the supervisors: what runs apps or talks to the net knows no password.
        """
        assert {"superlink", "supernode", "client", "server"} <= set(village.environments)
        for kind, environment in village.environments.items():
            assert "COMMONROOT_PASSWORD" not in environment, kind


class TestEnd:
    def test_everybody_ends_well(self, village: Village) -> None:
        """
        Aggregator and nodes end by themselves when the program is done.
        """
        assert village.ends == {"aggregator": 0, "ann": 0, "bob": 0}, village.logs()

    def test_nothing_is_left_behind(self, village: Village) -> None:
        """
        Only the chain, which is not theirs, still runs.
        """
        assert [line for line in village.left if "devchain" not in line] == []


def again_keys(village: Village, name: str) -> list[Any]:
    """Return the keys with which a node reads rounds."""
    from commonroot.keys.places import receipt_keys
    from commonroot.lab.cast import PASSWORD

    return [receipt_keys(village.people[name].settings.home).unlock(name, PASSWORD)]


def _environments(folder: Path) -> dict[str, str]:
    """Return the environments of Flower's processes, by what each is."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
            environment = (process / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(str(folder) in word for word in words):
            for kind in ("superlink", "supernode", "client", "server"):
                if kind in words or any(word.endswith(f"flower-{kind}") for word in words):
                    found[kind] = environment
    return found
