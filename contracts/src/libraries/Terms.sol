// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice How deltas become a step.
enum Aggregation {
    WeightedMean,
    ClippedMean,
    Median,
    TrimmedMean
}

/// @notice What a contribution weighs.
enum Weighting {
    Equal,
    Records
}

/// @notice Who may see a program's artifacts.
enum Visibility {
    Members,
    Open
}

/// @notice What a program promises and the contract reads; `commonroot.protocol.rules.Rules`, field by field.
/// @param maxWeight The most that one contribution weighs.
/// @param weights Lanes of weights.
/// @param moments Lanes of moments.
/// @param trim Basis points of the contributions that a trimmed mean drops at each end of a lane; zero elsewhere.
/// @param normCap The norm, in lanes, to which a longer delta is shortened in scores, and in a clipped mean itself.
/// @param maxPending How many rounds may be in progress at once.
/// @param window Seconds in which a proposal can be challenged.
/// @param patience Seconds after opening in which a proposal must be there.
/// @param succession Seconds by which the sponsor comes before the nodes, and the nodes before anyone, when an
/// aggregator is overdue.
/// @param reward The most that one round pays.
/// @param bond What the aggregator puts behind each round.
/// @param demandFee What a demand pays for its answer.
/// @param sharesPerRound The most shares of the model that one round gives out.
/// @param ownerCut Basis points of licence income for the model's owner.
/// @param allowlist The root over admitted accounts, or zero to admit every member.
struct Rules {
    Aggregation aggregation;
    Weighting weighting;
    Visibility visibility;
    uint32 maxWeight;
    uint64 weights;
    uint64 moments;
    uint32 rounds;
    uint16 minNodes;
    uint16 maxNodes;
    uint16 stepFirst;
    uint16 stepLast;
    uint16 stepUnder;
    uint16 trim;
    uint64 normCap;
    uint8 maxPending;
    uint32 window;
    uint32 patience;
    uint32 succession;
    uint128 reward;
    uint128 bond;
    uint128 demandFee;
    uint96 sharesPerRound;
    uint16 ownerCut;
    bytes32 allowlist;
}

/// @title Terms
/// @notice The bounds that rules keep, and what follows from them.
library Terms {
    uint256 internal constant LANES = 64;
    uint256 internal constant MOST_CONTRIBUTIONS = 256;
    uint256 internal constant WEIGHT_MAX = 2 ** 20;
    uint256 internal constant STEP_MAX = 2 ** 10;
    uint256 internal constant WHOLE = 10_000;
    uint256 internal constant MOST_LANES = 2 ** 28;
    uint256 internal constant MOST_PENDING = 8;

    /// @notice Thrown when a field of the rules is outside the bounds that all programs keep.
    error ImpossibleRules(bytes32 field);

    /// @notice Refuses rules under which no round could be proved.
    function check(Rules memory rules) internal pure {
        _require(1 <= rules.weights && rules.weights <= MOST_LANES, "weights");
        _require(rules.moments <= MOST_LANES, "moments");
        _require(rules.rounds >= 1, "rounds");
        _require(1 <= rules.minNodes && rules.minNodes <= rules.maxNodes, "minNodes");
        _require(rules.maxNodes <= MOST_CONTRIBUTIONS, "maxNodes");
        _require(1 <= rules.maxWeight && rules.maxWeight <= WEIGHT_MAX / rules.maxNodes, "maxWeight");
        _require(rules.stepFirst <= STEP_MAX, "stepFirst");
        _require(1 <= rules.stepLast && rules.stepLast <= rules.stepFirst, "stepLast");
        _require(1 <= rules.stepUnder && rules.stepUnder <= STEP_MAX, "stepUnder");
        bool trims = rules.aggregation == Aggregation.TrimmedMean;
        _require(trims ? 1 <= rules.trim && 2 * uint256(rules.trim) < WHOLE : rules.trim == 0, "trim");
        _require(rules.normCap >= 1, "normCap");
        _require(1 <= rules.maxPending && rules.maxPending <= MOST_PENDING, "maxPending");
        // A deployment asks for more of both, so that an aggregator can answer.
        _require(rules.window >= 3, "window");
        _require(rules.patience >= 1, "patience");
        _require(rules.succession >= 1, "succession");
        // Whoever lies must lose more than a round can pay it.
        _require(rules.bond >= 1 && rules.bond >= 2 * uint256(rules.reward), "bond");
        // Whoever may ask for everything for nothing would.
        _require(rules.demandFee >= 1, "demandFee");
        _require(rules.ownerCut <= WHOLE, "ownerCut");
    }

    /// @notice How many chunks a version has.
    function chunks(Rules memory rules) internal pure returns (uint256) {
        return chunksOf(rules.weights) + chunksOf(rules.moments);
    }

    /// @notice How many of the chunks hold weights: the only ones in norms and scores.
    function weightChunks(Rules memory rules) internal pure returns (uint256) {
        return chunksOf(rules.weights);
    }

    /// @notice How many chunks hold so many lanes.
    function chunksOf(uint256 lanes) internal pure returns (uint256) {
        return (lanes + LANES - 1) / LANES;
    }

    /// @notice The upper half of a round's step, which falls linearly from the first to the last.
    function stepOver(Rules memory rules, uint64 round) internal pure returns (uint256) {
        if (rules.rounds == 1) return rules.stepFirst;
        uint256 fallen = uint256(rules.stepFirst - rules.stepLast) * (round - 1) / (rules.rounds - 1);
        return rules.stepFirst - fallen;
    }

    function _require(bool holds, bytes32 field) private pure {
        if (!holds) revert ImpossibleRules(field);
    }
}
