"""The table of methods: every name that is answered, and by which function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from commonroot.devchain import controls, finds, reads, runs
from commonroot.devchain.chain import Chain
from commonroot.devchain.parameters import Params

Method: TypeAlias = Callable[[Chain, Params], Any]

METHODS: dict[str, Method] = {
    "web3_clientVersion": reads.client_version,
    "web3_sha3": reads.sha3,
    "net_version": reads.net_version,
    "net_listening": reads.yes,
    "net_peerCount": reads.zero,
    "eth_chainId": reads.chain_id,
    "eth_syncing": reads.no,
    "eth_mining": reads.no,
    "eth_accounts": reads.accounts,
    "eth_blockNumber": reads.block_number,
    "eth_gasPrice": reads.gas_price,
    "eth_maxPriorityFeePerGas": reads.priority_fee,
    "eth_baseFee": reads.base_fee,
    "eth_blobBaseFee": reads.blob_base_fee,
    "eth_feeHistory": reads.fee_history,
    "eth_getBalance": reads.balance,
    "eth_getCode": reads.code,
    "eth_getStorageAt": reads.storage_at,
    "eth_getTransactionCount": reads.transaction_count,
    "eth_getBlockByNumber": reads.block_by_number,
    "eth_getBlockByHash": reads.block_by_hash,
    "eth_getBlockReceipts": reads.block_receipts,
    "eth_getBlockTransactionCountByNumber": reads.count_in_number,
    "eth_getBlockTransactionCountByHash": reads.count_in_hash,
    "eth_getTransactionByHash": reads.transaction_by_hash,
    "eth_getTransactionByBlockNumberAndIndex": reads.transaction_in_number,
    "eth_getTransactionByBlockHashAndIndex": reads.transaction_in_hash,
    "eth_getTransactionReceipt": reads.receipt,
    "eth_call": runs.call,
    "eth_estimateGas": runs.estimate_gas,
    "eth_sendRawTransaction": runs.send_raw,
    "eth_sendTransaction": runs.send,
    "eth_getLogs": finds.get_logs,
    "eth_newFilter": finds.new_filter,
    "eth_newBlockFilter": finds.new_block_filter,
    "eth_getFilterChanges": finds.filter_changes,
    "eth_getFilterLogs": finds.filter_logs,
    "eth_uninstallFilter": finds.uninstall_filter,
    "evm_mine": controls.mine,
    "anvil_mine": controls.mine_many,
    "hardhat_mine": controls.mine_many,
    "evm_increaseTime": controls.increase_time,
    "evm_setNextBlockTimestamp": controls.set_next_timestamp,
    "evm_setAutomine": controls.set_automine,
    "anvil_dropTransaction": controls.drop_transaction,
    "evm_snapshot": controls.snapshot,
    "evm_revert": controls.revert,
}
