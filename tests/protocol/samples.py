"""A small honest round, whole, and what tests of the protocol build from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final

import numpy as np
import rfc8785
from coincurve import PrivateKey
from hypothesis import settings
from hypothesis import strategies as st

from commonroot.protocol import tree
from commonroot.protocol.arithmetic import Given, Outcome, work_out
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import ZERO, Address, Digest, keccak, to_address
from commonroot.protocol.manifest import Absence, Entry, Manifest, Vector
from commonroot.protocol.receipt import Ack, Domain
from commonroot.protocol.replay import Artifacts, Recorded, Standing
from commonroot.protocol.round import Close, Contribution, Opening, Proposal, in_order
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.signature import address_of
from commonroot.protocol.table import Table, Tensor

BOUNDED = settings(max_examples=60, deadline=None)
"""Enough examples to find what is wrong, few enough to be waited for."""

TABLE = Table.of(
    [Tensor("kernel", (5, 17)), Tensor("bias", (3,)), Tensor("second", (2, 2), kind="moment")]
)
"""88 lanes of weights in two chunks, 4 of moments in a third."""

RULES = Rules(
    aggregation=Aggregation.WEIGHTED_MEAN,
    weighting=Weighting.RECORDS,
    visibility=Visibility.MEMBERS,
    max_weight=100,
    weights=88,
    moments=4,
    rounds=9,
    min_nodes=2,
    max_nodes=8,
    step_first=10,
    step_last=2,
    step_under=10,
    trim=0,
    norm_cap=2**22,
    max_pending=1,
    window=60,
    patience=600,
    succession=600,
    reward=10**18 + 1,
    bond=2 * 10**18 + 2,
    demand_fee=10**15,
    shares_per_round=1_000_000,
    owner_cut=500,
    allowlist=ZERO,
)

RULES_OF = {
    Aggregation.WEIGHTED_MEAN: RULES,
    # The samples' deltas are about 10^6 long: some are shortened and some are not.
    Aggregation.CLIPPED_MEAN: replace(
        RULES, aggregation=Aggregation.CLIPPED_MEAN, norm_cap=1_000_000
    ),
    Aggregation.MEDIAN: replace(RULES, aggregation=Aggregation.MEDIAN),
    Aggregation.TRIMMED_MEAN: replace(RULES, aggregation=Aggregation.TRIMMED_MEAN, trim=3400),
}
"""The same rules with each way to aggregate."""

DOMAIN = Domain(31337, to_address("0x00000000000000000000000000000000000000aa"))


def digest(text: str) -> Digest:
    """Return a digest to fill a field with."""
    return keccak(text.encode())


def key(name: str) -> PrivateKey:
    """Return the key of somebody in the tests."""
    return PrivateKey(digest(f"the key of {name}"))


def account(name: str) -> Address:
    """Return the account of somebody in the tests."""
    return address_of(key(name).public_key)


def signed(name: str, what: Digest) -> bytes:
    """Return somebody's signature over a digest, as the contracts take it."""
    raw = key(name).sign_recoverable(what, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


OPENING = Opening(
    program=7,
    round=3,
    epoch=1,
    parent=2,
    aggregator=account("aggregator"),
    open_block=1234,
    anchor=1234,
    seats=8,
    places=8,
    sample=ZERO,
)
"""Of a program whose first eight nodes are all asked."""


def lanes(*first: int, size: int = 64) -> Fixed:
    """Return a vector that begins with the given lanes; the others are zero."""
    vector = np.zeros(size, np.int32)
    vector[: len(first)] = first
    return vector


def arrays(seed: int, spread: float = 1.0) -> dict[str, Any]:
    """Return float tensors of the table that a seed names."""
    chance = np.random.default_rng(seed)
    return {tensor.name: chance.normal(scale=spread, size=tensor.shape) for tensor in TABLE.tensors}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["0", "-1", "0x", "0x" + "00" * 20, "0x" + "00" * 32, "1" * 80]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=5,
)
"""Whatever a stranger may write into a document."""


