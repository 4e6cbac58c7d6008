// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title TestToken
/// @notice A plain token with permit for local chains: all of it goes to whoever deploys it, and none is made later.
contract TestToken is ERC20, ERC20Permit {
    constructor(uint256 supply) ERC20("Commonroot Test Token", "TEST") ERC20Permit("Commonroot Test Token") {
        _mint(msg.sender, supply);
    }
}
