// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBonds} from "../../src/interfaces/IBonds.sol";
import {Charter, IPrograms, Stage} from "../../src/interfaces/IPrograms.sol";
import {Branch, Payout, Payouts} from "../../src/libraries/Payouts.sol";
import {Close, Proposal} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Actor} from "../support/Actors.sol";
import {Forest} from "../support/Forest.sol";
import {Training} from "../support/Training.sol";
import {Blacklisting, Reentrant} from "../support/tokens/OddTokens.sol";

/// @notice What systems of this kind were robbed by, and what honest people could be robbed by here.
contract AttacksTest is Training {
    uint256 private _id;
    Actor private _ada;
    Actor private _ben;

    function setUp() external {
        begin();
        _ada = members[0];
        _ben = members[1];
        _id = create(ordinary());
    }

    /* STRANGERS */

    function test_advance_WhenAnyoneTriesToAdvanceTheRound() external {
        bytes memory refusal = abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, stranger.account);
        vm.startPrank(stranger.account);
        vm.expectRevert(refusal);
        programs.open(_id);
        vm.expectRevert(refusal);
        programs.openFrom(_id, 0);
        vm.stopPrank();

        Close memory made = closeOf(open(_id), 2);
        vm.prank(stranger.account);
        vm.expectRevert(refusal);
        programs.close(made);
        vm.prank(aggregator.account);
        programs.close(made);
        pass(2);

        Proposal memory said = proposalOf(made, payoutsTo(2));
        vm.prank(stranger.account);
        vm.expectRevert(refusal);
        programs.propose(_id, said);
        vm.prank(aggregator.account);
        programs.propose(_id, said);

        vm.startPrank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.OnlyJudges.selector, stranger.account));
        programs.void(_id, 1);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.TooEarly.selector, block.timestamp + WINDOW));
        programs.finalize(_id, said);
        vm.stopPrank();
        vm.assertTrue(programs.round(_id, 1).stage == Stage.Proposed);
    }

    function test_advance_WhenAnyoneComesInTimeToFinalize() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + WINDOW);

        vm.prank(stranger.account);
        programs.finalize(_id, said);

        vm.assertEq(token.balanceOf(stranger.account), PURSE);
        vm.assertEq(models.versionRoot(_id, 1), said.resultRoot);
    }

    function test_advance_WhenAnyoneComesInTimeToAbandon() external {
        open(_id);
        vm.warp(block.timestamp + PATIENCE + 1);

        vm.prank(stranger.account);
        programs.abandon(_id);

        vm.assertEq(programs.program(_id).tip, 0);
    }

    /* PAY FOR NOTHING */

    function test_record_WhenATrainerRecordsRandomHashesItself() external {
        enrol(_ben, _id);
        Payout[] memory invented = new Payout[](1);
        invented[0] = Payout(_ben.account, 1, 1, REWARD, SHARES);
        Proposal memory said = ready(_id, payoutsTo(2));
        (Branch memory top,) = Forest.plant(invented, 0);
        Proposal memory own = abi.decode(abi.encode(said), (Proposal));
        (own.count, own.payoutRoot, own.payoutSum, own.sharesSum) = (1, top.digest, top.payout, top.shares);

        vm.prank(_ben.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, _ben.account));
        programs.propose(_id, own);

        vm.prank(aggregator.account);
        programs.propose(_id, said);
        vm.warp(block.timestamp + WINDOW);
        programs.finalize(_id, said);
        vm.startPrank(_ben.account);
        vm.expectPartialRevert(IPrograms.WrongProposal.selector);
        programs.claim(_id, 1, own, 0, invented[0], new Branch[](0), _ben.account);
        vm.expectPartialRevert(IPrograms.WrongPayout.selector);
        programs.claim(_id, 1, said, 1, invented[0], new Branch[](1), _ben.account);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(_ben.account), PURSE - BOND);
    }

    function test_record_WhenAnAggregatorInflatesOneScore() external pure {
        int256[] memory scores = new int256[](4);
        scores[2] = type(int256).max;

        uint256[] memory paid = Payouts.amounts(scores, REWARD);

        // 125 to each, and half of the reward to the one: cut to twice the equal part of the whole.
        for (uint256 i = 0; i < 4; i++) vm.assertEq(paid[i], i == 2 ? 500 : 125);
    }

    function test_record_WhenANodeHandsInWhatAnotherEarned() external {
        Proposal memory said = finish(_id, payoutsTo(2));
        (, Branch[] memory siblings) = Forest.plant(payoutsTo(2), 1);
        Payout memory copied = payoutsTo(2)[1];
        copied.node = _ada.account;

        vm.prank(_ada.account);
        vm.expectPartialRevert(IPrograms.WrongPayout.selector);
        programs.claim(_id, 1, said, 1, copied, siblings, _ada.account);

        claim(_id, 1, said, payoutsTo(2), 1);
        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
        vm.assertEq(token.balanceOf(_ada.account), PURSE);
    }

    /* A MAXIMUM THAT STARTS AT ZERO */

    function test_maximum_WhenTheRewardIsZero() external {
        Rules memory rules = ordinary();
        rules.reward = 0;
        _id = create(rules);
        Proposal memory said = ready(_id, new Payout[](2));
        said.payoutSum = 1;

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.PaysTooMuch.selector, 1, 0));
        programs.propose(_id, said);
    }

    function test_maximum_WhenNoSharesArePromised() external {
        Rules memory rules = ordinary();
        rules.sharesPerRound = 0;
        _id = create(rules);
        Proposal memory said = ready(_id, new Payout[](2));
        said.sharesSum = 1;

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.TooManyShares.selector, 1, 0));
        programs.propose(_id, said);
    }

    function test_maximum_WhenEveryScoreIsNegative() external pure {
        int256[] memory scores = new int256[](3);
        (scores[0], scores[1], scores[2]) = (-5, -1, type(int256).min);

        uint256[] memory paid = Payouts.amounts(scores, REWARD);

        for (uint256 i = 0; i < 3; i++) vm.assertEq(paid[i], 166);
    }

    /* CLAIMS */

    function test_claim_WhenSomebodyFrontRunsAClaim() external {
        Proposal memory said = finish(_id, payoutsTo(2));
        (, Branch[] memory siblings) = Forest.plant(payoutsTo(2), 1);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotYourPayout.selector, _ben.account, stranger.account));
        programs.claim(_id, 1, said, 1, payoutsTo(2)[1], siblings, stranger.account);

        claim(_id, 1, said, payoutsTo(2), 1);
        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
        vm.assertEq(token.balanceOf(stranger.account), PURSE);
    }

    function test_claim_WhenAClaimantIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        _id = createIn(odd, ordinary());
        Proposal memory said = finish(_id, payoutsTo(2));
        (, Branch[] memory siblings) = Forest.plant(payoutsTo(2), 1);
        odd.refuse(_ben.account, true);

        vm.prank(_ben.account);
        programs.claim(_id, 1, said, 1, payoutsTo(2)[1], siblings, buyer.account);

        vm.assertEq(odd.balanceOf(buyer.account), 101);
        // Nobody else waits for it.
        claim(_id, 1, said, payoutsTo(2), 0);
        vm.assertEq(odd.balanceOf(_ada.account), 100);
    }

    /* SPONSORS */

    function test_sponsor_WhenASponsorDealsWithItself() external {
        // It is sponsor, aggregator and node in one, and pays itself all it can.
        Actor memory dealer = stranger;
        Charter memory told = charter();
        told.aggregator = dealer.account;
        vm.prank(dealer.account);
        uint256 own = programs.create(ordinary(), told, BUDGET);
        aggregator = dealer;
        deposit(dealer, own, STAKE);
        enrol(dealer, own);
        Payout[] memory payouts = new Payout[](2);
        payouts[1] = Payout(dealer.account, 1, 1, REWARD, SHARES);
        Proposal memory said = finish(own, payouts);
        claim(own, 1, said, payouts, 1);
        vm.startPrank(dealer.account);
        programs.end(own);
        programs.refund(own, dealer.account);
        bonds.withdraw(own, STAKE, dealer.account);
        vm.stopPrank();

        // What it has is what it had; all that others brought is there.
        vm.assertEq(token.balanceOf(dealer.account), PURSE - BOND);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET);
        vm.assertEq(token.balanceOf(address(bonds)), 8 * STAKE);
        vm.assertEq(licences.sharesOf(_id, dealer.account), 0);
    }

    function test_sponsor_WhenASponsorEndsTheProgramBeforeItsNodesArePaid() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.startPrank(sponsor.account);
        programs.end(_id);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.ProgramNotEnded.selector, _id));
        programs.refund(_id, sponsor.account);
        vm.stopPrank();
        vm.warp(block.timestamp + WINDOW);
        programs.finalize(_id, said);
        vm.prank(sponsor.account);
        programs.refund(_id, sponsor.account);

        claim(_id, 1, said, payoutsTo(2), 0);
        claim(_id, 1, said, payoutsTo(2), 1);

        vm.assertEq(token.balanceOf(_ada.account), PURSE + 100);
        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
        vm.assertEq(token.balanceOf(address(programs)), 0);
    }

    /* SQUATTERS */

    function test_squat_WhenAnAggregatorOpensAndAbandonsForEver() external {
        enrol(_ada, _id);
        uint64 opened = uint64(block.timestamp);
        uint256 epochs = 0;
        while (true) {
            vm.prank(aggregator.account);
            try programs.open(_id) {
                epochs++;
            } catch (bytes memory refusal) {
                uint64 due = programs.program(_id).due;
                vm.assertEq(due, opened + 2 * PATIENCE);
                vm.assertEq(refusal, abi.encodeWithSelector(IPrograms.Overdue.selector, due));
                break;
            }
            vm.warp(block.timestamp + PATIENCE + 1);
            programs.abandon(_id);
        }
        vm.assertEq(epochs, 2);

        vm.warp(programs.program(_id).due + SUCCESSION);
        vm.prank(_ada.account);
        programs.takeOver(_id);
        aggregator = _ada;
        deposit(_ada, _id, STAKE);

        vm.assertEq(open(_id).epoch, 3);
    }

    function test_squat_WhenAnAggregatorOpensAndAbandonsWithNodesThatWereAcked() external {
        for (uint256 i = 0; i < 2; i++) enrol(members[i], _id);
        open(_id);
        vm.warp(block.timestamp + PATIENCE + 1);
        programs.abandon(_id);
        bytes32 key = keccak256(abi.encode(_id, uint64(1), uint64(1)));

        vm.startPrank(address(challenges));
        bonds.creditDraw(_id, key, 2, _ada.account);
        bonds.creditDraw(_id, key, 2, _ben.account);
        vm.stopPrank();
        vm.warp(block.timestamp + WINDOW + 1);
        bonds.settle(_id, 1, 1);

        (uint128 total, uint128 locked) = bonds.bondOf(_id, aggregator.account);
        vm.assertEq(total, 8 * STAKE - STAKE / 2);
        vm.assertEq(locked, 0);
        vm.prank(_ada.account);
        bonds.take(token, _ada.account);
        vm.assertEq(token.balanceOf(_ada.account), PURSE - BOND + STAKE / 4);
    }

    function test_squat_WhenAnAggregatorDislikesTheSeed() external {
        openAndClose(_id, 2);
        pass(2);
        vm.warp(block.timestamp + PATIENCE + 1);
        programs.abandon(_id);
        vm.warp(block.timestamp + WINDOW + 1);
        bonds.settle(_id, 1, 1);

        // No less than half of what a round can pay.
        (uint128 total,) = bonds.bondOf(_id, aggregator.account);
        vm.assertEq(total, 8 * STAKE - STAKE / 4);
        vm.assertGe(STAKE / 4, REWARD / 2);
    }

    function test_squat_WhenALiarIsVoided() external {
        propose(_id, payoutsTo(2));
        vm.prank(address(challenges));
        programs.void(_id, 1);

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.Overdue.selector, block.timestamp));
        programs.open(_id);
    }

    /* TOKENS */

    function test_reenter_WhenATokenCallsEveryOtherDoorInTheMiddleOfAClaim() external {
        Reentrant odd = new Reentrant();
        _id = createIn(odd, ordinary());
        Proposal memory said = finish(_id, payoutsTo(2));
        bytes[5] memory doors = [
            abi.encodeCall(IPrograms.refund, (_id, address(odd))),
            abi.encodeCall(IPrograms.fund, (_id, 0)),
            abi.encodeCall(IPrograms.create, (ordinary(), charterIn(odd), 0)),
            abi.encodeCall(IPrograms.appoint, (_id, address(odd))),
            abi.encodeCall(IPrograms.void, (_id, 1))
        ];
        for (uint256 i = 0; i < doors.length; i++) {
            uint256 before = vm.snapshotState();
            odd.arm(address(programs), doors[i]);
            claim(_id, 1, said, payoutsTo(2), 1);

            vm.assertTrue(odd.tried());
            vm.assertFalse(odd.succeeded());
            vm.assertEq(odd.balanceOf(address(programs)), BUDGET - 101);
            vm.assertTrue(vm.revertToState(before));
        }
        odd.arm(address(bonds), abi.encodeCall(IBonds.take, (odd, address(odd))));
        claim(_id, 1, said, payoutsTo(2), 1);
        vm.assertFalse(odd.succeeded());
        vm.assertEq(odd.balanceOf(address(bonds)), 8 * STAKE);
    }
}
