// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice A node's promise: this delta, from this dataset, for this round, to this aggregator.
struct Receipt {
    uint256 program;
    uint64 round;
    uint64 epoch;
    bytes32 baseRoot;
    address aggregator;
    bytes32 dataset;
    bytes32 deltaRoot;
    uint32 weight;
    uint64 deadline;
}

/// @title Receipts
/// @notice What a node signs and what the aggregator signs back: EIP-712 in the domain of a Programs contract, as in
/// `commonroot.protocol.receipt`.
library Receipts {
    bytes32 internal constant RECEIPT_TYPE = keccak256(
        "Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,address aggregator,"
        "bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)"
    );
    bytes32 internal constant ACK_TYPE = keccak256("Ack(bytes32 receiptDigest,uint64 epoch)");

    /// @notice What the node signs.
    function digest(bytes32 separator, Receipt memory receipt) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(RECEIPT_TYPE, receipt)));
    }

    /// @notice What the aggregator signs to promise that the receipt will be in the close.
    function ackDigest(bytes32 separator, bytes32 receiptDigest, uint64 epoch) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(ACK_TYPE, receiptDigest, epoch)));
    }
}
