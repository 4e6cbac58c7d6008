// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Aggregation, Rules, Terms} from "../../src/libraries/Terms.sol";
import {Training} from "../support/Training.sol";

contract TermsFuzz is Training {
    /// @notice Steps begin with the first, end with the last, and never grow.
    function testFuzz_stepOver_FallsFromTheFirstToTheLast(uint32 rounds, uint16 first, uint16 last, uint64 round)
        external
        pure
    {
        Rules memory rules = ordinary();
        rules.rounds = uint32(bound(rounds, 1, type(uint32).max));
        rules.stepFirst = uint16(bound(first, 1, 1024));
        rules.stepLast = uint16(bound(last, 1, rules.stepFirst));
        round = uint64(bound(round, 1, rules.rounds));

        vm.assertEq(Terms.stepOver(rules, 1), rules.stepFirst);
        if (rules.rounds > 1) vm.assertEq(Terms.stepOver(rules, rules.rounds), rules.stepLast);
        uint256 here = Terms.stepOver(rules, round);
        vm.assertLe(here, rules.stepFirst);
        vm.assertGe(here, rules.rounds == 1 ? rules.stepFirst : rules.stepLast);
        if (round < rules.rounds) vm.assertLe(Terms.stepOver(rules, round + 1), here);
        if (rules.rounds > 1) vm.assertEq(here, _step(rules, round));
    }

    /// @notice As many chunks as hold the lanes, the last one not empty.
    function testFuzz_chunks_HoldAllLanes(uint64 weights, uint64 moments) external pure {
        Rules memory rules = ordinary();
        rules.weights = uint64(bound(weights, 1, 2 ** 28));
        rules.moments = uint64(bound(moments, 0, 2 ** 28));

        uint256 ofWeights = Terms.weightChunks(rules);
        uint256 ofMoments = Terms.chunks(rules) - ofWeights;

        _holds(ofWeights, rules.weights);
        _holds(ofMoments, rules.moments);
    }

    /// @notice Rules are refused if, and only if, one of their fields is out of its bounds; most are drawn near those.
    function testFuzz_check_KnowsEveryBound(uint256 seed) external {
        Rules memory rules = _near(seed);

        (bool taken,) = address(this).call(abi.encodeCall(this.check, (rules)));

        vm.assertEq(taken, _sizesFit(rules) && _numbersFit(rules) && _timesFit(rules));
    }

    function check(Rules calldata rules) external pure {
        Terms.check(rules);
    }

    function _step(Rules memory rules, uint256 round) private pure returns (uint256) {
        // The share of the way that is left, rounded up.
        uint256 way = uint256(rules.rounds) - 1;
        uint256 left = (uint256(rules.stepFirst) - rules.stepLast) * (rules.rounds - round);
        return rules.stepLast + (left + way - 1) / way;
    }

    function _holds(uint256 chunks, uint256 lanes) private pure {
        vm.assertGe(64 * chunks, lanes);
        vm.assertLt(64 * chunks, lanes + 64);
    }

    /// @dev Ordinary rules with up to three fields moved to an edge.
    function _near(uint256 seed) private pure returns (Rules memory rules) {
        rules = ordinary();
        for (uint256 i = 0; i < 3; i++) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            _move(rules, drawn % 20, uint256(keccak256(abi.encode(drawn))));
        }
    }

    function _move(Rules memory rules, uint256 field, uint256 drawn) private pure {
        uint256 three = drawn % 3;
        if (field == 0) rules.weights = [0, uint64(2 ** 28), 2 ** 28 + 1][three];
        if (field == 1) rules.moments = [0, uint64(2 ** 28), 2 ** 28 + 1][three];
        if (field == 2) rules.rounds = [uint32(0), 1, type(uint32).max][three];
        if (field == 3) rules.minNodes = [uint16(0), 3, 4][three];
        if (field == 4) rules.maxNodes = [uint16(1), 256, 257][three];
        if (field == 5) rules.maxWeight = [uint32(0), 4096, 349_526][three];
        if (field == 6) rules.stepFirst = [uint16(49), 1024, 1025][three];
        if (field == 7) rules.stepLast = [uint16(0), 100, 101][three];
        if (field == 8) rules.stepUnder = [uint16(0), 1024, 1025][three];
        if (field == 9) rules.trim = [uint16(1), 4999, 5000][three];
        if (field == 10) rules.aggregation = Aggregation(drawn % 4);
        if (field == 11) rules.normCap = [uint64(0), 1, type(uint64).max][three];
        if (field == 12) rules.maxPending = [uint8(0), 8, 9][three];
        if (field == 13) rules.window = [uint32(2), 3, type(uint32).max][three];
        if (field == 14) rules.patience = [uint32(0), 1, type(uint32).max][three];
        if (field == 15) rules.succession = [uint32(0), 1, type(uint32).max][three];
        if (field == 16) rules.reward = [uint128(0), 1000, 1001][three];
        if (field == 17) rules.bond = [uint128(0), 1, 1999][three];
        if (field == 18) rules.demandFee = [uint128(0), 1, type(uint128).max][three];
        if (field == 19) rules.ownerCut = [uint16(0), 10_000, 10_001][three];
    }

    function _sizesFit(Rules memory rules) private pure returns (bool) {
        if (rules.weights == 0 || rules.weights > 2 ** 28 || rules.moments > 2 ** 28) return false;
        if (rules.rounds == 0 || rules.maxPending == 0 || rules.maxPending > 8) return false;
        if (rules.minNodes == 0 || rules.minNodes > rules.maxNodes || rules.maxNodes > 256) return false;
        return rules.maxWeight != 0 && uint256(rules.maxWeight) * rules.maxNodes <= 2 ** 20;
    }

    function _numbersFit(Rules memory rules) private pure returns (bool) {
        if (rules.stepLast == 0 || rules.stepLast > rules.stepFirst || rules.stepFirst > 1024) return false;
        if (rules.stepUnder == 0 || rules.stepUnder > 1024 || rules.normCap == 0) return false;
        if (rules.ownerCut > 10_000) return false;
        if (rules.aggregation != Aggregation.TrimmedMean) return rules.trim == 0;
        return rules.trim != 0 && rules.trim <= 4999;
    }

    function _timesFit(Rules memory rules) private pure returns (bool) {
        if (rules.window <= 2 || rules.patience == 0 || rules.succession == 0) return false;
        return rules.demandFee != 0 && rules.bond != 0 && rules.bond / 2 >= rules.reward;
    }
}
