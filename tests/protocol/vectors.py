"""Known answers for everything that is hashed; `python tests/protocol/vectors.py` prints them anew.

The file they are kept in, tests/vectors.json, is read by the Python tests and by the contracts' tests.
It changes only when the protocol does.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from coincurve import PrivateKey

from commonroot.protocol import payout, records, rows, sampling, tree
from commonroot.protocol.fixed import LANES, Fixed, to_bytes
from commonroot.protocol.hashing import Digest, keccak, to_address, to_hex
from commonroot.protocol.receipt import Ack, Domain, Receipt
from commonroot.protocol.round import (
    Close,
    Contribution,
    Opening,
    Proposal,
    contributions_root,
    weights_hash,
)
from commonroot.protocol.rules import Step, clipped, mean, median, trimmed
from commonroot.protocol.scores import score
from commonroot.protocol.signature import address_of

KEY = PrivateKey(keccak(b"a key for tests"))
NODES = [to_address(bytes([kind]) * 20) for kind in (0x11, 0x22, 0x33)]


def digest(text: str) -> Digest:
    """Return a digest to fill a field with."""
    return keccak(text.encode())


def lanes(seed: int, chunks: int, bound: int) -> Fixed:
    """Return lanes that a seed names, the bounds themselves among them."""
    values = np.random.default_rng(seed).integers(-bound, bound, chunks * LANES, dtype=np.int64)
    values[0], values[1] = -bound, bound
    return values.astype(np.int32)


def everything() -> dict[str, Any]:
    """Return every known answer."""
    return {
        "chunk": _chunk(),
        "trees": [_tree(count) for count in (1, 2, 3, 5, 8)],
        "mean": [_mean(), *_means_by_hand()],
        "clipped": [_clipped(*case) for case in _CLIPPED],
        "median": [_median(count) for count in (1, 4, 5)],
        "trimmed": [_trimmed(*case) for case in ((3, 3334), (5, 2000), (6, 4999), (4, 1))],
        "sampling": [_sampling(*case) for case in _SAMPLED],
        "receipt": _receipt(),
        "contributions": _contributions(),
        "opening": _opening(),
        "close": _close(),
        "proposal": _proposal(),
        "row": _row(),
        "scores": [_score(*case) for case in _SCORES],
        "payout": _payout(),
        "record": _record(),
    }


def _chunk() -> dict[str, Any]:
    chunk = lanes(1, 1, 2**31 - 1)
    return {
        "index": 7,
        "lanes": chunk.tolist(),
        "bytes": to_hex(to_bytes(chunk)),
        "leaf": to_hex(tree.chunk_leaf(7, to_bytes(chunk))),
    }


def _tree(count: int) -> dict[str, Any]:
    leaves = [digest(f"leaf {index}") for index in range(count)]
    return {
        "leaves": [to_hex(leaf) for leaf in leaves],
        "root": to_hex(tree.root(leaves)),
        "index": count - 1,
        "proof": [to_hex(each) for each in tree.proof(leaves, count - 1)],
    }


def _mean() -> dict[str, Any]:
    base = lanes(2, 1, 2**30)
    base[2], base[3] = 2**31 - 1, -(2**31)
    deltas = [lanes(seed, 1, 2**24) for seed in (3, 4, 5)]
    for each in deltas:
        each[2], each[3] = 2**24, -(2**24)
    return _mean_case(base, deltas, [1, 5, 2], Step(3, 7))


def _means_by_hand() -> list[dict[str, Any]]:
    # One lane each, the rest zero: halves go up, also below zero; -3/2 becomes -1, 3/2 becomes 2.
    cases = ((0, [1, 2], [1, 1], Step(1, 1)), (0, [-1, -2], [1, 1], Step(1, 1)))
    cases += ((10, [-7], [1], Step(1, 2)), (2**31 - 2, [5, 5], [1, 3], Step(1024, 1)))
    made = []
    for base, moves, weights, step in cases:
        vectors = [np.zeros(LANES, np.int32) for _ in range(len(moves) + 1)]
        for vector, first in zip(vectors, [base, *moves], strict=True):
            vector[0] = first
        made.append(_mean_case(vectors[0], vectors[1:], weights, step))
    return made


def _mean_case(base: Fixed, deltas: list[Fixed], weights: list[int], step: Step) -> dict[str, Any]:
    found = mean.aggregate(base, deltas, weights, step)
    return {**_case(base, deltas, step, found), "weights": weights}


_CLIPPED = (
    (1, 2**28),  # longer than any chunk: nothing is shortened
    (2, 2**24),
    (3, 1),
)


def _robust(count: int) -> tuple[Fixed, list[Fixed], Step]:
    base = lanes(20, 1, 2**31 - 1)
    deltas = [lanes(21 + at, 1, 2**24) for at in range(count)]
    for at, each in enumerate(deltas):
        each[2:5] = 7, at - 2, -at  # all alike, some alike, below zero
    return base, deltas, Step(3, 7)


def _clipped(count: int, norm_cap: int) -> dict[str, Any]:
    base, deltas, step = _robust(count)
    weights = [1 + 3 * at for at in range(count)]
    squares = [sum(int(lane) ** 2 for lane in each) for each in deltas]
    found = clipped.aggregate(base, deltas, weights, squares, norm_cap, step)
    return {
        **_case(base, deltas, step, found),
        "weights": weights,
        "squares": [str(each) for each in squares],
        "norm_cap": str(norm_cap),
    }


def _median(count: int) -> dict[str, Any]:
    base, deltas, step = _robust(count)
    return _case(base, deltas, step, median.aggregate(base, deltas, step))


def _trimmed(count: int, trim: int) -> dict[str, Any]:
    base, deltas, step = _robust(count)
    return {
        **_case(base, deltas, step, trimmed.aggregate(base, deltas, trim, step)),
        "trim": trim,
    }


def _case(base: Fixed, deltas: list[Fixed], step: Step, found: Fixed) -> dict[str, Any]:
    return {
        "base": base.tolist(),
        "deltas": [each.tolist() for each in deltas],
        "over": step.over,
        "under": step.under,
        "next": found.tolist(),
    }


_SAMPLED = ((1, 1, 1, "a block"), (2, 1, 1, "a block"), (5, 1, 1, "a block"), (5, 1, 2, "a block"),
            (5, 2, 1, "a block"), (16, 7, 1, "another"), (17, 2**62, 2**63, "another"))  # fmt: skip


def _sampling(seats: int, round: int, epoch: int, block: str) -> dict[str, Any]:
    opening = replace(_opening_value(), seats=seats, round=round, epoch=epoch, sample=digest(block))
    return {
        "seats": seats,
        "round": round,
        "epoch": epoch,
        "sample": to_hex(opening.sample),
        "places": [sampling.permuted(seat, opening) for seat in range(seats)],
    }


def _domain() -> Domain:
    return Domain(31337, to_address("0x00000000000000000000000000000000000000aa"))


def _receipt_value() -> Receipt:
    return Receipt(
        3, 4, 5, digest("base"), NODES[2], digest("set"), digest("delta"), 6, 2_000_000_000
    )


def _receipt() -> dict[str, Any]:
    receipt, domain = _receipt_value(), _domain()
    ack = Ack(receipt.digest(domain), receipt.epoch)
    return {
        "chain_id": domain.chain_id,
        "programs": domain.programs,
        "separator": to_hex(domain.separator()),
        "program": 3,
        "round": 4,
        "epoch": 5,
        "base_root": to_hex(receipt.base_root),
        "aggregator": receipt.aggregator,
        "dataset": to_hex(receipt.dataset),
        "delta_root": to_hex(receipt.delta_root),
        "weight": 6,
        "deadline": receipt.deadline,
        "digest": to_hex(receipt.digest(domain)),
        "signer": address_of(KEY.public_key),
        "signature": to_hex(_signed(receipt.digest(domain))),
        "ack": to_hex(ack.digest(domain)),
    }


def _signed(what: Digest) -> bytes:
    raw = KEY.sign_recoverable(what, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def _given() -> list[Contribution]:
    return [
        Contribution(
            node, digest(f"set {node}"), digest(f"delta {node}"), index + 1, 2_000_000_000 + index,
            _signed(digest(f"receipt {node}")),
        )
        for index, node in enumerate(NODES)
    ]  # fmt: skip


def _contributions() -> dict[str, Any]:
    given = _given()
    return {
        "contributions": [
            {
                "node": each.node,
                "dataset": to_hex(each.dataset),
                "delta_root": to_hex(each.delta_root),
                "weight": each.weight,
                "deadline": each.deadline,
                "signature": to_hex(each.signature),
                "leaf": to_hex(each.leaf(index)),
            }
            for index, each in enumerate(given)
        ],
        "root": to_hex(contributions_root(given)),
        "weights_hash": to_hex(weights_hash([each.weight for each in given])),
    }


def _opening_value() -> Opening:
    return Opening(3, 4, 5, 3, NODES[2], 1234, 1200, 300, 17, digest("block"))


def _opening() -> dict[str, Any]:
    opening = _opening_value()
    return {"fields": _plain(opening.fields()), "digest": to_hex(opening.digest())}


def _close_value() -> Close:
    return _opening_value().closed(_given())


def _close() -> dict[str, Any]:
    close = _close_value()
    return {"fields": _plain(close.fields()), "digest": to_hex(close.digest())}


def _proposal() -> dict[str, Any]:
    digests = [digest(name) for name in ("rows", "result", "gradient", "payouts", "manifest")]
    close = _close_value()
    value = Proposal(
        close.digest(), digest("seed"), 99, close.count, *digests[:4], 10**21, 10**6, digests[4]
    )
    return {"fields": _plain(value.fields()), "digest": to_hex(value.digest())}


def _row() -> dict[str, Any]:
    parts = [digest(name) for name in ("base", "result", "gradient", "delta 0", "delta 1")]
    dots, squares = [-(2**70), 12345], [2**90, 1]
    return {
        "index": 12,
        "base": to_hex(parts[0]),
        "result": to_hex(parts[1]),
        "gradient": to_hex(parts[2]),
        "deltas": [to_hex(each) for each in parts[3:]],
        "dots": [str(each) for each in dots],
        "squares": [str(each) for each in squares],
        "row": to_hex(rows.row(12, parts[0], parts[1], parts[2], parts[3:], dots, squares)),
    }


_SCORES = (
    (-100, 25, 1, 5),  # at the cap: as it is
    (-100, 26, 1, 5),  # longer: 100 * 5 // 6
    (100, 26, 2, 5),  # negative and longer: floor(-1000 / 6)
    (-(2**60), 2**80, 1, 2**30),
    (0, 0, 1, 1),
)


def _score(dot: int, square: int, weight: int, norm_cap: int) -> dict[str, Any]:
    return {
        "dot": str(dot),
        "square": str(square),
        "weight": weight,
        "norm_cap": str(norm_cap),
        "score": str(score(dot, square, weight, norm_cap)),
    }


def _payout() -> dict[str, Any]:
    paid = payout.payouts(NODES, [300, -50, 100], [9, 16, 25], 10**18 + 1, 1_000_000)
    top = payout.tree_root(paid)
    return {
        "reward": str(10**18 + 1),
        "shares_per_round": 1_000_000,
        "payouts": [
            {
                "node": each.node,
                "score": str(each.score),
                "square": str(each.square),
                "payout": str(each.payout),
                "shares": str(each.shares),
                "leaf": to_hex(each.branch(index).digest),
            }
            for index, each in enumerate(paid)
        ],
        "root": to_hex(top.digest),
        "payout_sum": str(top.payout),
        "shares_sum": str(top.shares),
        "proof_of_2": [
            {"digest": to_hex(each.digest), "payout": str(each.payout), "shares": str(each.shares)}
            for each in payout.proof(paid, 2)
        ],
    }


def _record() -> dict[str, Any]:
    secret, kept = digest("secret"), [b"one", b"two", b"three"]
    root, count = records.commit(secret, kept)
    return {
        "secret": to_hex(secret),
        "records": [to_hex(each) for each in kept],
        "leaves": [to_hex(records.leaf(secret, at, each)) for at, each in enumerate(kept)],
        "root": to_hex(root),
        "count": count,
    }


def _plain(fields: tuple[int | bytes | str, ...]) -> list[str]:
    return [to_hex(field) if isinstance(field, bytes) else str(field) for field in fields]


if __name__ == "__main__":
    json.dump(everything(), sys.stdout, indent=1)
    print()
