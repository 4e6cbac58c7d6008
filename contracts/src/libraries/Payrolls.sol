// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Branch, Payout, Payouts} from "./Payouts.sol";
import {Contribution} from "./Rounds.sol";
import {Rows} from "./Rows.sol";
import {Scores} from "./Scores.sol";
import {Rules} from "./Terms.sol";

/// @title Payrolls
/// @notice What a whole round pays, from its contributions and the sums through its last chunk of weights.
library Payrolls {
    /// @notice The top of the tree of payouts.
    function top(Contribution[] calldata contributions, bytes32[] calldata sums, Rules memory rules)
        internal
        pure
        returns (Branch memory)
    {
        uint256 count = contributions.length;
        int256[] memory scores = new int256[](count);
        for (uint256 i = 0; i < count; i++) {
            scores[i] = Scores.score(
                Rows.dot(sums[i]), Rows.square(sums[i]), contributions[i].weight, rules.normCap
            );
        }
        uint256[] memory amounts = Payouts.amounts(scores, rules.reward);
        uint256 total = 0;
        for (uint256 i = 0; i < count; i++) total += amounts[i];
        Branch[] memory branches = new Branch[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 shares = total == 0 ? 0 : rules.sharesPerRound * amounts[i] / total;
            Payout memory each =
                Payout(contributions[i].node, scores[i], Rows.square(sums[i]), amounts[i], shares);
            branches[i] = Payouts.leaf(uint64(i), each);
        }
        return _joined(branches);
    }

    function _joined(Branch[] memory branches) private pure returns (Branch memory) {
        Branch memory empty = Branch(0, 0, 0);
        for (uint256 count = branches.length; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count; i += 2) {
                branches[i / 2] = Payouts.join(branches[i], i + 1 < count ? branches[i + 1] : empty);
            }
            empty = Payouts.join(empty, empty);
        }
        return branches[0];
    }
}
