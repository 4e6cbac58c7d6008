"""A node learns from the version that the chain names, signs once, and forgets nothing that counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.client.samples import ASSIGNMENT, BASE, PLAN, FakeChain, contributor_in
from tests.protocol.samples import DOMAIN, account, digest, signed

from commonroot.aggregator.members import Member
from commonroot.aggregator.quarantine import Gate
from commonroot.client.contribute import Contributor
from commonroot.client.errors import NotTheQuestion
from commonroot.client.rehearsal import NoRehearsal
from commonroot.protocol import fixed
from commonroot.protocol.receipt import Ack
from commonroot.protocol.wire import Promise

DATA = fixed.to_bytes(BASE)


@pytest.fixture(autouse=True)
def chain(monkeypatch: pytest.MonkeyPatch) -> type[FakeChain]:
    """Put a chain under the test's control in place of the real one."""
    fake = type("Chain", (FakeChain,), {})
    monkeypatch.setattr("commonroot.client.contribute.Chain", fake)
    return fake


@pytest.fixture
def ann(tmp_path: Path) -> Contributor:
    """Return a node at work."""
    return contributor_in(tmp_path)


def refusal(node: Contributor, data: bytes = DATA, **wrong: Any) -> str:
    """Return why a node does not answer."""
    with pytest.raises(NotTheQuestion) as caught:
        node.answer(replace(ASSIGNMENT, **wrong), data)
    return str(caught.value)


