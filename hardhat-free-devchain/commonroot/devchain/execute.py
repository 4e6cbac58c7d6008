"""Runs transactions in blocks, and calls that leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, final

from eth.abc import ComputationAPI, SignedTransactionAPI
from eth.exceptions import OutOfGas, Revert
from eth_typing import Address as EvmAddress

from commonroot.devchain import history
from commonroot.devchain.block import Block, Header, Log, Receipt
from commonroot.devchain.errors import Failed, Rejected, Reverted
from commonroot.devchain.hashing import Hash
from commonroot.devchain.state import Nodes, State, open_state
from commonroot.devchain.transaction import Transaction

_STIPEND = 2_300
_TOLERANCE = 0.015
"""How much too high an estimate may be: each halving of it costs an execution."""

_REFUND_QUOTIENT = 5
_PANICS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}


@final
@dataclass(frozen=True, slots=True)
class World:
    """What execution reads besides the block: nodes, chain id, hashes of earlier blocks."""

    nodes: Nodes
    chain_id: int
    ancestor: Callable[[int], Hash]

    def at(self, header: Header, root: Hash) -> State:
        """Return the state at `root`, seen from the block of `header`."""
        return open_state(self.nodes, root, header, self.chain_id, self.ancestor)


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended."""

    output: bytes
    gas_used: int
    refund: int
    logs: tuple[Log, ...]
    error: Exception | None

    def raise_if_failed(self) -> None:
        """Raise what the caller is to be told, if it did not end well."""
        if isinstance(self.error, Revert):
            raise Reverted(_revert_message(self.output), self.output)
        if isinstance(self.error, OutOfGas):
            raise Failed("out of gas")
        if self.error is not None:
            raise Failed(str(self.error) or type(self.error).__name__)


def build(world: World, header: Header, root: Hash, transactions: Sequence[Transaction]) -> Block:
    """Return the block that runs `transactions`, all of them checked, on the state at `root`."""
    state = world.at(header, root)
    history.remember(state, header)
    included: list[Transaction] = []
    receipts: list[Receipt] = []
    for transaction in transactions:
        # One before it in the block may have spent for it, through an EIP-7702 delegation.
        if not _can_run(state, transaction):
            continue
        state.lock_changes()
        ran = _apply(state, transaction)
        before = receipts[-1].cumulative_gas if receipts else 0
        receipts.append(Receipt.of(ran.error is None, ran.gas_used, before, ran.logs))
        included.append(transaction)
    state.persist()
    return Block.seal(replace(header, state_root=state.state_root), included, receipts)


def call(world: World, header: Header, root: Hash, request: Transaction) -> Outcome:
    """Run a call in the block of `header` on the state at `root`, and forget its effects."""
    # Who names no price is charged none: then the base fee is zero as well.
    free = header if request.max_fee_per_gas else replace(header, base_fee=0)
    state = world.at(free, root)
    history.remember(state, header)
    if request.gas < request.least_gas:
        raise Rejected(
            f"intrinsic gas too low: have {request.gas}, want {request.least_gas} "
            f"(supplied gas {request.gas})"
        )
    _require_funds(state, request)
    placed = replace(request, nonce=state.get_nonce(EvmAddress(request.sender)))
    return _apply(state, placed)


def estimate(world: World, header: Header, root: Hash, request: Transaction) -> int:
    """Return a gas limit with which `request` succeeds, at most 1.5% too high."""

    most = _affordable(world.at(header, root), request)

    def attempt(gas: int) -> Outcome | None:
        if gas < request.least_gas or gas < request.floor_gas:
            return None
        return call(world, header, root, replace(request, gas=gas))

    full = attempt(most)
    if full is None or isinstance(full.error, OutOfGas):
        raise Failed(f"gas required exceeds allowance ({most})")
    full.raise_if_failed()
    low, high = full.gas_used - 1, most
    # What was used plus what the 63/64 rule may have held back is nearly always enough.
    guess = (full.gas_used + full.refund + _STIPEND) * 64 // 63
    for gas in (guess,) if request.data else (full.gas_used, guess):
        if low < gas < high:
            low, high = _narrow(attempt, gas, low, high)
    while low + 1 < high and (high - low) / high >= _TOLERANCE:
        low, high = _narrow(attempt, min((low + high) // 2, low * 2), low, high)
    return high


def _narrow(
    attempt: Callable[[int], Outcome | None], gas: int, low: int, high: int
) -> tuple[int, int]:
    outcome = attempt(gas)
    fails = outcome is None or outcome.error is not None
    return (gas, high) if fails else (low, gas)


def _apply(state: State, transaction: Transaction) -> Outcome:
    computation = state.apply_transaction(cast(SignedTransactionAPI, transaction))
    used = transaction.gas - computation.get_gas_remaining()
    refund = min(computation.get_gas_refund(), used // _REFUND_QUOTIENT)
    # EIP-7623: data of this size has its price, however little was executed.
    charged = max(used - refund, transaction.floor_gas)
    return Outcome(
        output=computation.output,
        gas_used=charged,
        refund=refund,
        logs=_logs(computation),
        error=computation.error if computation.is_error else None,
    )


def _logs(computation: ComputationAPI) -> tuple[Log, ...]:
    entries: Any = computation.get_log_entries()
    return tuple(
        Log(bytes(address), tuple(topic.to_bytes(32) for topic in topics), bytes(data))
        for address, topics, data in entries
    )


def _can_run(state: State, transaction: Transaction) -> bool:
    sender = EvmAddress(transaction.sender)
    return (
        state.get_nonce(sender) == transaction.nonce
        and state.get_balance(sender) >= transaction.cost
    )


def _affordable(state: State, request: Transaction) -> int:
    """Return how much gas the sender can pay for, at most what was asked for."""
    if not request.max_fee_per_gas:
        return request.gas
    left = state.get_balance(EvmAddress(request.sender)) - request.value
    return min(request.gas, max(left, 0) // request.max_fee_per_gas)


def _require_funds(state: State, request: Transaction) -> None:
    balance = state.get_balance(EvmAddress(request.sender))
    if balance < request.cost:
        raise Rejected(
            f"insufficient funds for gas * price + value: address 0x{request.sender.hex()} "
            f"have {balance} want {request.cost}"
        )


def _revert_message(output: bytes) -> str:
    """Return geth's words for a revert: with the reason, where it is a plain one."""
    selector, body = output[:4], output[4:]
    if selector == b"\x08\xc3\x79\xa0" and len(body) >= 64:
        length = int.from_bytes(body[32:64])
        if int.from_bytes(body[:32]) == 32 and length <= len(body) - 64:
            return f"execution reverted: {body[64 : 64 + length].decode(errors='replace')}"
    if selector == b"\x4e\x48\x7b\x71" and len(body) >= 32:
        code = int.from_bytes(body[:32])
        return f"execution reverted: {_PANICS.get(code, f'unknown panic code: {code:#x}')}"
    return "execution reverted"
