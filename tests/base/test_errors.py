"""Errors say what happened, what to do, and with which status a command ends."""

from __future__ import annotations

import pytest

from commonroot.base.errors import (
    ChildDied,
    CommonrootError,
    DiskFull,
    PortTaken,
    SettingsError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CommonrootError("refused"), 1),
        (PortTaken("127.0.0.1", 80), 1),
        (DiskFull("there"), 1),
        (ChildDied("the chain", -9, "log"), 1),
        (UsageError("misused"), 2),
        (SettingsError("unreadable"), 2),
    ],
)
def test_status_says_whose_fault_it_is(error: CommonrootError, status: int) -> None:
    """
    1 where something was refused or failed, 2 where the command was misused.
    """
    assert error.exit_status == status


def test_hint_is_its_own_where_one_is_given() -> None:
    """
    The sentence about what to do may be the error's or the case's.
    """
    assert CommonrootError("a").hint == ""
    assert CommonrootError("a", hint="do b").hint == "do b"
    assert "--port 0" in PortTaken("127.0.0.1", 80).hint
    assert ChildDied("the chain", 1, "a.log").hint == "Its log: a.log"
