// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Lanes} from "./Lanes.sol";
import {Weights} from "./Weights.sol";

/// @title Averages
/// @notice What each rule makes of one lane's deltas: a sum and what it is divided by, as in
/// `commonroot.protocol.rules`.
library Averages {
    uint256 private constant WHOLE = 10_000;

    /// @notice Thrown when no weight is above zero, so that there is no mean; the weights themselves are the lie.
    error NoWeight();

    /// @notice The weighted mean.
    function weighted(int256[] memory deltas, bytes calldata weights)
        internal
        pure
        returns (int256 sum, uint256 total)
    {
        for (uint256 i = 0; i < deltas.length; i++) {
            uint256 weight = Weights.weightAt(weights, i);
            sum += int256(weight) * deltas[i];
            total += weight;
        }
        if (total == 0) revert NoWeight();
    }

    /// @notice The middle delta; of an even number the floored mean of the two middle ones.
    function median(int256[] memory deltas) internal pure returns (int256 sum, uint256 total) {
        int256[] memory ordered = sorted(deltas);
        uint256 middle = ordered.length / 2;
        sum = ordered[middle];
        if (ordered.length % 2 == 0) sum = Lanes.floorDivide(ordered[middle - 1] + sum, 2);
        total = 1;
    }

    /// @notice The mean of what is left when `trim` basis points of the deltas are cut at each end.
    function trimmed(int256[] memory deltas, uint256 trim) internal pure returns (int256 sum, uint256 total) {
        int256[] memory ordered = sorted(deltas);
        uint256 cut = ordered.length * trim / WHOLE;
        total = ordered.length - 2 * cut;
        for (uint256 i = cut; i < cut + total; i++) sum += ordered[i];
    }

    /// @notice A number that goes with a delta, shortened to the cap where the whole delta is longer: one lane of it,
    /// or its score.
    function shortened(int256 value, uint256 square, uint256 normCap) internal pure returns (int256) {
        if (square <= normCap * normCap) return value;
        // Rounded up, so that what comes out is no longer than the cap.
        uint256 norm = Math.sqrt(square - 1) + 1;
        return Lanes.floorDivide(value * int256(normCap), int256(norm));
    }

    /// @notice The numbers in ascending order.
    /// @dev Merges ever longer runs and never recurses, so that no order in which a liar puts its deltas makes the
    /// proof too costly. Writes over what it is given.
    function sorted(int256[] memory numbers) internal pure returns (int256[] memory) {
        int256[] memory merged = new int256[](numbers.length);
        for (uint256 width = 1; width < numbers.length; width *= 2) {
            for (uint256 start = 0; start < numbers.length; start += 2 * width) _merge(numbers, merged, start, width);
            (numbers, merged) = (merged, numbers);
        }
        return numbers;
    }

    function _merge(int256[] memory numbers, int256[] memory merged, uint256 start, uint256 width) private pure {
        uint256 middle = Math.min(start + width, numbers.length);
        uint256 end = Math.min(middle + width, numbers.length);
        (uint256 left, uint256 right) = (start, middle);
        for (uint256 place = start; place < end; place++) {
            bool fromLeft = left < middle && (right == end || numbers[left] <= numbers[right]);
            merged[place] = numbers[fromLeft ? left++ : right++];
        }
    }
}
