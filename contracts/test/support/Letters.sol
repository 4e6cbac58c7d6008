// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receipt} from "../../src/libraries/Receipts.sol";
import {Permit} from "../../src/libraries/Tokens.sol";
import {Actor, Actors} from "./Actors.sol";

/// @title Letters
/// @notice Everything that is signed here and shown to a contract: receipts, acks, keys and approvals.
/// @dev Says for itself what is signed: it must not agree with `src` by calling it.
abstract contract Letters is Actors {
    string internal constant NAME = "Commonroot";
    string internal constant VERSION = "1";

    /// @notice What a node signs to promise a delta.
    function receiptDigest(address programs, Receipt memory receipt) internal view returns (bytes32) {
        bytes32 type_ = keccak256(
            "Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,address aggregator,"
            "bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)"
        );
        bytes memory first =
            abi.encode(type_, receipt.program, receipt.round, receipt.epoch, receipt.baseRoot, receipt.aggregator);
        bytes memory second = abi.encode(receipt.dataset, receipt.deltaRoot, receipt.weight, receipt.deadline);
        return typed(programs, NAME, VERSION, keccak256(bytes.concat(first, second)));
    }

    /// @notice What the aggregator signs to promise that a receipt will count.
    function ackDigest(address programs, bytes32 receipt, uint64 epoch) internal view returns (bytes32) {
        bytes32 type_ = keccak256("Ack(bytes32 receiptDigest,uint64 epoch)");
        return typed(programs, NAME, VERSION, keccak256(abi.encode(type_, receipt, epoch)));
    }

    /// @notice An approval that the token of this name takes from an actor.
    function permitted(
        Actor memory by,
        address token,
        string memory name,
        address spender,
        uint256 amount,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (Permit memory) {
        bytes32 type_ = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(type_, by.account, spender, amount, nonce, deadline));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(by.secret, typed(token, name, "1", hash));
        return Permit(deadline, v, r, s);
    }
}
