// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Suite} from "./Suite.sol";

/// @notice Some functions of a contract, as forge wants them named.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @title Invariants
/// @notice Tells forge which contracts to call at random: only the handlers that a suite names.
abstract contract Invariants is Suite {
    address[] private _handlers;
    FuzzSelector[] private _chosen;

    /// @notice Has forge call all public functions of a handler.
    function target(address handler) internal {
        _handlers.push(handler);
    }

    /// @notice Has forge call these functions of a handler.
    function target(address handler, bytes4[] memory selectors) internal {
        _handlers.push(handler);
        _chosen.push(FuzzSelector(handler, selectors));
    }

    /// @notice What forge asks before it begins.
    function targetContracts() external view returns (address[] memory) {
        return _handlers;
    }

    /// @notice And this.
    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _chosen;
    }
}
