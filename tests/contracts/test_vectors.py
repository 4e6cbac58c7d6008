"""Solidity and Python give the same known answers: what one hashes, the other finds again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.world import RULES, World, refused
from web3.exceptions import ContractCustomError

from commonroot.contracts.artifacts import read
from commonroot.contracts.toolchain import ROOT
from commonroot.ledger.border import reverted
from commonroot.protocol import allowlist
from commonroot.protocol.payout import payouts
from commonroot.protocol.rules import Aggregation, Rules
from commonroot.protocol.sampling import places
from commonroot.protocol.scores import score

STRUCTS = ("close", "opening")
VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())


@pytest.fixture(scope="module")
def harness(deployed: World) -> Any:
    artifact = read(ROOT / "test" / "artifacts" / "VectorsHarness.json")
    factory: Any = deployed.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    assert deployed.sponsor.sender is not None
    code = bytes.fromhex(factory.constructor().data_in_transaction[2:])
    address = deployed.sponsor.sender.send("the harness", None, code).contract
    return deployed.web3.eth.contract(address=address, abi=artifact.abi).functions


def raw(text: str) -> bytes:
    """Return the bytes of a vector."""
    return bytes.fromhex(text.removeprefix("0x"))


def lanes(numbers: list[int]) -> bytes:
    """Return lanes as they are hashed."""
    return b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)


class TestTrees:
    def test_hash_a_chunk(self, harness: Any) -> None:
        """
        A chunk's leaf takes its index and its 256 bytes.
        """
        chunk = VECTORS["chunk"]

        found = harness.chunkLeaf(chunk["index"], lanes(chunk["lanes"])).call()

        assert found == raw(chunk["leaf"])

    @pytest.mark.parametrize("tree", VECTORS["trees"], ids=lambda tree: len(tree["leaves"]))
    def test_lead_from_a_leaf_to_the_root(self, harness: Any, tree: dict[str, Any]) -> None:
        """
        Trees of one leaf, of a power of two and of anything between have one shape.
        """
        leaf = raw(tree["leaves"][tree["index"]])
        siblings = [raw(each) for each in tree["proof"]]

        found = harness.rootFrom(leaf, tree["index"], len(tree["leaves"]), siblings).call()

        assert found == raw(tree["root"])

    @pytest.mark.parametrize(
        ("index", "siblings", "error", "arguments"),
        [
            (3, 2, "NoSuchLeaf", {"index": 3, "count": 3}),
            (2**200, 2, "NoSuchLeaf", {"index": 2**200, "count": 3}),
            (0, 1, "WrongProofLength", {"given": 1, "expected": 2}),
            (0, 3, "WrongProofLength", {"given": 3, "expected": 2}),
        ],
    )
    def test_refuse_what_no_tree_has(
        self, harness: Any, index: int, siblings: int, error: str, arguments: dict[str, int]
    ) -> None:
        """
        Three leaves have indices below three and proofs of exactly two siblings.
        """
        with refused(error, **arguments):
            call(harness.rootFrom(bytes(32), index, 3, [bytes(32)] * siblings))

    def test_hash_an_admitted_account(self, harness: Any, deployed: World) -> None:
        """
        The allowlist's leaves agree.
        """
        account = deployed.buyer.account

        assert harness.admittedLeaf(account).call() == allowlist.leaf(account)


class TestAverages:
    @pytest.mark.parametrize("case", VECTORS["mean"], ids=range(len(VECTORS["mean"])))
    def test_give_the_same_mean(self, harness: Any, case: dict[str, Any]) -> None:
        """
        Division rounds toward minus infinity and sums saturate, lane by lane.
        """
        assert moved(harness, case, RULES) == case["next"]

    @pytest.mark.parametrize("case", VECTORS["clipped"], ids=range(len(VECTORS["clipped"])))
    def test_give_the_same_clipped_mean(self, harness: Any, case: dict[str, Any]) -> None:
        """
        A delta longer than the cap is shortened to it, rounded down.
        """
        rule, cap = Aggregation.CLIPPED_MEAN, int(case["norm_cap"])

        assert moved(harness, case, replace(RULES, aggregation=rule, norm_cap=cap)) == case["next"]

    @pytest.mark.parametrize("case", VECTORS["median"], ids=range(len(VECTORS["median"])))
    def test_give_the_same_median(self, harness: Any, case: dict[str, Any]) -> None:
        """
        The middle of an odd number, and between the two middle ones of an even one.
        """
        rules = replace(RULES, aggregation=Aggregation.MEDIAN)

        assert moved(harness, case, rules) == case["next"]

    @pytest.mark.parametrize("case", VECTORS["trimmed"], ids=range(len(VECTORS["trimmed"])))
    def test_give_the_same_trimmed_mean(self, harness: Any, case: dict[str, Any]) -> None:
        """
        The ends of a lane are cut off, as many as the count and the trim give.
        """
        rules = replace(RULES, aggregation=Aggregation.TRIMMED_MEAN, trim=case["trim"])

        assert moved(harness, case, rules) == case["next"]


class TestSampling:
    @pytest.mark.parametrize("case", VECTORS["sampling"], ids=lambda case: case["seats"])
    def test_shuffles_the_same_seats(self, harness: Any, case: dict[str, Any]) -> None:
        """
        Every seat comes to the same place.
        """
        found = harness.permuted(
            raw(case["sample"]), case["round"], case["epoch"], case["seats"]
        ).call()

        assert found == case["places"]

    @pytest.mark.parametrize(
        ("room", "seats", "live"), [(4, 5, 5), (256, 2**32 - 1, 257), (3, 10, 7), (5, 5, 5)]
    )
    def test_looks_on_as_many_places(self, harness: Any, room: int, seats: int, live: int) -> None:
        """
        Empty seats do not shrink a round, where there are as many live ones as it has room for.
        """
        assert harness.places(room, seats, live).call() == places(room, seats, live)


class TestScores:
    @pytest.mark.parametrize("case", VECTORS["scores"])
    def test_agree(self, harness: Any, case: dict[str, Any]) -> None:
        """
        A delta longer than the cap counts as if shortened to it, rounded down.
        """
        names = ("dot", "square", "weight", "norm_cap")

        found = harness.score(*(int(case[name]) for name in names)).call()

        assert found == int(case["score"])

    def test_agree_at_the_ends(self, harness: Any) -> None:
        """
        The largest sums that a round can hold do not overflow.
        """
        ends = (-(2**127) + 1, 2**128 - 1, 2**20, 2**64 - 1)

        assert harness.score(*ends).call() == score(*ends)

    def test_sum_a_chunk(self, harness: Any) -> None:
        """
        -3 * 5 + 2 * -7 is -29, and 25 + 49 is 74.
        """
        gradient, delta = lanes([-3, *[0] * 62, 2]), lanes([5, *[0] * 62, -7])

        assert harness.sums(gradient, delta).call() == [-29, 74]


class TestReceipts:
    def test_have_one_digest(self, harness: Any) -> None:
        """
        What a node signs in Python is what a contract would check.
        """
        held = VECTORS["receipt"]
        receipt = (
            held["program"],
            held["round"],
            held["epoch"],
            raw(held["base_root"]),
            held["aggregator"],
            raw(held["dataset"]),
            raw(held["delta_root"]),
            held["weight"],
            held["deadline"],
        )
        separator = raw(held["separator"])

        digest = harness.receiptDigest(separator, receipt).call()

        assert digest == raw(held["digest"])
        assert harness.ackDigest(separator, digest, held["epoch"]).call() == raw(held["ack"])

    def test_count_in_the_domain_of_programs(self, world: World) -> None:
        """
        The deployed contract's separator is the one that signers compute from its address.
        """
        programs = world.stranger.programs

        assert programs.deployed.call("domainSeparator") == programs.domain().separator()


class TestRounds:
    def test_hash_contributions(self, harness: Any) -> None:
        """
        Every contribution has its leaf, and the weights their hash.
        """
        held = VECTORS["contributions"]["contributions"]
        for index, each in enumerate(held):
            contribution = (
                each["node"],
                raw(each["dataset"]),
                raw(each["delta_root"]),
                each["weight"],
                each["deadline"],
                raw(each["signature"]),
            )
            assert harness.contributionLeaf(index, contribution).call() == raw(each["leaf"])
        weights = [each["weight"] for each in held]
        expected = raw(VECTORS["contributions"]["weights_hash"])
        assert harness.weightsHash(weights).call() == expected

    @pytest.mark.parametrize("name", ["opening", "close", "proposal"])
    def test_hash_what_is_stored(self, harness: Any, name: str) -> None:
        """
        An opening, a close and a proposal are one hash each on chain.
        """
        held = VECTORS[name]
        fields = tuple(field(each) for each in held["fields"])

        assert getattr(harness, f"{name}Hash")(fields).call() == raw(held["digest"])

    def test_find_the_opening_in_a_close(self, harness: Any) -> None:
        """
        A close begins with what was fixed when its round opened.
        """
        close, opening = ([field(each) for each in VECTORS[name]["fields"]] for name in STRUCTS)

        assert list(harness.openingOf(tuple(close)).call()) == opening

    def test_hash_a_row(self, harness: Any) -> None:
        """
        A row is made of leaves and of sums that may be negative.
        """
        held = VECTORS["row"]
        found = harness.row(
            held["index"],
            raw(held["base"]),
            raw(held["result"]),
            raw(held["gradient"]),
            [raw(each) for each in held["deltas"]],
            [int(each) for each in held["dots"]],
            [int(each) for each in held["squares"]],
        ).call()

        assert found == raw(held["row"])


class TestPayouts:
    def test_follow_from_scores(self, harness: Any) -> None:
        """
        Half equally, half by positive score, none above twice the equal part.
        """
        held = VECTORS["payout"]
        scores = [int(each["score"]) for each in held["payouts"]]

        found = harness.amounts(scores, int(held["reward"])).call()

        assert found == [int(each["payout"]) for each in held["payouts"]]

    @pytest.mark.parametrize("scores", [[-5, -1], [10**30, 1, 0], [2**140] * 3])
    def test_agree_beyond_the_vectors(self, harness: Any, scores: list[int]) -> None:
        """
        Nobody scores, one takes nearly all, all score hugely: the same amounts.
        """
        nodes, reward = ["0x" + "11" * 20] * len(scores), 10**24 + 1
        expected = payouts(nodes, scores, [0] * len(scores), reward, 0)  # type: ignore[arg-type]

        found = harness.amounts(scores, reward).call()

        assert found == [each.payout for each in expected]

    def test_lead_to_the_top(self, harness: Any) -> None:
        """
        A leaf and the branches beside its way give digest and both sums.
        """
        held = VECTORS["payout"]
        leaves = [
            tuple(harness.payoutLeaf(i, leaf(each)).call())
            for i, each in enumerate(held["payouts"])
        ]
        beside = [
            (raw(each["digest"]), int(each["payout"]), int(each["shares"]))
            for each in held["proof_of_2"]
        ]

        top = harness.payoutTop(leaves[2], 2, len(leaves), beside).call()

        assert [each[0] for each in leaves] == [raw(each["leaf"]) for each in held["payouts"]]
        assert tuple(top) == (raw(held["root"]), int(held["payout_sum"]), int(held["shares_sum"]))


class TestTerms:
    @pytest.mark.parametrize(("weights", "moments"), [(1, 0), (64, 64), (65, 1), (2**28, 2**28)])
    def test_count_chunks_alike(self, harness: Any, weights: int, moments: int) -> None:
        """
        Weights and moments fill whole chunks of their own.
        """
        rules = replace(RULES, weights=weights, moments=moments)

        found = harness.chunks(rules.fields()).call()

        assert found == [rules.chunks(), rules.weight_chunks()]

    @pytest.mark.parametrize("rounds", [1, 2, 7])
    def test_fall_by_the_same_steps(self, harness: Any, rounds: int) -> None:
        """
        The step of every round is an integer function of its number.
        """
        rules = replace(RULES, rounds=rounds, step_first=1000, step_last=3, step_under=7)

        for round in range(1, rounds + 1):
            assert harness.stepOver(rules.fields(), round).call() == rules.step(round).over


def moved(harness: Any, case: dict[str, Any], rules: Rules) -> list[int]:
    """Return where the contracts move the lanes of a vector."""
    step = {"step_first": case["over"], "step_last": case["over"], "step_under": case["under"]}
    weights = b"".join(each.to_bytes(4, "big") for each in case.get("weights", ()))
    found: list[int] = harness.next(
        replace(rules, **step).fields(),
        1,
        lanes(case["base"]),
        b"".join(lanes(delta) for delta in case["deltas"]),
        weights,
        [int(each) for each in case.get("squares", ())],
    ).call()
    return found


def leaf(held: dict[str, Any]) -> tuple[Any, ...]:
    """Return a vector's payout as the struct."""
    names = ("score", "square", "payout", "shares")
    return held["node"], *(int(held[name]) for name in names)


def field(held: Any) -> Any:
    """Return a vector's field as the ABI takes it: a digest, an account or a number."""
    if held.startswith("0x"):
        return raw(held) if len(held) == 66 else held
    return int(held)


def call(function: Any) -> None:
    """Call the harness, with our errors."""
    try:
        function.call()
    except ContractCustomError as exc:
        raise reverted("the harness", exc) from exc
