"""A round collects what is honest, remembers it before it promises, and waits for nobody in vain."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flwr.app import RecordDict
from tests.aggregator.samples import (
    BASE,
    GATE,
    Village,
    accepted_of,
    ack_of,
    delta_of,
    due_in,
    honest,
    kept_of,
    member,
    nodes_of,
)
from tests.protocol.samples import account

from commonroot.aggregator.checkpoint import Checkpoint
from commonroot.aggregator.collect import Collecting, Question
from commonroot.aggregator.events import Events, follow
from commonroot.aggregator.mailbox import Letter
from commonroot.base.messages import unpack
from commonroot.protocol.wire import Promise

NAMES = ("ann", "bob", "cem")


def collecting(folder: Path, seconds: float = 60, **known: Any) -> Collecting:
    """Return a round about to ask three members, due in some seconds."""
    assignment = due_in(seconds)
    question = Question(
        gate=replace(GATE, assignment=assignment),
        base=BASE,
        members=tuple(member(name) for name in NAMES),
        until=assignment.deadline,
        kept=known.get("kept", ()),
        promises=known.get("promises", {}),
        seen={},
        tried=known.get("tried", {}),
        silent=frozenset(known.get("silent", ())),
        unanswered=known.get("unanswered", {}),
    )
    memory = Checkpoint(folder).epoch(assignment.round, assignment.epoch)
    return Collecting(question, memory, Events(folder / "events.jsonl"), ack_of)


def answers(collect: Collecting, **others: Any) -> dict[str, Letter | RecordDict | None]:
    """Return what each member says: something honest unless told otherwise."""
    assignment = collect.question.gate.assignment
    said = {name: honest(name, 5 + at, assignment=assignment) for at, name in enumerate(NAMES)}
    return {**said, **others}


class TestRun:
    def test_accepts_all_and_ends_at_once(self, tmp_path: Path) -> None:
        """
        With every answer there, nothing is waited for.
        """
        collect, begun = collecting(tmp_path), time.monotonic()
        collect.run(Village(answers(collect)))

        assert set(collect.accepted) == nodes_of(*NAMES)
        assert collect.absent == {}
        assert time.monotonic() - begun < 30

    def test_promises_at_once_what_makes_a_round(self, tmp_path: Path) -> None:
        """
        With two needed, whoever contributed is sent its ack as soon as two are there.
        """
        collect = collecting(tmp_path)
        village = Village(answers(collect))
        collect.run(village)

        told = {name: Promise.from_fields(unpack(content)[0]) for name, content in village.told}
        assert {account(name): each.signature for name, each in told.items()} == {
            node: kept.ack for node, kept in collect.accepted.items()
        }

    def test_promises_nothing_where_too_few_came(self, tmp_path: Path) -> None:
        """
        Nodes that walk away after an ack must not cost an honest aggregator its bond.
        """
        collect = collecting(tmp_path)
        village = Village(answers(collect, bob=Letter("", None, "no"), cem=Letter("", None, "no")))
        collect.run(village)

        assert village.told == []
        assert [kept.ack for kept in collect.accepted.values()] == [None]
        assert collect.memory.promises() == {}

    def test_stops_where_its_epoch_is_over(self, tmp_path: Path) -> None:
        """
        What else must not wait is done meanwhile, and may end the waiting.
        """

        def over() -> None:
            raise InterruptedError

        collect = collecting(tmp_path)
        collect.meanwhile = over

        with pytest.raises(InterruptedError):
            collect.run(Village(answers(collect, cem=None)))

    def test_a_bad_reply_costs_its_sender_only(self, tmp_path: Path) -> None:
        """
        A failed app, a foreign record and a harmful delta are refused with reasons; the rest stands.
        """
        collect = collecting(tmp_path)
        said = answers(collect, bob=Letter("", None, "Its app failed: no data"), cem=RecordDict())
        collect.run(Village(said))

        assert set(collect.accepted) == nodes_of("ann")
        assert collect.absent[account("bob")] == "Its app failed: no data"
        assert "records of nobody" in collect.absent[account("cem")]

    def test_the_second_of_two_equal_deltas_is_a_copy(self, tmp_path: Path) -> None:
        """
        Whoever comes second with the same bytes has copied them, whatever it signs.
        """
        collect = collecting(tmp_path)
        copied = honest("bob", 5, assignment=collect.question.gate.assignment)
        collect.run(Village(answers(collect, bob=copied)))

        assert collect.absent == {
            account("bob"): f"Its delta is a copy of that of {account('ann')}."
        }

    def test_takes_a_nodes_own_delta_of_an_attempt_that_came_to_nothing(
        self, tmp_path: Path
    ) -> None:
        """
        Nobody was paid for it; another's of that attempt is a copy all the same.
        """
        again, copied = (accepted_of("ann", delta_of(at)).receipt.delta_root for at in (5, 6))
        collect = collecting(tmp_path, tried={again: account("ann"), copied: account("ann")})
        collect.run(Village(answers(collect)))

        assert set(collect.accepted) == nodes_of("ann", "cem")
        assert collect.absent == {
            account("bob"): f"Its delta is a copy of that of {account('ann')}."
        }

    def test_waits_for_the_silent_until_the_deadline(self, tmp_path: Path) -> None:
        """
        A node that answered before is given its time once.
        """
        collect = collecting(tmp_path, seconds=1.5)
        collect.run(Village(answers(collect, cem=None)))

        assert set(collect.accepted) == nodes_of("ann", "bob")
        assert collect.absent == {account("cem"): "It did not answer in time."}
        assert collect.silent == nodes_of("cem")

    def test_gives_the_silent_so_many_times_the_others_time(self, tmp_path: Path) -> None:
        """
        With a grace, a node that is many times slower than enough others is not waited for.
        """
        collect = collecting(tmp_path)
        gate = collect.question.gate
        gate = replace(gate, spec=replace(gate.spec, grace=2))
        collect.question = replace(collect.question, gate=gate)
        collect.run(Village(answers(collect, cem=None)))

        assert set(collect.accepted) == nodes_of("ann", "bob")
        assert collect.absent == {
            account("cem"): "It did not answer in several times the time that the others took."
        }
        assert collect.silent == nodes_of("cem")

    def test_a_lost_node_is_silent_and_not_refused(self, tmp_path: Path) -> None:
        """
        What the SuperLink writes for a node that it no longer hears is nothing the node said.
        """
        collect = collecting(tmp_path)
        collect.run(Village(answers(collect, cem=Letter("", None, "gone", lost=True))))

        assert set(collect.accepted) == nodes_of("ann", "bob")
        assert collect.absent == {account("cem"): "Its SuperNode was lost while it worked."}
        assert collect.silent == nodes_of("cem")

    def test_asks_no_node_for_ever(self, tmp_path: Path) -> None:
        """
        Who answers each time that it is lost is asked three times, and then has refused.
        """
        collect = collecting(tmp_path)
        said = answers(collect, ann=Letter("", None, "no data"), bob=Letter("", None, "no data"))
        village = Village({**said, "cem": Letter("", None, "gone", lost=True)})
        collect.run(village)

        assert [name for name, _ in village.sent].count("cem") == 3
        assert collect.absent[account("cem")] == "gone"

    def test_asks_a_lost_node_again_once_it_is_back(self, tmp_path: Path) -> None:
        """
        With too few answers, a node that was lost and connects again is not lost for the round.
        """
        collect = collecting(tmp_path)
        said = answers(collect, ann=Letter("", None, "no data"))
        village = Village({**said, "cem": Letter("", None, "gone", lost=True)})
        plain = village.send

        def send(node: int, *rest: Any) -> str:
            identity = plain(node, *rest)
            if village.sent[-1][0] == "cem":
                village.says["cem"] = said["cem"]
            return identity

        collect.run(_Watched(village, village.collect, send))

        assert set(collect.accepted) == nodes_of("bob", "cem")
        assert [name for name, _ in village.sent].count("cem") == 2

    def test_does_not_wait_for_the_silent_again(self, tmp_path: Path) -> None:
        """
        Who was silent in the last round is asked, and not waited for.
        """
        collect = collecting(tmp_path, silent=nodes_of("cem"))
        village = Village(answers(collect, cem=None))
        collect.run(village)

        assert [name for name, _ in village.sent] == list(NAMES)
        assert "did not answer before the others" in collect.absent[account("cem")]

    def test_waits_again_for_who_came_back(self, tmp_path: Path) -> None:
        """
        A late answer to the last round shows that a node lives; then it is waited for.
        """
        late = {"2 to cem": member("cem")}
        collect = collecting(tmp_path, 1.5, silent=nodes_of("cem"), unanswered=late)
        village = Village(answers(collect, cem=None))
        village.waiting.append(Letter("2 to cem", RecordDict()))
        collect.run(village)

        assert collect.absent[account("cem")] == "It did not answer in time."

    def test_an_error_is_no_sign_of_life(self, tmp_path: Path) -> None:
        """
        What a SuperLink says in place of a node that it lost does not make the round wait again.
        """
        late = {"2 to cem": member("cem")}
        collect = collecting(tmp_path, silent=nodes_of("cem"), unanswered=late)
        village = Village(answers(collect, cem=None))
        village.waiting.append(Letter("2 to cem", None, "Flower lost it"))
        collect.run(village)

        assert "did not answer before the others" in collect.absent[account("cem")]

    def test_names_the_unconnected(self, tmp_path: Path) -> None:
        """
        Who is not connected is waited for once, then said to be so.
        """
        collect = collecting(tmp_path, seconds=1.5)
        collect.run(Village(answers(collect), connected={"ann", "bob"}))

        assert collect.absent == {account("cem"): "Its SuperNode is not connected."}

    def test_asks_who_connects_late(self, tmp_path: Path) -> None:
        """
        A node that connects while others work is asked as well.
        """
        collect = collecting(tmp_path)
        village = Village(answers(collect), connected={"ann"})
        plain = village.collect

        def connect_all() -> list[Letter]:
            village.connected = None
            return plain()

        collect.run(_Watched(village, connect_all))

        assert set(collect.accepted) == nodes_of(*NAMES)

    def test_goes_on_with_what_was_accepted_before(self, tmp_path: Path) -> None:
        """
        After a restart nobody who has an ack is asked again.
        """
        collect = collecting(tmp_path, kept=(kept_of("ann", delta_of(1)),))
        village = Village(answers(collect))
        collect.run(village)

        assert set(collect.accepted) == nodes_of(*NAMES)
        assert [name for name, _ in village.sent] == ["bob", "cem"]

    def test_sends_the_last_rounds_acks(self, tmp_path: Path) -> None:
        """
        Each node gets its own promise, and no other's.
        """
        promise = Promise(2, 1, b"a" * 65)
        collect = collecting(tmp_path, promises={account("bob"): promise})
        village = Village(answers(collect))
        collect.run(village)

        acks = {name: unpack(content)[0].get("ack") for name, content in village.sent}
        assert acks == {"ann": None, "bob": b"a" * 65, "cem": None}


class TestMemory:
    def test_an_accepted_contribution_is_kept_whole(self, tmp_path: Path) -> None:
        """
        Delta, receipt and ack are on disk as soon as the round has taken them in.
        """
        collect = collecting(tmp_path)
        collect.run(Village(answers(collect)))

        again = collect.memory.kept([member(name) for name in NAMES])
        assert {each.accepted.member.node: each.ack for each in again} == {
            node: each.ack for node, each in collect.accepted.items()
        }
        assert (again[0].accepted.delta == collect.accepted[account("ann")].accepted.delta).all()

    def test_the_delta_is_kept_before_the_ack_is_signed(self, tmp_path: Path) -> None:
        """
        A crash while signing loses a promise nobody has, never a delta that was promised.
        """
        collect = collecting(tmp_path)

        def crash(_: object) -> bytes:
            raise KeyboardInterrupt

        collect.sign_ack = crash
        with pytest.raises(KeyboardInterrupt):
            collect.run(Village(answers(collect)))

        node = account("ann")
        assert (collect.memory.folder / f"{node}.delta").exists()
        assert collect.memory.promises() == {}

    def test_says_what_happens(self, tmp_path: Path) -> None:
        """
        Events name the round, the node and the reason, a line each.
        """
        collect = collecting(tmp_path)
        collect.run(Village(answers(collect, bob=RecordDict())))

        found = [event for event in _events(tmp_path) if event["event"] == "refused"]
        assert [(event["round"], event["node"]) for event in found] == [(3, account("bob"))]


class _Watched:
    """A village whose post box is looked into by somebody else."""

    def __init__(self, village: Village, collect: Any, send: Any = None) -> None:
        self.nodes, self.send, self.collect = village.nodes, send or village.send, collect
        self.tell = village.tell


def _events(folder: Path) -> list[dict[str, Any]]:
    found = []
    for event in follow(folder / "events.jsonl"):
        if event is None:
            return found
        found.append(event)
    return found


def test_the_sample_is_honest() -> None:
    """
    What the tests call honest passes the gate.
    """
    assert accepted_of("ann", delta_of(1)).member.node == account("ann")
