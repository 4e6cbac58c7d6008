// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice A signed approval, sent along with the call that spends it.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @title Tokens
/// @notice How money comes in: whole or not at all.
library Tokens {
    using SafeERC20 for IERC20;

    /// @notice Thrown when a token delivers another amount than was sent, as those with a fee do.
    error WrongAmountReceived(address token, uint256 sent, uint256 received);

    /// @notice Takes `amount` from `from`; refuses tokens that keep a part of it.
    /// @dev Warning: a token whose balances change by themselves passes this and can still leave less than is owed;
    /// it harms only those who chose it.
    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert WrongAmountReceived(address(token), amount, received);
    }

    /// @notice Uses a signed approval.
    /// @dev Whoever sees a permit may send it first; then the allowance is there already, and if it is not, the
    /// transfer says so.
    function use(IERC20 token, address owner, uint256 amount, Permit calldata permit) internal {
        try IERC20Permit(address(token)).permit(
            owner, address(this), amount, permit.deadline, permit.v, permit.r, permit.s
        ) {} catch {}
    }
}
