// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Weights} from "../../src/libraries/Weights.sol";
import {Suite} from "../support/Suite.sol";

contract WeightsHarness {
    function requireAll(bytes calldata weights, uint256 count, bytes32 expected) external pure {
        Weights.requireAll(weights, count, expected);
    }

    function weightAt(bytes calldata weights, uint256 place) external pure returns (uint256) {
        return Weights.weightAt(weights, place);
    }
}

contract WeightsTest is Suite {
    bytes private constant THREE = hex"00000001ffffffff01020304";

    WeightsHarness private _weights = new WeightsHarness();

    function test_requireAll_RevertWhen_TheyAreOthers() external {
        vm.expectRevert(abi.encodeWithSelector(Weights.WrongWeights.selector, keccak256(THREE), bytes32("other")));
        _weights.requireAll(THREE, 3, "other");
    }

    function test_requireAll_RevertWhen_TheCountIsAnother() external {
        bytes32 hash = keccak256(THREE);
        bytes memory words = abi.encodeWithSelector(Weights.WrongWeights.selector, hash, hash);

        vm.expectRevert(words);
        _weights.requireAll(THREE, 2, hash);
        vm.expectRevert(words);
        _weights.requireAll(THREE, 4, hash);
    }

    function test_requireAll_WhenTheyAreThose() external view {
        _weights.requireAll(THREE, 3, keccak256(THREE));
    }

    function test_weightAt_RevertWhen_ThereIsNone() external {
        vm.expectRevert();
        _weights.weightAt(THREE, 3);
    }

    function test_weightAt_WhenItIsAnywhere() external view {
        vm.assertEq(_weights.weightAt(THREE, 0), 1);
        vm.assertEq(_weights.weightAt(THREE, 1), type(uint32).max);
        vm.assertEq(_weights.weightAt(THREE, 2), 0x01020304);
    }
}
