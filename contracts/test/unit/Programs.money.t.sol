// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Payout} from "../../src/libraries/Payouts.sol";
import {Proposal} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Tokens} from "../../src/libraries/Tokens.sol";
import {Training} from "../support/Training.sol";
import {Blacklisting, FeeOnTransfer, Rebasing, Reentrant} from "../support/tokens/OddTokens.sol";

contract ProgramsMoneyTest is Training {
    uint256 private _id;

    function setUp() external {
        begin();
        _id = create(ordinary());
        pass(1);
    }

    /* FUNDING */

    function test_fund_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.fund(2, 1);
    }

    function test_fund_RevertWhen_TheProgramIsEnding() external {
        _end(_id);

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.ProgramEnding.selector, _id));
        programs.fund(_id, 1);
    }

    function test_fund_RevertWhen_TheBudgetCouldNotBeCounted() external {
        uint256 room = type(uint128).max - BUDGET;

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.BudgetTooLarge.selector, room + 1, room));
        programs.fund(_id, room + 1);
    }

    function test_fund_RevertWhen_NothingWasApproved() external {
        vm.prank(stranger.account);
        token.approve(address(programs), 0);

        vm.prank(stranger.account);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, programs, 0, 5)
        );
        programs.fund(_id, 5);
    }

    function test_fund_RevertWhen_TheTokenKeepsAFee() external {
        FeeOnTransfer odd = new FeeOnTransfer();
        odd.setFee(0);
        uint256 id = createIn(odd, ordinary());
        odd.setFee(1);

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, odd, 5, 4));
        programs.fund(id, 5);
    }

    function test_fund_WhenTheSponsorPays() external {
        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.Funded(_id, sponsor.account, 77);
        programs.fund(_id, 77);

        vm.assertEq(programs.program(_id).budget, BUDGET + 77);
        vm.assertEq(programs.program(_id).due, block.timestamp + 2 * PATIENCE);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET + 77);
        vm.assertEq(token.balanceOf(sponsor.account), PURSE - BUDGET - 77);
    }

    function test_fund_WhenAStrangerPays() external {
        uint64 due = programs.program(_id).due;

        vm.prank(stranger.account);
        programs.fund(_id, 77);

        vm.assertEq(programs.program(_id).budget, BUDGET + 77);
        vm.assertEq(programs.program(_id).due, due);
        vm.assertEq(token.balanceOf(stranger.account), PURSE - 77);
    }

    function test_fund_WhenTheAggregatorHasTheFloorForLonger() external {
        propose(_id, payoutsTo(2));
        uint64 due = programs.program(_id).due;

        vm.prank(sponsor.account);
        programs.fund(_id, 77);

        vm.assertEq(programs.program(_id).due, due);
    }

    function test_fund_WhenTheBudgetIsAsLargeAsItCanBe() external {
        uint256 room = type(uint128).max - BUDGET;
        token.mint(sponsor.account, room);

        vm.prank(sponsor.account);
        programs.fund(_id, room);

        vm.assertEq(programs.program(_id).budget, type(uint128).max);
    }

    function test_fund_WhenAllRoundsAreFinal() external {
        Rules memory rules = ordinary();
        rules.rounds = 1;
        _id = create(rules);
        finish(_id, payoutsTo(2));

        vm.prank(stranger.account);
        programs.fund(_id, 5);

        vm.assertEq(_refunded(_id), BUDGET - 201 + 5);
    }

    function test_fund_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        uint256 id = createIn(odd, ordinary());

        odd.arm(address(programs), abi.encodeCall(IPrograms.fund, (id, 0)));
        vm.prank(sponsor.account);
        programs.fund(id, 5);

        keptOut(odd);
        vm.assertEq(programs.program(id).budget, BUDGET + 5);
    }

    /* REFUNDING */

    function test_refund_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.refund(2, sponsor.account);
    }

    function test_refund_RevertWhen_TheCallerIsNotTheSponsor() external {
        _end(_id);

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheSponsor.selector, aggregator.account));
        programs.refund(_id, aggregator.account);
    }

    function test_refund_RevertWhen_RoundsAreLeft() external {
        finish(_id, payoutsTo(2));

        _refusesRefund();
    }

    function test_refund_RevertWhen_ARoundIsInProgress() external {
        open(_id);
        _end(_id);

        _refusesRefund();
    }

    function test_refund_RevertWhen_TheSponsorIsBlacklistedAndNamesItself() external {
        (Blacklisting odd, uint256 id) = _blacklisted();
        vm.assertTrue(odd.refuses(sponsor.account));

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, sponsor.account));
        programs.refund(id, sponsor.account);
    }

    function test_refund_WhenTheProgramHasEnded() external {
        Payout[] memory payouts = payoutsTo(2);
        Proposal memory said = finish(_id, payouts);
        _end(_id);

        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.Refunded(_id, buyer.account, BUDGET - 201);
        programs.refund(_id, buyer.account);

        vm.assertEq(token.balanceOf(buyer.account), PURSE + BUDGET - 201);
        vm.assertEq(token.balanceOf(address(programs)), 201);
        vm.assertEq(programs.program(_id).budget, 0);
        claim(_id, 1, said, payouts, 0);
        claim(_id, 1, said, payouts, 1);
        vm.assertEq(token.balanceOf(address(programs)), 0);
    }

    function test_refund_WhenAllRoundsAreFinal() external {
        Rules memory rules = ordinary();
        rules.rounds = 1;
        _id = create(rules);
        finish(_id, payoutsTo(2));

        vm.assertEq(_refunded(_id), BUDGET - 201);
    }

    function test_refund_WhenItWasRefundedBefore() external {
        create(ordinary());
        _end(_id);
        _refunded(_id);

        vm.assertEq(_refunded(_id), 0);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET);
    }

    function test_refund_WhenAnotherProgramIsPaidInTheSameToken() external {
        uint256 second = create(ordinary());
        _end(_id);

        vm.assertEq(_refunded(_id), BUDGET);
        vm.assertEq(programs.program(second).budget, BUDGET);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET);
    }

    function test_refund_WhenTheSponsorIsBlacklistedAndNamesAnother() external {
        (Blacklisting odd, uint256 id) = _blacklisted();

        vm.prank(sponsor.account);
        programs.refund(id, buyer.account);

        vm.assertEq(odd.balanceOf(buyer.account), BUDGET);
    }

    function test_refund_WhenTheTokenLostWorthByItself() external {
        // It harms those who chose it, and nobody else: whoever comes last finds nothing.
        Rebasing odd = new Rebasing();
        uint256 id = createIn(odd, ordinary());
        _end(id);
        odd.rebase(50);
        vm.assertEq(odd.balanceOf(address(programs)), BUDGET / 2);

        vm.prank(sponsor.account);
        programs.refund(id, sponsor.account);

        vm.assertEq(odd.balanceOf(address(programs)), 0);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET);
    }

    function test_refund_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        uint256 id = createIn(odd, ordinary());
        _end(id);

        odd.arm(address(programs), abi.encodeCall(IPrograms.refund, (id, sponsor.account)));
        vm.prank(sponsor.account);
        programs.refund(id, sponsor.account);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(sponsor.account), PURSE);
        vm.assertEq(odd.balanceOf(address(programs)), 0);
    }

    /* PARTS */

    function _end(uint256 id) private {
        vm.prank(sponsor.account);
        programs.end(id);
    }

    function _refunded(uint256 id) private returns (uint256) {
        uint256 before = token.balanceOf(sponsor.account);
        vm.prank(sponsor.account);
        programs.refund(id, sponsor.account);
        return token.balanceOf(sponsor.account) - before;
    }

    function _refusesRefund() private {
        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.ProgramNotEnded.selector, _id));
        programs.refund(_id, sponsor.account);
    }

    /// @dev An ended program whose sponsor is not liked any more.
    function _blacklisted() private returns (Blacklisting odd, uint256 id) {
        odd = new Blacklisting();
        id = createIn(odd, ordinary());
        _end(id);
        odd.refuse(sponsor.account, true);
    }
}
