// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Averages} from "../../src/libraries/Averages.sol";
import {Lanes} from "../../src/libraries/Lanes.sol";
import {Receipt, Receipts} from "../../src/libraries/Receipts.sol";
import {Rounds} from "../../src/libraries/Rounds.sol";
import {Scores} from "../../src/libraries/Scores.sol";
import {Aggregation} from "../../src/libraries/Terms.sol";
import {Chunks} from "../support/Chunks.sol";
import {Letters} from "../support/Letters.sol";
import {Prefix, Rows, Vectors} from "../support/Rows.sol";

/// @notice The tests' own way of making a round and the contracts' way of judging it are two, and agree.
contract RoundsFuzz is Letters {
    uint256 private constant CHUNKS = 2;
    int32 private constant MOST = 1 << 24;

    /// @notice Every lane of the next version is the same, by whichever rule.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: plain.fuzz.runs = 64
    /// forge-config: mutate.fuzz.runs = 16
    function testFuzz_next_IsWhatTheRuleGives(uint256 seed, uint256 count, uint256 over, uint256 under, uint8 rule)
        external
        view
    {
        Vectors memory round = _round(seed, count, over, under, rule);
        Prefix[][] memory sums = Rows.prefixes(round);

        bytes[] memory result = Rows.next(round, sums);

        for (uint256 chunk = 0; chunk < CHUNKS; chunk++) {
            bytes memory deltas = "";
            for (uint256 node = 0; node < round.deltas.length; node++) {
                deltas = bytes.concat(deltas, round.deltas[node][chunk]);
            }
            vm.assertEq(this.next(round, sums[0], chunk, deltas, _packed(round.weights)), result[chunk]);
        }
    }

    /// @notice The sums are the same, chunk by chunk.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_sums_AreTheSame(uint256 seed, uint256 count) external view {
        Vectors memory round = _round(seed, count, 1, 1, 0);

        Prefix[][] memory sums = Rows.prefixes(round);

        for (uint256 node = 0; node < round.deltas.length; node++) {
            (int256 dot, uint256 square) = this.sumsOf(round.gradient[0], round.deltas[node][0]);
            vm.assertEq(sums[0][node].dot, dot);
            vm.assertEq(sums[0][node].square, square);
            vm.assertEq(sums[1][node].dot, dot);
            vm.assertEq(sums[1][node].square, square);
        }
    }

    /// @notice The rows are the same.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_row_IsTheSame(uint256 seed, uint256 count) external pure {
        Vectors memory round = _round(seed, count, 1, 1, 0);
        Prefix[][] memory sums = Rows.prefixes(round);
        bytes32[][] memory inputs = Rows.inputs(round, Rows.next(round, sums));

        bytes32[] memory rows = Rows.rows(inputs, sums);

        for (uint256 chunk = 0; chunk < CHUNKS; chunk++) {
            vm.assertEq(rows[chunk], _row(inputs[chunk], sums[chunk], uint64(chunk)));
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
        Vectors calldata round,
        Prefix[] calldata last,
        uint256 chunk,
        bytes calldata deltas,
        bytes calldata weights
    ) external pure returns (bytes memory made) {
        made = new bytes(Lanes.CHUNK_BYTES);
        for (uint256 lane = 0; lane < Lanes.LANES; lane++) {
            int256[] memory moves = Lanes.across(deltas, round.deltas.length, lane);
            if (chunk < round.scored && round.aggregation == Aggregation.ClippedMean) {
                for (uint256 i = 0; i < moves.length; i++) {
                    moves[i] = Averages.shortened(moves[i], last[i].square, round.cap);
                }
            }
            Chunks.put(made, lane, _stepped(round, chunk, lane, moves, weights));
        }
    }

    function sumsOf(bytes calldata gradient, bytes calldata delta) external pure returns (int256, uint256) {
        return Scores.sums(gradient, delta);
    }

    function _stepped(
        Vectors calldata round,
        uint256 chunk,
        uint256 lane,
        int256[] memory moves,
        bytes calldata weights
    ) private pure returns (int32) {
        (int256 sum, uint256 total) = _average(round, moves, weights);
        int256 base = Lanes.laneAt(round.base[chunk], 0, lane);
        bool scored = chunk < round.scored;
        return int32(Lanes.stepped(base, sum, total, scored ? round.over : 1, scored ? round.under : 1));
    }

    function _average(Vectors calldata round, int256[] memory moves, bytes calldata weights)
        private
        pure
        returns (int256, uint256)
    {
        if (round.aggregation == Aggregation.Median) return Averages.median(moves);
        if (round.aggregation == Aggregation.TrimmedMean) return Averages.trimmed(moves, round.trim);
        return Averages.weighted(moves, weights);
    }

    function _row(bytes32[] memory inputs, Prefix[] memory sums_, uint64 chunk) private pure returns (bytes32) {
        uint256 count = sums_.length;
        bytes32[] memory deltas = new bytes32[](count);
        int128[] memory dots = new int128[](count);
        uint128[] memory squares = new uint128[](count);
        for (uint256 node = 0; node < count; node++) {
            deltas[node] = inputs[3 + node];
            (dots[node], squares[node]) = (sums_[node].dot, sums_[node].square);
        }
        return Rounds.row(chunk, inputs[0], inputs[1], inputs[2], deltas, dots, squares);
    }

    function _round(uint256 seed, uint256 count, uint256 over, uint256 under, uint8 rule)
        private
        pure
        returns (Vectors memory round)
    {
        count = bound(count, 1, 4);
        round.over = bound(over, 1, 1 << 10);
        round.under = bound(under, 1, 1 << 10);
        round.aggregation = Aggregation(rule % 4);
        round.trim = 1 + seed % 4999;
        // A delta of random lanes is about 0.58 * 8 times as long as its largest lane.
        round.cap = bound(seed, 1, 10 * uint256(uint32(MOST)));
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

    function _packed(uint32[] memory weights) private pure returns (bytes memory packed) {
        for (uint256 i = 0; i < weights.length; i++) packed = abi.encodePacked(packed, weights[i]);
    }
}
