"""Methods that look: at the chain, its accounts, its blocks and its transactions."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from eth_typing import Address as EvmAddress

from commonroot.devchain.answers import (
    block_answer,
    receipt_answer,
    text,
    transaction_answer,
)
from commonroot.devchain.archive import Mined
from commonroot.devchain.block import Block
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import InvalidParams
from commonroot.devchain.hashing import keccak
from commonroot.devchain.parameters import (
    Params,
    address,
    block_or_none,
    data,
    flag,
    hash32,
    lenient,
    quantity,
    slot,
)

TIP = 10**9
"""What is suggested as a priority fee, in wei."""

_MOST_HISTORY = 1_024


def chain_id(chain: Chain, params: Params) -> str:
    """Return what signatures are bound to."""
    return hex(chain.settings.chain_id)


def net_version(chain: Chain, params: Params) -> str:
    """Return the chain id the way it was written before there were chain ids."""
    return str(chain.settings.chain_id)


def client_version(chain: Chain, params: Params) -> str:
    """Return the name of this program."""
    return f"commonroot-devchain/py-evm-{version('py-evm')}"


def sha3(chain: Chain, params: Params) -> str:
    """Return the keccak of some bytes."""
    return text(keccak(params.get(0, data)))


def no(chain: Chain, params: Params) -> bool:
    """Say that it is not syncing, or not mining by proof of work."""
    return False


def yes(chain: Chain, params: Params) -> bool:
    """Say that it listens."""
    return True


def zero(chain: Chain, params: Params) -> str:
    """Return none: peers, or the price of a blob's gas above its least."""
    return "0x0"


def blob_base_fee(chain: Chain, params: Params) -> str:
    """Return the price of a blob's gas: always the least, since there are no blobs."""
    return "0x1"


def block_number(chain: Chain, params: Params) -> str:
    """Return the latest block's number."""
    return hex(chain.head.number)


def accounts(chain: Chain, params: Params) -> list[str]:
    """Return the accounts that this chain signs for."""
    return [text(account) for account in chain.accounts]


def base_fee(chain: Chain, params: Params) -> str:
    """Return the next block's base fee."""
    return hex(chain.head.header.next_base_fee())


def gas_price(chain: Chain, params: Params) -> str:
    """Return a price that the next block takes."""
    return hex(chain.head.header.next_base_fee() + TIP)


def priority_fee(chain: Chain, params: Params) -> str:
    """Return what is suggested above the base fee."""
    return hex(TIP)


def fee_history(chain: Chain, params: Params) -> dict[str, Any]:
    """Return base fees, fullness and paid tips of a range of blocks."""
    count = min(params.get(0, lenient), _MOST_HISTORY)
    last = params.mined_block(1, chain).number
    first = max(0, last - count + 1)
    percentiles: tuple[float, ...] = params.opt(2, _percentiles, ())
    headers = chain.archive.headers(first, last) if count else []
    fees = [header.base_fee for header in headers]
    if headers:
        fees.append(headers[-1].next_base_fee())
    answer: dict[str, Any] = {
        "oldestBlock": hex(first if count else 0),
        "baseFeePerGas": [hex(fee) for fee in fees],
        "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        "baseFeePerBlobGas": ["0x1"] * len(fees),
        "blobGasUsedRatio": [0] * len(headers),
    }
    if percentiles:
        blocks = [chain.archive.block(header.number) for header in headers]
        answer["reward"] = [_rewards(block, percentiles) for block in blocks if block]
    return answer


def balance(chain: Chain, params: Params) -> str:
    """Return what an account owns."""
    account = EvmAddress(params.get(0, address))
    return hex(chain.state(params.mined_block(1, chain)).get_balance(account))


def code(chain: Chain, params: Params) -> str:
    """Return a contract's code."""
    account = EvmAddress(params.get(0, address))
    return text(chain.state(params.mined_block(1, chain)).get_code(account))


