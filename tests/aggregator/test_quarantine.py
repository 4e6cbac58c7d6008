"""The gate lets honest replies pass and says of every other one what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.aggregator.samples import (
    ASSIGNMENT,
    GATE,
    accepted_of,
    answer_of,
    delta_of,
    member,
)
from tests.protocol.samples import account, digest

from commonroot.aggregator.quarantine import Gate, Refused
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.wire import Answer

DELTA = delta_of(3, -4)


def refusal(answer: Answer, delta: Fixed = DELTA, gate: Gate = GATE, **given: Any) -> str:
    """Return why an answer of Ann's is refused."""
    fields = given.get("fields", answer.to_fields())
    data = given.get("data", fixed.to_bytes(delta))
    with pytest.raises(Refused) as caught:
        gate.judge(member("ann"), fields, data, given.get("seen", {}))
    return caught.value.why


class TestJudge:
    def test_lets_an_honest_reply_pass(self) -> None:
        """
        What passes is the delta, bit for bit, and the contribution that the close commits to.
        """
        accepted = accepted_of("ann", DELTA)

        assert np.array_equal(accepted.delta, DELTA)
        assert accepted.contribution.node == account("ann")
        assert accepted.contribution.delta_root == tree.vector_root(DELTA)

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"program": 8}, "It answers program 8; asked was 7."),
            ({"round": 2}, "It answers round 2; asked was 3."),
            ({"epoch": 2}, "It answers epoch 2; asked was 1."),
            ({"deadline": 9}, "It answers deadline 9; asked was 2000000000."),
            ({"aggregator": account("eve")}, "It answers aggregator"),
            ({"base_root": digest("another base")}, "It answers base root 0x"),
            ({"dataset": digest("dataset of bob")}, "is not the one that"),
            ({"weight": 6}, "Weight 6 is not the 5 that the rules give it."),
            ({"delta_root": digest("another delta")}, "Its delta is not the one it signed."),
        ],
    )
    def test_refuses_another_answer_than_was_asked(self, wrong: dict[str, Any], why: str) -> None:
        """
        Each field is held against what was asked and what the chain says, and is named.
        """
        assert why in refusal(answer_of("ann", DELTA, **wrong))

    def test_refuses_a_foreign_signature(self) -> None:
        """
        Bob's key cannot speak for Ann, whatever Flower node the reply came from.
        """
        said = refusal(answer_of("ann", DELTA, signer="receipts of bob"))

        assert f"signed by {account('receipts of bob')}" in said

    def test_refuses_a_broken_signature(self) -> None:
        """
        Bytes that are no signature are a reason, not a crash.
        """
        answer = replace(answer_of("ann", DELTA), signature=bytes(64))

        assert "65 bytes" in refusal(answer)

    def test_refuses_a_late_reply(self) -> None:
        """
        After the deadline a receipt no longer counts.
        """
        over = replace(ASSIGNMENT, deadline=1_000_000_000)
        answer = answer_of("ann", DELTA, over)

        assert "after the round's deadline" in refusal(answer, gate=replace(GATE, assignment=over))

    @pytest.mark.parametrize(
        ("delta", "why"),
        [
            (delta_of(), "moves nothing"),
            (delta_of(801, 600), "is 1001 lanes long; the gate admits 1000"),
            (delta_of(2**24 + 1), "at most 16777216 is allowed"),
            (delta_of(-(2**31)), "at most 16777216 is allowed"),
            (np.eye(1, 192, 100, dtype=np.int32)[0], "Lane 100 is padding and not zero"),
        ],
    )
    def test_refuses_a_delta_that_does_harm(self, delta: Fixed, why: str) -> None:
        """
        Nothing, too much, out of bounds and hidden lanes are refused though they are signed.
        """
        assert why in refusal(answer_of("ann", delta), delta)

    def test_measures_a_length_beyond_64_bits_of_squares(self) -> None:
        """
        Lanes whose squares would overflow a sum are long, not short.
        """
        delta = delta_of(*[2**24] * 88)

        assert f"is {int(2**24 * 88**0.5) + 1} lanes long" in refusal(
            answer_of("ann", delta), delta
        )

    @pytest.mark.parametrize("data", [b"", bytes(64), bytes(192 * 4 - 1), bytes(192 * 4 + 256)])
    def test_refuses_another_length(self, data: bytes) -> None:
        """
        A vector of another program, or a cut one, is refused before it is read.
        """
        said = refusal(answer_of("ann", DELTA), data=data)

        assert f"has {len(data)} bytes; the program's have 768" in said

    def test_refuses_another_ones_delta(self) -> None:
        """
        The second to send a delta has copied it.
        """
        seen = {tree.vector_root(DELTA): account("bob")}

        assert refusal(answer_of("ann", DELTA), seen=seen).endswith(
            f"a copy of that of {account('bob')}."
        )

    def test_refuses_its_own_delta_of_the_last_round(self) -> None:
        """
        Work is paid once.
        """
        seen = {tree.vector_root(DELTA): account("ann")}

        assert "its own of the last round" in refusal(answer_of("ann", DELTA), seen=seen)

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda fields: fields.pop("weight"), "it has no weight"),
            (lambda fields: fields.update(extra=1), "foreign field 'extra'"),
            (lambda fields: fields.update(weight="5"), "weight is a str, not a int"),
            (lambda fields: fields.update(weight=True), "weight is a bool, not a int"),
            (lambda fields: fields.update(weight=5.0), "weight is a float, not a int"),
            (lambda fields: fields.update(round=-1), "its round is -1"),
            (lambda fields: fields.update(program="07"), "'07' is no number"),
            (lambda fields: fields.update(program="٧"), "is no number"),
            (lambda fields: fields.update(program=7), "program is a int, not a str"),
            (lambda fields: fields.update(aggregator="0x12"), "is not an address"),
            (lambda fields: fields.update(delta_root=b"short"), "A digest has 32 bytes"),
        ],
    )
    def test_refuses_fields_that_are_none(
        self, change: Callable[[dict[str, Any]], object], why: str
    ) -> None:
        """
        Missing, foreign and mistyped fields are named; no type is taken for another.
        """
        answer = answer_of("ann", DELTA)
        fields: dict[str, Any] = answer.to_fields()
        change(fields)

        assert why in refusal(answer, fields=fields)
