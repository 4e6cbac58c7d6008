"""A program on paper: from a preset and a sponsor's choices to spec, version 0 and validation set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.learning.presets import DEMO, Preset
from commonroot.node.programs import Plan
from commonroot.protocol.hashing import ZERO, keccak
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.spec import compose
from commonroot.protocol.table import Table, Tensor
from commonroot.tasks.characters import CharacterSet

_UNIT = 2**20
"""Lanes of a weight of 1."""

TOKEN = 10**18


@final
@dataclass(frozen=True, slots=True)
class Choices:
    """What a sponsor decides; the defaults are those of a small program on a local chain."""

    name: str
    rounds: int | None = None
    """None takes the preset's."""
    min_nodes: int = 2
    max_nodes: int = 16
    visibility: Visibility = Visibility.MEMBERS
    aggregation: Aggregation = Aggregation.WEIGHTED_MEAN
    """How deltas become a step: the robust rules cost accuracy where everybody is honest."""
    trim: int = 1_000
    """Basis points of the contributions that a trimmed mean cuts at each end of a lane."""
    reward: int = 100 * TOKEN
    """The most one round pays, in the token's smallest units."""
    bond: int | None = None
    """
    What the aggregator risks with every round in progress; None takes twice the reward, the least there
    may be, and a demand's fee on top, so that there is something to lose where nothing is paid.
    """
    demand_fee: int = TOKEN
    """What it costs to demand that a part of a proposal is shown: it should cover the answer's gas."""
    shares_per_round: int = 1_000_000
    owner_cut: int = 1_000
    """Basis points of licence income that are the owner's."""
    window: int = 3_600
    """
    Seconds in which a proposal can be challenged. A third of it is for demands, a third for answers: at
    least as long as an honest party may be without a connection.
    """
    patience: int = 3_600
    """Seconds after a round opened in which its proposal must be there, or the bond is forfeited."""
    succession: int = 86_400
    """Seconds for which only the sponsor may replace a silent aggregator; after that any node may."""
    max_pending: int = 1
    """Rounds in progress at once: more go on while proposals wait, and are lost together if one is false."""
    deadline: int = 60
    """Seconds a round waits for replies."""
    grace: int = 3
    """How many times as long as the others a slow node may take, once there are enough."""
    most_norm: int = 32 * _UNIT
    """The gate refuses longer deltas; honest ones of the demo's preset stay below 10 units."""
    norm_cap: int = 16 * _UNIT
    """A longer delta is scored as if it were this long."""
    seed: int = 0
    """What version 0 is drawn from."""


def plan(choices: Choices, validation: CharacterSet, preset: Preset = DEMO) -> Plan:
    """Return the program that a sponsor's choices and a preset make."""
    learner = preset.learner
    table = Table.of(Tensor(name, shape, kind) for name, shape, kind in learner.tensors())
    held_out = validation.encode()
    # Drawn once here, so that too small a set is refused before any money moves.
    preset.tasks.asked(validation)
    spec = compose(
        name=choices.name,
        architecture=learner.net.settings(),
        learner=learner.settings(),
        tasks=preset.tasks.settings(),
        table=table,
        validation=(keccak(held_out), preset.validation_tasks),
        gate=(choices.most_norm, choices.deadline, choices.grace),
        rules=_rules(choices, preset, table),
    )
    start = {name: value.numpy() for name, value in learner.init(choices.seed).items()}
    return Plan(spec, table.encode(start), held_out)


def bond_of(choices: Choices) -> int:
    """Return what the aggregator risks with every round in progress."""
    least = 2 * choices.reward + choices.demand_fee
    return max(1, least if choices.bond is None else choices.bond)


def _rules(choices: Choices, preset: Preset, table: Table) -> Rules:
    return Rules(
        aggregation=choices.aggregation,
        weighting=Weighting.EQUAL,
        visibility=choices.visibility,
        max_weight=1,
        weights=table.lanes("weight"),
        moments=table.lanes("moment"),
        rounds=choices.rounds or preset.rounds,
        min_nodes=choices.min_nodes,
        max_nodes=choices.max_nodes,
        step_first=preset.step_first,
        step_last=preset.step_last,
        step_under=preset.step_under,
        trim=choices.trim if choices.aggregation is Aggregation.TRIMMED_MEAN else 0,
        norm_cap=choices.norm_cap,
        max_pending=choices.max_pending,
        window=choices.window,
        patience=choices.patience,
        succession=choices.succession,
        reward=choices.reward,
        bond=bond_of(choices),
        demand_fee=choices.demand_fee,
        shares_per_round=choices.shares_per_round,
        owner_cut=choices.owner_cut,
        allowlist=ZERO,
    )
