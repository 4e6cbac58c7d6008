"""A version small enough to flip every bit of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from commonroot.protocol import spec as specs
from commonroot.protocol import tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import ZERO, Address, Digest
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.spec import Spec
from commonroot.protocol.table import Table, Tensor
from commonroot.store.modelfile import ModelFile, Origin

# Chunk 0 holds bias and the start of weight, chunk 1 its end, chunk 2 the moment.
TABLE = Table.of(
    [Tensor("weight", (7, 10)), Tensor("bias", (3,)), Tensor("log_v", (5,), "moment", 0)]
)


def spec(table: Table = TABLE) -> Spec:
    """Return a spec with a table."""
    rules = Rules(
        aggregation=Aggregation.WEIGHTED_MEAN,
        weighting=Weighting.EQUAL,
        visibility=Visibility.MEMBERS,
        max_weight=1,
        weights=table.lanes("weight"),
        moments=table.lanes("moment"),
        rounds=8,
        min_nodes=1,
        max_nodes=4,
        step_first=1,
        step_last=1,
        step_under=1,
        trim=0,
        norm_cap=2**40,
        max_pending=1,
        window=60,
        patience=600,
        succession=600,
        reward=10**18,
        bond=2 * 10**18,
        demand_fee=1,
        shares_per_round=1000,
        owner_cut=1000,
        allowlist=ZERO,
    )
    return specs.compose(
        name="sämple",
        architecture={"name": "line"},
        learner={"name": "reptile"},
        tasks={"name": "drawn"},
        table=table,
        validation=(ZERO, 1),
        gate=(2**40, 60, 0),
        rules=rules,
    )


def lanes(table: Table = TABLE) -> Fixed:
    """Return lanes that use all of an int32, with zeros for padding."""
    numbers = np.random.default_rng(5)
    return table.pack(
        {tensor.name: numbers.integers(-(2**31), 2**31, tensor.shape) for tensor in table.tensors}
    ).astype(np.int32)


def model_file(**changed: Any) -> ModelFile:
    """Return the file of version 3 of model 1."""
    given = {
        "chain_id": 31337,
        "genesis": Digest(b"\x0a" * 32),
        "models": Address("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"),
        "model": 1,
        "version": 3,
        "root": tree.vector_root(lanes()),
    }
    return ModelFile.of(Origin(**{**given, **changed}), spec(), lanes())