def storage_at(chain: Chain, params: Params) -> str:
    """Return a word of a contract's storage."""
    account, word = EvmAddress(params.get(0, address)), params.get(1, slot)
    state = chain.state(params.mined_block(2, chain))
    return text(state.get_storage(account, word).to_bytes(32))


def transaction_count(chain: Chain, params: Params) -> str:
    """Return the nonce that an account's next transaction needs."""
    account, block = params.get(0, address), params.block(1, chain)
    if block is None:
        return hex(chain.next_nonce(account))
    return hex(chain.state(block).get_nonce(EvmAddress(account)))


def block_by_number(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return a block, by number or tag."""
    full = params.opt(1, flag, False)
    if params.get(0, str) == "pending":
        empty = Block.seal(chain.pending(), (), ())
        unknown = dict.fromkeys(("hash", "nonce", "miner"))
        return block_answer(empty, full=full) | unknown
    block = params.get(0, lambda item: block_or_none(item, chain))
    return None if block is None else block_answer(block, full=full)


def block_by_hash(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return a block, by hash."""
    block = chain.archive.block_of(params.get(0, hash32))
    full = params.opt(1, flag, False)
    return None if block is None else block_answer(block, full=full)


def block_receipts(chain: Chain, params: Params) -> list[dict[str, Any]] | None:
    """Return all receipts of a block."""
    block = params.get(0, lambda item: block_or_none(item, chain))
    if block is None:
        return None
    return [receipt_answer(Mined(block, index)) for index in range(len(block.transactions))]


def count_in_number(chain: Chain, params: Params) -> str | None:
    """Return how many transactions a block has, by its number."""
    block = params.get(0, lambda item: block_or_none(item, chain))
    return None if block is None else hex(len(block.transactions))


def count_in_hash(chain: Chain, params: Params) -> str | None:
    """Return how many transactions a block has, by its hash."""
    block = chain.archive.block_of(params.get(0, hash32))
    return None if block is None else hex(len(block.transactions))


def transaction_by_hash(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return a transaction, mined or waiting."""
    hash = params.get(0, hash32)
    mined = chain.archive.mined(hash)
    if mined is not None:
        return transaction_answer(mined.transaction, mined)
    waiting = chain.pool.find(hash)
    return None if waiting is None else transaction_answer(waiting, None)


def transaction_in_number(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return a transaction by its block's number and its position."""
    block = params.get(0, lambda item: block_or_none(item, chain))
    return _transaction_in(block, params.get(1, quantity))


def transaction_in_hash(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return a transaction by its block's hash and its position."""
    return _transaction_in(chain.archive.block_of(params.get(0, hash32)), params.get(1, quantity))


def receipt(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Return what became of a transaction."""
    mined = chain.archive.mined(params.get(0, hash32))
    return None if mined is None else receipt_answer(mined)


def _transaction_in(block: Block | None, index: int) -> dict[str, Any] | None:
    if block is None or index >= len(block.transactions):
        return None
    return transaction_answer(block.transactions[index], Mined(block, index))


def _percentiles(item: Any) -> tuple[float, ...]:
    if not isinstance(item, list) or len(item) > 100:
        raise ValueError("not a list of 100 percentiles at most")
    values = tuple(item)
    numbers = all(isinstance(value, int | float) and 0 <= value <= 100 for value in values)
    if not numbers or list(values) != sorted(values):
        raise InvalidParams("invalid reward percentile")
    return values


def _rewards(block: Block, percentiles: tuple[float, ...]) -> list[str]:
    """Return the tips below which these shares of the block's gas were paid for."""
    base = block.header.base_fee
    pairs = zip(block.transactions, block.receipts, strict=True)
    tips = sorted((sent.price(base) - base, receipt.gas_used) for sent, receipt in pairs)
    if not tips:
        return ["0x0"] * len(percentiles)
    return [hex(_tip_at(tips, block.header.gas_used * share / 100)) for share in percentiles]


def _tip_at(tips: list[tuple[int, int]], threshold: float) -> int:
    total = 0
    for tip, gas in tips:
        total += gas
        if total >= threshold:
            return tip
    return tips[-1][0]
