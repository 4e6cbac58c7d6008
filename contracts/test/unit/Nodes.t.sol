// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {INodes, Keys} from "../../src/interfaces/INodes.sol";
import {Permit, Tokens} from "../../src/libraries/Tokens.sol";
import {Actor} from "../support/Actors.sol";
import {World} from "../support/World.sol";
import {
    Blacklisting,
    FalseReturning,
    FeeOnTransfer,
    Minted,
    Rebasing,
    Reentrant
} from "../support/tokens/OddTokens.sol";

contract NodesTest is World {
    bytes private constant FLOWER = "a public key";

    Actor private _ada;
    Actor private _ben;
    Actor private _key = actor("a receipt key");
    Actor private _other = actor("another receipt key");

    function setUp() external {
        begin();
        _ada = members[0];
        _ben = members[1];
    }

    /* JOINING: REFUSALS */

    function test_join_RevertWhen_TheAccountWasSlashed() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _slash(_ada);

        _refuses(_ada, _keys(_ada, _other, "new"), abi.encodeWithSelector(INodes.WasSlashed.selector, _ada.account));
    }

    function test_join_RevertWhen_TheAccountIsAMember() external {
        _join(_ada, _keys(_ada, _key, FLOWER));

        _refuses(_ada, _keys(_ada, _other, "new"), abi.encodeWithSelector(INodes.AlreadyMember.selector, _ada.account));
    }

    function test_join_RevertWhen_TheLastBondIsStillHeld() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        vm.warp(block.timestamp + UNBONDING);

        bytes memory refusal = abi.encodeWithSelector(INodes.BondStillHeld.selector, _ada.account, block.timestamp);
        _refuses(_ada, _keys(_ada, _key, FLOWER), refusal);
    }

    function test_join_RevertWhen_TheBondIsBelowTheMinimum() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.BondTooSmall.selector, BOND - 1, BOND));
        nodes.join(BOND - 1, keys);
    }

    function test_join_RevertWhen_TheFlowerKeyIsEmpty() external {
        _refuses(_ada, _keys(_ada, _key, ""), abi.encodeWithSelector(INodes.BadFlowerKey.selector, 0));
    }

    function test_join_RevertWhen_TheFlowerKeyIsTooLong() external {
        _refuses(_ada, _keys(_ada, _key, new bytes(513)), abi.encodeWithSelector(INodes.BadFlowerKey.selector, 513));
    }

    function test_join_RevertWhen_TheReceiptKeyIsAnothers() external {
        _join(_ben, _keys(_ben, _key, "ben's"));

        _refuses(_ada, _keys(_ada, _key, FLOWER), _taken(_word(_key.account), _ben));
    }

    function test_join_RevertWhen_TheReceiptKeyWasOnceAnothers() external {
        _join(_ben, _keys(_ben, _key, "ben's"));
        _rotate(_ben, _keys(_ben, _other, "ben's"));

        _refuses(_ada, _keys(_ada, _key, FLOWER), _taken(_word(_key.account), _ben));
    }

    function test_join_RevertWhen_TheFlowerKeyIsAnothers() external {
        _join(_ben, _keys(_ben, _other, FLOWER));

        _refuses(_ada, _keys(_ada, _key, FLOWER), _taken(keccak256(FLOWER), _ben));
    }

    function test_join_RevertWhen_TheFlowerKeyWasOnceAnothers() external {
        _join(_ben, _keys(_ben, _other, FLOWER));
        _rotate(_ben, _keys(_ben, _other, "new"));

        _refuses(_ada, _keys(_ada, _key, FLOWER), _taken(keccak256(FLOWER), _ben));
    }

    function test_join_RevertWhen_ThePossessionIsSignedByAnotherKey() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);
        keys.possession = signed(_other, nodes.possessionDigest(_ada.account));

        _refuses(_ada, keys, abi.encodeWithSelector(INodes.KeyNotProved.selector, _key.account));
    }

    function test_join_RevertWhen_ThePossessionIsForAnotherAccount() external {
        Keys memory keys = _keys(_ben, _key, FLOWER);

        _refuses(_ada, keys, abi.encodeWithSelector(INodes.KeyNotProved.selector, _key.account));
    }

    function test_join_RevertWhen_ThePossessionIsCutShort() external {
        // What cannot be recovered comes to the zero account: nobody may have that for a key.
        Keys memory keys = Keys(address(0), FLOWER, new bytes(64));

        _refuses(_ada, keys, abi.encodeWithSelector(INodes.KeyNotProved.selector, address(0)));
    }

    function test_join_RevertWhen_TheAccountApprovedNothing() external {
        vm.prank(_ada.account);
        token.approve(address(nodes), 0);

        bytes memory refusal =
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, nodes, 0, BOND);
        _refuses(_ada, _keys(_ada, _key, FLOWER), refusal);
    }

    function test_join_RevertWhen_TheTokenKeepsAFee() external {
        Minted odd = new FeeOnTransfer();
        _among(odd);

        bytes memory refusal =
            abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, odd, BOND, BOND - 1);
        _refuses(_ada, _keys(_ada, _key, FLOWER), refusal);
    }

    function test_join_RevertWhen_TheTokenAnswersFalse() external {
        Minted odd = new FalseReturning();
        _among(odd);

        _refuses(
            _ada,
            _keys(_ada, _key, FLOWER),
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, odd)
        );
    }

    /* JOINING */

    function test_join_WhenTheAccountIsNew() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);

        vm.prank(_ada.account);
        vm.expectEmit(address(nodes));
        emit INodes.KeysSet(_ada.account, _key.account, keccak256(FLOWER), FLOWER);
        vm.expectEmit(address(nodes));
        emit INodes.Joined(_ada.account, BOND + 1);
        nodes.join(BOND + 1, keys);

        vm.assertTrue(nodes.memberAt(_ada.account, block.number));
        vm.assertFalse(nodes.memberAt(_ada.account, block.number - 1));
        vm.assertEq(nodes.receiptKeyAt(_ada.account, block.number), _key.account);
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), keccak256(FLOWER));
        vm.assertEq(nodes.ownerOfReceiptKey(_key.account), _ada.account);
        vm.assertEq(nodes.bondOf(_ada.account), BOND + 1);
        vm.assertEq(nodes.withdrawableAt(_ada.account), 0);
        vm.assertEq(token.balanceOf(address(nodes)), BOND + 1);
        vm.assertEq(token.balanceOf(_ada.account), PURSE - BOND - 1);
    }

    function test_join_WhenTheBondIsTheMinimum() external {
        _join(_ada, _keys(_ada, _key, FLOWER));

        vm.assertTrue(nodes.memberAt(_ada.account, block.number));
        vm.assertEq(nodes.bondOf(_ada.account), BOND);
    }

    function test_join_WhenTheBondIsMoreThanTheMinimum() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);

        vm.prank(_ada.account);
        nodes.join(7 * BOND, keys);

        vm.assertEq(nodes.bondOf(_ada.account), 7 * BOND);
    }

    function test_join_WhenTheFlowerKeyIsAsLongAsItMayBe() external {
        bytes memory flower = new bytes(512);

        _join(_ada, _keys(_ada, _key, flower));

        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), keccak256(flower));
    }

    function test_join_WhenTheAccountTookItsBondBackBefore() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        _withdraw(_ada, _ada.account);
        vm.assertGt(nodes.retiredAt(_key.account), 0);

        _join(_ada, _keys(_ada, _key, FLOWER));

        vm.assertTrue(nodes.memberAt(_ada.account, block.number));
        vm.assertEq(nodes.receiptKeyAt(_ada.account, block.number), _key.account);
        vm.assertEq(nodes.retiredAt(_key.account), 0);
        vm.assertEq(nodes.withdrawableAt(_ada.account), 0);
        vm.assertEq(token.balanceOf(_ada.account), PURSE - BOND);
    }

    function test_join_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _among(odd);
        Keys memory keys = _keys(_ada, _key, FLOWER);

        odd.arm(address(nodes), abi.encodeCall(INodes.join, (BOND, keys)));
        _join(_ada, keys);

        keptOut(odd);
        vm.assertEq(nodes.bondOf(_ada.account), BOND);
    }

    function test_join_WhenSomebodyRegistersAStolenFlowerKey() external {
        // Possession of it is not proved; its owner comes in with another, and nobody speaks for it.
        _join(_ben, _keys(_ben, _other, FLOWER));
        _refuses(_ada, _keys(_ada, _key, FLOWER), _taken(keccak256(FLOWER), _ben));

        _join(_ada, _keys(_ada, _key, "new"));

        vm.assertEq(nodes.accountOfFlowerKey("new", block.number), _ada.account);
    }

    function test_joinWithPermit_RevertWhen_ThePermitIsAnothersAndNothingIsApproved() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);
        Permit memory permit = _permitOf(Actor(_ada.account, _ben.secret));

        vm.prank(_ada.account);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, nodes, 0, BOND)
        );
        nodes.joinWithPermit(BOND, keys, permit);
    }

    function test_joinWithPermit_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _among(odd);
        Keys memory keys = _keys(_ada, _key, FLOWER);
        Permit memory none;

        odd.arm(address(nodes), abi.encodeCall(INodes.joinWithPermit, (BOND, keys, none)));
        vm.prank(_ada.account);
        nodes.joinWithPermit(BOND, keys, none);

        keptOut(odd);
        vm.assertEq(nodes.bondOf(_ada.account), BOND);
    }

    function test_joinWithPermit_WhenThePermitIsGood() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);
        Permit memory permit = _permitOf(_ada);

        vm.prank(_ada.account);
        nodes.joinWithPermit(BOND, keys, permit);

        vm.assertTrue(nodes.memberAt(_ada.account, block.number));
        vm.assertEq(token.balanceOf(address(nodes)), BOND);
        vm.assertEq(token.allowance(_ada.account, address(nodes)), 0);
    }

    function test_joinWithPermit_WhenSomebodySentThePermitFirst() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);
        Permit memory permit = _permitOf(_ada);
        vm.prank(stranger.account);
        token.permit(_ada.account, address(nodes), BOND, permit.deadline, permit.v, permit.r, permit.s);

        vm.prank(_ada.account);
        nodes.joinWithPermit(BOND, keys, permit);

        vm.assertTrue(nodes.memberAt(_ada.account, block.number));
        vm.assertEq(token.balanceOf(address(nodes)), BOND);
    }

    /* ROTATING */

    function test_rotate_RevertWhen_TheAccountIsNoMember() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NotMember.selector, _ada.account));
        nodes.rotate(keys);
    }

    function test_rotate_RevertWhen_TheAccountHasResigned() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        Keys memory keys = _keys(_ada, _other, "new");

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NotMember.selector, _ada.account));
        nodes.rotate(keys);
    }

    function test_rotate_RevertWhen_TheNewReceiptKeyIsAnothers() external {
        _both();
        Keys memory keys = _keys(_ada, _other, "new");

        vm.prank(_ada.account);
        vm.expectRevert(_taken(_word(_other.account), _ben));
        nodes.rotate(keys);
    }

    function test_rotate_RevertWhen_TheNewFlowerKeyIsAnothers() external {
        _both();
        Keys memory keys = _keys(_ada, _key, "ben's");

        vm.prank(_ada.account);
        vm.expectRevert(_taken(keccak256("ben's"), _ben));
        nodes.rotate(keys);
    }

    function test_rotate_RevertWhen_TheNewPossessionIsAnothers() external {
        _both();
        Actor memory fresh = actor("a fresh key");
        Keys memory keys = _keys(_ben, fresh, "new");

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.KeyNotProved.selector, fresh.account));
        nodes.rotate(keys);
    }

    function test_rotate_WhenTheMemberHasNewKeys() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        uint256 joined = block.number;
        pass(5);
        Keys memory keys = _keys(_ada, _other, "new");

        vm.prank(_ada.account);
        vm.expectEmit(address(nodes));
        emit INodes.KeysSet(_ada.account, _other.account, keccak256("new"), "new");
        nodes.rotate(keys);

        vm.assertEq(nodes.receiptKeyAt(_ada.account, block.number), _other.account);
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), keccak256("new"));
        vm.assertEq(nodes.receiptKeyAt(_ada.account, joined + 4), _key.account);
        vm.assertEq(nodes.flowerKeyAt(_ada.account, joined + 4), keccak256(FLOWER));
        vm.assertEq(nodes.retiredAt(_key.account), block.timestamp);
        vm.assertEq(nodes.retiredAt(_other.account), 0);
        vm.assertEq(nodes.ownerOfReceiptKey(_key.account), _ada.account);
        vm.assertEq(nodes.ownerOfReceiptKey(_other.account), _ada.account);
        vm.assertEq(nodes.bondOf(_ada.account), BOND);
    }

    function test_rotate_WhenTheMemberComesBackToAFormerKey() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        pass(1);
        _rotate(_ada, _keys(_ada, _other, "new"));
        pass(1);

        _rotate(_ada, _keys(_ada, _key, FLOWER));

        vm.assertEq(nodes.receiptKeyAt(_ada.account, block.number), _key.account);
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), keccak256(FLOWER));
        vm.assertEq(nodes.retiredAt(_key.account), 0);
        vm.assertEq(nodes.retiredAt(_other.account), block.timestamp);
    }

    function test_rotate_WhenTheMemberChangesItsFlowerKeyAlone() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        pass(1);

        _rotate(_ada, _keys(_ada, _key, "new"));

        vm.assertEq(nodes.retiredAt(_key.account), 0);
        vm.assertEq(nodes.receiptKeyAt(_ada.account, block.number), _key.account);
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), keccak256("new"));
    }

    /* LEAVING */

    function test_resign_RevertWhen_TheAccountNeverWasAMember() external {
        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NotMember.selector, _ada.account));
        nodes.resign();
    }

    function test_resign_RevertWhen_TheAccountResignedBefore() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NotMember.selector, _ada.account));
        nodes.resign();
    }

    function test_resign_WhenTheAccountIsAMember() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        uint256 joined = block.number;
        pass(3);

        vm.prank(_ada.account);
        vm.expectEmit(address(nodes));
        emit INodes.Left(_ada.account, uint64(block.timestamp) + UNBONDING);
        nodes.resign();

        vm.assertFalse(nodes.memberAt(_ada.account, block.number));
        vm.assertTrue(nodes.memberAt(_ada.account, joined + 2));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), bytes32(0));
        vm.assertEq(nodes.retiredAt(_key.account), block.timestamp);
        vm.assertEq(nodes.withdrawableAt(_ada.account), block.timestamp + UNBONDING);
        vm.assertEq(nodes.bondOf(_ada.account), BOND);
    }

    function test_resign_WhenTheAccountJoinedInThisBlock() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);

        vm.assertFalse(nodes.memberAt(_ada.account, block.number));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), bytes32(0));
        vm.assertEq(nodes.ownerOfReceiptKey(_key.account), _ada.account);
    }

    /* BONDS */

    function test_withdraw_RevertWhen_TheAccountIsStillAMember() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        vm.warp(block.timestamp + 2 * UNBONDING);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.AlreadyMember.selector, _ada.account));
        nodes.withdraw(_ada.account);
    }

    function test_withdraw_RevertWhen_ThereIsNoBond() external {
        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.withdraw(_ada.account);
    }

    function test_withdraw_RevertWhen_TheBondWasTakenBefore() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _join(_ben, _keys(_ben, _other, "ben's"));
        _resign(_ada);
        _withdraw(_ada, _ada.account);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.withdraw(_ada.account);
    }

    function test_withdraw_RevertWhen_TheDelayIsNotOver() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        uint64 earliest = nodes.withdrawableAt(_ada.account);
        vm.warp(earliest - 1);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.StillUnbonding.selector, earliest));
        nodes.withdraw(_ada.account);
    }

    function test_withdraw_RevertWhen_TheReceiverIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        _out(odd);
        odd.refuse(_ada.account, true);

        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(Blacklisting.Refused.selector, _ada.account));
        nodes.withdraw(_ada.account);
    }

    function test_withdraw_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _out(odd);

        odd.arm(address(nodes), abi.encodeCall(INodes.withdraw, (_ada.account)));
        vm.prank(_ada.account);
        nodes.withdraw(_ada.account);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(_ada.account), PURSE);
    }

    function test_withdraw_WhenTheDelayIsOver() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _join(_ben, _keys(_ben, _other, "ben's"));
        _resign(_ada);
        vm.warp(nodes.withdrawableAt(_ada.account));

        vm.prank(_ada.account);
        vm.expectEmit(address(nodes));
        emit INodes.BondWithdrawn(_ada.account, stranger.account, BOND);
        nodes.withdraw(stranger.account);

        vm.assertEq(nodes.bondOf(_ada.account), 0);
        vm.assertEq(nodes.bondOf(_ben.account), BOND);
        vm.assertEq(token.balanceOf(address(nodes)), BOND);
        vm.assertEq(token.balanceOf(stranger.account), PURSE + BOND);
        vm.assertEq(token.balanceOf(_ada.account), PURSE - BOND);
    }

    function test_withdraw_WhenItsOwnAccountIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        _out(odd);
        odd.refuse(_ada.account, true);

        vm.prank(_ada.account);
        nodes.withdraw(_ben.account);

        vm.assertEq(odd.balanceOf(_ben.account), PURSE + BOND);
    }

    function test_withdraw_WhenTheBondLostWorthByItself() external {
        // Whoever comes first takes all: a deployment's token must not change balances by itself.
        Rebasing odd = new Rebasing();
        _among(odd);
        _join(_ada, _keys(_ada, _key, FLOWER));
        _join(_ben, _keys(_ben, _other, "ben's"));
        _resign(_ada);
        _resign(_ben);
        odd.rebase(50);
        vm.assertEq(odd.balanceOf(address(nodes)), BOND);

        _withdraw(_ada, _ada.account);
        _withdraw(_ben, _ben.account);

        vm.assertEq(nodes.bondOf(_ada.account) + nodes.bondOf(_ben.account), 0);
        vm.assertEq(odd.balanceOf(address(nodes)), 0);
    }

    /* SLASHING */

    function test_slash_RevertWhen_TheCallerIsNotTheJudge() external {
        _join(_ada, _keys(_ada, _key, FLOWER));

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.OnlyJudge.selector, stranger.account));
        nodes.slash(_ada.account, stranger.account);
    }

    function test_slash_RevertWhen_TheAccountHasNoBond() external {
        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.slash(_ada.account, stranger.account);
    }

    function test_slash_RevertWhen_TheAccountWasSlashedBefore() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _slash(_ada);

        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.slash(_ada.account, stranger.account);
    }

    function test_slash_RevertWhen_TheBondWasTakenBack() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        _withdraw(_ada, _ada.account);

        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.slash(_ada.account, stranger.account);
    }

    function test_slash_WhenTheAccountIsAMember() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        pass(1);

        vm.prank(address(challenges));
        vm.expectEmit(address(nodes));
        emit INodes.Slashed(_ada.account, stranger.account, BOND, BOND / 4);
        nodes.slash(_ada.account, stranger.account);

        vm.assertFalse(nodes.memberAt(_ada.account, block.number));
        vm.assertTrue(nodes.memberAt(_ada.account, block.number - 1));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, block.number), bytes32(0));
        vm.assertEq(nodes.retiredAt(_key.account), block.timestamp);
        vm.assertTrue(nodes.wasSlashed(_ada.account));
        vm.assertEq(nodes.bondOf(_ada.account), 0);
        vm.assertEq(nodes.owed(stranger.account), 25);
        // The rest moves nowhere.
        vm.assertEq(token.balanceOf(address(nodes)), BOND);
    }

    function test_slash_WhenTheAccountHasResigned() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        uint256 resigned = block.timestamp;
        vm.warp(nodes.withdrawableAt(_ada.account));

        vm.prank(address(challenges));
        nodes.slash(_ada.account, stranger.account);

        vm.assertEq(nodes.retiredAt(_key.account), resigned);
        vm.assertEq(nodes.owed(stranger.account), 25);
        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NoBond.selector, _ada.account));
        nodes.withdraw(_ada.account);
    }

    function test_slash_WhenTheTokenRefusesEverybody() external {
        Blacklisting odd = new Blacklisting();
        _among(odd);
        _join(_ada, _keys(_ada, _key, FLOWER));
        odd.refuse(address(nodes), true);
        odd.refuse(stranger.account, true);

        _slash(_ada);

        vm.assertTrue(nodes.wasSlashed(_ada.account));
        vm.assertEq(nodes.owed(stranger.account), 25);
    }

    function test_slash_WhenAQuarterIsNoWholeNumber() external {
        Keys memory keys = _keys(_ada, _key, FLOWER);
        vm.prank(_ada.account);
        nodes.join(BOND + 3, keys);

        _slash(_ada);

        vm.assertEq(nodes.owed(stranger.account), 25);
    }

    function test_take_RevertWhen_NothingIsOwed() external {
        _join(_ada, _keys(_ada, _key, FLOWER));

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NothingOwed.selector, stranger.account));
        nodes.take(stranger.account);
    }

    function test_take_RevertWhen_ItWasTakenBefore() external {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _slash(_ada);
        vm.prank(stranger.account);
        nodes.take(stranger.account);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(INodes.NothingOwed.selector, stranger.account));
        nodes.take(stranger.account);
    }

    function test_take_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _among(odd);
        _join(_ada, _keys(_ada, _key, FLOWER));
        _slash(_ada);

        odd.arm(address(nodes), abi.encodeCall(INodes.take, (stranger.account)));
        vm.prank(stranger.account);
        nodes.take(stranger.account);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(stranger.account), BOND / 4);
    }

    function test_take_WhenTwoNodesWereReported() external {
        _both();
        _slash(_ada);
        _slash(_ben);

        vm.prank(stranger.account);
        vm.expectEmit(address(nodes));
        emit INodes.RewardTaken(stranger.account, buyer.account, 50);
        nodes.take(buyer.account);

        vm.assertEq(nodes.owed(stranger.account), 0);
        vm.assertEq(token.balanceOf(buyer.account), PURSE + 50);
        vm.assertEq(token.balanceOf(address(nodes)), 150);
    }

    /* VIEWS */

    function test_receiptKeyAt_ItShouldBeWhatSpokeAtTheEndOfABlock() external {
        uint256 start = _history();

        vm.assertEq(nodes.receiptKeyAt(_ada.account, start - 1), address(0));
        vm.assertEq(nodes.receiptKeyAt(_ada.account, start), _key.account);
        vm.assertEq(nodes.receiptKeyAt(_ada.account, start + 9), _key.account);
        vm.assertEq(nodes.receiptKeyAt(_ada.account, start + 10), _other.account);
        vm.assertEq(nodes.receiptKeyAt(_ada.account, start + 20), address(0));
        vm.assertEq(nodes.receiptKeyAt(_ben.account, start + 10), address(0));
    }

    function test_flowerKeyAt_ItShouldBeWhatItSpokeWithAtTheEndOfABlock() external {
        uint256 start = _history();

        vm.assertEq(nodes.flowerKeyAt(_ada.account, start - 1), bytes32(0));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, start + 9), keccak256(FLOWER));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, start + 10), keccak256("new"));
        vm.assertEq(nodes.flowerKeyAt(_ada.account, start + 20), bytes32(0));
    }

    function test_accountOfFlowerKey_ItShouldBeWhomItSpokeForAtTheEndOfABlock() external {
        uint256 start = _history();

        vm.assertEq(nodes.accountOfFlowerKey(FLOWER, start - 1), address(0));
        vm.assertEq(nodes.accountOfFlowerKey(FLOWER, start + 9), _ada.account);
        vm.assertEq(nodes.accountOfFlowerKey(FLOWER, start + 10), address(0));
        vm.assertEq(nodes.accountOfFlowerKey("new", start + 9), address(0));
        vm.assertEq(nodes.accountOfFlowerKey("new", start + 10), _ada.account);
        vm.assertEq(nodes.accountOfFlowerKey("new", start + 20), address(0));
        vm.assertEq(nodes.accountOfFlowerKey("unheard of", start + 10), address(0));
    }

    function test_possessionDigest_ItShouldBeTheTypedDigestOfTheAccount() external view {
        bytes32 hash = keccak256(abi.encode(keccak256("Possession(address account)"), _ada.account));

        vm.assertEq(nodes.possessionDigest(_ada.account), typed(address(nodes), NAME, VERSION, hash));
    }

    /* PARTS */

    function _keys(Actor memory by, Actor memory receipt, bytes memory flower) private view returns (Keys memory) {
        return Keys(receipt.account, flower, signed(receipt, nodes.possessionDigest(by.account)));
    }

    function _join(Actor memory by, Keys memory keys) private {
        vm.prank(by.account);
        nodes.join(BOND, keys);
    }

    function _refuses(Actor memory by, Keys memory keys, bytes memory refusal) private {
        vm.prank(by.account);
        vm.expectRevert(refusal);
        nodes.join(BOND, keys);
    }

    function _rotate(Actor memory by, Keys memory keys) private {
        vm.prank(by.account);
        nodes.rotate(keys);
    }

    function _resign(Actor memory by) private {
        vm.prank(by.account);
        nodes.resign();
    }

    function _withdraw(Actor memory by, address to) private {
        vm.warp(nodes.withdrawableAt(by.account));
        vm.prank(by.account);
        nodes.withdraw(to);
    }

    function _slash(Actor memory by) private {
        vm.prank(address(challenges));
        nodes.slash(by.account, stranger.account);
    }

    function _both() private {
        _join(_ada, _keys(_ada, _key, FLOWER));
        _join(_ben, _keys(_ben, _other, "ben's"));
    }

    /// @dev Joins, rotates after ten blocks, and resigns after twenty.
    function _history() private returns (uint256 start) {
        start = block.number;
        _join(_ada, _keys(_ada, _key, FLOWER));
        pass(10);
        _rotate(_ada, _keys(_ada, _other, "new"));
        pass(10);
        _resign(_ada);
    }

    /// @dev Deploys members anew, with bonds in another token.
    function _among(Minted odd) private {
        nodes = INodes(vm.deployCode("Nodes.sol:Nodes", abi.encode(odd, BOND, UNBONDING, challenges)));
        for (uint256 i = 0; i < members.length; i++) {
            odd.mint(members[i].account, PURSE);
            vm.prank(members[i].account);
            odd.approve(address(nodes), type(uint256).max);
        }
    }

    /// @dev Until the bond, in another token, may be taken back.
    function _out(Minted odd) private {
        _among(odd);
        _join(_ada, _keys(_ada, _key, FLOWER));
        _resign(_ada);
        vm.warp(nodes.withdrawableAt(_ada.account));
    }

    /// @dev An approval of one bond, by an account that had approved nothing.
    function _permitOf(Actor memory by) private returns (Permit memory) {
        vm.prank(by.account);
        token.approve(address(nodes), 0);
        return permitted(by, address(token), "Plain", address(nodes), BOND, 0, block.timestamp);
    }

    function _taken(bytes32 key, Actor memory owner) private pure returns (bytes memory) {
        return abi.encodeWithSelector(INodes.KeyTaken.selector, key, owner.account);
    }

    function _word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
