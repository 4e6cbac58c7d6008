// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Trees} from "./Trees.sol";

/// @notice One node's part of a round.
struct Payout {
    address node;
    int256 score;
    uint256 square;
    uint256 payout;
    uint256 shares;
}

/// @notice A point of the sum tree: a digest, and what all the leaves below it add up to.
struct Branch {
    bytes32 digest;
    uint256 payout;
    uint256 shares;
}

/// @title Payouts
/// @notice Who is paid what, and the sum tree under which it is claimed, as in `commonroot.protocol.payout`.
library Payouts {
    /// @notice The payout at `index` as the lowest branch of the tree.
    function leaf(uint64 index, Payout memory payout) internal pure returns (Branch memory) {
        bytes32 digest = keccak256(
            abi.encodePacked(
                bytes1(0x04), index, payout.node, payout.score, payout.square, payout.payout, payout.shares
            )
        );
        return Branch(digest, payout.payout, payout.shares);
    }

    /// @notice The branch above two others.
    /// @dev The sums are checked additions: a tree that wraps around cannot be claimed from.
    function join(Branch memory left, Branch memory right) internal pure returns (Branch memory) {
        bytes32 digest = keccak256(
            abi.encodePacked(
                bytes1(0x05), left.digest, left.payout, left.shares, right.digest, right.payout, right.shares
            )
        );
        return Branch(digest, left.payout + right.payout, left.shares + right.shares);
    }

    /// @notice The top that a leaf and the branches beside its way, lowest first, give.
    function topFrom(Branch memory start, uint256 index, uint256 count, Branch[] memory siblings)
        internal
        pure
        returns (Branch memory top)
    {
        Trees.requirePlace(index, count, siblings.length);
        top = start;
        for (uint256 level = 0; level < siblings.length; level++) {
            top = index & 1 == 1 ? join(siblings[level], top) : join(top, siblings[level]);
            index >>= 1;
        }
    }

    /// @notice What each contribution of a round is paid: half equally, half by positive score, capped at twice the
    /// equal part of the whole.
    function amounts(int256[] memory scores, uint256 reward) internal pure returns (uint256[] memory paid) {
        uint256 total = 0;
        for (uint256 i = 0; i < scores.length; i++) total += _positive(scores[i]);
        uint256 equal = reward / 2 / scores.length;
        uint256 most = 2 * reward / scores.length;
        paid = new uint256[](scores.length);
        for (uint256 i = 0; i < scores.length; i++) {
            uint256 byScore = total == 0 ? 0 : Math.mulDiv(reward / 2, _positive(scores[i]), total);
            paid[i] = Math.min(equal + byScore, most);
        }
    }

    function _positive(int256 score) private pure returns (uint256) {
        return score > 0 ? uint256(score) : 0;
    }
}
