"""An aggregator's memory gives back what it was told to keep, and names what it cannot read."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from tests.aggregator.samples import ASSIGNMENT, accepted_of, delta_of, kept_of, member
from tests.protocol.samples import account, digest, played

from commonroot.aggregator.checkpoint import Checkpoint, CheckpointDamaged, Epoch


@pytest.fixture
def memory(tmp_path: Path) -> Checkpoint:
    """Return an empty memory."""
    return Checkpoint(tmp_path / "program")


@pytest.fixture
def epoch(memory: Checkpoint) -> Epoch:
    """Return the empty memory of an attempt at a round."""
    return memory.epoch(3, 1)


def keep(epoch: Epoch, name: str, *lanes: int) -> None:
    """Keep somebody's contribution with its ack."""
    kept = kept_of(name, delta_of(*lanes))
    epoch.keep_delta(kept.accepted)
    epoch.keep(kept.accepted, kept.ack)


class TestEpoch:
    def test_has_nothing_to_begin_with(self, epoch: Epoch) -> None:
        """
        What was not kept is nothing, not an error.
        """
        assert epoch.assignment() is None
        assert epoch.close() is None
        assert epoch.proposal() is None
        assert epoch.kept([member("ann")]) == []
        assert epoch.absent() == {}

    def test_gives_back_contributions(self, epoch: Epoch) -> None:
        """
        Delta, receipt, signature and ack come back as they were.
        """
        keep(epoch, "ann", 1, -2)

        (again,) = epoch.kept([member("ann"), member("bob")])
        first = kept_of("ann", delta_of(1, -2))
        assert again.ack == first.ack
        assert again.accepted.receipt == first.accepted.receipt
        assert np.array_equal(again.accepted.delta, first.accepted.delta)

    def test_a_delta_without_its_receipt_was_not_accepted(self, epoch: Epoch) -> None:
        """
        Before the ack there is no promise, and the node is asked again.
        """
        epoch.keep_delta(accepted_of("ann", delta_of(1)))

        assert epoch.kept([member("ann")]) == []

    def test_gives_back_documents(self, epoch: Epoch) -> None:
        """
        Assignment, close, proposal and absences survive as they are.
        """
        recorded = played().recorded
        epoch.keep_assignment(ASSIGNMENT)
        epoch.keep_close(recorded.close)
        epoch.keep_proposal(recorded.proposal)
        epoch.keep_absent({account("cem"): "silent"})

        assert epoch.assignment() == ASSIGNMENT
        assert epoch.close() == recorded.close
        assert epoch.proposal() == recorded.proposal
        assert epoch.absent() == {account("cem"): "silent"}

    def test_knows_promises_and_roots(self, epoch: Epoch) -> None:
        """
        The next round sends the acks on and recognizes the deltas.
        """
        keep(epoch, "ann", 1)
        first = kept_of("ann", delta_of(1))

        assert epoch.roots() == {first.accepted.receipt.delta_root: account("ann")}
        promise = epoch.promises()[account("ann")]
        assert (promise.round, promise.epoch, promise.signature) == (3, 1, first.ack)

    def test_names_a_damaged_file(self, epoch: Epoch) -> None:
        """
        A file that cannot be read stops the aggregator with its path.
        """
        epoch.keep_assignment(ASSIGNMENT)
        (epoch.folder / "assignment.json").write_text("{")

        with pytest.raises(CheckpointDamaged, match=r"assignment\.json cannot be read"):
            epoch.assignment()

    def test_names_a_missing_delta(self, epoch: Epoch) -> None:
        """
        A promise whose delta is gone is not passed over in silence.
        """
        keep(epoch, "ann", 1)
        (epoch.folder / f"{account('ann')}.delta").unlink()

        with pytest.raises(CheckpointDamaged, match=r"\.delta cannot be read"):
            epoch.kept([member("ann")])


class TestCheckpoint:
    def test_the_last_ack_counts_of_all_before(self, memory: Checkpoint) -> None:
        """
        Of several attempts at a round, the last one counts; before the first there is none.
        """
        keep(memory.epoch(2, 1), "ann", 1)
        keep(memory.epoch(2, 10), "bob", 2)

        promises = memory.before(3, 1).promises()
        assert {node: ack.epoch for node, ack in promises.items()} == {
            account("ann"): ASSIGNMENT.epoch,
            account("bob"): ASSIGNMENT.epoch,
        }
        assert set(memory.before(2, 10).promises()) == {account("ann")}
        assert memory.before(1, 1).promises() == {}

    def test_forgets_old_rounds_and_no_keys(self, memory: Checkpoint) -> None:
        """
        What lies in the store is dropped here; keys are nowhere else.
        """
        for round in (1, 2, 10):
            keep(memory.epoch(round, 1), "ann", round)
        memory.keep_key(1, 1, digest("key"))
        memory.forget_before(2)

        left = sorted(path.name for path in memory.folder.iterdir())
        assert left == ["10-1", "2-1", "keys"]
        assert memory.key(1, 1) == digest("key")

    def test_an_epoch_has_one_key(self, memory: Checkpoint) -> None:
        """
        After a crash a version is sealed with the same key, since its hash may be on chain; in another
        epoch with another one, since what it sealed may have been seen.
        """
        first = memory.keep_key(1, 1, digest("first"))

        assert memory.keep_key(1, 1, digest("second")) == first == digest("first")
        path = memory.folder / "keys" / "1-1.key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert memory.key(1, 2) is None
        assert memory.keep_key(1, 2, digest("second")) == digest("second")
