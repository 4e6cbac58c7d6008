"""An aggregator whose part dies, or who is told to stop, says so in a sentence and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.federation.village import PATIENCE, Village, processes_with

from commonroot.base.processes import Children

pytestmark = [
    pytest.mark.federation,
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc"),
]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """Return a village whose aggregator waits for nodes that will not come."""
    with Children() as children:
        made = Village(tmp_path, children)
        made.found()
        made.start_aggregator()
        made.follow_until(lambda event: event["event"] == "waiting")
        yield made


def left_of(village: Village) -> list[str]:
    """Return the processes that should not be there."""
    return [line for line in processes_with(str(village.folder)) if "devchain" not in line]


def test_a_killed_superlink_ends_the_run(village: Village) -> None:
    """
    Status 1, one sentence, where to look, no traceback, no process left.
    """
    _kill_process_with(str(village.memory / "superlink.db"))
    aggregator = village.running["aggregator"]

    assert aggregator.process.wait(PATIENCE) == 1
    said = aggregator.log.read_text().replace("\n", "")
    assert "Error: The SuperLink was killed by signal 9." in said
    assert "superlink.log" in said
    assert "Traceback" not in said
    assert left_of(village) == []


def test_an_interrupt_ends_the_run(village: Village) -> None:
    """
    Ctrl-C is status 130, and everything that was started is stopped.
    """
    aggregator = village.running["aggregator"]
    aggregator.process.send_signal(signal.SIGINT)

    assert aggregator.process.wait(PATIENCE) == 130
    assert "Traceback" not in aggregator.log.read_text()
    assert left_of(village) == []


def test_a_second_aggregator_is_refused(village: Village) -> None:
    """
    Two for one program would ack past each other; the second is told so.
    """
    first = village.running["aggregator"]
    second = village.start("aggregator", "aggregator", "run", str(village.program))

    assert second.process.wait(PATIENCE) == 1
    assert "Another aggregator works in" in second.log.read_text()
    assert first.alive()


def _kill_process_with(word: str) -> None:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if word in words:
                os.kill(int(process.name), signal.SIGKILL)
