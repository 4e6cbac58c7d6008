// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Averages} from "../src/libraries/Averages.sol";
import {Lanes} from "../src/libraries/Lanes.sol";
import {Branch, Payout, Payouts} from "../src/libraries/Payouts.sol";
import {Receipt, Receipts} from "../src/libraries/Receipts.sol";
import {Close, Contribution, Opening, Proposal, Rounds} from "../src/libraries/Rounds.sol";
import {Sampling} from "../src/libraries/Sampling.sol";
import {Scores} from "../src/libraries/Scores.sol";
import {Aggregation, Rules, Terms} from "../src/libraries/Terms.sol";
import {Trees} from "../src/libraries/Trees.sol";

/// @title VectorsHarness
/// @notice Shows what the libraries compute, so that it can be held against the known answers of Python.
contract VectorsHarness {
    function chunkLeaf(uint64 index, bytes calldata chunk) external pure returns (bytes32) {
        return Trees.chunkLeaf(index, chunk);
    }

    function admittedLeaf(address account) external pure returns (bytes32) {
        return Trees.admittedLeaf(account);
    }

    function rootFrom(bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return Trees.rootFrom(leaf, index, count, siblings);
    }

    function next(
        Rules calldata rules,
        uint64 round,
        bytes calldata base,
        bytes calldata deltas,
        bytes calldata weights,
        uint256[] calldata squares
    ) external pure returns (int256[] memory lanes) {
        lanes = new int256[](Lanes.LANES);
        uint256 total = 0;
        for (uint256 lane = 0; lane < Lanes.LANES; lane++) {
            int256[] memory column = Lanes.across(deltas, deltas.length / Lanes.CHUNK_BYTES, lane);
            (lanes[lane], total) = _average(rules, column, weights, squares);
        }
        _step(rules, round, base, lanes, total);
    }

    function _step(Rules calldata rules, uint64 round, bytes calldata base, int256[] memory lanes, uint256 total)
        private
        pure
    {
        uint256 over = Terms.stepOver(rules, round);
        for (uint256 lane = 0; lane < Lanes.LANES; lane++) {
            lanes[lane] = Lanes.stepped(Lanes.laneAt(base, 0, lane), lanes[lane], total, over, rules.stepUnder);
        }
    }

    function sums(bytes calldata gradient, bytes calldata delta) external pure returns (int256, uint256) {
        return Scores.sums(gradient, delta);
    }

    function score(int128 dot, uint128 square, uint32 weight, uint64 normCap) external pure returns (int256) {
        return Scores.score(dot, square, weight, normCap);
    }

    function receiptDigest(bytes32 separator, Receipt calldata receipt) external pure returns (bytes32) {
        return Receipts.digest(separator, receipt);
    }

    function ackDigest(bytes32 separator, bytes32 receipt, uint64 epoch) external pure returns (bytes32) {
        return Receipts.ackDigest(separator, receipt, epoch);
    }

    function contributionLeaf(uint64 index, Contribution calldata each) external pure returns (bytes32) {
        return Rounds.leaf(index, each);
    }

    function weightsHash(uint32[] calldata weights) external pure returns (bytes32) {
        return Rounds.weightsHash(weights);
    }

    function openingHash(Opening calldata opening) external pure returns (bytes32) {
        return Rounds.hash(opening);
    }

    function openingOf(Close calldata close) external pure returns (Opening memory) {
        return Rounds.openingOf(close);
    }

    function permuted(bytes32 sample, uint64 round, uint64 epoch, uint256 seats)
        external
        pure
        returns (uint256[] memory turns)
    {
        turns = new uint256[](seats);
        for (uint256 seat = 0; seat < seats; seat++) turns[seat] = Sampling.permuted(sample, round, epoch, seat, seats);
    }

    function places(uint256 room, uint256 seats, uint256 live) external pure returns (uint32) {
        return Sampling.places(room, seats, live);
    }

    function closeHash(Close calldata close) external pure returns (bytes32) {
        return Rounds.hash(close);
    }

    function proposalHash(Proposal calldata proposal) external pure returns (bytes32) {
        return Rounds.hash(proposal);
    }

    function row(
        uint64 index,
        bytes32 base,
        bytes32 result,
        bytes32 gradient,
        bytes32[] calldata deltas,
        int128[] calldata dots,
        uint128[] calldata squares
    ) external pure returns (bytes32) {
        return Rounds.row(index, base, result, gradient, deltas, dots, squares);
    }

    function amounts(int256[] calldata scores, uint256 reward) external pure returns (uint256[] memory) {
        return Payouts.amounts(scores, reward);
    }

    function payoutLeaf(uint64 index, Payout calldata payout) external pure returns (Branch memory) {
        return Payouts.leaf(index, payout);
    }

    function payoutTop(Branch calldata leaf, uint256 index, uint256 count, Branch[] calldata siblings)
        external
        pure
        returns (Branch memory)
    {
        return Payouts.topFrom(leaf, index, count, siblings);
    }

    function chunks(Rules calldata rules) external pure returns (uint256 all, uint256 weights) {
        return (Terms.chunks(rules), Terms.weightChunks(rules));
    }

    function stepOver(Rules calldata rules, uint64 round) external pure returns (uint256) {
        return Terms.stepOver(rules, round);
    }

    function _average(Rules calldata rules, int256[] memory column, bytes calldata weights, uint256[] calldata squares)
        private
        pure
        returns (int256 sum, uint256 total)
    {
        if (rules.aggregation == Aggregation.Median) return Averages.median(column);
        if (rules.aggregation == Aggregation.TrimmedMean) return Averages.trimmed(column, rules.trim);
        if (rules.aggregation == Aggregation.ClippedMean) {
            for (uint256 i = 0; i < column.length; i++) {
                column[i] = Averages.shortened(column[i], squares[i], rules.normCap);
            }
        }
        return Averages.weighted(column, weights);
    }
}
