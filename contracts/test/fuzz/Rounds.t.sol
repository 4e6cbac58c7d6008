// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Mean} from "../../src/libraries/Mean.sol";
import {Receipt, Receipts} from "../../src/libraries/Receipts.sol";
import {Rounds} from "../../src/libraries/Rounds.sol";
import {Chunks} from "../support/Chunks.sol";
import {Letters} from "../support/Letters.sol";
import {Prefix, Rows, Vectors} from "../support/Rows.sol";

/// @notice The tests' own way of making a round and the contracts' way of judging it are two, and agree.
contract RoundsFuzz is Letters {
    uint256 private constant CHUNKS = 2;
    int32 private constant MOST = 1 << 24;

    /// @notice The next version is the same, chunk by chunk.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_next_IsTheMean(uint256 seed, uint256 count, uint256 over, uint256 under) external view {
        Vectors memory round = _round(seed, count, over, under);

        bytes[] memory result = Rows.mean(round);

        for (uint256 chunk = 0; chunk < CHUNKS; chunk++) {
            bytes[] memory deltas = new bytes[](round.deltas.length);
            for (uint256 node = 0; node < deltas.length; node++) deltas[node] = round.deltas[node][chunk];
            bytes memory found = this.next(round.base[chunk], deltas, round.weights, round.over, round.under);
            vm.assertEq(found, result[chunk]);
        }
    }

    /// @notice The rows are the same.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_row_IsTheSame(uint256 seed, uint256 count) external pure {
        Vectors memory round = _round(seed, count, 1, 1);
        bytes[] memory result = Rows.mean(round);
        Prefix[][] memory sums = Rows.prefixes(round);

        bytes32[] memory rows = Rows.rows(round, result, sums);

        for (uint256 chunk = 0; chunk < CHUNKS; chunk++) {
            vm.assertEq(rows[chunk], _row(round, result, sums, uint64(chunk)));
        }
    }

    /// @notice What a node signs and what the aggregator signs back are the same.
    function testFuzz_digest_IsTheSame(Receipt calldata receipt, address verifier, uint64 chain) external {
        vm.assume(chain > 0);
        vm.chainId(chain);
        bytes32 domain = separator(verifier, "Commonroot", "1");

        bytes32 digest = receiptDigest(verifier, receipt);

        vm.assertEq(Receipts.digest(domain, receipt), digest);
        vm.assertEq(Receipts.ackDigest(domain, digest, receipt.epoch), ackDigest(verifier, digest, receipt.epoch));
    }

    function next(
        bytes calldata base,
        bytes[] calldata deltas,
        uint32[] calldata weights,
        uint256 over,
        uint256 under
    ) external pure returns (bytes memory) {
        return Mean.next(base, deltas, weights, over, under);
    }

    function _row(Vectors memory round, bytes[] memory result, Prefix[][] memory sums, uint64 chunk)
        private
        pure
        returns (bytes32)
    {
        uint256 count = round.deltas.length;
        bytes32[] memory deltas = new bytes32[](count);
        int128[] memory dots = new int128[](count);
        uint128[] memory squares = new uint128[](count);
        for (uint256 node = 0; node < count; node++) {
            deltas[node] = Rows.leaf(chunk, round.deltas[node][chunk]);
            (dots[node], squares[node]) = (sums[chunk][node].dot, sums[chunk][node].square);
        }
        return Rounds.row(
            chunk,
            Rows.leaf(chunk, round.base[chunk]),
            Rows.leaf(chunk, result[chunk]),
            Rows.leaf(chunk, round.gradient[chunk]),
            deltas,
            dots,
            squares
        );
    }

    function _round(uint256 seed, uint256 count, uint256 over, uint256 under)
        private
        pure
        returns (Vectors memory round)
    {
        count = bound(count, 1, 4);
        round.over = bound(over, 1, 1 << 10);
        round.under = bound(under, 1, 1 << 10);
        round.scored = 1;
        round.base = _vector(seed, type(int32).max);
        round.gradient = _vector(seed ^ 1, 1 << 15);
        round.deltas = new bytes[][](count);
        round.weights = new uint32[](count);
        for (uint256 node = 0; node < count; node++) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "node", node)));
            round.deltas[node] = _vector(drawn, MOST);
            round.weights[node] = uint32(1 + drawn % (1 << 18));
        }
    }

    function _vector(uint256 seed, int32 most) private pure returns (bytes[] memory chunks) {
        chunks = new bytes[](CHUNKS);
        for (uint256 i = 0; i < CHUNKS; i++) chunks[i] = Chunks.random(uint256(keccak256(abi.encode(seed, i))), most);
    }
}