def places(document: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value of a document."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(document, dict):
        inner = document.items()
    elif isinstance(document, list):
        inner = enumerate(document)
    return [path, *(way for name, value in inner for way in places(value, (*path, name)))]


def altered(text: bytes, path: Sequence[str | int], value: object) -> bytes:
    """Return a document's bytes, canonical where they can be, with another value at a place."""
    document = json.loads(text)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    try:
        return rfc8785.dumps(document)
    except ValueError:  # a number or a text that has no canonical form
        return json.dumps(document).encode()


@final
@dataclass(frozen=True, slots=True)
class Played:
    """A round as the chain records it and as its artifacts lie in the store."""

    recorded: Recorded
    artifacts: Artifacts
    outcome: Outcome

    def with_manifest(self, **changes: Any) -> Played:
        """Return the round with another manifest, which its proposal commits to."""
        manifest = replace(self.artifacts.manifest, **changes)
        proposal = replace(self.recorded.proposal, manifest=manifest.digest)
        return replace(
            self,
            recorded=replace(self.recorded, proposal=proposal),
            artifacts=replace(self.artifacts, manifest=manifest),
        )

    def with_proposal(self, **changes: Any) -> Played:
        """Return the round with another proposal on chain."""
        proposal = replace(self.recorded.proposal, **changes)
        return replace(self, recorded=replace(self.recorded, proposal=proposal))

    def with_close(self, close: Close, **changes: Any) -> Played:
        """Return the round with another close, which all that follows commits to."""
        moved = replace(self, recorded=replace(self.recorded, close=close))
        said = moved.with_proposal(close=close.digest(), count=close.count)
        return said.with_manifest(close=close, **changes)

    def with_opening(self, **changes: Any) -> Played:
        """Return the round, signed and closed as it was, with another opening on chain."""
        return replace(
            self,
            recorded=replace(self.recorded, opening=replace(self.recorded.opening, **changes)),
        )

    def with_contributions(self, contributions: Sequence[Contribution]) -> Played:
        """Return the round with other contributions, which all that follows commits to."""
        close = self.recorded.opening.closed(contributions)
        entries = tuple(
            replace(entry, contribution=each, ack=_ack(each, close, self.recorded.parent_root))
            for entry, each in zip(self.artifacts.manifest.entries, contributions, strict=True)
        )
        return self.with_close(close, entries=entries)


@cache
def played(
    nodes: int = 3, rule: Aggregation = Aggregation.WEIGHTED_MEAN, *, in_padding: int = 0
) -> Played:
    """Return an honest round of some nodes, maybe on a base with something in its padding."""
    rules = RULES_OF[rule]
    base, gradient = TABLE.encode(arrays(0)), TABLE.gradient(_slopes())
    base[90] = in_padding
    # By the bytes: the checksum's capitals would put 0xB before 0xa.
    names = sorted((f"node {at}" for at in range(nodes)), key=lambda name: account(name).lower())
    deltas = tuple(TABLE.delta(_adapted(seed), base) for seed in range(1, nodes + 1))
    parent_root = tree.vector_root(base)
    contributions = [
        contribution(name, each, 4 + at, parent_root)
        for at, (name, each) in enumerate(zip(names, deltas, strict=True))
    ]
    close = OPENING.closed(contributions)
    outcome = work_out(
        Given(
            base,
            gradient,
            tuple(each.node for each in contributions),
            deltas,
            tuple(each.weight for each in contributions),
        ),
        rules,
        close.round,
    )
    manifest = Manifest(
        spec=digest("spec"),
        close=close,
        seed=digest("seed"),
        base=Vector(parent_root, digest("stored base")),
        result=Vector(outcome.result_root, digest("stored result")),
        gradient=Vector(outcome.gradient_root, digest("stored gradient")),
        entries=tuple(
            Entry(each, digest(f"stored {each.node}"), _ack(each, close, parent_root))
            for each in contributions
        ),
        absent=(Absence(account("silent"), "no answer in 60 s"),),
        payouts=outcome.payouts,
        key_hash=digest("key"),
        keyring=digest("keyring"),
    )
    recorded = Recorded(
        domain=DOMAIN,
        rules=rules,
        spec=manifest.spec,
        opening=OPENING,
        close=close,
        proposal=outcome.proposal(close, manifest.seed, manifest.digest),
        seed=manifest.seed,
        parent_root=parent_root,
        standings={
            each.node: Standing(
                account(f"receipts of {name}"), each.dataset, each.weight, seat, True
            )
            for seat, (name, each) in enumerate(zip(names, contributions, strict=True))
        },
    )
    return Played(recorded, Artifacts(manifest, base, gradient, deltas), outcome)


def contribution(
    name: str, delta: Fixed, weight: int, parent_root: Digest, signer: str = "", source: str = ""
) -> Contribution:
    """Return somebody's contribution, with its own receipt key and dataset unless told otherwise."""
    unsigned = Contribution(
        node=account(name),
        dataset=digest(f"dataset of {source or name}"),
        delta_root=tree.vector_root(delta),
        weight=weight,
        deadline=2_000_000_000,
        signature=bytes(65),
    )
    receipt = unsigned.receipt(OPENING, parent_root)
    signature = signed(signer or f"receipts of {name}", receipt.digest(DOMAIN))
    return replace(unsigned, signature=signature)


def shuffled(given: Given, contributions: Sequence[Contribution], order: Sequence[int]) -> Given:
    """Return what a round starts from, put in order anew after arriving in another one."""
    arrived = {contributions[at].node: at for at in order}
    places = [arrived[each.node] for each in in_order([contributions[at] for at in order])]
    return replace(
        given,
        nodes=tuple(given.nodes[at] for at in places),
        deltas=tuple(given.deltas[at] for at in places),
        weights=tuple(given.weights[at] for at in places),
    )


def proposal_of(round: Played) -> Proposal:
    """Return what an honest aggregator proposes for a round."""
    return round.outcome.proposal(
        round.recorded.close, round.recorded.seed, round.artifacts.manifest.digest
    )


def _ack(given: Contribution, close: Close, parent_root: Digest) -> bytes:
    receipt = given.receipt(close, parent_root)
    return signed("aggregator", Ack(receipt.digest(DOMAIN), close.epoch).digest(DOMAIN))


def _adapted(seed: int) -> dict[str, Any]:
    start, moved = arrays(0), arrays(seed, spread=0.1)
    return {name: (start[name] + moved[name]).astype(np.float32) for name in start}


def _slopes() -> dict[str, Any]:
    return {name: each for name, each in arrays(99).items() if name != "second"}
