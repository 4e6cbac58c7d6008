// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Branch, Payout} from "../../src/libraries/Payouts.sol";
import {Close, Contribution, Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Forest} from "./Forest.sol";
import {Prefix, Rows, Vectors} from "./Rows.sol";

/// @notice A whole round in the hands of its aggregator, who may change whatever it likes before it commits to it.
struct Draft {
    Rules rules;
    Opening opening;
    bytes32 parentRoot;
    Vectors vectors;
    Contribution[] contributions;
    Prefix[][] sums;
    bytes[] result;
    Payout[] payouts;
    bytes32[][] inputs;
    Close close;
    Proposal proposal;
}

/// @title Drafts
/// @notice Computes what a round comes to, and commits to it: three steps, between which a liar lies.
/// @dev Says for itself what a round is: it must not agree with `src` by calling it.
library Drafts {
    /// @notice Computes everything honestly, from the contributions and the vectors alone.
    function reckon(Draft memory draft) internal pure {
        draft.sums = Rows.prefixes(draft.vectors);
        draft.result = Rows.next(draft.vectors, draft.sums);
        draft.inputs = Rows.inputs(draft.vectors, draft.result);
        pay(draft);
    }

    /// @notice Computes the payouts from the contributions, the sums and the rules.
    function pay(Draft memory draft) internal pure {
        uint256 count = draft.contributions.length;
        int256[] memory scores = new int256[](count);
        uint256 positive = 0;
        for (uint256 i = 0; i < count; i++) {
            scores[i] = scoreOf(draft, i);
            if (scores[i] > 0) positive += uint256(scores[i]);
        }
        uint256 half = draft.rules.reward / 2;
        uint256 total = 0;
        draft.payouts = new Payout[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 amount = half / count;
            if (scores[i] > 0) amount += half * uint256(scores[i]) / positive;
            uint256 most = 2 * uint256(draft.rules.reward) / count;
            if (amount > most) amount = most;
            total += amount;
            draft.payouts[i].node = draft.contributions[i].node;
            draft.payouts[i].score = scores[i];
            draft.payouts[i].square = last(draft)[i].square;
            draft.payouts[i].payout = amount;
        }
        for (uint256 i = 0; i < count && total > 0; i++) {
            draft.payouts[i].shares = uint256(draft.rules.sharesPerRound) * draft.payouts[i].payout / total;
        }
    }

    /// @notice Commits to the contributions as they are.
    function shut(Draft memory draft) internal pure {
        Close memory close = draft.close;
        Opening memory opening = draft.opening;
        close.program = opening.program;
        close.round = opening.round;
        close.epoch = opening.epoch;
        close.parent = opening.parent;
        close.aggregator = opening.aggregator;
        close.openBlock = opening.openBlock;
        close.anchor = opening.anchor;
        close.seats = opening.seats;
        close.places = opening.places;
        close.sample = opening.sample;
        close.count = uint32(draft.contributions.length);
        close.weightsHash = keccak256(weightsOf(draft));
        close.contributionsRoot = Forest.rootOf(leavesOf(draft));
    }

    /// @notice Commits to the rows, the roots and the payouts as they are.
    function commit(Draft memory draft) internal pure {
        Proposal memory proposal = draft.proposal;
        proposal.close = keccak256(abi.encode(draft.close));
        proposal.chunks = uint64(draft.result.length);
        proposal.count = draft.close.count;
        proposal.rowRoot = Forest.rootOf(Rows.rows(draft.inputs, draft.sums));
        proposal.resultRoot = Rows.rootOf(draft.result);
        proposal.gradientRoot = Rows.rootOf(draft.vectors.gradient);
        (Branch memory top,) = Forest.plant(draft.payouts, 0);
        proposal.payoutRoot = top.digest;
        proposal.payoutSum = top.payout;
        proposal.sharesSum = top.shares;
        proposal.manifest = keccak256("manifest");
    }

    /// @notice The hash of the proposal.
    function hashOf(Draft memory draft) internal pure returns (bytes32) {
        return keccak256(abi.encode(draft.proposal));
    }

    /// @notice The key of the epoch's forfeit.
    function keyOf(Draft memory draft) internal pure returns (bytes32) {
        return keccak256(abi.encode(draft.opening.program, draft.opening.round, draft.opening.epoch));
    }

    /// @notice The sums through the last chunk of weights.
    function last(Draft memory draft) internal pure returns (Prefix[] memory) {
        return draft.sums[draft.vectors.scored - 1];
    }

    /// @notice What a contribution is worth.
    function scoreOf(Draft memory draft, uint256 index) internal pure returns (int256) {
        Prefix memory sum = last(draft)[index];
        int256 weight = int256(uint256(draft.contributions[index].weight));
        return Rows.shortened(-int256(sum.dot) * weight, sum.square, draft.rules.normCap);
    }

    /// @notice All weights, packed as the close hashes them.
    function weightsOf(Draft memory draft) internal pure returns (bytes memory packed) {
        uint32[] memory weights = draft.vectors.weights;
        for (uint256 i = 0; i < weights.length; i++) packed = abi.encodePacked(packed, weights[i]);
    }

    /// @notice The leaves of the contributions.
    function leavesOf(Draft memory draft) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](draft.contributions.length);
        for (uint256 i = 0; i < leaves.length; i++) {
            Contribution memory each = draft.contributions[i];
            bytes memory head = abi.encodePacked(hex"03", uint64(i), each.node, each.dataset, each.deltaRoot);
            leaves[i] = keccak256(abi.encodePacked(head, each.weight, each.deadline, each.signature));
        }
    }
}
