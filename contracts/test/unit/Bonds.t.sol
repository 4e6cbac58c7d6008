// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Fault, Forfeit, IBonds, Loss} from "../../src/interfaces/IBonds.sol";
import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Permit, Tokens} from "../../src/libraries/Tokens.sol";
import {Actor} from "../support/Actors.sol";
import {Training} from "../support/Training.sol";
import {
    Blacklisting,
    FalseReturning,
    FeeOnTransfer,
    Minted,
    Rebasing,
    Reentrant
} from "../support/tokens/OddTokens.sol";

contract BondsTest is Training {
    uint128 private constant ALL = 8 * STAKE;
    uint256 private constant OLD = 500_000;

    uint256 private _id;
    bytes32 private _key;

    function setUp() external {
        begin();
        _id = create(ordinary());
        _key = keccak256(abi.encode(_id, uint64(1), uint64(1)));
    }

    /* DEPOSITS */

    function test_deposit_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        bonds.deposit(2, 5);
    }

    function test_deposit_RevertWhen_NothingWasApproved() external {
        vm.prank(stranger.account);
        token.approve(address(bonds), 0);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bonds, 0, 5));
        bonds.deposit(_id, 5);
    }

    function test_deposit_RevertWhen_TheBondCouldNotBeCounted() external {
        uint256 room = type(uint128).max - ALL;

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.BondTooLarge.selector, room + 1, room));
        bonds.deposit(_id, room + 1);
    }

    function test_deposit_RevertWhen_TheTokenKeepsAFee() external {
        FeeOnTransfer odd = new FeeOnTransfer();
        odd.setFee(0);
        uint256 id = createIn(odd, ordinary());
        odd.setFee(1);

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, odd, 5, 4));
        bonds.deposit(id, 5);
    }

    function test_deposit_RevertWhen_TheTokenAnswersFalse() external {
        // A program in it can be created if its first reward is nothing.
        IERC20 odd = new FalseReturning();
        vm.mockCall(address(programs), abi.encodeCall(programs.saleTerms, (_id)), abi.encode(odd, 0, 0));

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, odd));
        bonds.deposit(_id, 5);
    }

    function test_deposit_WhenTheAccountHasNoBondYet() external {
        vm.prank(stranger.account);
        vm.expectEmit(address(bonds));
        emit IBonds.Deposited(_id, stranger.account, 5);
        bonds.deposit(_id, 5);

        _holds(_id, stranger, 5, 0);
        _holds(_id, aggregator, ALL, 0);
        vm.assertEq(token.balanceOf(address(bonds)), ALL + 5);
        vm.assertEq(token.balanceOf(stranger.account), PURSE - 5);
    }

    function test_deposit_WhenTheAccountHasABond() external {
        open(_id);

        deposit(aggregator, _id, 5);

        _holds(_id, aggregator, ALL + 5, STAKE);
    }

    function test_deposit_WhenTheBondIsAsLargeAsItCanBe() external {
        uint256 room = type(uint128).max - ALL;
        token.mint(aggregator.account, room);

        deposit(aggregator, _id, room);

        _holds(_id, aggregator, type(uint128).max, 0);
    }

    function test_deposit_WhenTwoProgramsArePaidInOneToken() external {
        uint256 second = create(ordinary());
        deposit(stranger, _id, 5);
        deposit(stranger, second, 7);

        _holds(_id, stranger, 5, 0);
        _holds(second, stranger, 7, 0);
        vm.assertEq(token.balanceOf(address(bonds)), 2 * ALL + 12);
    }

    function test_deposit_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        uint256 id = createIn(odd, ordinary());

        odd.arm(address(bonds), abi.encodeCall(IBonds.deposit, (id, 0)));
        deposit(aggregator, id, 5);

        keptOut(odd);
        _holds(id, aggregator, ALL + 5, 0);
    }

    function test_depositWithPermit_RevertWhen_ThePermitIsAnothersAndNothingIsApproved() external {
        Permit memory permit = _permitOf(Actor(stranger.account, buyer.secret));

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bonds, 0, 5));
        bonds.depositWithPermit(_id, 5, permit);
    }

    function test_depositWithPermit_WhenThePermitIsGood() external {
        Permit memory permit = _permitOf(stranger);

        vm.prank(stranger.account);
        bonds.depositWithPermit(_id, 5, permit);

        _holds(_id, stranger, 5, 0);
        vm.assertEq(token.allowance(stranger.account, address(bonds)), 0);
    }

    function test_depositWithPermit_WhenSomebodySentThePermitFirst() external {
        Permit memory permit = _permitOf(stranger);
        vm.prank(buyer.account);
        token.permit(stranger.account, address(bonds), 5, permit.deadline, permit.v, permit.r, permit.s);

        vm.prank(stranger.account);
        bonds.depositWithPermit(_id, 5, permit);

        _holds(_id, stranger, 5, 0);
    }

    function test_depositWithPermit_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        uint256 id = createIn(odd, ordinary());
        Permit memory none;

        odd.arm(address(bonds), abi.encodeCall(IBonds.depositWithPermit, (id, 0, none)));
        vm.prank(aggregator.account);
        bonds.depositWithPermit(id, 5, none);

        keptOut(odd);
        _holds(id, aggregator, ALL + 5, 0);
    }

    /* WITHDRAWALS */

    function test_withdraw_RevertWhen_ThereIsNoBond() external {
        _refusesWithdrawal(stranger, 1, 0);
    }

    function test_withdraw_RevertWhen_ItIsMoreThanTheBond() external {
        _refusesWithdrawal(aggregator, uint256(ALL) + 1, ALL);
    }

    function test_withdraw_RevertWhen_ItIsMoreThanIsFree() external {
        open(_id);

        _refusesWithdrawal(aggregator, ALL - STAKE + 1, ALL - STAKE);
    }

    function test_withdraw_RevertWhen_TheReceiverIsBlacklisted() external {
        (Blacklisting odd, uint256 id) = _blacklisting();
        vm.assertTrue(odd.refuses(aggregator.account));

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, aggregator.account));
        bonds.withdraw(id, 5, aggregator.account);
    }

    function test_withdraw_WhenAllIsFree() external {
        deposit(stranger, _id, 5);

        vm.prank(aggregator.account);
        vm.expectEmit(address(bonds));
        emit IBonds.Withdrawn(_id, aggregator.account, buyer.account, ALL);
        bonds.withdraw(_id, ALL, buyer.account);

        _holds(_id, aggregator, 0, 0);
        _holds(_id, stranger, 5, 0);
        vm.assertEq(token.balanceOf(buyer.account), PURSE + ALL);
        vm.assertEq(token.balanceOf(address(bonds)), 5);
    }

    function test_withdraw_WhenAPartIsLocked() external {
        open(_id);

        vm.prank(aggregator.account);
        bonds.withdraw(_id, ALL - STAKE, aggregator.account);

        _holds(_id, aggregator, STAKE, STAKE);
        vm.assertEq(token.balanceOf(aggregator.account), PURSE - STAKE);
    }

    function test_withdraw_WhenTheAccountIsNoAggregatorAnyMore() external {
        vm.prank(sponsor.account);
        programs.appoint(_id, stranger.account);
        vm.prank(sponsor.account);
        programs.end(_id);

        vm.prank(aggregator.account);
        bonds.withdraw(_id, ALL, aggregator.account);

        vm.assertEq(token.balanceOf(aggregator.account), PURSE);
    }

    function test_withdraw_WhenItsOwnAccountIsBlacklisted() external {
        (Blacklisting odd, uint256 id) = _blacklisting();

        vm.prank(aggregator.account);
        bonds.withdraw(id, 5, buyer.account);

        vm.assertEq(odd.balanceOf(buyer.account), 5);
    }

    function test_withdraw_WhenTheTokenLostWorthByItself() external {
        Rebasing odd = new Rebasing();
        uint256 id = createIn(odd, ordinary());
        odd.rebase(50);
        vm.assertEq(odd.balanceOf(address(bonds)), ALL / 2);

        vm.prank(aggregator.account);
        bonds.withdraw(id, ALL, aggregator.account);

        vm.assertEq(odd.balanceOf(address(bonds)), 0);
        vm.assertEq(token.balanceOf(address(bonds)), ALL);
    }

    function test_withdraw_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        uint256 id = createIn(odd, ordinary());

        odd.arm(address(bonds), abi.encodeCall(IBonds.withdraw, (id, 0, stranger.account)));
        vm.prank(aggregator.account);
        bonds.withdraw(id, ALL, aggregator.account);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(aggregator.account), PURSE);
    }

    /* LOCKS */

    function test_lock_RevertWhen_TheCallerIsNotTheContractOfPrograms() external {
        _refusesStrangers();
        bonds.lock(_id, aggregator.account, 1);
    }

    function test_lock_RevertWhen_TheFreePartIsTooSmall() external {
        _lock(STAKE);

        vm.prank(address(programs));
        vm.expectRevert(abi.encodeWithSelector(IBonds.FreeBondTooSmall.selector, ALL - STAKE, ALL - STAKE + 1));
        bonds.lock(_id, aggregator.account, ALL - STAKE + 1);
    }

    function test_lock_WhenTheBondIsAsLargeAsNeeded() external {
        _lock(STAKE);
        _lock(ALL - STAKE);

        _holds(_id, aggregator, ALL, ALL);
    }

    function test_unlock_RevertWhen_TheCallerIsNotTheContractOfPrograms() external {
        _lock(STAKE);

        _refusesStrangers();
        bonds.unlock(_id, aggregator.account, 1);
    }

    function test_unlock_RevertWhen_MoreIsUnlockedThanWasLocked() external {
        _lock(STAKE);

        vm.prank(address(programs));
        expectPanic(OVERFLOW);
        bonds.unlock(_id, aggregator.account, STAKE + 1);
    }

    function test_unlock_WhenARoundIsOver() external {
        _lock(2 * STAKE);

        vm.prank(address(programs));
        bonds.unlock(_id, aggregator.account, STAKE);

        _holds(_id, aggregator, ALL, STAKE);
    }

    /* FORFEITS */

    function test_forfeit_RevertWhen_TheCallerIsNotTheContractOfPrograms() external {
        _lock(STAKE);

        _refusesStrangers();
        bonds.forfeit(_loss(Fault.False, STAKE));
    }

    function test_forfeit_WhenAnEpochWasSilentAndItsSeedUnseen() external {
        _forfeits(Fault.Silent, false, STAKE, 1000, 0, 0);

        _holds(_id, aggregator, ALL - 1000, 0);
        Forfeit memory expected = _kept(Fault.Silent);
        (expected.aggregator, expected.places) = (aggregator.account, 3);
        vm.assertEq(abi.encode(bonds.forfeitOf(_key)), abi.encode(expected));
    }

    function test_forfeit_WhenAnEpochWasSilentAndItsSeedSeen() external {
        _forfeits(Fault.Silent, true, STAKE, 1000, 0, 500);

        _holds(_id, aggregator, ALL - 1500, 0);
    }

    function test_forfeit_WhenAnEpochWasFalse() external {
        _forfeits(Fault.False, true, STAKE, 500, 500, 1000);

        _holds(_id, aggregator, ALL - STAKE, 0);
        vm.assertEq(abi.encode(bonds.forfeitOf(_key)), abi.encode(_kept(Fault.False)));
        vm.assertEq(token.balanceOf(address(bonds)), ALL);
    }

    function test_forfeit_WhenABondDoesNotDivide() external {
        uint256 before = vm.snapshotState();
        _forfeits(Fault.False, true, 11, 2, 2, 7);
        _holds(_id, aggregator, ALL - 11, 0);
        vm.assertTrue(vm.revertToState(before));

        _forfeits(Fault.Silent, true, 11, 5, 0, 2);
        _holds(_id, aggregator, ALL - 7, 0);
    }

    /* BOUNTIES */

    function test_award_RevertWhen_TheCallerIsNoJudge() external {
        _fault(Fault.False);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.OnlyJudges.selector, stranger.account));
        bonds.award(_key, stranger.account, 1);
    }

    function test_award_RevertWhen_TheEpochIsNotForfeited() external {
        _refusesAward(Fault.False);
    }

    function test_award_RevertWhen_TheEpochWasSilent() external {
        _fault(Fault.Silent);

        _refusesAward(Fault.False);
    }

    function test_award_RevertWhen_ItsTimeIsOver() external {
        uint64 until = _fault(Fault.False);
        vm.warp(until + 1);

        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(IBonds.TooLate.selector, until));
        bonds.award(_key, stranger.account, 1);
    }

    function test_award_RevertWhen_ItWasSettled() external {
        _settled(Fault.False);

        _refusesAward(Fault.False);
    }

    function test_award_WhenNobodyWasAwardedBefore() external {
        _fault(Fault.False);

        vm.prank(address(challenges));
        vm.expectEmit(address(bonds));
        emit IBonds.Awarded(_key, stranger.account, uint64(OLD));
        bonds.award(_key, stranger.account, uint64(OLD));

        _leads(stranger, OLD);
    }

    function test_award_WhenTheTimeOfTheCommitmentIsZero() external {
        _fault(Fault.False);
        _award(stranger, 0);
        _leads(stranger, 0);

        _award(buyer, 0);
        _award(buyer, 1);

        _leads(stranger, 0);
    }

    function test_award_WhenAnotherCommittedLater() external {
        _fault(Fault.False);
        _award(stranger, OLD);

        _award(buyer, OLD - 1);

        _leads(buyer, OLD - 1);
    }

    function test_award_WhenAnotherCommittedEarlier() external {
        _fault(Fault.False);
        _award(stranger, OLD);

        _award(buyer, OLD + 1);

        _leads(stranger, OLD);
    }

    function test_award_WhenAnotherCommittedAtTheSameTime() external {
        _fault(Fault.False);
        _award(stranger, OLD);

        _award(buyer, OLD);

        _leads(stranger, OLD);
    }

    function test_award_WhenTheJudgeOfDemandsSaysSoInTheLastSecond() external {
        vm.warp(_fault(Fault.False));

        vm.prank(address(demands));
        bonds.award(_key, stranger.account, uint64(OLD));

        _leads(stranger, OLD);
    }

    /* DRAWS */

    function test_creditDraw_RevertWhen_TheCallerIsNotTheJudgeOfProofs() external {
        _fault(Fault.Silent);

        vm.prank(address(demands));
        vm.expectRevert(abi.encodeWithSelector(IBonds.OnlyJudges.selector, demands));
        bonds.creditDraw(_id, _key, 3, stranger.account);
    }

    function test_creditDraw_RevertWhen_TheEpochIsNotForfeited() external {
        _refusesDraw(3, abi.encodeWithSelector(IBonds.NoSuchForfeit.selector, _key, Fault.None));
    }

    function test_creditDraw_RevertWhen_ItsTimeIsOver() external {
        uint64 until = _fault(Fault.Silent);
        vm.warp(until + 1);

        _refusesDraw(3, abi.encodeWithSelector(IBonds.TooLate.selector, until));
    }

    function test_creditDraw_RevertWhen_ItWasSettled() external {
        _settled(Fault.Silent);

        _refusesDraw(3, abi.encodeWithSelector(IBonds.NoSuchForfeit.selector, _key, Fault.Settled));
    }

    function test_creditDraw_RevertWhen_TheAccountDrewBefore() external {
        _fault(Fault.Silent);
        _draw(stranger);

        _refusesDraw(3, abi.encodeWithSelector(IBonds.AlreadyDrawn.selector, _key, stranger.account));
    }

    function test_creditDraw_RevertWhen_AllPlacesHaveDrawn() external {
        _fault(Fault.Silent);
        for (uint256 i = 0; i < 3; i++) _draw(members[i]);

        _refusesDraw(3, abi.encodeWithSelector(IBonds.NothingLeft.selector, _key, 3, 3));
    }

    function test_creditDraw_RevertWhen_ThereAreNoPlaces() external {
        _fault(Fault.Silent);

        _refusesDraw(0, abi.encodeWithSelector(IBonds.NothingLeft.selector, _key, 0, 0));
    }

    function test_creditDraw_WhenTheEpochWasSilent() external {
        _fault(Fault.Silent);

        vm.prank(address(challenges));
        vm.expectEmit(address(bonds));
        emit IBonds.Drawn(_key, stranger.account, 333);
        bonds.creditDraw(_id, _key, 3, stranger.account);

        vm.assertEq(bonds.owed(token, stranger.account), 333);
        vm.assertTrue(bonds.hasDrawn(_key, stranger.account));
        vm.assertFalse(bonds.hasDrawn(_key, buyer.account));
        vm.assertEq(bonds.forfeitOf(_key).drawn, 1);
    }

    function test_creditDraw_WhenTheEpochWasFalse() external {
        _fault(Fault.False);

        _draw(stranger);

        vm.assertEq(bonds.owed(token, stranger.account), 166);
    }

    function test_creditDraw_WhenEveryPlaceDrawsInTheLastSecond() external {
        vm.warp(_fault(Fault.Silent));

        for (uint256 i = 0; i < 3; i++) _draw(members[i]);

        for (uint256 i = 0; i < 3; i++) vm.assertEq(bonds.owed(token, members[i].account), 333);
        vm.assertEq(bonds.forfeitOf(_key).drawn, 3);
    }

    /* SETTLING */

    function test_settle_RevertWhen_TheEpochIsNotForfeited() external {
        vm.expectRevert(abi.encodeWithSelector(IBonds.NoSuchForfeit.selector, _key, Fault.None));
        bonds.settle(_id, 1, 1);
    }

    function test_settle_RevertWhen_ItsTimeIsNotOver() external {
        uint64 until = _fault(Fault.Silent);
        vm.warp(until);

        vm.expectRevert(abi.encodeWithSelector(IBonds.TooEarly.selector, until + 1));
        bonds.settle(_id, 1, 1);
    }

    function test_settle_RevertWhen_ItWasSettledBefore() external {
        _settled(Fault.Silent);

        vm.expectRevert(abi.encodeWithSelector(IBonds.NoSuchForfeit.selector, _key, Fault.Settled));
        bonds.settle(_id, 1, 1);
    }

    function test_settle_WhenASilentEpochHadNoDraws() external {
        vm.warp(_fault(Fault.Silent) + 1);

        vm.prank(stranger.account);
        vm.expectEmit(address(bonds));
        emit IBonds.Settled(_key, address(0), 0, 1000);
        bonds.settle(_id, 1, 1);

        _holds(_id, aggregator, ALL, 0);
        vm.assertTrue(bonds.forfeitOf(_key).fault == Fault.Settled);
    }

    function test_settle_WhenASilentEpochHadDraws() external {
        uint64 until = _fault(Fault.Silent);
        _draw(members[0]);
        _draw(members[1]);
        vm.warp(until + 1);

        vm.expectEmit(address(bonds));
        emit IBonds.Settled(_key, address(0), 0, 1000 - 666);
        bonds.settle(_id, 1, 1);

        _holds(_id, aggregator, ALL - 666, 0);
    }

    function test_settle_WhenASilentEpochAskedNobody() external {
        _lock(STAKE);
        Loss memory loss = _loss(Fault.Silent, STAKE);
        loss.places = 0;
        vm.prank(address(programs));
        bonds.forfeit(loss);
        vm.warp(loss.until + 1);

        bonds.settle(_id, 1, 1);

        _holds(_id, aggregator, ALL, 0);
    }

    function test_settle_WhenAFalseEpochHasAChallenger() external {
        uint64 until = _fault(Fault.False);
        _award(stranger, OLD);
        _draw(members[0]);
        vm.warp(until + 1);

        vm.expectEmit(address(bonds));
        emit IBonds.Settled(_key, stranger.account, 500, 0);
        bonds.settle(_id, 1, 1);

        vm.assertEq(bonds.owed(token, stranger.account), 500);
        vm.assertEq(bonds.owed(token, members[0].account), 166);
        _holds(_id, aggregator, ALL - STAKE, 0);
        vm.assertEq(token.balanceOf(address(bonds)), ALL);
    }

    function test_settle_WhenAFalseEpochHasDrawsAndNoChallenger() external {
        uint64 until = _fault(Fault.False);
        for (uint256 i = 0; i < 3; i++) _draw(members[i]);
        vm.warp(until + 1);

        vm.expectEmit(address(bonds));
        emit IBonds.Settled(_key, address(0), 0, 0);
        bonds.settle(_id, 1, 1);

        vm.assertEq(bonds.owed(token, address(0)), 0);
        _holds(_id, aggregator, ALL - STAKE, 0);
    }

    /* TAKING */

    function test_take_RevertWhen_NothingIsOwed() external {
        _refusesToPay(token, stranger);
    }

    function test_take_RevertWhen_ItWasTakenBefore() external {
        _fault(Fault.Silent);
        _draw(stranger);
        vm.prank(stranger.account);
        bonds.take(token, stranger.account);

        _refusesToPay(token, stranger);
    }

    function test_take_RevertWhen_ItIsOwedInAnotherToken() external {
        IERC20 other = new Rebasing();
        _fault(Fault.Silent);
        _draw(stranger);

        _refusesToPay(other, stranger);
    }

    function test_take_RevertWhen_TheReceiverIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        _owing(odd);
        odd.refuse(stranger.account, true);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, stranger.account));
        bonds.take(odd, stranger.account);
    }

    function test_take_WhenSeveralEpochsOweTheAccount() external {
        _fault(Fault.Silent);
        _draw(stranger);
        _key = keccak256(abi.encode(_id, uint64(1), uint64(2)));
        _lock(STAKE);
        Loss memory loss = _loss(Fault.False, STAKE);
        loss.epoch = 2;
        vm.prank(address(programs));
        bonds.forfeit(loss);
        _draw(stranger);

        vm.prank(stranger.account);
        vm.expectEmit(address(bonds));
        emit IBonds.Taken(token, stranger.account, buyer.account, 333 + 166);
        bonds.take(token, buyer.account);

        vm.assertEq(token.balanceOf(buyer.account), PURSE + 499);
        vm.assertEq(bonds.owed(token, stranger.account), 0);
        vm.assertEq(token.balanceOf(address(bonds)), ALL - 499);
    }

    function test_take_WhenItsOwnAccountIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        _owing(odd);
        odd.refuse(stranger.account, true);

        vm.prank(stranger.account);
        bonds.take(odd, buyer.account);

        vm.assertEq(odd.balanceOf(buyer.account), 333);
    }

    function test_take_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _owing(odd);

        odd.arm(address(bonds), abi.encodeCall(IBonds.take, (odd, stranger.account)));
        vm.prank(stranger.account);
        bonds.take(odd, stranger.account);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(stranger.account), 333);
    }

    /* PARTS */

    function _loss(Fault fault, uint128 amount) private view returns (Loss memory) {
        return Loss({
            program: _id,
            round: 1,
            epoch: 1,
            fault: fault,
            seen: false,
            aggregator: aggregator.account,
            amount: amount,
            places: 3,
            until: uint40(block.timestamp) + WINDOW,
            subject: keccak256("subject")
        });
    }

    /// @dev What is kept of it.
    function _kept(Fault fault) private view returns (Forfeit memory expected) {
        expected.subject = keccak256("subject");
        expected.until = uint40(block.timestamp) + WINDOW;
        expected.fault = fault;
    }

    function _lock(uint128 amount) private {
        vm.prank(address(programs));
        bonds.lock(_id, aggregator.account, amount);
    }

    /// @dev Forfeits a bond, and returns until when that can be disputed.
    function _fault(Fault fault) private returns (uint64 until) {
        _lock(STAKE);
        Loss memory loss = _loss(fault, STAKE);
        vm.prank(address(programs));
        bonds.forfeit(loss);
        return loss.until;
    }

    function _settled(Fault fault) private {
        vm.warp(_fault(fault) + 1);
        bonds.settle(_id, 1, 1);
        // Whatever is asked next is asked in time.
        vm.warp(block.timestamp - 1);
    }

    function _forfeits(Fault fault, bool seen, uint128 amount, uint256 pool, uint256 bounty, uint256 burned)
        private
    {
        _lock(amount);
        Loss memory loss = _loss(fault, amount);
        loss.seen = seen;

        vm.prank(address(programs));
        vm.expectEmit(address(bonds));
        emit IBonds.Forfeited(
            _key, _id, aggregator.account, 1, 1, fault, amount, pool, bounty, burned
        );
        vm.assertEq(bonds.forfeit(loss), _key);
    }

    function _award(Actor memory who, uint256 committed) private {
        vm.prank(address(challenges));
        bonds.award(_key, who.account, uint64(committed));
    }

    function _draw(Actor memory who) private {
        vm.prank(address(challenges));
        bonds.creditDraw(_id, _key, 3, who.account);
    }

    /// @dev A silent epoch in another token has owed the stranger its part.
    function _owing(Minted odd) private {
        _id = createIn(odd, ordinary());
        _key = keccak256(abi.encode(_id, uint64(1), uint64(1)));
        _fault(Fault.Silent);
        _draw(stranger);
    }

    function _blacklisting() private returns (Blacklisting odd, uint256 id) {
        odd = new Blacklisting();
        id = createIn(odd, ordinary());
        odd.refuse(aggregator.account, true);
    }

    function _permitOf(Actor memory by) private returns (Permit memory) {
        vm.prank(by.account);
        token.approve(address(bonds), 0);
        return permitted(by, address(token), "Plain", address(bonds), 5, 0, block.timestamp);
    }

    function _refusesStrangers() private {
        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.OnlyPrograms.selector, stranger.account));
    }

    function _refusesWithdrawal(Actor memory by, uint256 amount, uint256 free) private {
        vm.prank(by.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.FreeBondTooSmall.selector, free, amount));
        bonds.withdraw(_id, amount, by.account);
    }

    function _refusesAward(Fault fault) private {
        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(IBonds.NoSuchForfeit.selector, _key, fault));
        bonds.award(_key, stranger.account, 1);
    }

    function _refusesDraw(uint32 places, bytes memory refusal) private {
        vm.prank(address(challenges));
        vm.expectRevert(refusal);
        bonds.creditDraw(_id, _key, places, stranger.account);
    }

    function _refusesToPay(IERC20 money, Actor memory by) private {
        vm.prank(by.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.NothingOwed.selector, money, by.account));
        bonds.take(money, by.account);
    }

    function _leads(Actor memory who, uint256 committed) private view {
        Forfeit memory lost = bonds.forfeitOf(_key);
        vm.assertEq(lost.challenger, who.account);
        vm.assertEq(lost.committed, committed);
    }

    function _holds(uint256 id, Actor memory by, uint256 total, uint256 locked) private view {
        (uint128 held, uint128 behind) = bonds.bondOf(id, by.account);
        vm.assertEq(held, total);
        vm.assertEq(behind, locked);
    }
}
