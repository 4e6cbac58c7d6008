"""
What an agent signs for others, decided by the wallet's owner before anyone asks.

A process that trains on data somebody else chose, or answers a network, may be taken over. What it
could then make the wallet sign is bounded here: one program's receipts, from the owner's datasets, of a
weight; one program's acks; calls of named contracts that carry no money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from commonroot.keys.errors import AgentRefused
from commonroot.protocol.hashing import Address, Digest, to_hex, word
from commonroot.protocol.receipt import Domain, Receipt


@final
@dataclass(frozen=True, slots=True)
class Calls:
    """The transactions that an agent signs: calls without value, of these contracts only."""

    contracts: frozenset[Address]
    functions: frozenset[bytes] | None = None
    """The selectors that may be called; None for all. A contract may have functions that pay out."""
    of_program: bool = False
    """Whether the first argument of each function is a program, which must be the policy's own."""
    most_gas: int | None = None
    most_fee: int | None = None
    """The most wei that one transaction may cost: a price has no other bound."""


@final
@dataclass(frozen=True, slots=True)
class Policy:
    """All that an agent signs; what is not named here is refused."""

    domain: Domain
    program: int
    datasets: frozenset[Digest] = frozenset()
    """Receipts are signed for contributions from these; for none if there are none."""
    most_weight: int = 1
    acks: bool = False
    calls: Calls | None = None

    def check_receipt(self, receipt: Receipt, domain: Domain) -> None:
        """Raise unless a receipt may be signed."""
        self._check_place(receipt, domain)
        if receipt.dataset not in self.datasets:
            raise AgentRefused(f"it signs for none from dataset {to_hex(receipt.dataset)}.")
        if not 1 <= receipt.weight <= self.most_weight:
            raise AgentRefused(
                f"the weight is {receipt.weight}; it signs 1 to {self.most_weight} here."
            )

    def check_ack(self, receipt: Receipt, domain: Domain, signer: Address) -> None:
        """Raise unless a receipt may be acked."""
        if not self.acks:
            raise AgentRefused("it signs no acks.")
        self._check_place(receipt, domain)
        if receipt.aggregator != signer:
            raise AgentRefused(f"the receipt is for aggregator {receipt.aggregator}, not {signer}.")

    def check_transaction(self, transaction: Mapping[str, Any]) -> None:
        """Raise unless a transaction may be signed."""
        if self.calls is None:
            raise AgentRefused("it signs no transactions.")
        if transaction.get("chainId") != self.domain.chain_id:
            raise AgentRefused(f"it signs for chain {self.domain.chain_id} only.")
        if transaction.get("to") not in self.calls.contracts:
            raise AgentRefused(f"it signs no calls of {transaction.get('to')}.")
        if transaction.get("value", 0) != 0:
            raise AgentRefused(f"it sends no money, and the value is {transaction['value']}.")
        self._check_function(bytes(transaction.get("data", b"")), self.calls)
        self._check_cost(transaction, self.calls)

    def _check_place(self, receipt: Receipt, domain: Domain) -> None:
        if domain != self.domain:
            raise AgentRefused(
                f"it signs for contract {self.domain.programs} on chain {self.domain.chain_id} only."
            )
        if receipt.program != self.program:
            raise AgentRefused(f"it signs for program {self.program} only, not {receipt.program}.")

    def _check_function(self, data: bytes, calls: Calls) -> None:
        selector, first = data[:4], data[4:36]
        if calls.functions is not None and selector not in calls.functions:
            raise AgentRefused(f"it signs no calls of function {to_hex(selector)}.")
        if calls.of_program and data and first != word(self.program):
            raise AgentRefused(f"it signs calls for program {self.program} only.")

    def _check_cost(self, transaction: Mapping[str, Any], calls: Calls) -> None:
        gas = transaction.get("gas")
        price = transaction.get("maxFeePerGas", transaction.get("gasPrice"))
        if gas is None or price is None:
            raise AgentRefused("a transaction states its gas and the price of it.")
        if calls.most_gas is not None and gas > calls.most_gas:
            raise AgentRefused(f"the gas is {gas}; at most {calls.most_gas} is allowed.")
        if calls.most_fee is not None and gas * price > calls.most_fee:
            raise AgentRefused(f"it may cost {gas * price} wei; {calls.most_fee} is the most.")
