// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Tokens} from "../../src/libraries/Tokens.sol";
import {Invariants} from "../support/Invariants.sol";
import {Suite} from "../support/Suite.sol";
import {Blacklisting, FeeOnTransfer, Lying, Minted, Reentrant} from "../support/tokens/OddTokens.sol";
import {PlainToken} from "../support/tokens/PlainToken.sol";

/// @title Till
/// @notice Keeps a book of what was paid in, as every contract does that pulls.
contract Till {
    mapping(address token => uint256 amount) public booked;

    function payIn(IERC20 token, uint256 amount) external {
        Tokens.pull(token, msg.sender, amount);
        booked[address(token)] += amount;
    }
}

/// @title TillHandler
/// @notice Pays in with every kind of token, changes fees and lists, and re-enters.
contract TillHandler is Suite {
    Till public immutable till;
    address[] public tokens;
    uint256 public paid;
    uint256 public refused;

    FeeOnTransfer private _fee = new FeeOnTransfer();
    Blacklisting private _list = new Blacklisting();
    Reentrant private _reentrant = new Reentrant();

    constructor(Till till_) {
        till = till_;
        tokens = [address(new PlainToken()), address(_fee), address(_list), address(_reentrant), address(new Lying())];
    }

    function count() external view returns (uint256) {
        return tokens.length;
    }

    function payIn(uint256 which, uint256 who, uint128 amount) external {
        Minted token = Minted(tokens[which % tokens.length]);
        address payer = _payer(who);
        token.mint(payer, amount);
        vm.startPrank(payer);
        token.approve(address(till), amount);
        try till.payIn(token, amount) {
            paid++;
        } catch {
            refused++;
        }
        vm.stopPrank();
    }

    function setFee(int8 fee) external {
        _fee.setFee(fee);
    }

    function refuse(uint256 who, bool refused_) external {
        _list.refuse(_payer(who), refused_);
    }

    function arm(uint64 amount) external {
        // The token itself is the one that pays in again in the middle of another's payment.
        _reentrant.arm(address(0), "");
        _reentrant.mint(address(_reentrant), amount);
        vm.prank(address(_reentrant));
        _reentrant.approve(address(till), amount);
        _reentrant.arm(address(till), abi.encodeCall(Till.payIn, (_reentrant, amount)));
    }

    function _payer(uint256 seed) private pure returns (address) {
        return address(uint160(0xb0 + seed % 3));
    }
}

contract TokensInvariants is Invariants {
    Till private _till = new Till();
    TillHandler private _handler = new TillHandler(_till);

    function setUp() external {
        target(address(_handler));
    }

    /// @notice What is booked is there: no fee, no lie and no reentry makes a book say more than the balance.
    function invariant_BalancesCoverTheBooks() external view {
        for (uint256 i = 0; i < _handler.count(); i++) {
            address token = _handler.tokens(i);
            vm.assertGe(IERC20(token).balanceOf(address(_till)), _till.booked(token), "less than was booked");
        }
    }

    /// @notice The handler does pay in: an invariant over nothing would hold too.
    function test_PaymentsAreMadeAndRefused() external {
        _handler.payIn(0, 0, 10);
        _handler.payIn(1, 0, 10);
        _handler.payIn(4, 0, 10);

        vm.assertEq(_handler.paid(), 1);
        vm.assertEq(_handler.refused(), 2);
    }
}
