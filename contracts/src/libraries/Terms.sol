// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice How deltas become a step.
enum Aggregation {
    WeightedMean
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
    uint64 normCap;
    uint8 maxPending;
    uint32 window;
    uint32 patience;
    uint128 reward;
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

    /// @notice Thrown when a field of the rules is outside the bounds that all programs keep.
    error ImpossibleRules(bytes32 field);

    /// @notice Refuses rules under which no round could be proved.
    function check(Rules memory rules) internal pure {
        _require(rules.weights >= 1, "weights");
        _require(rules.rounds >= 1, "rounds");
        _require(1 <= rules.minNodes && rules.minNodes <= rules.maxNodes, "minNodes");
        _require(rules.maxNodes <= MOST_CONTRIBUTIONS, "maxNodes");
        _require(1 <= rules.maxWeight && rules.maxWeight <= WEIGHT_MAX / rules.maxNodes, "maxWeight");
        _require(rules.stepFirst <= STEP_MAX, "stepFirst");
        _require(1 <= rules.stepLast && rules.stepLast <= rules.stepFirst, "stepLast");
        _require(1 <= rules.stepUnder && rules.stepUnder <= STEP_MAX, "stepUnder");
        _require(rules.normCap >= 1, "normCap");
        // More than one waiting proposal needs the voiding of descendants, which comes with challenges.
        _require(rules.maxPending == 1, "maxPending");
        _require(rules.patience >= 1, "patience");
        _require(rules.ownerCut <= WHOLE, "ownerCut");
    }

    /// @notice How many chunks a version has.
    function chunks(Rules memory rules) internal pure returns (uint256) {
        return weightChunks(rules) + (uint256(rules.moments) + LANES - 1) / LANES;
    }

    /// @notice How many of the chunks hold weights: the only ones in norms and scores.
    function weightChunks(Rules memory rules) internal pure returns (uint256) {
        return (uint256(rules.weights) + LANES - 1) / LANES;
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
