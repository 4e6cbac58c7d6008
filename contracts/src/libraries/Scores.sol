// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Averages} from "./Averages.sol";
import {Lanes} from "./Lanes.sol";

/// @title Scores
/// @notice What a contribution was worth, to first order, as in `commonroot.protocol.scores`.
library Scores {
    /// @notice One chunk's part of a node's sums: gradient times delta, and delta squared.
    function sums(bytes calldata gradient, bytes calldata delta) internal pure returns (int256 dot, uint256 square) {
        Lanes.requireChunks(gradient, 1);
        Lanes.requireChunks(delta, 1);
        for (uint256 lane = 0; lane < Lanes.LANES; lane++) {
            int256 move = Lanes.laneAt(delta, 0, lane);
            dot += Lanes.laneAt(gradient, 0, lane) * move;
            square += uint256(move * move);
        }
    }

    /// @notice weight * -dot, shortened to the norm cap where the delta is longer.
    function score(int128 dot, uint128 square, uint32 weight, uint64 normCap) internal pure returns (int256) {
        return Averages.shortened(-int256(dot) * int256(uint256(weight)), square, normCap);
    }
}
