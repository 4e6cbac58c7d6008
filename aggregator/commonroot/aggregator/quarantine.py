"""
The gate for replies: nothing is added up before it has passed here.

A refused reply costs its sender the round, and never the round itself. The reason is in words, since it
stands in the manifest for everyone to read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt
from typing import Any, final

import numpy as np

from commonroot.aggregator.members import Member
from commonroot.base.errors import CommonrootError, ProtocolError
from commonroot.protocol import fixed, tree
from commonroot.protocol.fixed import DELTA_MAX, LANES, Fixed
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.receipt import Domain, Receipt
from commonroot.protocol.round import Contribution
from commonroot.protocol.signature import recover
from commonroot.protocol.spec import Spec
from commonroot.protocol.wire import Answer, Assignment


class Refused(CommonrootError):
    """A reply is kept out of the round."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@final
@dataclass(frozen=True, slots=True)
class Accepted:
    """A reply that holds in every respect."""

    member: Member
    receipt: Receipt
    signature: bytes
    delta: Fixed

    @property
    def contribution(self) -> Contribution:
        """Return what of it the close commits to."""
        given = self.receipt
        return Contribution(
            node=self.member.node,
            dataset=given.dataset,
            delta_root=given.delta_root,
            weight=given.weight,
            deadline=given.deadline,
            signature=self.signature,
        )


@final
@dataclass(frozen=True, slots=True)
class Gate:
    """What every reply of one epoch is held against."""

    spec: Spec
    domain: Domain
    assignment: Assignment

    def judge(
        self,
        member: Member,
        fields: Mapping[str, Any],
        data: bytes,
        seen: Mapping[Digest, Address],
    ) -> Accepted:
        """Return the contribution in a member's reply; raise Refused with the first thing wrong."""
        try:
            answer = Answer.from_fields(fields)
            self._check_question(answer.receipt)
            self._check_standing(member, answer.receipt)
            self._check_signature(member, answer)
            delta = self._check_delta(answer.receipt, data)
        except ProtocolError as exc:
            raise Refused(str(exc)) from exc
        _check_copy(member, answer.receipt.delta_root, seen)
        return Accepted(member, answer.receipt, answer.signature, delta)

    def _check_question(self, given: Receipt) -> None:
        """Refuse an answer to anything but what was asked."""
        asked = self.assignment
        for name in ("program", "round", "epoch", "base_root", "aggregator", "deadline"):
            ours, theirs = getattr(asked, name), getattr(given, name)
            if ours != theirs:
                raise Refused(
                    f"It answers {name.replace('_', ' ')} {_shown(theirs)}; asked was {_shown(ours)}."
                )
        if time.time() > asked.deadline:
            raise Refused("It came after the round's deadline.")

    def _check_standing(self, member: Member, given: Receipt) -> None:
        """Refuse a dataset or a weight that is not the member's on chain."""
        if given.dataset != member.dataset:
            raise Refused(
                f"Dataset {to_hex(given.dataset)} is not the one that {member.node} takes part with."
            )
        allowed = self.spec.rules.weight(member.records)
        if given.weight != allowed:
            raise Refused(f"Weight {given.weight} is not the {allowed} that the rules give it.")

    def _check_signature(self, member: Member, answer: Answer) -> None:
        signer = recover(answer.receipt.digest(self.domain), answer.signature)
        if signer != member.receipt_key:
            raise Refused(f"It is signed by {signer}, not by {member.node}'s receipt key.")

    def _check_delta(self, given: Receipt, data: bytes) -> Fixed:
        """Refuse bytes that are not the signed delta, or a delta that the protocol does not admit."""
        rules = self.spec.rules
        expected = rules.chunks() * LANES * 4
        if len(data) != expected:
            raise Refused(f"Its delta has {len(data)} bytes; the program's have {expected}.")
        delta = fixed.from_bytes(data)
        if tree.vector_root(delta) != given.delta_root:
            raise Refused("Its delta is not the one it signed.")
        fixed.require_bound(delta, DELTA_MAX, "delta")
        self.spec.table.require_padding(delta)
        if not delta.any():
            raise Refused("Its delta moves nothing.")
        length, most = _square(delta[: rules.weight_chunks() * LANES]), self.spec.most_norm
        if length > most * most:
            raise Refused(
                f"Its delta is {isqrt(length - 1) + 1} lanes long; the gate admits {most}."
            )
        return delta


def _check_copy(member: Member, root: Digest, seen: Mapping[Digest, Address]) -> None:
    author = seen.get(root)
    if author is not None:
        whose = "its own of the last round" if author == member.node else f"that of {author}"
        raise Refused(f"Its delta is a copy of {whose}.")


def _square(lanes: Fixed) -> int:
    # By chunk and then in Python's integers: a sum over millions of lanes passes 64 bits.
    chunks = lanes.astype(np.int64).reshape(-1, LANES)
    return sum(map(int, (chunks * chunks).sum(1)))


def _shown(value: object) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)
