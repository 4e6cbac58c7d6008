"""
The rules of a round a second time, from docs/protocol.md alone: integers, bytes, lists and dictionaries.

Nothing of ours is imported, and speed is no aim: whoever doubts `commonroot.protocol` reads this beside the
page. `judge` says whether a round holds and which challenges prove that it does not.

A round comes as three dictionaries:

    chain      what the contracts say: rules, opening, close, proposal (in the structs' order), seed, parent_root,
               domain (chain id, contract), standings by node (key, dataset, records, seat, whether it took part
               at the anchor), each maybe None
    document   the manifest, as JSON gives it
    vectors    lists of lanes: base, gradient, deltas, and what rows were built from, where that is known: laid_base,
               laid_result, laid_gradient, laid_deltas, laid_sums (pairs dot, square a chunk and node), result, and
               weights, where the weights' hash is known to be of others than the contributions
"""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from math import floor
from typing import Any

from sha3 import keccak_256
from tests.protocol import curve

Round = dict[str, Any]

LANES = 64


def keccak(data: bytes) -> bytes:
    """Return the hash that everything is hashed with."""
    return bytes(keccak_256(data).digest())


def uint(value: int, bits: int) -> bytes:
    """Return an unsigned number, big-endian."""
    return value.to_bytes(bits // 8, "big")


def sint(value: int, bits: int) -> bytes:
    """Return a signed number, big-endian in two's complement."""
    return value.to_bytes(bits // 8, "big", signed=True)


def raw(text: str) -> bytes:
    """Return the bytes that hexadecimal spells."""
    return bytes.fromhex(text[2:])


# --- signatures -------------------------------------------------------------------------------------------------


def signer(digest: bytes, signature: bytes) -> bytes | None:
    """Return the account that signed; None for a signature in any but its one form."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not 1 <= r < curve.N or not 1 <= s <= curve.N // 2:
        return None
    key = curve.public_key(int.from_bytes(digest, "big"), r, s, signature[64] - 27)
    return None if key is None else keccak(uint(key[0], 256) + uint(key[1], 256))[12:]


def typed(chain: Round, struct: bytes) -> bytes:
    """Return what is signed for a struct in the domain of the Programs contract."""
    number, contract = chain["domain"]
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    said = keccak(kind) + keccak(b"Commonroot") + keccak(b"1")
    domain = keccak(said + uint(number, 256) + bytes(12) + contract)
    return keccak(b"\x19\x01" + domain + keccak(struct))


def receipt_digest(chain: Round, given: Round) -> bytes:
    """Return what the node of a contribution should have signed."""
    kind = (
        b"Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,address aggregator,"
        b"bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)"
    )
    program, number, epoch, _, aggregator, *_ = chain["close"]
    return typed(
        chain,
        keccak(kind)
        + b"".join(uint(each, 256) for each in (program, number, epoch))
        + chain["parent_root"]
        + bytes(12)
        + aggregator
        + raw(given["dataset"])
        + raw(given["delta"])
        + uint(given["weight"], 256)
        + uint(given["deadline"], 256),
    )


def ack_digest(chain: Round, receipt: bytes) -> bytes:
    """Return what the aggregator should have signed for a receipt."""
    kind = keccak(b"Ack(bytes32 receiptDigest,uint64 epoch)")
    return typed(chain, kind + receipt + uint(chain["close"][2], 256))


# --- trees and structs ------------------------------------------------------------------------------------------


def top(leaves: list[bytes]) -> bytes:
    """Return the root over leaves, padded with zeros to a power of two."""
    level = list(leaves)
    while len(level) & (len(level) - 1):
        level.append(bytes(32))
    while len(level) > 1:
        level = [keccak(b"\x01" + level[at] + level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def chunk_leaf(index: int, lanes: list[int]) -> bytes:
    """Return the leaf of a chunk."""
    return keccak(b"\x00" + uint(index, 64) + b"".join(sint(lane, 32) for lane in lanes))


def chunks(vector: list[int]) -> list[list[int]]:
    """Return a vector's chunks."""
    return [vector[at : at + LANES] for at in range(0, len(vector), LANES)]


def leaves(vector: list[int]) -> list[bytes]:
    """Return the leaves of a vector."""
    return [chunk_leaf(index, chunk) for index, chunk in enumerate(chunks(vector))]


def contribution_leaf(index: int, given: Round) -> bytes:
    """Return the leaf of a contribution."""
    return keccak(
        b"\x03"
        + uint(index, 64)
        + raw(given["node"])
        + raw(given["dataset"])
        + raw(given["delta"])
        + uint(given["weight"], 32)
        + uint(given["deadline"], 64)
        + raw(given["signature"])
    )


def struct_hash(fields: list[Any]) -> bytes:
    """Return keccak(abi.encode(struct)): every field is one word."""
    words = [uint(each, 256) if isinstance(each, int) else each.rjust(32, b"\0") for each in fields]
    return keccak(b"".join(words))


def row(index: int, parts: list[bytes], sums: list[tuple[int, int]]) -> bytes:
    """Return the row of a chunk: leaves of base, result, gradient and deltas, and the sums through it."""
    said = b"".join(sint(dot, 128) + uint(square, 128) for dot, square in sums)
    return keccak(b"\x02" + uint(index, 64) + keccak(b"".join(parts)) + keccak(said))


# --- arithmetic -------------------------------------------------------------------------------------------------


def blocks(count: int) -> int:
    """Return how many chunks so many lanes fill."""
    return (count + LANES - 1) // LANES


def root_up(square: int) -> int:
    """Return the square root, rounded up, by halving."""
    low, high = 0, 1 << (square.bit_length() // 2 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if middle * middle >= square else (middle + 1, high)
    return low


def combined(
    rules: Round, column: list[int], weights: list[int], squares: list[int] | None
) -> Fraction:
    """Return what a rule makes of one lane's deltas; squares only where a clipped mean clips."""
    ordered, count = sorted(column), len(column)
    if rules["aggregation"] == "median":
        return Fraction((ordered[(count - 1) // 2] + ordered[count // 2]) // 2)
    if rules["aggregation"] == "trimmed_mean":
        cut = count * rules["trim"] // 10_000
        kept = ordered[cut : count - cut]
        return Fraction(sum(kept), len(kept))
    if rules["aggregation"] == "clipped_mean" and squares is not None:
        cap = rules["norm_cap"]
        column = [
            lane if square <= cap * cap else floor(Fraction(lane * cap, root_up(square)))
            for lane, square in zip(column, squares, strict=True)
        ]
    total = sum(lane * weight for lane, weight in zip(column, weights, strict=True))
    return Fraction(total, sum(weights))


def next_version(
    chain: Round, base: list[int], deltas: list[list[int]], weights: list[int], squares: list[int]
) -> list[int]:
    """Return the version that follows, lane by lane, with a half rounded up."""
    rules, number = chain["rules"], chain["close"][1]
    fallen = 0
    if rules["rounds"] > 1:
        steps = rules["step_first"] - rules["step_last"]
        fallen = steps * (number - 1) // (rules["rounds"] - 1)
    of_weights = LANES * blocks(rules["weights"])
    found = []
    for lane, start in enumerate(base):
        trained = lane < of_weights
        step = Fraction(rules["step_first"] - fallen, rules["step_under"]) if trained else 1
        column = [delta[lane] for delta in deltas]
        moved = combined(rules, column, weights, squares if trained else None)
        found.append(max(-(2**31), min(2**31 - 1, start + floor(step * moved + Fraction(1, 2)))))
    return found


def prefix_sums(rules: Round, gradient: list[int], delta: list[int]) -> list[tuple[int, int]]:
    """Return dot and square through every chunk; chunks of moments add nothing."""
    found, dot, square = [], 0, 0
    for index, (slope, move) in enumerate(zip(chunks(gradient), chunks(delta), strict=True)):
        if index < blocks(rules["weights"]):
            dot += sum(one * two for one, two in zip(slope, move, strict=True))
            square += sum(each * each for each in move)
        found.append((dot, square))
    return found


def payroll(
    rules: Round, nodes: list[bytes], weights: list[int], last: list[tuple[int, int]]
) -> Any:
    """Return the payouts and the top of their tree: digest, payouts' sum, shares' sum."""
    cap, count, reward = rules["norm_cap"], len(nodes), rules["reward"]
    scores = []
    for weight, (dot, square) in zip(weights, last, strict=True):
        gain = -dot * weight
        scores.append(gain if square <= cap * cap else floor(Fraction(gain * cap, root_up(square))))
    positive = sum(score for score in scores if score > 0)
    half = reward // 2
    amounts = []
    for score in scores:
        by_score = half * score // positive if score > 0 else 0
        amounts.append(min(half // count + by_score, 2 * reward // count))
    paid, level = [], []
    for index, (node, score, (_, square), amount) in enumerate(
        zip(nodes, scores, last, amounts, strict=True)
    ):
        shares = rules["shares_per_round"] * amount // sum(amounts) if sum(amounts) else 0
        numbers = sint(score, 256) + uint(square, 256) + uint(amount, 256) + uint(shares, 256)
        level.append((keccak(b"\x04" + uint(index, 64) + node + numbers), amount, shares))
        paid.append((node, score, square, amount, shares))
    while len(level) & (len(level) - 1):
        level.append((bytes(32), 0, 0))
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [(keccak(b"\x05" + _said(one) + _said(two)), one[1] + two[1], one[2] + two[2]) for one, two in pairs]  # fmt: skip
    return paid, level[0]


def _said(branch: tuple[bytes, int, int]) -> bytes:
    return branch[0] + uint(branch[1], 256) + uint(branch[2], 256)


# --- people -----------------------------------------------------------------------------------------------------


def permuted(seat: int, seats: int, sample: bytes, number: int, epoch: int) -> int:
    """Return where the shuffle of a round's epoch puts a seat."""
    half = 0
    while 4**half < seats:
        half += 1
    while True:
        left, right = divmod(seat, 2**half)
        for turn in range(4):
            said = (
                b"\x08"
                + sample
                + uint(number, 64)
                + uint(epoch, 64)
                + uint(turn, 8)
                + uint(right, 32)
            )
            mixed = int.from_bytes(keccak(said), "big") % 2**half
            left, right = right, left ^ mixed
        seat = left * 2**half + right
        if seat < seats:
            return seat


def asked(chain: Round, seat: int | None, anchored: bool) -> bool:
    """Return whether the node on a seat, who took part at the anchor or not, was asked."""
    _, number, epoch, _, _, _, _, seats, places, sample, *_ = chain["close"]
    if seat is None or seat >= seats or not anchored:
        return False
    return sample == bytes(32) or permuted(seat, seats, sample, number, epoch) < places


# --- the judge --------------------------------------------------------------------------------------------------


def judge(chain: Round, document: Round, vectors: Round) -> tuple[bool, set[str]]:
    """Return whether a round holds, and every challenge that would prove that it does not."""
    given = document["contributions"]
    people = _people(chain, given)
    rows = _rows(chain, given, vectors)
    lies = people | rows
    return not lies and _holds(chain, document, vectors), lies


def _people(chain: Round, given: list[Round]) -> set[str]:
    rules, found = chain["rules"], set()
    nodes = [int(each["node"], 16) for each in given]
    if any(one >= two for one, two in itertools.pairwise(nodes)):
        found.add("disorder")
    for each in given:
        key, dataset, records, seat, anchored = chain["standings"][raw(each["node"])]
        if key is None or signer(receipt_digest(chain, each), raw(each["signature"])) != key:
            found.add("wrongSignature")
        enrolled = dataset == raw(each["dataset"]) and records > 0
        if key is None or not enrolled or not asked(chain, seat, anchored):
            found.add("stranger")
        right = min(records, rules["max_weight"]) if rules["weighting"] == "records" else 1
        if enrolled and each["weight"] != right:
            found.add("wrongWeight")
    return found


def omitted(chain: Round, document: Round, acked: Round) -> bool:
    """Return whether a receipt that was signed, acked and admissible is missing from the close."""
    node = raw(acked["node"])
    key, dataset, records, seat, anchored = acked["standing"]
    rules, digest = chain["rules"], receipt_digest(chain, acked)
    right = min(records, rules["max_weight"]) if rules["weighting"] == "records" else 1
    promised = (
        key is not None
        and signer(digest, raw(acked["signature"])) == key
        and signer(ack_digest(chain, digest), raw(acked["ack"])) == chain["close"][4]
        and (dataset, right) == (raw(acked["dataset"]), acked["weight"])
        and records > 0
        and asked(chain, seat, anchored)
    )
    own = [each for each in document["contributions"] if raw(each["node"]) == node]
    return promised and all(receipt_digest(chain, each) != digest for each in own)


def _rows(chain: Round, given: list[Round], vectors: Round) -> set[str]:
    rules, found = chain["rules"], set()
    if "laid_result" not in vectors:
        return found
    laid = [vectors[f"laid_{name}"] for name in ("base", "result", "gradient")]
    laid += vectors["laid_deltas"]
    parts = [leaves(each) for each in laid]
    sums = vectors["laid_sums"]
    built = [row(index, list(beside), sums[index]) for index, beside in enumerate(zip(*parts, strict=True))]  # fmt: skip
    if top(built) != chain["proposal"][4]:
        return found
    own = [vectors["base"], vectors.get("result"), vectors["gradient"], *vectors["deltas"]]
    if any(theirs is not None and theirs != ours for theirs, ours in zip(own, laid, strict=True)):
        found.add("foreignChunk")
    for vector, bound in [(laid[2], 2**15), *((each, 2**24) for each in laid[3:])]:
        if any(abs(lane) > (0 if _spare(rules, at) else bound) for at, lane in enumerate(vector)):
            found.add("outOfBounds")
    if _wrong_steps(rules, laid, sums):
        found.add("wrongPrefix")
    last = sums[blocks(rules["weights"]) - 1]
    squares = [square for _, square in last]
    weights = [each["weight"] for each in given]
    used = vectors.get("weights", weights)
    if used != weights:
        found.add("wrongWeight")
    if next_version(chain, laid[0], laid[3:], used, squares) != laid[1]:
        found.add("wrongSum")
    paid = payroll(rules, [raw(each["node"]) for each in given], weights, last)[1]
    if paid != tuple(chain["proposal"][7:10]):
        found.add("wrongPayroll")
    return found


def _spare(rules: Round, at: int) -> bool:
    cut = LANES * blocks(rules["weights"])
    return at >= rules["weights"] if at < cut else at - cut >= rules["moments"]


def _wrong_steps(rules: Round, laid: list[list[int]], sums: list[list[tuple[int, int]]]) -> bool:
    for column, delta in enumerate(laid[3:]):
        exact = [(0, 0), *prefix_sums(rules, laid[2], delta)]
        said = [(0, 0), *(each[column] for each in sums)]
        for at in range(1, len(said)):
            step = [said[at][part] - said[at - 1][part] for part in (0, 1)]
            if step != [exact[at][part] - exact[at - 1][part] for part in (0, 1)]:
                return True
    return False


def _holds(chain: Round, document: Round, vectors: Round) -> bool:
    rules, close, proposal = chain["rules"], chain["close"], chain["proposal"]
    given = document["contributions"]
    nodes, weights = [raw(each["node"]) for each in given], [each["weight"] for each in given]
    base, gradient, deltas = (vectors[name] for name in ("base", "gradient", "deltas"))
    sums = [prefix_sums(rules, gradient, each) for each in deltas]
    through = [list(each) for each in zip(*sums, strict=True)]
    last = through[blocks(rules["weights"]) - 1]
    result = next_version(chain, base, deltas, weights, [square for _, square in last])
    parts = zip(*(leaves(each) for each in (base, result, gradient, *deltas)), strict=True)
    built = [row(index, list(each), through[index]) for index, each in enumerate(parts)]
    paid, tip = payroll(rules, nodes, weights, last)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    said = document["close"]
    return all(
        [
            close[:10] == chain["opening"],
            rules["min_nodes"] <= close[10] == len(given) == proposal[3] <= rules["max_nodes"],
            close[11] == keccak(b"".join(uint(each, 32) for each in weights)),
            close[12] == top([contribution_leaf(at, each) for at, each in enumerate(given)]),
            proposal[0] == struct_hash(close),
            proposal[1] == chain["seed"] == raw(document["seed"]),
            proposal[2] == blocks(rules["weights"]) + blocks(rules["moments"]) == len(built),
            proposal[4] == top(built),
            proposal[5] == top(leaves(result)) == raw(document["result"]["root"]),
            proposal[6] == top(leaves(gradient)) == raw(document["gradient"]["root"]),
            tuple(proposal[7:10]) == tip,
            proposal[10] == keccak(text.encode()),
            chain["parent_root"] == top(leaves(base)) == raw(document["base"]["root"]),
            not any(lane for at, lane in enumerate(base) if _spare(rules, at)),
            raw(document["spec"]) == chain["spec"],
            [_plain(each) for each in said.values()] == _by_name(said, close),
            [_paid(each) for each in document["payouts"]] == paid,
            all(top(leaves(lanes)) == raw(each["delta"]) for lanes, each in zip(deltas, given, strict=True)),
            all(
                signer(ack_digest(chain, receipt_digest(chain, each)), raw(each["ack"])) == close[4]
                for each in given
            ),
        ]
    )  # fmt: skip


def _paid(said: Round) -> tuple[Any, ...]:
    return raw(said["node"]), *(int(said[name]) for name in ("score", "square", "payout", "shares"))


CLOSE = (
    "program", "round", "epoch", "parent", "aggregator", "open_block", "anchor", "seats", "places", "sample",
    "count", "weights_hash", "contributions_root",
)  # fmt: skip


def _by_name(said: Round, close: list[Any]) -> list[Any]:
    held = dict(zip(CLOSE, close, strict=True))
    return [held[name] for name in said]


def _plain(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return raw(value) if value.startswith("0x") else int(value)
