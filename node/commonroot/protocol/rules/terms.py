"""The rules struct, field by field as the Programs contract holds it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import LANES, WEIGHT_MAX
from commonroot.protocol.hashing import Digest
from commonroot.protocol.round import MOST_CONTRIBUTIONS
from commonroot.protocol.table import MOST_LANES

STEP_MAX = 2**10
WHOLE = 10_000
"""Basis points in a whole."""

PENDING_MAX = 8
WINDOW_MIN = 3
"""A third of the window is still a second."""


class Aggregation(IntEnum):
    """How deltas become a step."""

    WEIGHTED_MEAN = 0
    CLIPPED_MEAN = 1
    MEDIAN = 2
    TRIMMED_MEAN = 3


class Weighting(IntEnum):
    """What a contribution weighs."""

    EQUAL = 0
    RECORDS = 1


class Visibility(IntEnum):
    """Who may see a program's artifacts."""

    MEMBERS = 0
    OPEN = 1


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A rational step: over / under."""

    over: int
    under: int

    def __post_init__(self) -> None:
        if not (1 <= self.over <= STEP_MAX and 1 <= self.under <= STEP_MAX):
            raise ProtocolError(f"Step {self.over}/{self.under} is outside 1..{STEP_MAX}.")


WHOLE_STEP = Step(1, 1)
"""The step of what an inner optimizer remembers: it is averaged, not trained."""


@final
@dataclass(frozen=True, slots=True)
class Rules:
    """What a program promises, in the order of the contract's struct."""

    aggregation: Aggregation
    weighting: Weighting
    visibility: Visibility
    max_weight: int
    """No contribution weighs more (with Weighting.RECORDS; counts are self-reported)."""
    weights: int
    """Lanes of trained weights."""
    moments: int
    """Lanes of inner-optimizer memory."""
    rounds: int
    min_nodes: int
    max_nodes: int
    step_first: int
    step_last: int
    step_under: int
    trim: int
    """Basis points of the contributions that a trimmed mean cuts at each end of a lane."""
    norm_cap: int
    """In a score, and in a clipped mean, a delta with a larger Euclidean norm is shortened to it."""
    max_pending: int
    """Rounds that may be in progress at once, each building on the one before."""
    window: int
    """Seconds in which a proposal can be challenged."""
    patience: int
    """Seconds after a round opened in which its proposal must be there."""
    succession: int
    """Seconds after which others than the sponsor may replace a silent aggregator."""
    reward: int
    """The most one round pays."""
    bond: int
    """What the aggregator risks with every round it has in progress."""
    demand_fee: int
    """What a demand costs, and an answer earns."""
    shares_per_round: int
    owner_cut: int
    """Basis points of licence income that go to the model's owner; the rest goes to shares."""
    allowlist: Digest
    """Root over the admitted accounts; zero admits every member."""

    def __post_init__(self) -> None:
        checks = {
            "weights": 1 <= self.weights <= MOST_LANES,
            "moments": 0 <= self.moments <= MOST_LANES,
            "rounds": 1 <= self.rounds < 2**32,
            "min_nodes": 1 <= self.min_nodes <= self.max_nodes,
            "max_nodes": self.max_nodes <= MOST_CONTRIBUTIONS,
            "max_weight": self.max_weight >= 1 and self.max_weight * self.max_nodes <= WEIGHT_MAX,
            "step_last": 1 <= self.step_last <= self.step_first <= STEP_MAX,
            "step_under": 1 <= self.step_under <= STEP_MAX,
            "trim": self._trims(),
            "norm_cap": 1 <= self.norm_cap < 2**64,
            "max_pending": 1 <= self.max_pending <= PENDING_MAX,
            "window": WINDOW_MIN <= self.window < 2**32,
            "patience": 1 <= self.patience < 2**32,
            "succession": 1 <= self.succession < 2**32,
            "reward": 0 <= self.reward < 2**128,
            "bond": max(1, 2 * self.reward) <= self.bond < 2**128,
            "demand_fee": 1 <= self.demand_fee < 2**128,
            "shares_per_round": 0 <= self.shares_per_round < 2**96,
            "owner_cut": 0 <= self.owner_cut <= WHOLE,
            "allowlist": len(self.allowlist) == 32,
        }
        for name, holds in checks.items():
            if not holds:
                raise ProtocolError(f"The rules have an impossible {name}: {getattr(self, name)}.")

    def _trims(self) -> bool:
        # Less than half at each end, so that something is left of every lane.
        least = 1 if self.aggregation is Aggregation.TRIMMED_MEAN else 0
        return least <= self.trim < WHOLE // 2 and (least == 1 or self.trim == 0)

    def fields(self) -> tuple[int | bytes, ...]:
        """Return the struct as the contract takes it."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def chunks(self) -> int:
        """Return how many chunks a version has."""
        return self.weight_chunks() + -(-self.moments // LANES)

    def weight_chunks(self) -> int:
        """Return how many of the chunks hold weights: the only ones in norms and scores."""
        return -(-self.weights // LANES)

    def step(self, round: int) -> Step:
        """Return the step of a round, which falls linearly from the first to the last."""
        if not 1 <= round <= self.rounds:
            raise ProtocolError(f"There is no round {round} in a program of {self.rounds}.")
        if self.rounds == 1:
            return Step(self.step_first, self.step_under)
        fallen = (self.step_first - self.step_last) * (round - 1) // (self.rounds - 1)
        return Step(self.step_first - fallen, self.step_under)

    def weight(self, records: int) -> int:
        """Return what a contribution from a dataset of so many records weighs."""
        return min(records, self.max_weight) if self.weighting is Weighting.RECORDS else 1
