// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Minted
/// @notice What the odd tokens have in common: everybody may make some.
abstract contract Minted is ERC20 {
    constructor() ERC20("Odd", "ODD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @title FeeOnTransfer
/// @notice Keeps a part of what is transferred; a negative fee adds to it.
contract FeeOnTransfer is Minted {
    int256 public fee = 1;

    function setFee(int256 fee_) external {
        fee = fee_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from == address(0) || to == address(0)) return;
        if (fee > 0) super._update(to, address(0xdead), uint256(fee));
        if (fee < 0) super._update(address(0), to, uint256(-fee));
    }
}

/// @title FalseReturning
/// @notice Moves nothing and says so in its answer instead of refusing.
contract FalseReturning is Minted {
    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @title Lying
/// @notice Moves nothing and says that it did.
contract Lying is Minted {
    function transfer(address, uint256) public pure override returns (bool) {
        return true;
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @title Blacklisting
/// @notice Refuses to move the money of whom its owner dislikes, from them and to them.
contract Blacklisting is Minted {
    mapping(address account => bool refused) public refuses;

    error Refused(address account);

    function refuse(address account, bool refused) external {
        refuses[account] = refused;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (refuses[from]) revert Refused(from);
        if (from != address(0) && refuses[to]) revert Refused(to);
        super._update(from, to, amount);
    }
}

/// @title Rebasing
/// @notice Counts shares; what one is worth changes by itself, in percent.
contract Rebasing is Minted {
    uint256 public percent = 100;

    function rebase(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return super.balanceOf(account) * percent / 100;
    }
}

/// @title Reentrant
/// @notice Makes a call of its deployer's choice in the middle of a transfer.
contract Reentrant is Minted {
    address private _callee;
    bytes private _data;
    bool public tried;
    bool public succeeded;
    bytes public answer;

    /// @notice Arms the next transfer with one call.
    function arm(address callee, bytes calldata data) external {
        (_callee, _data) = (callee, data);
        (tried, succeeded) = (false, false);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_callee == address(0)) return;
        address callee = _callee;
        _callee = address(0);
        tried = true;
        (succeeded, answer) = callee.call(_data);
    }
}

/// @title NoReturn
/// @notice Answers transfers and approvals with nothing at all, as some of the oldest tokens do.
contract NoReturn {
    mapping(address account => uint256 amount) public balanceOf;
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
