"""Writes blocks, transactions, receipts and logs the way Ethereum's execution APIs do."""

from __future__ import annotations

from typing import Any

from commonroot.devchain.archive import Mined, Said, logs_of
from commonroot.devchain.block import EMPTY_ROOT, NO_OMMERS, Block
from commonroot.devchain.transaction import LEGACY, SET_CODE, Transaction


def text(value: bytes) -> str:
    """Write bytes."""
    return "0x" + value.hex()


def block_answer(block: Block, *, full: bool) -> dict[str, Any]:
    """Write a block, with its transactions or with their hashes only."""
    header = block.header
    transactions: list[Any] = [
        transaction_answer(transaction, Mined(block, index)) if full else text(transaction.hash)
        for index, transaction in enumerate(block.transactions)
    ]
    return {
        "number": hex(header.number),
        "hash": text(block.hash),
        "parentHash": text(header.parent_hash),
        "nonce": text(bytes(8)),
        "mixHash": text(header.prev_randao),
        "sha3Uncles": text(NO_OMMERS),
        "logsBloom": text(header.bloom.to_bytes(256)),
        "transactionsRoot": text(header.transactions_root),
        "stateRoot": text(header.state_root),
        "receiptsRoot": text(header.receipts_root),
        "miner": text(header.coinbase),
        "difficulty": "0x0",
        "extraData": text(header.extra_data),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "baseFeePerGas": hex(header.base_fee),
        "withdrawalsRoot": text(EMPTY_ROOT),
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": text(header.parent_beacon_root),
        "requestsHash": text(header.requests_hash),
        "size": hex(block.size),
        "transactions": transactions,
        "uncles": [],
        "withdrawals": [],
    }


def transaction_answer(transaction: Transaction, mined: Mined | None) -> dict[str, Any]:
    """Write a transaction, with its place in a block if it has one."""
    v, r, s = transaction.signature
    base_fee = 0 if mined is None else mined.block.header.base_fee
    paid = transaction.max_fee_per_gas if mined is None else transaction.price(base_fee)
    answer: dict[str, Any] = {
        "blockHash": None if mined is None else text(mined.block.hash),
        "blockNumber": None if mined is None else hex(mined.block.number),
        "blockTimestamp": None if mined is None else hex(mined.block.header.timestamp),
        "transactionIndex": None if mined is None else hex(mined.index),
        "hash": text(transaction.hash),
        "from": text(transaction.sender),
        "to": text(transaction.to) if transaction.to else None,
        "input": text(transaction.data),
        "value": hex(transaction.value),
        "gas": hex(transaction.gas),
        "gasPrice": hex(paid),
        "nonce": hex(transaction.nonce),
        "type": hex(transaction.type_id),
        "v": hex(v),
        "r": hex(r),
        "s": hex(s),
    }
    if transaction.chain_id is not None:
        answer["chainId"] = hex(transaction.chain_id)
    if transaction.type_id != LEGACY:
        answer |= {"yParity": hex(v), "accessList": _access_list(transaction)}
    if transaction.type_id >= 2:
        answer["maxFeePerGas"] = hex(transaction.max_fee_per_gas)
        answer["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee_per_gas)
    if transaction.type_id == SET_CODE:
        answer["authorizationList"] = _authorities(transaction)
    return answer


def receipt_answer(mined: Mined) -> dict[str, Any]:
    """Write a receipt."""
    transaction, receipt, block = mined.transaction, mined.receipt, mined.block
    logs = [said for said in logs_of(block) if said.mined.index == mined.index]
    return {
        "transactionHash": text(transaction.hash),
        "transactionIndex": hex(mined.index),
        "blockHash": text(block.hash),
        "blockNumber": hex(block.number),
        "from": text(transaction.sender),
        "to": text(transaction.to) if transaction.to else None,
        "contractAddress": None if transaction.to else text(transaction.creates),
        "cumulativeGasUsed": hex(receipt.cumulative_gas),
        "gasUsed": hex(receipt.gas_used),
        "effectiveGasPrice": hex(transaction.price(block.header.base_fee)),
        "logs": [log_answer(said) for said in logs],
        "logsBloom": text(receipt.bloom.to_bytes(256)),
        "status": hex(receipt.succeeded),
        "type": hex(transaction.type_id),
    }


def log_answer(said: Said) -> dict[str, Any]:
    """Write a log."""
    block = said.mined.block
    return {
        "address": text(said.log.address),
        "topics": [text(topic) for topic in said.log.topics],
        "data": text(said.log.data),
        "blockNumber": hex(block.number),
        "blockHash": text(block.hash),
        "blockTimestamp": hex(block.header.timestamp),
        "transactionHash": text(said.mined.transaction.hash),
        "transactionIndex": hex(said.mined.index),
        "logIndex": hex(said.index),
        "removed": False,
    }


def _access_list(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {"address": text(address), "storageKeys": [text(key.to_bytes(32)) for key in keys]}
        for address, keys in transaction.access_list
    ]


def _authorities(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {
            "chainId": hex(entry.chain_id),
            "address": text(entry.address),
            "nonce": hex(entry.nonce),
            "yParity": hex(entry.y_parity),
            "r": hex(entry.r),
            "s": hex(entry.s),
        }
        for entry in transaction.authorization_list
    ]
