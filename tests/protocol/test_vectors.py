"""The known answers, which the contracts' tests read too, are what the code gives today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.protocol import vectors

from commonroot.protocol import records, rows, sampling, tree
from commonroot.protocol.fixed import Fixed, from_bytes, to_bytes
from commonroot.protocol.hashing import Address, Digest, to_address, to_digest
from commonroot.protocol.payout import Branch, payouts, tree_root
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
from commonroot.protocol.signature import recover

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors.json").read_text(encoding="utf-8")
)
NOBODY = to_address(bytes(20))
KINDS = [
    "chunk",
    "trees",
    "mean",
    "clipped",
    "median",
    "trimmed",
    "sampling",
    "receipt",
    "contributions",
    "opening",
    "close",
    "proposal",
    "row",
    "scores",
    "payout",
    "record",
]


def raw(text: str) -> bytes:
    """Return the bytes that a vector spells."""
    return bytes.fromhex(text.removeprefix("0x"))


def vector(numbers: list[int]) -> Fixed:
    """Return the lanes that a vector lists."""
    return np.array(numbers, np.int64).astype(np.int32)


def summed(case: dict[str, Any]) -> tuple[Fixed, list[Fixed], Step]:
    """Return what a rule is given in a vector."""
    deltas = [vector(each) for each in case["deltas"]]
    return vector(case["base"]), deltas, Step(case["over"], case["under"])


def values(fields: list[str]) -> list[int | bytes | str]:
    """Return a struct's fields from their spelling: digests are longer than accounts."""
    return [
        int(each)
        if not each.startswith("0x")
        else to_address(each)
        if len(each) == 42
        else to_digest(each)
        for each in fields
    ]


def given(fields: dict[str, Any]) -> Contribution:
    """Return the contribution that a vector describes."""
    return Contribution(
        to_address(fields["node"]),
        to_digest(fields["dataset"]),
        to_digest(fields["delta_root"]),
        fields["weight"],
        fields["deadline"],
        raw(fields["signature"]),
    )


def test_all_kinds_are_there() -> None:
    """
    Everything that is hashed has a known answer, and none was lost.
    """
    assert sorted(KNOWN) == sorted(KINDS)


def test_file_is_what_the_code_writes() -> None:
    """
    The file changes only when the protocol does, and then `vectors.py` writes it.
    """
    assert vectors.everything() == KNOWN


def test_chunk() -> None:
    """
    A chunk's bytes and its leaf.
    """
    case = KNOWN["chunk"]

    assert to_bytes(vector(case["lanes"])) == raw(case["bytes"])
    assert from_bytes(raw(case["bytes"])).tolist() == case["lanes"]
    assert tree.chunk_leaf(case["index"], raw(case["bytes"])) == to_digest(case["leaf"])


@pytest.mark.parametrize("case", KNOWN["trees"], ids=lambda case: str(len(case["leaves"])))
def test_tree(case: dict[str, Any]) -> None:
    """
    Roots, proofs and their way back, for several counts.
    """
    leaves = [to_digest(each) for each in case["leaves"]]
    siblings = [to_digest(each) for each in case["proof"]]
    at = case["index"]

    assert tree.root(leaves) == to_digest(case["root"])
    assert tree.proof(leaves, at) == siblings
    assert tree.root_from(leaves[at], at, len(leaves), siblings) == to_digest(case["root"])


@pytest.mark.parametrize("case", KNOWN["mean"])
def test_mean(case: dict[str, Any]) -> None:
    """
    One chunk's next version, halves and ends among its lanes.
    """
    base, deltas, step = summed(case)

    assert mean.aggregate(base, deltas, case["weights"], step).tolist() == case["next"]


@pytest.mark.parametrize("case", KNOWN["clipped"])
def test_clipped(case: dict[str, Any]) -> None:
    """
    The same with long deltas shortened, down to a cap of one.
    """
    base, deltas, step = summed(case)
    squares = [int(each) for each in case["squares"]]

    found = clipped.aggregate(base, deltas, case["weights"], squares, int(case["norm_cap"]), step)

    assert found.tolist() == case["next"]


@pytest.mark.parametrize("case", KNOWN["median"], ids=lambda case: str(len(case["deltas"])))
def test_median(case: dict[str, Any]) -> None:
    """
    The middle of one, of an even and of an odd number.
    """
    base, deltas, step = summed(case)

    assert median.aggregate(base, deltas, step).tolist() == case["next"]


@pytest.mark.parametrize("case", KNOWN["trimmed"])
def test_trimmed(case: dict[str, Any]) -> None:
    """
    Something cut, all but two cut, nothing cut.
    """
    base, deltas, step = summed(case)

    assert trimmed.aggregate(base, deltas, case["trim"], step).tolist() == case["next"]


