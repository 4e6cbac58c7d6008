"""The engine plays rounds to their end, and goes on from wherever a crash left it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.aggregator.crowd import QUICK, Town, settle
from tests.contracts.world import World

from commonroot.aggregator.archive import Archive
from commonroot.aggregator.checkpoint import Checkpoint, Epoch, MemoryLost
from commonroot.aggregator.rounds import Current, Rounds
from commonroot.ledger import events
from commonroot.ledger.events import End
from commonroot.ledger.gateways.demands import Standing
from commonroot.ledger.gateways.records import Stage
from commonroot.node import again
from commonroot.protocol.evidence import Wanted
from commonroot.protocol.replay.faults import Asked
from commonroot.protocol.round import Opening, Proposal
from commonroot.protocol.rules import Visibility
from commonroot.store.versions import get_manifest

STEPS = [
    *((Rounds, name) for name in ("open", "close", "seed", "draw_seed", "propose", "finalize")),
    *(
        (Epoch, name)
        for name in (
            "keep_assignment",
            "keep_delta",
            "keep",
            "keep_close",
            "keep_gradient",
            "keep_proposal",
        )
    ),
    (Archive, "file"),
    (Checkpoint, "keep_key"),
    (Checkpoint, "forget_before"),
]
"""Everything between two of which a machine may lose its power."""


def events_of(town: Town, kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind, of all runs."""
    lines = (town.folder / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def recompute(town: Town) -> None:
    """Compute every version again from the store, as a node that took part."""
    ledger, wallets = town.parties[0].ledger, [town.parties[0].receipts]
    for version in range(1, town.spec.rules.rounds + 1):
        past = again.past(ledger, town.store, town.program, version)
        outcome = again.compute(ledger, town.store, past, wallets)
        assert outcome.result_root == ledger.models.root(town.program, version)


class TestRun:
    @pytest.mark.parametrize("visibility", list(Visibility))
    def test_plays_every_round_to_its_end(
        self, world: World, tmp_path: Path, visibility: Visibility
    ) -> None:
        """
        All rounds are final, everybody was paid for, and each version is what its deltas come to.
        """
        town = settle(world, tmp_path, visibility=visibility)
        town.engine(town.crowd()).run()

        assert world.sponsor.programs.has_ended(town.program)
        assert [event["round"] for event in events_of(town, "finalized")] == [1, 2]
        recompute(town)

    def test_tells_nodes_where_to_come_once_they_may(self, town: Town) -> None:
        """
        The endpoint is on chain, and every enrolled node is let in.
        """
        crowd = town.crowd()
        town.engine(crowd).run()

        said = events.endpoint(town.world.stranger, town.program)
        assert said is not None
        assert said.endpoint == "127.0.0.1:9"
        assert crowd.admitted == [party.flower.der for party in town.parties]

    def test_sends_each_rounds_acks_with_the_next(self, town: Town) -> None:
        """
        The first messages carry no promise, the second ones that of the first round.
        """
        crowd = town.crowd()
        town.engine(crowd).run()

        promised = [asked.promise.round if asked.promise else None for asked in crowd.asked]
        assert promised == [None, None, 1, 1]

    def test_writes_down_who_was_silent(self, world: World, tmp_path: Path) -> None:
        """
        The manifest says of everybody who was asked what became of the answer.
        """
        rules = replace(QUICK, rounds=1, min_nodes=1, patience=10)
        town = settle(world, tmp_path, rules)
        crowd = town.crowd()
        silent = town.parties[1].ledger.account
        crowd.silent = {silent}
        town.engine(crowd).run()

        named = world.stranger.models.version(town.program, 1).manifest
        assert named is not None
        manifest = get_manifest(town.store, named)
        assert [(each.node, each.why) for each in manifest.absent] == [
            (silent, "It did not answer in time.")
        ]
        recompute(town)

    def test_gives_up_an_epoch_and_not_the_round(self, world: World, tmp_path: Path) -> None:
        """
        With too few answers the epoch is abandoned, and the same round opens again.
        """
        town = settle(world, tmp_path, replace(QUICK, rounds=1, patience=10))
        world.deposit(town.program, QUICK.bond)  # the first epoch's is forfeited for a while
        crowd = town.crowd()
        crowd.silent = {party.ledger.account for party in town.parties}
        abandon = Rounds.abandon

        def abandon_and_wake(self: Rounds, deadline: int) -> None:
            abandon(self, deadline)
            crowd.silent = set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Rounds, "abandon", abandon_and_wake)
            town.engine(crowd).run()

        assert world.sponsor.programs.has_ended(town.program)
        opened = [(event["round"], event["epoch"]) for event in events_of(town, "round_opened")]
        assert opened == [(1, 1), (1, 2)]


