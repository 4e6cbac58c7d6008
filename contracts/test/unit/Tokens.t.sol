// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Permit, Tokens} from "../../src/libraries/Tokens.sol";
import {Actor} from "../support/Actors.sol";
import {Letters} from "../support/Letters.sol";
import {
    Blacklisting,
    FalseReturning,
    FeeOnTransfer,
    Lying,
    Minted,
    NoReturn,
    Rebasing,
    Reentrant
} from "../support/tokens/OddTokens.sol";
import {PlainToken} from "../support/tokens/PlainToken.sol";

contract Till {
    function pull(IERC20 token, address from, uint256 amount) external {
        Tokens.pull(token, from, amount);
    }

    function use(IERC20 token, address owner, uint256 amount, Permit calldata permit) external {
        Tokens.use(token, owner, amount, permit);
    }
}

contract TokensTest is Letters {
    uint256 private constant AMOUNT = 100;

    Till private _till = new Till();
    PlainToken private _plain = new PlainToken();
    Actor private _payer = actor("payer");

    /* PULLING: REFUSALS */

    function test_pull_RevertWhen_TheTokenKeepsAFee() external {
        IERC20 token = _funded(new FeeOnTransfer());

        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, token, AMOUNT, AMOUNT - 1));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_TheTokenDeliversMoreThanWasSent() external {
        FeeOnTransfer generous = new FeeOnTransfer();
        generous.setFee(-1);
        IERC20 token = _funded(generous);

        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, token, AMOUNT, AMOUNT + 1));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_TheTokenAnswersFalse() external {
        IERC20 token = _funded(new FalseReturning());

        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_TheTokenMovesNothingAndSaysItDid() external {
        IERC20 token = _funded(new Lying());

        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, token, AMOUNT, 0));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_TheTokenIsNoContract() external {
        vm.expectRevert();
        _till.pull(IERC20(address(0xdead)), _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_ThePayerApprovedTooLittle() external {
        _plain.mint(_payer.account, AMOUNT);
        _approve(_plain, AMOUNT - 1);

        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, _till, AMOUNT - 1, AMOUNT)
        );
        _till.pull(_plain, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_ThePayerOwnsTooLittle() external {
        _plain.mint(_payer.account, AMOUNT - 1);
        _approve(_plain, AMOUNT);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, _payer.account, AMOUNT - 1, AMOUNT
            )
        );
        _till.pull(_plain, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_ThePayerIsBlacklisted() external {
        Blacklisting token = new Blacklisting();
        _funded(token);
        token.refuse(_payer.account, true);

        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, _payer.account));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_ThePayeeIsBlacklisted() external {
        Blacklisting token = new Blacklisting();
        _funded(token);
        token.refuse(address(_till), true);

        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, _till));
        _till.pull(token, _payer.account, AMOUNT);
    }

    function test_pull_RevertWhen_MoneyIsPaidInAgainInTheMiddle() external {
        // What comes in meanwhile must not be counted twice: the outer payment sees too much.
        Reentrant token = new Reentrant();
        token.mint(_payer.account, AMOUNT + 1);
        _approve(token, AMOUNT + 1);
        token.arm(address(_till), abi.encodeCall(Till.pull, (token, _payer.account, 1)));

        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, token, AMOUNT, AMOUNT + 1));
        _till.pull(token, _payer.account, AMOUNT);
    }

    /* PULLING */

    function test_pull_WhenTheTokenAnswersNothing() external {
        NoReturn token = new NoReturn();
        token.mint(_payer.account, AMOUNT);
        vm.prank(_payer.account);
        token.approve(address(_till), AMOUNT);

        _till.pull(IERC20(address(token)), _payer.account, AMOUNT);

        vm.assertEq(token.balanceOf(address(_till)), AMOUNT);
    }

    function test_pull_WhenTheAmountIsZero() external {
        _till.pull(_plain, _payer.account, 0);

        vm.assertEq(_plain.balanceOf(address(_till)), 0);
    }

    function test_pull_WhenTheTokenIsPlain() external {
        _plain.mint(address(_till), 7);
        _plain.mint(_payer.account, AMOUNT + 5);
        _approve(_plain, AMOUNT);

        _till.pull(_plain, _payer.account, AMOUNT);

        vm.assertEq(_plain.balanceOf(address(_till)), AMOUNT + 7);
        vm.assertEq(_plain.balanceOf(_payer.account), 5);
    }

    function test_pull_WhenTheTokenRebasesLater() external {
        Rebasing token = new Rebasing();
        _funded(token);

        _till.pull(token, _payer.account, AMOUNT);

        vm.assertEq(token.balanceOf(address(_till)), AMOUNT);
        token.rebase(50);
        vm.assertEq(token.balanceOf(address(_till)), AMOUNT / 2);
    }

    /* PERMITS */

    function test_use_WhenThePermitIsSomebodyElses() external {
        _till.use(_plain, _payer.account, AMOUNT, _permit(actor("stranger"), block.timestamp));

        vm.assertEq(_plain.allowance(_payer.account, address(_till)), 0);
    }

    function test_use_WhenThePermitIsTooLate() external {
        vm.warp(1000);

        _till.use(_plain, _payer.account, AMOUNT, _permit(_payer, 999));

        vm.assertEq(_plain.allowance(_payer.account, address(_till)), 0);
    }

    function test_use_WhenSomebodySentThePermitFirst() external {
        Permit memory permit = _permit(_payer, block.timestamp);
        _plain.permit(
            _payer.account, address(_till), AMOUNT, permit.deadline, permit.v, permit.r, permit.s
        );

        _till.use(_plain, _payer.account, AMOUNT, permit);

        vm.assertEq(_plain.allowance(_payer.account, address(_till)), AMOUNT);
    }

    function test_use_WhenTheTokenKnowsNoPermits() external {
        IERC20 token = _funded(new FeeOnTransfer());

        _till.use(token, _payer.account, AMOUNT + 1, _permit(_payer, block.timestamp));

        vm.assertEq(token.allowance(_payer.account, address(_till)), AMOUNT);
    }

    function test_use_WhenThePermitIsGood() external {
        _till.use(_plain, _payer.account, AMOUNT, _permit(_payer, block.timestamp));

        vm.assertEq(_plain.allowance(_payer.account, address(_till)), AMOUNT);
    }

    /* PARTS */

    function _funded(Minted token) private returns (IERC20) {
        token.mint(_payer.account, AMOUNT);
        _approve(token, AMOUNT);
        return token;
    }

    function _approve(IERC20 token, uint256 amount) private {
        vm.prank(_payer.account);
        token.approve(address(_till), amount);
    }

    function _permit(Actor memory by, uint256 deadline) private view returns (Permit memory) {
        // In the payer's name, whoever signs.
        Actor memory signer = Actor(_payer.account, by.secret);
        return permitted(signer, address(_plain), "Plain", address(_till), AMOUNT, 0, deadline);
    }
}
