// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Mean} from "./Mean.sol";

/// @title Scores
/// @notice What a contribution was worth, to first order, as in `commonroot.protocol.scores`.
library Scores {
    /// @notice One chunk's part of a node's sums: gradient times delta, and delta squared.
    function sums(bytes calldata gradient, bytes calldata delta) internal pure returns (int256 dot, uint256 square) {
        Mean.requireChunk(gradient);
        Mean.requireChunk(delta);
        for (uint256 place = 0; place < Mean.WORDS; place++) {
            uint256 slopes = Mean.wordAt(gradient, place);
            uint256 moves = Mean.wordAt(delta, place);
            for (uint256 i = 0; i < Mean.WORDS; i++) {
                int256 move = Mean.lane(moves, i);
                dot += Mean.lane(slopes, i) * move;
                square += uint256(move * move);
            }
        }
    }

    /// @notice weight * -dot, shortened to the norm cap where the delta is longer.
    function score(int128 dot, uint128 square, uint32 weight, uint64 normCap) internal pure returns (int256) {
        int256 gain = -int256(dot) * int256(uint256(weight));
        if (square <= uint256(normCap) * normCap) return gain;
        // Rounded up, so that the shortened delta is never longer than the cap.
        uint256 norm = Math.sqrt(uint256(square) - 1) + 1;
        return Mean.floorDivide(gain * int256(uint256(normCap)), int256(norm));
    }
}
