// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// @title Suite
/// @notice What every test contract stands on.
/// @dev Expectations are set on the next external call, so a library is tested through a contract around it.
abstract contract Suite {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The codes of Solidity's own refusals.
    uint256 internal constant OVERFLOW = 0x11;
    uint256 internal constant DIVISION = 0x12;

    /// @notice Expects the next call to be refused by Solidity itself.
    function expectPanic(uint256 code) internal {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", code));
    }

    /// @notice A number from `least` to `most`, both included, that depends on all of `seed`.
    function bound(uint256 seed, uint256 least, uint256 most) internal pure returns (uint256) {
        vm.assertLe(least, most, "an empty range");
        // Numbers inside stay what they are: the fuzzer's own choice of edges is worth keeping.
        if (seed >= least && seed <= most) return seed;
        uint256 range = most - least + 1;
        return range == 0 ? seed : least + seed % range;
    }

    /// @notice A signed number from `least` to `most`, both included.
    function bound(int256 seed, int256 least, int256 most) internal pure returns (int256) {
        uint256 shift = 1 << 255;
        unchecked {
            uint256 found = bound(uint256(seed) + shift, uint256(least) + shift, uint256(most) + shift);
            return int256(found - shift);
        }
    }

    /// @notice Lets blocks pass, twelve seconds each.
    function pass(uint256 blocks) internal {
        vm.roll(vm.getBlockNumber() + blocks);
        vm.warp(vm.getBlockTimestamp() + 12 * blocks);
    }
}
