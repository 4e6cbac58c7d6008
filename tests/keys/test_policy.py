"""A policy admits what its owner named, and refuses the rest with the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.keys.samples import (
    DATASET,
    DOMAIN,
    OTHER,
    PROGRAMS,
    RECEIPT,
    TRANSACTION,
    WALLET,
    receipt,
)

from commonroot.keys.errors import AgentRefused
from commonroot.keys.policy import Calls, Policy
from commonroot.protocol.hashing import Digest, word
from commonroot.protocol.receipt import Domain

NODE = Policy(DOMAIN, program=1, datasets=frozenset({DATASET}), most_weight=5)
AGGREGATOR = Policy(
    DOMAIN,
    program=1,
    acks=True,
    calls=Calls(
        frozenset({PROGRAMS}),
        functions=frozenset({b"\x01\x02\x03\x04"}),
        most_gas=100_000,
        most_fee=1_000_000,
    ),
)
CALL: dict[str, Any] = {**TRANSACTION, "data": bytes.fromhex("01020304ff")}


class TestReceipts:
    def test_admits_the_owners_contribution(self) -> None:
        """
        The named program, domain and dataset pass, up to the weight.
        """
        NODE.check_receipt(RECEIPT, DOMAIN)

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"program": 2}, "program 1 only, not 2"),
            ({"dataset": Digest(bytes(32))}, "dataset 0x0000"),
            ({"weight": 6}, "weight is 6; it signs 1 to 5"),
            ({"weight": 0}, "weight is 0"),
        ],
    )
    def test_refuses_others(self, changed: dict[str, Any], reason: str) -> None:
        """
        The reason says what was asked and what is admitted.
        """
        with pytest.raises(AgentRefused, match=reason):
            NODE.check_receipt(receipt(**changed), DOMAIN)

    @pytest.mark.parametrize("domain", [Domain(1, PROGRAMS), Domain(31337, OTHER)])
    def test_refuses_another_domain(self, domain: Domain) -> None:
        """
        A receipt for another chain or contract is not signed.
        """
        with pytest.raises(AgentRefused, match="on chain 31337 only"):
            NODE.check_receipt(RECEIPT, domain)

    def test_refuses_all_where_no_dataset_is_named(self) -> None:
        """
        An aggregator's agent signs no receipts.
        """
        with pytest.raises(AgentRefused, match="signs for none"):
            AGGREGATOR.check_receipt(RECEIPT, DOMAIN)


class TestAcks:
    def test_admits_a_receipt_for_its_aggregator(self) -> None:
        """
        An ack is signed where the receipt names the signer and the program.
        """
        AGGREGATOR.check_ack(RECEIPT, DOMAIN, WALLET.address)

    def test_refuses_others(self) -> None:
        """
        Another program, domain or aggregator, or an agent that signs no acks.
        """
        with pytest.raises(AgentRefused, match="program 1 only"):
            AGGREGATOR.check_ack(receipt(program=2), DOMAIN, WALLET.address)
        with pytest.raises(AgentRefused, match="chain 31337 only"):
            AGGREGATOR.check_ack(RECEIPT, Domain(1, PROGRAMS), WALLET.address)
        with pytest.raises(AgentRefused, match=f"aggregator {OTHER}"):
            AGGREGATOR.check_ack(receipt(aggregator=OTHER), DOMAIN, WALLET.address)
        with pytest.raises(AgentRefused, match="no acks"):
            NODE.check_ack(RECEIPT, DOMAIN, WALLET.address)


class TestTransactions:
    def test_admits_a_call_of_a_named_function(self) -> None:
        """
        The bounds themselves are admitted.
        """
        AGGREGATOR.check_transaction(CALL)

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"to": OTHER}, f"no calls of {OTHER}"),
            ({"to": None}, "no calls of None"),
            ({"value": 1}, "the value is 1"),
            ({"chainId": 1}, "chain 31337 only"),
            ({"chainId": None}, "chain 31337 only"),
            ({"data": bytes.fromhex("01020305")}, "function 0x01020305"),
            ({"data": b""}, "function 0x"),
            ({"gas": 100_001}, "gas is 100001"),
            ({"gas": None}, "states its gas"),
            ({"maxFeePerGas": None}, "states its gas and the price"),
            ({"maxFeePerGas": 11}, "cost 1100000 wei"),
        ],
    )
    def test_refuses_others(self, changed: dict[str, Any], reason: str) -> None:
        """
        The reason says what was asked and what is admitted.
        """
        with pytest.raises(AgentRefused, match=reason):
            AGGREGATOR.check_transaction({**CALL, **changed})

    @pytest.mark.parametrize(
        ("arguments", "admitted"),
        [
            (word(1), True),
            (word(1) + word(2), True),
            (word(2) + word(1), False),
            (word(2**255 + 1), False),
            (word(1)[1:], False),
            (b"", False),
        ],
    )
    def test_admits_calls_of_its_own_program_only(self, arguments: bytes, admitted: bool) -> None:
        """
        The same account may run other programs, whose rounds are none of this agent's business.
        """
        assert AGGREGATOR.calls is not None
        strict = replace(AGGREGATOR, calls=replace(AGGREGATOR.calls, of_program=True))
        call = {**CALL, "data": bytes.fromhex("01020304") + arguments}

        if admitted:
            strict.check_transaction(call)
        else:
            with pytest.raises(AgentRefused, match="for program 1 only"):
                strict.check_transaction(call)

    def test_admits_the_empty_call_of_a_program(self) -> None:
        """
        What has no function has no program: the empty transaction that makes a still chain go on.
        """
        calls = Calls(frozenset({PROGRAMS}), functions=frozenset({b""}), of_program=True)

        replace(AGGREGATOR, calls=calls).check_transaction({**CALL, "data": b""})

    def test_refuses_all_where_no_calls_are_named(self) -> None:
        """
        A node's agent signs no transactions.
        """
        with pytest.raises(AgentRefused, match="no transactions"):
            NODE.check_transaction(CALL)

    def test_admits_any_function_and_cost_where_none_is_named(self) -> None:
        """
        Without functions and bounds the contract alone decides.
        """
        free = replace(AGGREGATOR, calls=Calls(frozenset({PROGRAMS})))

        free.check_transaction({**CALL, "data": b"\xff" * 4, "gas": 10**9})
