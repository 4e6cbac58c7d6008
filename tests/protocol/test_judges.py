"""
Two judges, written apart from each other, say the same of every round.

`commonroot.protocol.replay` and `plain`, which imports nothing of ours. COMMONROOT_JUDGED sets how many
rounds of each kind they hear; the third judge, the contracts, hears some of them in tests/contracts.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest
from tests.protocol import plain
from tests.protocol.drafts import Settled, draft, plainly, settle, sign, stage, standing_plainly
from tests.protocol.lies import LIES
from tests.protocol.samples import digest, key

from commonroot.protocol import tree
from commonroot.protocol.evidence import NotProvable, Signed, first_evidence, omission
from commonroot.protocol.hashing import ZERO, to_hex
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.replay import Mismatch, mismatches, replay

JUDGED = int(os.environ.get("COMMONROOT_JUDGED", "5"))
"""Rounds with each lie; honest rounds are judged twenty times as often."""


def proof(round: Settled) -> str | None:
    """Return the challenge that our replay comes to."""
    found = first_evidence(round.recorded, round.artifacts, round.stage.table, ZERO)
    return None if found is None else found[1].function


@pytest.mark.parametrize("part", range(20))
def test_honest_rounds_hold(part: int) -> None:
    """
    Both judges pass whatever an honest aggregator makes of a random round.
    """
    for number in range(JUDGED):
        chance = Random(f"honest {part} {number}")
        round = settle(draft(stage(chance), chance))

        replay(round.recorded, round.artifacts, round.stage.table)

        assert plain.judge(*plainly(round)) == (True, set())
        assert proof(round) is None


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_seen_by_both(name: str) -> None:
    """
    Neither judge passes a planted lie, and what one would prove it with the other counts as a proof.
    """
    lie = LIES[name]
    for number in range(JUDGED):
        chance = Random(f"{name} {number}")
        told = draft(stage(chance), chance, lie.least)
        lie.plant(told, chance)
        round = settle(told)

        holds, proofs = plain.judge(*plainly(round))
        with pytest.raises(Mismatch):
            replay(round.recorded, round.artifacts, round.stage.table)

        assert not holds
        assert proof(round) in (proofs or {None})
        assert lie.provokes in (proofs or {None})


@pytest.mark.parametrize("harmless", ["an ack of somebody else", "a manifest of another spec"])
@pytest.mark.parametrize("name", [name for name, lie in LIES.items() if lie.provokes])
def test_no_lie_hides_behind_a_harmless_one(name: str, harmless: str) -> None:
    """
    What no contract can see comes first in a replay, and does not keep it from the proof.
    """
    lie, chance = LIES[name], Random(f"{name} behind {harmless}")
    told = draft(stage(chance), chance, lie.least)
    LIES[harmless].plant(told, chance)
    lie.plant(told, chance)
    round = settle(told)

    first = next(mismatches(round.recorded, round.artifacts, round.stage.table))

    if harmless != "an ack of somebody else":
        assert not first.provable
    assert proof(round) in plain.judge(*plainly(round))[1]


class Missing:
    """An acked receipt of somebody who may or may not be in a close."""

    def __init__(self, chance: Random) -> None:
        on = stage(chance)
        told = draft(on, chance)
        self.round = settle(told)
        others = [each for each in on.people if each not in told.people]
        self.person = chance.choice([*others, *told.people])
        self.included = self.person in told.people
        root = tree.vector_root(on.base)
        about = on.opening.program, on.opening.round, on.opening.epoch, root, on.opening.aggregator
        weight = on.rules.weight(self.person.records)
        self.receipt = Receipt(*about, self.person.dataset, digest("left out"), weight, 5)
        self.signature = sign(self.person.key, self.receipt.digest(on.domain))
        self.ack = self.acked(on.aggregator)
        self.standing = self.person.standing()

    def acked(self, by: object) -> bytes:
        """Return somebody's ack of the receipt."""
        domain, epoch = self.round.stage.domain, self.receipt.epoch
        said = Ack(self.receipt.digest(domain), epoch).digest(domain)
        return sign(by, said)  # type: ignore[arg-type]

    def ours(self) -> bool:
        """Return whether there is a proof that it was left out."""
        round = self.round
        try:
            omission(
                round.recorded, round.artifacts, self.person.node, self.standing,
                Signed(self.receipt, self.signature), self.ack, ZERO,
            )  # fmt: skip
        except NotProvable:
            return False
        return True

    def plainly(self) -> bool:
        """Return what the plain judge says of it."""
        chain, document, _ = plainly(self.round)
        acked = {
            "node": self.person.node,
            "dataset": to_hex(self.receipt.dataset),
            "delta": to_hex(self.receipt.delta_root),
            "weight": self.receipt.weight,
            "deadline": self.receipt.deadline,
            "signature": to_hex(self.signature),
            "ack": to_hex(self.ack),
            "standing": standing_plainly(self.standing),
        }
        return plain.omitted(chain, document, acked)


@pytest.mark.parametrize("part", range(10))
def test_an_omission_is_seen_by_both(part: int) -> None:
    """
    An acked receipt that is not in the close is missing there, whether its node is in it or not.
    """
    for number in range(JUDGED):
        missing = Missing(Random(f"missing {part} {number}"))

        assert missing.ours() is missing.plainly() is True


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: setattr(it, "ack", it.acked(key("somebody else"))),
        lambda it: setattr(it, "signature", sign(key("somebody else"), digest("this"))),
        lambda it: setattr(it, "signature", bytes(65)),
        lambda it: setattr(it, "receipt", replace(it.receipt, weight=it.receipt.weight + 1)),
        lambda it: setattr(it, "standing", replace(it.standing, key=None)),
        lambda it: setattr(it, "standing", replace(it.standing, anchored=False)),
        lambda it: setattr(it, "standing", replace(it.standing, records=0)),
        lambda it: setattr(it, "standing", replace(it.standing, dataset=digest("another"))),
        lambda it: setattr(it, "standing", replace(it.standing, seat=it.round.stage.opening.seats)),
    ],
)
def test_nothing_is_omitted_that_was_not_to_be_included(spoil: object) -> None:
    """
    Without an ack, a signature, a dataset, a seat or the right weight nothing had to be included.
    """
    missing = Missing(Random(7))
    spoil(missing)  # type: ignore[operator]

    assert missing.ours() is missing.plainly() is False
