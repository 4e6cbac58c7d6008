"""Evidence has the shape that the contracts read, and says so where there is none."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest
from tests.protocol.drafts import Settled, draft, settle, stage
from tests.protocol.lies import LIES
from tests.protocol.samples import account, digest

from commonroot.contracts.artifacts import load
from commonroot.protocol import tree
from commonroot.protocol.evidence import (
    NotProvable,
    Signed,
    Wanted,
    answer_column,
    answer_contributions,
    answer_row,
    as_abi,
    equivocation,
    evidence,
    first_evidence,
)
from commonroot.protocol.evidence import challenges as all_challenges
from commonroot.protocol.hashing import ZERO, keccak
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.replay import Mismatch, mismatches
from commonroot.protocol.replay.faults import (
    AUDITABLE,
    Asked,
    Withheld,
    WrongPayroll,
    WrongSum,
)
from commonroot.protocol.rows import row

CALLS = [
    each
    for each in vars(all_challenges).values()
    if is_dataclass(each) and hasattr(each, "function")
]


def told(name: str, number: int = 0) -> Settled:
    """Return a round with a lie in it."""
    chance = Random(f"{name} {number}")
    making = draft(stage(chance), chance, LIES[name].least)
    LIES[name].plant(making, chance)
    return settle(making)


def first(round: Settled) -> tuple[Mismatch, Any]:
    """Return what is wrong with a round first, and the evidence for it."""
    mismatch = next(mismatches(round.recorded, round.artifacts, round.stage.table))
    return mismatch, evidence(round.recorded, round.artifacts, mismatch.fault, digest("salt"))


class TestChallenges:
    @pytest.mark.parametrize("call", CALLS, ids=lambda call: call.function)
    def test_are_what_the_contract_takes(self, call: Any) -> None:
        """
        Every challenge has a function in the ABI, with as many arguments under the same names.
        """
        found = [each for each in load("Challenges").abi if each.get("name") == call.function]
        arguments = [camel(each["name"]) for each in found[0]["inputs"]]

        # A salt has no name in the contract, which does not read it.
        named = [name or "salt" for name in arguments]
        assert [camel(field.name) for field in fields(call)] == named

    def test_are_all_that_the_contract_hears(self) -> None:
        """
        No function of the contract that proves something lacks its evidence.
        """
        heard = {each["name"] for each in load("Challenges").abi if changes(each)}

        assert heard - {"commit", "draw"} == {call.function for call in CALLS}

    @pytest.mark.parametrize("name", [name for name, lie in LIES.items() if lie.provokes])
    def test_spell_out_every_struct(self, name: str) -> None:
        """
        What goes to the ABI is made of numbers, bytes, accounts, tuples and lists.
        """
        round = told(name)
        found = first_evidence(round.recorded, round.artifacts, round.stage.table, digest("salt"))

        assert found is not None
        assert all(plain(each) for each in found[1].arguments())
        assert found[1].arguments()[0][2] == digest("salt")


class TestEvidence:
    def test_of_what_is_only_auditable_is_none(self) -> None:
        """
        An ack in a manifest is no commitment, so there is nothing to show a contract.
        """
        round = told("an ack of somebody else")

        with pytest.raises(NotProvable, match="No contract can see this"):
            first(round)

    @pytest.mark.parametrize("name", ["rows that nobody knows", "a result that nobody knows"])
    def test_of_what_is_withheld_is_a_demand(self, name: str) -> None:
        """
        Where nobody knows what a root is of, a row is demanded.
        """
        round = told(name)
        _, found = first(round)

        assert isinstance(found, Wanted)
        assert (found.close, found.proposal) == (round.recorded.close, round.recorded.proposal)
        assert (found.kind, found.chunk, found.column) == (Asked.ROW, 0, 0)

    def test_of_missing_contributions_is_a_demand_for_them(self) -> None:
        """
        A close over contributions that the manifest does not list is opened or slashed.
        """
        round = told("an ack of somebody else")
        close = replace(round.recorded.close, contributions_root=digest("others"))
        recorded = replace(round.recorded, close=close)
        found = [
            each.fault
            for each in mismatches(recorded, round.artifacts, round.stage.table)
            if isinstance(each.fault, Withheld)
        ]

        assert found == [Withheld(Asked.CONTRIBUTIONS)]

    def test_names_the_column_of_an_unknown_delta(self) -> None:
        """
        A delta that is not what its node signed is demanded by its place.
        """
        chance = Random(3)
        round = settle(draft(stage(chance), chance, 3))
        first_delta, second, *rest = round.artifacts.deltas
        other = second.copy()
        other[0] ^= 1
        artifacts = replace(round.artifacts, deltas=(first_delta, other, *rest))

        mismatch = next(mismatches(round.recorded, artifacts, round.stage.table))

        assert mismatch.fault == Withheld(Asked.COLUMN, column=1)

    @pytest.mark.parametrize("fault", [WrongSum(0, 0), WrongPayroll()])
    def test_of_rows_that_nobody_knows_is_none(self, fault: Any) -> None:
        """
        Without the rows on chain nothing in them can be shown.
        """
        round = told("rows that nobody knows")

        with pytest.raises(NotProvable, match="a row has to be demanded"):
            evidence(round.recorded, round.artifacts, fault, ZERO)

    def test_of_rows_that_are_right_is_none(self) -> None:
        """
        A fault that is not there cannot be shown.
        """
        chance = Random(1)
        round = settle(draft(stage(chance), chance))

        with pytest.raises(NotProvable, match="The rows are as they should be"):
            evidence(round.recorded, round.artifacts, WrongSum(0, 0), ZERO)

    def test_says_auditable_of_itself(self) -> None:
        """
        A mismatch knows whether a transaction can show it.
        """
        assert not Mismatch(1, "this", 1, 2).provable
        assert Mismatch(1, "this", 1, 2).fault is AUDITABLE
        assert Mismatch(1, "this", 1, 2, WrongPayroll()).provable


class TestEquivocation:
    RECEIPT = Receipt(7, 3, 1, digest("base"), account("aggregator"), ZERO, ZERO, 1, 5)

    def test_is_two_deltas_for_one_epoch(self) -> None:
        """
        Two receipts of one epoch over different deltas contradict each other.
        """
        other = replace(self.RECEIPT, delta_root=digest("other"))

        found = equivocation(Signed(self.RECEIPT, b"one"), Signed(other, b"two"), digest("salt"))

        assert (found.first.receipt, found.second.receipt) == (self.RECEIPT, other)
        assert found.salt == digest("salt")

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"weight": 2},
            {"round": 4, "delta_root": digest("other")},
            {"epoch": 2, "delta_root": digest("other")},
            {"program": 8, "delta_root": digest("other")},
            {"base_root": digest("another"), "delta_root": digest("other")},
            {"aggregator": account("another"), "delta_root": digest("other")},
        ],
    )
    def test_is_nothing_else(self, changes: dict[str, Any]) -> None:
        """
        The same delta twice, another epoch's, or one on another base or for another aggregator, is no lie.
        """
        with pytest.raises(NotProvable, match="do not contradict each other"):
            equivocation(
                Signed(self.RECEIPT, b""), Signed(replace(self.RECEIPT, **changes), b""), ZERO
            )


class TestAnswers:
    def test_lead_to_everything_that_was_committed(self) -> None:
        """
        A whole row leads to the row root, the parent, the result, the gradient and the signed delta.
        """
        chance = Random(5)
        round = settle(draft(stage(chance), chance, 3))
        said, given = round.recorded.proposal, round.artifacts.manifest.entries[2].contribution
        assert round.artifacts.laid is not None
        for chunk in range(said.chunks):
            whole = answer_row(round.artifacts, round.artifacts.laid, chunk)
            column, signed = answer_column(round.artifacts, chunk, 2)
            leaves = [
                tree.chunk_leaf(chunk, each) for each in (whole.base, whole.result, whole.gradient)
            ]
            deltas = [whole.deltas[at : at + 256] for at in range(0, len(whole.deltas), 256)]
            below = [tree.chunk_leaf(chunk, each) for each in deltas]
            dots = [int.from_bytes(each[:16], "big", signed=True) for each in whole.sums]
            squares = [int.from_bytes(each[16:], "big") for each in whole.sums]
            own = row(chunk, *leaves, below, dots, squares)  # type: ignore[arg-type]

            for leaf, proof, root in (
                (own, whole.row_proof, said.row_root),
                (leaves[0], whole.base_proof, round.recorded.parent_root),
                (leaves[1], whole.result_proof, said.result_root),
                (leaves[2], whole.gradient_proof, said.gradient_root),
                (below[2], signed.proof, given.delta_root),
            ):
                assert tree.root_from(leaf, chunk, said.chunks, proof) == root
            assert keccak(whole.weights) == round.recorded.close.weights_hash
            assert (column.contribution, signed.leaf) == (given, below[2])

    def test_have_the_contract_s_shape(self) -> None:
        """
        The struct of an answer has the contract's fields in the contract's order.
        """
        chance = Random(6)
        round = settle(draft(stage(chance), chance))
        assert round.artifacts.laid is not None
        whole = answer_row(round.artifacts, round.artifacts.laid, 0)
        function = next(each for each in load("Demands").abi if each.get("name") == "answerRow")
        names = [camel(each["name"]) for each in function["inputs"][1]["components"]]

        assert [camel(field.name) for field in fields(whole)] == names
        assert plain(as_abi(whole))

    def test_list_the_contributions(self) -> None:
        """
        All of them, in the close's order.
        """
        chance = Random(6)
        round = settle(draft(stage(chance), chance, 2))

        found = answer_contributions(round.artifacts)

        assert round.recorded.opening.closed(found) == round.recorded.close


def camel(name: str) -> str:
    """Return a name as Solidity and Python both could be read: small letters only."""
    return name.replace("_", "").lower()


def changes(entry: Any) -> bool:
    """Return whether an entry of an ABI is a function that changes something."""
    return entry["type"] == "function" and entry["stateMutability"] == "nonpayable"


def plain(value: Any) -> bool:
    """Return whether the ABI can take a value as it is."""
    if isinstance(value, tuple | list):
        return all(plain(each) for each in value)
    return isinstance(value, int | bytes | str)
