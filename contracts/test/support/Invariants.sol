// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Suite} from "./Suite.sol";

/// @title Invariants
/// @notice Tells forge which contracts to call at random: only the handlers that a suite names.
abstract contract Invariants is Suite {
    address[] private _handlers;

    /// @notice Has forge call all public functions of a handler.
    function target(address handler) internal {
        _handlers.push(handler);
    }

    /// @notice What forge asks before it begins.
    function targetContracts() external view returns (address[] memory) {
        return _handlers;
    }
}
