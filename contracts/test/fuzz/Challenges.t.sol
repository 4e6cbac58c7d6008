// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges, Signed} from "../../src/interfaces/IChallenges.sol";
import {Kind} from "../../src/interfaces/IDemands.sol";
import {Stage} from "../../src/interfaces/IPrograms.sol";
import {Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Aggregation, Rules, Weighting} from "../../src/libraries/Terms.sol";
import {Chunks} from "../support/Chunks.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Verdicts} from "../support/Verdicts.sol";

/// @notice Rounds of any kind, made honestly, against whatever anybody can say about them.
contract ChallengesFuzz is Verdicts {
    uint256 private constant KINDS = 11;

    function setUp() external {
        begin();
    }

    /// @notice An honest round survives every challenge, whichever row, lane or node it names.
    /// forge-config: default.fuzz.runs = 48
    /// forge-config: plain.fuzz.runs = 48
    /// forge-config: mutate.fuzz.runs = 12
    function testFuzz_honest_SurvivesEveryChallenge(uint256 seed, uint256 where) external {
        (Draft memory told, Proposal memory parent) = _honest(seed);

        for (uint256 kind = 0; kind < KINDS; kind++) {
            bytes memory call_ = _challenge(told, parent, kind, where);
            (bool done, bytes memory answer) = _sent(call_);
            vm.assertFalse(done, "an honest round was voided");
            vm.assertTrue(_holds(bytes4(answer)), "refused, but not because it holds");
        }
        _stillWaits(told);
    }

    /// @notice An honest round survives challenges of which a part was changed.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_honest_SurvivesForgedEvidence(uint256 seed, uint256 where, uint256 change) external {
        (Draft memory told, Proposal memory parent) = _honest(seed);

        for (uint256 kind = 0; kind < KINDS; kind++) {
            bytes memory call_ = _challenge(told, parent, kind, where);
            for (uint256 i = 0; i < 32; i++) {
                uint256 drawn = uint256(keccak256(abi.encode(change, kind, i)));
                (bool done,) = _sent(_changed(call_, drawn));
                vm.assertFalse(done, "an honest round was voided");
            }
        }
        _stillWaits(told);
    }

    /// @notice Every row, column and list of an honest round can be shown when it is demanded.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_honest_AnswersEveryDemand(uint256 seed, uint64 chunk, uint32 column) external {
        (Draft memory told, Proposal memory parent) = _honest(seed);
        chunk = uint64(chunk % told.result.length);
        column = uint32(column % told.contributions.length);
        vm.startPrank(stranger.account);
        demands.demand(wanted(told, Kind.Row, chunk, 0));
        demands.demand(wanted(told, Kind.Column, chunk, column));
        demands.demand(wanted(told, Kind.Contributions, 0, 0));
        vm.stopPrank();

        demands.answerRow(wanted(told, Kind.Row, chunk, 0), wholeRow(told, chunk), parent);
        demands.answerColumn(
            wanted(told, Kind.Column, chunk, column),
            shownAt(told, column),
            leafOf(told.vectors.deltas[column], chunk)
        );
        demands.answerContributions(wanted(told, Kind.Contributions, 0, 0), told.contributions);

        vm.assertEq(demands.owed(token, aggregator.account), 3 * uint256(FEE));
    }

    /// @notice A result that is wrong in one lane, by however little, is void, whichever rule and lane it is.
    /// forge-config: default.fuzz.runs = 48
    /// forge-config: plain.fuzz.runs = 48
    /// forge-config: mutate.fuzz.runs = 12
    function testFuzz_lie_OfOneLaneIsFound(uint256 seed, uint256 chunk, uint256 lane, int32 by) external {
        vm.assume(by != 0);
        found(_rules(seed));
        Draft memory told = _sketched(seed, start());
        Drafts.reckon(told);
        chunk %= told.result.length;
        lane %= 64;
        int256 value = int256(Chunks.laneOf(told.result[chunk], lane)) + by;
        vm.assume(value >= type(int32).min && value <= type(int32).max);
        bend(told, chunk, lane, by);
        stand(told);

        refutes(told, wrongSum(told, chunk, lane));
    }

    /// @notice Sums that are wrong in one row, by however little, are void, whosever they are.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: plain.fuzz.runs = 32
    /// forge-config: mutate.fuzz.runs = 8
    function testFuzz_lie_OfOneSumIsFound(uint256 seed, uint256 chunk, uint256 index, int64 dot, uint64 square)
        external
    {
        vm.assume(dot != 0 || square != 0);
        found(_rules(seed));
        Draft memory told = _sketched(seed, start());
        Drafts.reckon(told);
        chunk %= told.result.length;
        index %= told.contributions.length;
        told.sums[chunk][index].dot += dot;
        told.sums[chunk][index].square += square;
        stand(told);

        refutes(told, wrongPrefix(told, chunk, index));
    }

    /* PARTS */

    function _honest(uint256 seed) private returns (Draft memory told, Proposal memory parent) {
        found(_rules(seed));
        told = _sketched(seed, start());
        Drafts.reckon(told);
        stand(told);
        if (terms.rounds == 1 || terms.maxPending == 1) return (told, parent);
        // A later round, on one that waits.
        parent = told.proposal;
        pass(1);
        told = _sketched(~seed, told.result);
        Drafts.reckon(told);
        stand(told);
    }

    function _rules(uint256 seed) private pure returns (Rules memory rules) {
        rules = rulesOf(Aggregation(_drawn(seed, "rule") % 4));
        rules.weighting = Weighting(_drawn(seed, "weighting") % 2);
        rules.maxWeight = uint32(1 + _drawn(seed, "most") % 5);
        rules.weights = uint64(1 + _drawn(seed, "weights") % 100);
        rules.moments = uint64(_drawn(seed, "moments") % 70);
        rules.rounds = uint32(1 + _drawn(seed, "rounds") % 3);
        rules.maxPending = uint8(1 + _drawn(seed, "pending") % 2);
        rules.maxNodes = uint16(1 + _drawn(seed, "nodes") % 4);
        rules.stepLast = uint16(1 + _drawn(seed, "last") % 1024);
        rules.stepFirst = rules.stepLast + uint16(_drawn(seed, "first") % (1025 - rules.stepLast));
        rules.stepUnder = uint16(1 + _drawn(seed, "under") % 1024);
        if (rules.trim != 0) rules.trim = uint16(1 + _drawn(seed, "trim") % 4999);
        rules.normCap = uint64(1 + _drawn(seed, "cap") % (1 << _drawn(seed, "capped") % 32));
        rules.reward = uint128(_drawn(seed, "reward") % 500);
        rules.sharesPerRound = uint96(_drawn(seed, "shares") % 1e6);
    }

    // Of those whom the next round asks, whoever came: at least one.
    function _sketched(uint256 seed, bytes[] memory base) private returns (Draft memory told) {
        if (terms.maxNodes < members.length && programs.program(program).tip == 0) {
            programs.anchor(program);
            pass(2);
        }
        Opening memory opening = opened();
        uint256[] memory asked = new uint256[](members.length);
        uint256 count = 0;
        for (uint256 i = 0; i < asked.length; i++) if (asks(opening, i)) asked[count++] = i;
        uint256[] memory who = new uint256[](1 + _drawn(seed, "count") % count);
        for (uint256 i = 0; i < who.length; i++) who[i] = asked[i];
        told = sketch(opening, base, who, seed);
        int32 most = int32(int256(1 << _drawn(seed, "size") % 25));
        for (uint256 i = 0; i < who.length; i++) place(told, i, who[i], vector(_drawn(seed, bytes32(i)), most));
    }

    function _challenge(Draft memory told, Proposal memory parent, uint256 kind, uint256 where)
        private
        view
        returns (bytes memory)
    {
        uint256 chunk = _drawn(where, "chunk") % told.result.length;
        uint256 lane = _drawn(where, "lane") % 64;
        uint256 index = _drawn(where, "index") % told.contributions.length;
        if (kind == 0) return wrongSum(told, chunk, lane);
        if (kind == 1) return _foreign(told, parent, chunk, _drawn(where, "place") % (3 + told.contributions.length));
        if (kind == 2) return outOfBounds(told, chunk, 2, told.vectors.gradient[chunk], lane);
        if (kind == 3) return outOfBounds(told, chunk, 3 + index, told.vectors.deltas[index][chunk], lane);
        if (kind == 4) return wrongPrefix(told, chunk, index);
        if (kind == 5) return wrongPayroll(told);
        if (kind == 6) return wrongSignature(told, shownAt(told, index), parent);
        if (kind == 7) return stranger_(told, index);
        bytes memory weights = _drawn(where, "all") % 2 == 0 ? bytes("") : Drafts.weightsOf(told);
        if (kind == 8) return wrongWeight(told, index, weights);
        if (kind == 9) return _disorder(told, index);
        return _omission(told, parent, index, _drawn(where, "beside") % told.contributions.length);
    }

    function _foreign(Draft memory told, Proposal memory parent, uint256 chunk, uint256 place_)
        private
        pure
        returns (bytes memory)
    {
        bytes[] memory own = told.vectors.base;
        if (place_ == 1) own = told.result;
        if (place_ == 2) own = told.vectors.gradient;
        if (place_ > 2) own = told.vectors.deltas[place_ - 3];
        return foreignChunk(told, chunk, place_, own, parent);
    }

    // Of one who is alone nothing can be said; then a weight is challenged once more.
    function _disorder(Draft memory told, uint256 index) private pure returns (bytes memory) {
        if (told.contributions.length == 1) return wrongWeight(told, 0, "");
        return disorder(told, index % (told.contributions.length - 1));
    }

    function _omission(Draft memory told, Proposal memory parent, uint256 index, uint256 beside)
        private
        view
        returns (bytes memory)
    {
        Signed memory given = signedAt(told, index);
        return omission(told, given, acked(given.receipt), _one(beside), parent);
    }

    function _one(uint256 place_) private pure returns (uint256[] memory places) {
        places = new uint256[](1);
        places[0] = place_;
    }

    function _sent(bytes memory call_) private returns (bool done, bytes memory answer) {
        vm.prank(stranger.account);
        return address(challenges).call(call_);
    }

    // One bit, one byte, or one word of it is another; never the selector, but anything behind it.
    function _changed(bytes memory call_, uint256 drawn) private pure returns (bytes memory changed) {
        changed = bytes.concat(call_);
        uint256 way = drawn % 3;
        uint256 place_ = 4 + (drawn >> 8) % (call_.length - 4);
        if (way == 0) changed[place_] ^= bytes1(uint8(1 << (drawn >> 2) % 8));
        if (way == 1) changed[place_] = bytes1(uint8(drawn >> 128));
        if (way == 2) {
            uint256 from = 4 + (place_ - 4) / 32 * 32;
            uint256 other = 4 + (drawn >> 64) % (call_.length - 4) / 32 * 32;
            for (uint256 i = 0; i < 32 && from + i < call_.length && other + i < call_.length; i++) {
                changed[from + i] = call_[other + i];
            }
        }
    }

    function _holds(bytes4 words) private pure returns (bool) {
        return words == IChallenges.SumHolds.selector || words == IChallenges.ChunkHolds.selector
            || words == IChallenges.LaneHolds.selector || words == IChallenges.PrefixHolds.selector
            || words == IChallenges.PayrollHolds.selector || words == IChallenges.SignatureHolds.selector
            || words == IChallenges.NodeHolds.selector || words == IChallenges.WeightHolds.selector
            || words == IChallenges.OrderHolds.selector || words == IChallenges.NothingOmitted.selector;
    }

    function _stillWaits(Draft memory told) private view {
        vm.assertTrue(programs.round(program, told.opening.round).stage == Stage.Proposed);
        vm.assertEq(programs.program(program).tip, told.opening.round);
    }

    function _drawn(uint256 seed, bytes32 what) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }
}