class TestAnswer:
    def test_passes_the_aggregators_gate(self, ann: Contributor) -> None:
        """
        What an honest node answers is what an aggregator admits.
        """
        answer, delta = ann.answer(ASSIGNMENT, DATA)

        member = Member(
            account("ann"), account("receipts of ann"), b"", digest("dataset of ann"), 120
        )
        gate = Gate(PLAN.spec, DOMAIN, ASSIGNMENT)
        accepted = gate.judge(member, answer.to_fields(), delta, {})
        assert np.array_equal(accepted.delta, fixed.from_bytes(delta))

    def test_is_the_same_when_asked_again(self, ann: Contributor) -> None:
        """
        Two deltas for one epoch would cost the bond: the second answer is the first.
        """
        first = ann.answer(ASSIGNMENT, DATA)

        assert ann.answer(ASSIGNMENT, DATA) == first

    def test_a_crash_before_signing_keeps_the_delta(
        self, ann: Contributor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What was learned before a crash is what gets signed after it.
        """
        monkeypatch.setattr(Contributor, "_sign", _crash)
        with pytest.raises(KeyboardInterrupt):
            ann.answer(ASSIGNMENT, DATA)
        monkeypatch.undo()
        monkeypatch.setattr("commonroot.client.contribute.Chain", FakeChain)
        kept = ann.memory.delta(3, 1)

        _, delta = ann.answer(ASSIGNMENT, DATA)

        assert kept is not None
        assert delta == fixed.to_bytes(kept)

    def test_learns_anew_in_another_epoch(self, ann: Contributor, chain: type[FakeChain]) -> None:
        """
        An epoch that was voided took its receipt with it.
        """
        first, _ = ann.answer(ASSIGNMENT, DATA)
        chain.epoch = 2
        second, _ = ann.answer(replace(ASSIGNMENT, epoch=2), DATA)

        assert second.receipt.delta_root != first.receipt.delta_root
        assert second.receipt.epoch == 2

    def test_forgets_deltas_of_final_rounds_only(
        self, ann: Contributor, chain: type[FakeChain]
    ) -> None:
        """
        Until its round is final a delta may have to be shown.
        """
        for round in (1, 2):
            ann.memory.keep_delta(round, 1, BASE)
        chain.final = frozenset({1})

        ann.answer(ASSIGNMENT, DATA)

        assert ann.memory.rounds_with_deltas() == [2, 3]


class TestQuestion:
    def test_refuses_another_program_or_aggregator(self, ann: Contributor) -> None:
        """
        Only what was agreed on is answered, whoever sends the message.
        """
        assert "not the one agreed on" in refusal(ann, program=8)
        assert "not the one agreed on" in refusal(ann, aggregator=account("eve"))

    def test_refuses_a_round_that_is_over(self, ann: Contributor) -> None:
        """
        After the deadline nothing is learned in vain.
        """
        assert refusal(ann, deadline=1_000_000_000) == "Round 3 is over."

    @pytest.mark.parametrize(("stage", "epoch"), [(0, 1), (2, 1), (1, 2)])
    def test_refuses_what_is_not_open_on_chain(
        self, ann: Contributor, chain: type[FakeChain], stage: int, epoch: int
    ) -> None:
        """
        The chain decides which epoch takes contributions.
        """
        chain.stage, chain.epoch = stage, epoch

        assert "not the one open on chain" in refusal(ann)

    def test_refuses_a_base_that_is_not_the_version(
        self, ann: Contributor, chain: type[FakeChain]
    ) -> None:
        """
        A base of the aggregator's own making is not trained on.
        """
        chain.root = digest("another version")

        assert refusal(ann) == "The base of round 3 is not version 2."

    def test_refuses_bytes_that_are_not_the_base(self, ann: Contributor) -> None:
        """
        The right root over the wrong bytes is found out.
        """
        wrong = bytearray(DATA)
        wrong[5] ^= 1

        assert "not the base they name" in refusal(ann, bytes(wrong))

    def test_reads_no_data_for_a_refused_question(
        self, ann: Contributor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Records are touched only once everything holds.
        """
        monkeypatch.setattr("commonroot.tasks.owned.Owned.characters", _crash)

        assert refusal(ann, program=8)


class TestPromise:
    def test_is_kept(self, ann: Contributor) -> None:
        """
        The ack of a contribution lies beside it, for whoever has to prove it.
        """
        answer, _ = ann.answer(ASSIGNMENT, DATA)
        ack = signed("aggregator", Ack(answer.receipt.digest(DOMAIN), 1).digest(DOMAIN))
        ann.answer(replace(ASSIGNMENT, promise=Promise(3, 1, ack)), DATA)

        assert (ann.memory.folder / "3-1.ack").read_bytes() == ack

    def test_is_kept_when_it_comes_by_itself(self, ann: Contributor) -> None:
        """
        The sooner a node has its ack, the sooner it can hold the aggregator to it.
        """
        answer, _ = ann.answer(ASSIGNMENT, DATA)
        ack = signed("aggregator", Ack(answer.receipt.digest(DOMAIN), 1).digest(DOMAIN))

        ann.keep_promise(Promise(3, 1, ack))

        assert (ann.memory.folder / "3-1.ack").read_bytes() == ack

    def test_must_be_the_aggregators(self, ann: Contributor) -> None:
        """
        A promise that nobody could be held to is refused.
        """
        answer, _ = ann.answer(ASSIGNMENT, DATA)
        false = signed("eve", Ack(answer.receipt.digest(DOMAIN), 1).digest(DOMAIN))

        assert "ack of round 3 is not" in refusal(ann, promise=Promise(3, 1, false))

    def test_for_nothing_is_ignored(self, ann: Contributor) -> None:
        """
        A node that lost its memory takes part all the same.
        """
        ann.answer(replace(ASSIGNMENT, promise=Promise(2, 1, bytes(65))), DATA)

        assert not list(ann.memory.folder.glob("*.ack"))


class TestRehearsal:
    def test_spoils_its_round_only(self, tmp_path: Path) -> None:
        """
        The spoiled delta is signed and kept like any other.
        """
        spoiled = contributor_in(tmp_path, "tests.client.samples:twice:3")
        answer, delta = spoiled.answer(ASSIGNMENT, DATA)
        moved = fixed.from_bytes(delta)

        assert answer.receipt.round == 3
        assert not (moved % 2).any()
        assert moved.any()

    def test_is_refused_off_a_dev_chain(self, tmp_path: Path) -> None:
        """
        Where money is real, nobody spoils a delta, whatever the settings say.
        """
        node = contributor_in(tmp_path, "tests.client.samples:twice:3")
        node = replace(node, settings=replace(node.settings, chain_id=1))

        with pytest.raises(NoRehearsal, match="Chain 1 is no dev chain"):
            node.answer(ASSIGNMENT, DATA)


def _crash(*_: object) -> None:
    raise KeyboardInterrupt
