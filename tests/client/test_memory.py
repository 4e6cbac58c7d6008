"""A node's memory of its contributions outlives it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.aggregator.samples import answer_of, delta_of

from commonroot.client.errors import SettingsDamaged
from commonroot.client.memory import Memory


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """Return an empty memory."""
    return Memory(tmp_path / "rounds")


class TestMemory:
    def test_has_nothing_to_begin_with(self, memory: Memory) -> None:
        """
        Nothing kept is nothing, not an error.
        """
        assert memory.delta(1, 1) is None
        assert memory.answer(1, 1) is None

    def test_gives_back_what_was_kept(self, memory: Memory) -> None:
        """
        Delta and receipt come back as they were.
        """
        delta = delta_of(1, -2, 3)
        answer = answer_of("ann", delta)
        memory.keep_delta(3, 1, delta)
        memory.keep_answer(answer)

        assert memory.answer(3, 1) == answer
        assert np.array_equal(memory.delta(3, 1), delta)  # type: ignore[arg-type]

    def test_forgets_deltas_and_no_receipts(self, memory: Memory) -> None:
        """
        Deltas are large and of use for a while; what proves a contribution stays.
        """
        for round, epoch in ((1, 1), (3, 1), (3, 2)):
            memory.keep_delta(round, epoch, delta_of(round))
        memory.keep_answer(answer_of("ann", delta_of(1)))
        memory.forget_deltas(3)

        assert memory.rounds_with_deltas() == [1]
        assert memory.delta(3, 2) is None
        assert memory.answer(3, 1) is not None

    def test_a_damaged_receipt_is_named(self, memory: Memory) -> None:
        """
        A file that cannot be read is an error with its path, not a second contribution.
        """
        memory.folder.mkdir()
        (memory.folder / "3-1.json").write_text("{")

        with pytest.raises(SettingsDamaged, match=r"3-1\.json cannot be read"):
            memory.answer(3, 1)
