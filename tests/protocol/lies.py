"""One lie of every kind, planted where chance says; each knows what would prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeAlias, final

import numpy as np
from coincurve import PrivateKey
from tests.protocol.drafts import Draft, sign
from tests.protocol.samples import digest, key

from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, LANES, Fixed
from commonroot.protocol.payout import Branch, Payout
from commonroot.protocol.replay import Standing
from commonroot.protocol.rules import Weighting
from commonroot.protocol.scores import Sums

Plant: TypeAlias = Callable[[Draft, Random], None]
NOTHING = None
"""No challenge proves it: it can be demanded, or only be audited."""


@final
@dataclass(frozen=True, slots=True)
class Lie:
    """How a lie is planted, and which challenge it provokes."""

    plant: Plant
    provokes: str | None
    least: int = 1
    """As many nodes as it takes."""
    staged: bool = False
    """It concerns what the chain holds already when the round is opened."""


def _place(draft: Draft, chance: Random) -> int:
    return chance.randrange(len(draft.people))


def _changed(lanes: Fixed, chance: Random, cut: int | None = None) -> Fixed:
    """Return lanes of which one, below a cut, is another number within all bounds."""
    other = lanes.copy()
    lane = chance.randrange(cut or lanes.size)
    other[lane] = -1 if lanes[lane] > 0 else lanes[lane] + 1
    return other


def _wrong_sum(draft: Draft, chance: Random) -> None:
    draft.result = lambda right: _changed(right, chance)


def _steps_too_far(draft: Draft, chance: Random) -> None:
    def doubled(right: Fixed) -> Fixed:
        moved = right.astype(np.int64) - draft.stage.base
        other = (draft.stage.base + 2 * moved).clip(-(2**31), 2**31 - 1).astype(np.int32)
        return other if (other != right).any() else _changed(right, chance)

    draft.result = doubled


def _foreign_base(draft: Draft, chance: Random) -> None:
    draft.laid_base = _changed(draft.stage.base, chance)


def _foreign_result(draft: Draft, chance: Random) -> None:
    draft.published = lambda laid: _changed(laid, chance)


def _foreign_gradient(draft: Draft, chance: Random) -> None:
    draft.laid_gradient = _changed(draft.gradient, chance, draft.stage.rules.weights)


def _foreign_delta(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)
    weights = draft.stage.rules.weights
    draft.laid_deltas[place] = _changed(draft.deltas[place], chance, weights)


def _swapped_deltas(draft: Draft, chance: Random) -> None:
    first, second, *_ = draft.deltas
    if np.array_equal(first, second):
        second = _changed(second, chance, draft.stage.rules.weights)
    draft.laid_deltas |= {0: second, 1: first}


def _wide_delta(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)
    other = draft.deltas[place].copy()
    beyond = chance.choice([DELTA_MAX + 1, -DELTA_MAX - 1, 2**31 - 1, -(2**31)])
    other[chance.randrange(draft.stage.rules.weights)] = beyond
    draft.deltas[place] = other


def _wide_gradient(draft: Draft, chance: Random) -> None:
    other = draft.gradient.copy()
    beyond = chance.choice([GRADIENT_MAX + 1, -GRADIENT_MAX - 1, -(2**31)])
    other[chance.randrange(draft.stage.rules.weights)] = beyond
    draft.gradient = other


def _spare_lane(draft: Draft, chance: Random) -> int | None:
    rules = draft.stage.rules
    cut = rules.weight_chunks() * LANES
    spare = [*range(rules.weights, cut), *range(cut + rules.moments, rules.chunks() * LANES)]
    return chance.choice(spare) if spare else None


def _padded_delta(draft: Draft, chance: Random) -> None:
    lane, place = _spare_lane(draft, chance), _place(draft, chance)
    if lane is None:
        return _wide_delta(draft, chance)
    draft.deltas[place] = draft.deltas[place].copy()
    draft.deltas[place][lane] = chance.choice([-1, 1, DELTA_MAX])
    return None


def _padded_gradient(draft: Draft, chance: Random) -> None:
    lane = _spare_lane(draft, chance)
    if lane is None:
        return _wide_gradient(draft, chance)
    draft.gradient = draft.gradient.copy()
    draft.gradient[lane] = chance.choice([-1, 1])
    return None


def _wrong_prefix(draft: Draft, chance: Random) -> None:
    # From some chunk on, as whoever wants a better score would do it.
    place, chunk = _place(draft, chance), chance.randrange(draft.stage.rules.chunks())
    part, by = chance.choice(["dots", "squares"]), chance.choice([1, 2**40])

    def shifted(sums: list[Sums]) -> list[Sums]:
        held = getattr(sums[place], part)
        moved = tuple(each + by if at >= chunk else each for at, each in enumerate(held))
        return [*sums[:place], replace(sums[place], **{part: moved}), *sums[place + 1 :]]

    draft.sums = shifted


def _wrong_prefix_in_between(draft: Draft, chance: Random) -> None:
    # In one chunk only: the last sums, and so the scores, are right.
    place, chunk = _place(draft, chance), chance.randrange(draft.stage.rules.chunks())

    def bent(sums: list[Sums]) -> list[Sums]:
        held = list(sums[place].dots)
        held[chunk] -= 5
        return [*sums[:place], replace(sums[place], dots=tuple(held)), *sums[place + 1 :]]

    draft.sums = bent


def _overpaid(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)

    def more(paid: list[Payout]) -> list[Payout]:
        other = replace(paid[place], payout=paid[place].payout + 1)
        return [*paid[:place], other, *paid[place + 1 :]]

    draft.payouts = more


def _more_shares(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)

    def more(paid: list[Payout]) -> list[Payout]:
        other = replace(paid[place], shares=paid[place].shares + 1)
        return [*paid[:place], other, *paid[place + 1 :]]

    draft.payouts = more


def _another_payee(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)

    def stolen(paid: list[Payout]) -> list[Payout]:
        other = replace(paid[place], node=draft.stage.opening.aggregator)
        return [*paid[:place], other, *paid[place + 1 :]]

    draft.payouts = stolen


def _another_pay_sum(draft: Draft, chance: Random) -> None:
    name = chance.choice(["payout", "shares"])

    def more(top: Branch) -> Branch:
        return replace(top, **{name: getattr(top, name) + 1})  # type: ignore[arg-type]

    draft.pay_top = more


def _another_pay_root(draft: Draft, chance: Random) -> None:
    draft.pay_top = lambda top: replace(top, digest=digest(f"payouts {chance.random()}"))


def _wrong_signer(draft: Draft, chance: Random) -> None:
    draft.signers[_place(draft, chance)] = key("somebody else")


def _another_deadline(draft: Draft, chance: Random) -> None:
    draft.after_signing[_place(draft, chance)] = {"deadline": chance.randrange(2**40)}


def _misshapen_signature(draft: Draft, chance: Random) -> None:
    place = _place(draft, chance)
    shapes = [bytes(65), b"\xff" * 65, bytes(32) + b"\x01" * 32 + b"\x1b"]
    draft.after_signing[place] = {"signature": chance.choice(shapes)}


def _high_signature(draft: Draft, chance: Random) -> None:
    # The other s of the same signature: anyone can make it, so it is refused.
    place = _place(draft, chance)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

    class Turned(PrivateKey):
        def sign_recoverable(self, *args: Any, **named: Any) -> bytes:
            raw = super().sign_recoverable(*args, **named)
            turned = order - int.from_bytes(raw[32:64], "big")
            return raw[:32] + turned.to_bytes(32, "big") + bytes([raw[64] ^ 1])

    draft.signers[place] = Turned(draft.people[place].key.secret)


def _another_delta_root(draft: Draft, chance: Random) -> None:
    # Signed over one delta, closed and laid with another: the node never sent it.
    place = _place(draft, chance)
    draft.after_signing[place] = {"weight": draft.weights[place]}
    draft.signers[place] = key("somebody else")
    draft.deltas[place] = _changed(draft.deltas[place], chance, draft.stage.rules.weights)


def _standing(**changes: Any) -> Plant:
    def plant(draft: Draft, chance: Random) -> None:
        person = draft.people[_place(draft, chance)]
        draft.standings[person.node] = replace(person.standing(), **changes)

    return plant


def _never_seated(draft: Draft, chance: Random) -> None:
    node = draft.people[_place(draft, chance)].node
    draft.standings[node] = Standing(None, None, 0, None, anchored=False)


def _late_seat(draft: Draft, chance: Random) -> None:
    late = draft.stage.opening.seats + chance.randrange(3)
    _standing(seat=late)(draft, chance)


def _another_weight(draft: Draft, chance: Random) -> None:
    draft.weights[_place(draft, chance)] += chance.choice([1, 1000])


def _weights_by_records(draft: Draft, chance: Random) -> None:
    # Signed, closed and added up as if the rules weighed otherwise than they do.
    rules, place = draft.stage.rules, _place(draft, chance)
    records = draft.people[place].records
    claimed = records + 1 if rules.weighting is Weighting.EQUAL else rules.max_weight + 1
    draft.weights[place] = claimed


def _other_weights_hash(draft: Draft, chance: Random) -> None:
    draft.used_weights = list(draft.weights)
    draft.used_weights[_place(draft, chance)] += 1


def _swapped(draft: Draft, chance: Random) -> None:
    at = chance.randrange(len(draft.people) - 1)
    for held in (draft.people, draft.deltas, draft.weights):
        held[at], held[at + 1] = held[at + 1], held[at]  # type: ignore[index]


def _twice(draft: Draft, chance: Random) -> None:
    at = chance.randrange(len(draft.people) - 1)
    for held in (draft.people, draft.weights):
        held[at + 1] = held[at]  # type: ignore[index]


def _another_ack(draft: Draft, chance: Random) -> None:
    draft.acks[_place(draft, chance)] = sign(key("somebody else"), digest("an ack"))


def _proposal(name: str) -> Plant:
    def plant(draft: Draft, chance: Random) -> None:
        draft.proposal[name] = digest(f"another {name} {chance.random()}")

    return plant


def _manifest(**changes: Any) -> Plant:
    def plant(draft: Draft, chance: Random) -> None:
        draft.manifest |= changes

    return plant


def _padded_base(draft: Draft, chance: Random) -> None:
    lane = _spare_lane(draft, chance)
    if lane is None:
        draft.proposal["row_root"] = digest("rows")
        return
    base = draft.stage.base.copy()
    base[lane] = chance.choice([1, -1])
    draft.stage = replace(draft.stage, base=base)


LIES: dict[str, Lie] = {
    "a lane that is not the sum": Lie(_wrong_sum, "wrongSum"),
    "a step of twice the length": Lie(_steps_too_far, "wrongSum"),
    "another base in a row": Lie(_foreign_base, "foreignChunk"),
    "another result in a row": Lie(_foreign_result, "foreignChunk"),
    "another gradient in a row": Lie(_foreign_gradient, "foreignChunk"),
    "another delta in a row": Lie(_foreign_delta, "foreignChunk"),
    "two nodes' deltas swapped": Lie(_swapped_deltas, "foreignChunk", 2),
    "a delta beyond its bound": Lie(_wide_delta, "outOfBounds"),
    "a gradient beyond its bound": Lie(_wide_gradient, "outOfBounds"),
    "something in a delta's padding": Lie(_padded_delta, "outOfBounds"),
    "something in the gradient's padding": Lie(_padded_gradient, "outOfBounds"),
    "sums that are too large from a chunk on": Lie(_wrong_prefix, "wrongPrefix"),
    "sums that are wrong in one chunk": Lie(_wrong_prefix_in_between, "wrongPrefix"),
    "a payout of one more": Lie(_overpaid, "wrongPayroll"),
    "a share more": Lie(_more_shares, "wrongPayroll"),
    "a payout to somebody else": Lie(_another_payee, "wrongPayroll"),
    "another sum of payouts": Lie(_another_pay_sum, "wrongPayroll"),
    "another root of payouts": Lie(_another_pay_root, "wrongPayroll"),
    "a signature of somebody else": Lie(_wrong_signer, "wrongSignature"),
    "a signature over another deadline": Lie(_another_deadline, "wrongSignature"),
    "a signature of no form": Lie(_misshapen_signature, "wrongSignature"),
    "a signature with the high s": Lie(_high_signature, "wrongSignature"),
    "a delta that its node never signed": Lie(_another_delta_root, "wrongSignature"),
    "a node that is no member": Lie(_never_seated, "stranger", staged=True),
    "a node without a key": Lie(_standing(key=None), "stranger", staged=True),
    "a node that does not take part": Lie(_standing(dataset=None), "stranger", staged=True),
    "a node with another dataset": Lie(
        _standing(dataset=digest("another")), "stranger", staged=True
    ),
    "a retired dataset": Lie(_standing(records=0), "stranger", staged=True),
    "a node that came after the opening": Lie(_late_seat, "stranger", staged=True),
    "a node that came after the anchor": Lie(_standing(anchored=False), "stranger", staged=True),
    "a weight that is too high": Lie(_another_weight, "wrongWeight"),
    "a weight by another rule": Lie(_weights_by_records, "wrongWeight"),
    "other weights in the sums": Lie(_other_weights_hash, "wrongWeight"),
    "two contributions in each other's place": Lie(_swapped, "disorder", 2),
    "a contribution twice": Lie(_twice, "disorder", 2),
    "an ack of somebody else": Lie(_another_ack, NOTHING),
    "rows that nobody knows": Lie(_proposal("row_root"), NOTHING),
    "a result that nobody knows": Lie(_proposal("result_root"), NOTHING),
    "a gradient that nobody knows": Lie(_proposal("gradient_root"), NOTHING),
    "a manifest of another spec": Lie(_manifest(spec=digest("another")), NOTHING),
    "a manifest of another seed": Lie(_manifest(seed=digest("another")), NOTHING),
    "a seed with something in its padding": Lie(_padded_base, NOTHING, staged=True),
}