@pytest.mark.parametrize("case", KNOWN["sampling"])
def test_sampling(case: dict[str, Any]) -> None:
    """
    Where every seat comes to, for numbers that are powers of four and numbers that are not.
    """
    seats, sample = case["seats"], to_digest(case["sample"])
    fixed: tuple[Any, ...] = (1, case["round"], case["epoch"], 0, NOBODY, 9, 9, seats, 1, sample)

    found = [sampling.permuted(seat, Opening(*fixed)) for seat in range(seats)]

    assert found == case["places"]
    assert sorted(found) == list(range(seats))


def test_receipt() -> None:
    """
    Domain, receipt, ack, and who signed.
    """
    case = KNOWN["receipt"]
    domain = Domain(case["chain_id"], to_address(case["programs"]))
    receipt = Receipt(
        case["program"],
        case["round"],
        case["epoch"],
        to_digest(case["base_root"]),
        to_address(case["aggregator"]),
        to_digest(case["dataset"]),
        to_digest(case["delta_root"]),
        case["weight"],
        case["deadline"],
    )

    said = receipt.digest(domain)

    assert domain.separator() == to_digest(case["separator"])
    assert said == to_digest(case["digest"])
    assert Ack(said, case["epoch"]).digest(domain) == to_digest(case["ack"])
    assert recover(said, raw(case["signature"])) == case["signer"]


def test_contributions() -> None:
    """
    Leaves, their root, and the weights' hash.
    """
    case = KNOWN["contributions"]
    all_given = [given(each) for each in case["contributions"]]

    for at, each in enumerate(all_given):
        assert each.leaf(at) == to_digest(case["contributions"][at]["leaf"])
    assert contributions_root(all_given) == to_digest(case["root"])
    assert weights_hash([each.weight for each in all_given]) == to_digest(case["weights_hash"])


@pytest.mark.parametrize(
    ("kind", "struct"), [("opening", Opening), ("close", Close), ("proposal", Proposal)]
)
def test_struct(kind: str, struct: Any) -> None:
    """
    The hashes of the three structs that the chain stores.
    """
    case = KNOWN[kind]

    assert struct(*values(case["fields"])).digest() == to_digest(case["digest"])


def test_row() -> None:
    """
    One row, with sums that need more than 64 bits.
    """
    case = KNOWN["row"]
    leaves: list[Digest] = [to_digest(case[name]) for name in ("base", "result", "gradient")]
    deltas = [to_digest(each) for each in case["deltas"]]
    dots, squares = ([int(each) for each in case[name]] for name in ("dots", "squares"))

    assert rows.row(case["index"], *leaves, deltas, dots, squares) == to_digest(case["row"])


@pytest.mark.parametrize("case", KNOWN["scores"])
def test_score(case: dict[str, Any]) -> None:
    """
    Scores at the cap, beyond it, and below zero.
    """
    dot, square, cap = (int(case[name]) for name in ("dot", "square", "norm_cap"))

    assert score(dot, square, case["weight"], cap) == int(case["score"])


def test_payout() -> None:
    """
    Amounts, leaves, the top with its sums, and a claim of the last leaf.
    """
    case = KNOWN["payout"]
    wanted = case["payouts"]
    nodes: list[Address] = [to_address(each["node"]) for each in wanted]
    scores, squares = ([int(each[name]) for each in wanted] for name in ("score", "square"))

    found = payouts(nodes, scores, squares, int(case["reward"]), case["shares_per_round"])

    for at, each in enumerate(found):
        assert (each.payout, each.shares) == (int(wanted[at]["payout"]), int(wanted[at]["shares"]))
        assert each.branch(at).digest == to_digest(wanted[at]["leaf"])
    top = Branch(to_digest(case["root"]), int(case["payout_sum"]), int(case["shares_sum"]))
    beside = [
        Branch(to_digest(each["digest"]), int(each["payout"]), int(each["shares"]))
        for each in case["proof_of_2"]
    ]
    assert tree_root(found) == top
    assert beside[1].joined(found[2].branch(2).joined(beside[0])) == top


def test_record() -> None:
    """
    A dataset's leaves and its root.
    """
    case = KNOWN["record"]
    secret, kept = to_digest(case["secret"]), [raw(each) for each in case["records"]]

    for at, each in enumerate(kept):
        assert records.leaf(secret, at, each) == to_digest(case["leaves"][at])
    assert records.commit(secret, kept) == (to_digest(case["root"]), case["count"])
