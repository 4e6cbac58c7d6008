"""What the two sides of a round say to each other has one form, and the other side's has no say in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, account, digest

from commonroot.base.errors import ProtocolError
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.wire import Answer, Assignment, Promise, WireRefused

ASSIGNMENT = Assignment(
    program=2**255,
    round=3,
    epoch=1,
    base_root=digest("base"),
    aggregator=account("aggregator"),
    deadline=2_000_000_000,
)
ANSWER = Answer(
    Receipt(
        program=2**255,
        round=3,
        epoch=1,
        base_root=digest("base"),
        aggregator=account("aggregator"),
        dataset=digest("dataset"),
        delta_root=digest("delta"),
        weight=5,
        deadline=2_000_000_000,
    ),
    bytes(range(65)),
)
PROMISED = replace(ASSIGNMENT, promise=Promise(2, 1, bytes(65)))

FOREIGN: list[Any] = [None, True, 1.5, -1, 2**63, "", "x", b"", b"\x01" * 31, [], ["0"], {}]


@pytest.mark.parametrize("said", [ASSIGNMENT, PROMISED])
def test_an_assignment_comes_back(said: Assignment) -> None:
    """
    A program's number of 256 bits passes too, and an ack where there is one.
    """
    assert Assignment.from_fields(said.to_fields()) == said


def test_an_answer_comes_back() -> None:
    """
    Receipt and signature arrive as they were sent.
    """
    assert Answer.from_fields(ANSWER.to_fields()) == ANSWER


@pytest.mark.parametrize("name", sorted(ANSWER.to_fields()))
def test_a_missing_field_is_named(name: str) -> None:
    """
    Nothing that was left out is guessed.
    """
    fields = ANSWER.to_fields()
    del fields[name]

    with pytest.raises(WireRefused, match=f"it has no {name}"):
        Answer.from_fields(fields)


def test_a_foreign_field_is_named() -> None:
    """
    Nothing is carried along unread, and of a long name only the beginning is quoted.
    """
    with pytest.raises(WireRefused, match=r"a foreign field 'x{40}'") as refused:
        Answer.from_fields({**ANSWER.to_fields(), "x" * 10**6: 1})

    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("name", sorted(PROMISED.to_fields()))
@pytest.mark.parametrize("value", FOREIGN, ids=repr)
def test_another_type_is_refused(name: str, value: Any) -> None:
    """
    A field of another type, or a number below zero, refuses the assignment; an ack is checked by whoever kept its receipt.
    """
    fields: dict[str, Any] = {**PROMISED.to_fields(), name: value}
    if name == "ack" and isinstance(value, bytes):
        assert Assignment.from_fields(fields).promise == Promise(2, 1, value)
        return

    with pytest.raises(ProtocolError):
        Assignment.from_fields(fields)


@pytest.mark.parametrize("text", ["01", "+1", "-1", "1_0", " 1", "1\n", "٥", "9" * 79, "0x1"])
def test_a_program_has_one_spelling(text: str) -> None:
    """
    Two spellings of one number would be two assignments for one program.
    """
    with pytest.raises(WireRefused, match="is no number"):
        Assignment.from_fields({**ASSIGNMENT.to_fields(), "program": text})


@BOUNDED
@given(
    st.dictionaries(
        st.text() | st.sampled_from(sorted(PROMISED.to_fields())), st.sampled_from(FOREIGN)
    )
)
def test_nothing_but_our_error_comes_of_it(fields: dict[str, Any]) -> None:
    """
    Whatever fields come, they are refused in words.
    """
    with pytest.raises(ProtocolError):
        Assignment.from_fields(fields)
    with pytest.raises(ProtocolError):
        Answer.from_fields(fields)