class TestPending:
    def test_trains_on_while_a_proposal_waits(self, world: World, tmp_path: Path) -> None:
        """
        With two rounds in progress at once, the second begins on the first one's proposal.
        """
        town = settle(world, tmp_path, replace(QUICK, max_pending=2))
        town.engine(town.crowd()).run()

        told = [
            (event["event"], event["round"])
            for event in map(json.loads, (town.folder / "events.jsonl").read_text().splitlines())
            if event["event"] in ("round_opened", "finalized")
        ]
        assert told.index(("round_opened", 2)) < told.index(("finalized", 1))
        assert world.sponsor.programs.has_ended(town.program)
        recompute(town)

    def test_answers_what_is_demanded_of_it(self, world: World, tmp_path: Path) -> None:
        """
        A row, a column and the contributions are shown in time, and the fees are the aggregator's.
        """
        town = settle(world, tmp_path, replace(QUICK, rounds=1))
        propose = Rounds.propose

        def propose_and_be_asked(self: Rounds, proposal: Proposal) -> None:
            propose(self, proposal)
            (record,) = events.rounds(world.buyer, town.program)
            assert record.close is not None
            world.buyer.token.allow(world.book.demands, 3 * QUICK.demand_fee)
            for place in ((Asked.ROW, 1, 0), (Asked.COLUMN, 1, 1), (Asked.CONTRIBUTIONS, 0, 0)):
                world.buyer.demands.demand(Wanted(record.close, proposal, *place))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Rounds, "propose", propose_and_be_asked)
            town.engine(town.crowd()).run()

        told = [(event["what"], event["chunk"]) for event in events_of(town, "answered")]
        assert sorted(told) == [("column", 1), ("contributions", 0), ("row", 1)]
        standings = {each.standing for each in events.demands(world.buyer, town.program)}
        assert standings == {Standing.ANSWERED}
        owed = world.buyer.demands.owed(world.book.token, world.aggregator.account)
        assert owed == 3 * QUICK.demand_fee
        assert world.sponsor.programs.has_ended(town.program)

    def test_does_a_void_round_again_with_another_key(self, world: World, tmp_path: Path) -> None:
        """
        What was voided, and what was built on it, is dropped; trusted again, the same round is done anew.
        """
        town = settle(world, tmp_path, replace(QUICK, max_pending=2))
        world.deposit(town.program, 4 * QUICK.bond)
        opened = Rounds.opening
        lied: list[int] = []

        def be_voided(self: Rounds, current: Current) -> Opening:
            # The first proposal falls while the second one's nodes train.
            if current.number == 2 and not lied:
                lied.append(1)
                void(world, town.program, 1)
                world.sponsor.programs.appoint(town.program, world.aggregator.account)
            return opened(self, current)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Rounds, "opening", be_voided)
            patch.setattr("commonroot.aggregator.duties._OFTEN", 0.0)
            patch.setattr("commonroot.aggregator.duties._SELDOM", 0.0)
            town.engine(town.crowd()).run()

        assert [(event["round"], event["epoch"]) for event in events_of(town, "voided")] == [(1, 1)]
        made = [
            (each.round, each.epoch, each.end)
            for each in events.rounds(world.stranger, town.program)
        ]
        assert made == [
            (1, 1, End.VOIDED),
            (2, 1, End.DROPPED),
            (1, 2, None),
            (2, 2, None),
        ]
        keys = {path.name: path.read_bytes() for path in (town.folder / "keys").iterdir()}
        assert keys["1-1.key"] != keys["1-2.key"]
        recompute(town)


class TestCrash:
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
    def test_goes_on_from_any_instant(
        self, town: Town, owner: type, name: str, after: bool
    ) -> None:
        """
        Whatever was the last thing done, a new run ends with every round final, once, and recomputable.
        """
        with pytest.MonkeyPatch.context() as patch:
            _crash_at(patch, owner, name, after=after)
            with pytest.raises(KeyboardInterrupt):
                town.engine(town.crowd()).run()
        acked = _acked(town)

        town.engine(town.crowd()).run()

        assert town.world.sponsor.programs.has_ended(town.program)
        final = events.rounds(town.world.stranger, town.program)
        assert Counter(each.round for each in final) == {1: 1, 2: 1}
        assert all(each.stage is Stage.FINALIZED for each in final)
        assert acked <= _contributed(town)
        recompute(town)

    def test_without_its_memory_it_says_so(self, town: Town) -> None:
        """
        A closed round cannot be proposed from another folder, and nothing is made up.
        """
        with pytest.MonkeyPatch.context() as patch:
            _crash_at(patch, Rounds, "close", after=True)
            with pytest.raises(KeyboardInterrupt):
                town.engine(town.crowd()).run()
        elsewhere = replace(town, folder=town.folder.with_name("elsewhere"))

        with pytest.raises(MemoryLost, match="is not in this folder"):
            elsewhere.engine(town.crowd()).run()


def void(world: World, program: int, round: int) -> None:
    """Void a waiting round by a demand that nobody answers in time."""
    record = next(each for each in events.rounds(world.buyer, program) if each.round == round)
    assert record.close is not None
    assert record.proposal is not None
    wanted = Wanted(record.close, record.proposal, Asked.CONTRIBUTIONS, 0, 0)
    world.buyer.token.allow(world.book.demands, QUICK.demand_fee)
    world.buyer.demands.demand(wanted)
    world.pass_time(QUICK.window * 2 // 3)
    world.buyer.demands.expire(wanted)


def _crash_at(patch: pytest.MonkeyPatch, owner: type, name: str, *, after: bool) -> None:
    """Let the power go at the first call of a method."""
    plain = getattr(owner, name)

    def crash(self: Any, *args: Any, **others: Any) -> Any:
        if after:
            plain(self, *args, **others)
        raise KeyboardInterrupt

    patch.setattr(owner, name, crash)


def _acked(town: Town) -> set[tuple[int, str]]:
    """Return which nodes hold a promise for which round, as the folder remembers it."""
    return {
        (int(path.parent.name.partition("-")[0]), path.stem)
        for path in town.folder.glob("*-*/0x*.json")
    }


def _contributed(town: Town) -> set[tuple[int, str]]:
    """Return which nodes are in which round's manifest."""
    found = set()
    for version in (1, 2):
        named = town.world.stranger.models.version(town.program, version).manifest
        assert named is not None
        manifest = get_manifest(town.store, named)
        found |= {(version, entry.contribution.node) for entry in manifest.entries}
    return found
