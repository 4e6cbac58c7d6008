// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicences} from "../../src/interfaces/ILicences.sol";
import {IPrograms, Stage} from "../../src/interfaces/IPrograms.sol";
import {Branch, Payout} from "../../src/libraries/Payouts.sol";
import {Proposal} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Actor} from "../support/Actors.sol";
import {Forest} from "../support/Forest.sol";
import {Training} from "../support/Training.sol";
import {Blacklisting, Minted, Reentrant} from "../support/tokens/OddTokens.sol";

contract ProgramsClaimsTest is Training {
    uint256 private _id;
    Actor private _ben;

    function setUp() external {
        begin();
        _ben = members[1];
        _id = create(ordinary());
    }

    /* REFUSALS */

    function test_claim_RevertWhen_TheRoundIsOnlyProposed() external {
        Proposal memory said = propose(_id, payoutsTo(3));

        _refuses(said, 1, payoutsTo(3)[1], _beside(1), _stage(Stage.Proposed));
    }

    function test_claim_RevertWhen_TheRoundNeverWas() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        vm.prank(_ben.account);
        vm.expectRevert(_stage(Stage.None));
        programs.claim(_id, 2, said, 1, payoutsTo(3)[1], _beside(1), _ben.account);
    }

    function test_claim_RevertWhen_TheCallerIsAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        vm.prank(stranger.account);
        vm.expectRevert(
            abi.encodeWithSelector(IPrograms.NotYourPayout.selector, _ben.account, stranger.account)
        );
        programs.claim(_id, 1, said, 1, payoutsTo(3)[1], _beside(1), _ben.account);
    }

    function test_claim_RevertWhen_TheProposalIsAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        Payout[] memory richer = payoutsTo(3);
        richer[1].payout = 900;
        (Branch memory top, Branch[] memory siblings) = Forest.plant(richer, 1);
        Proposal memory other = _copied(said);
        (other.payoutRoot, other.payoutSum) = (top.digest, top.payout);

        _refuses(other, 1, richer[1], siblings, _wrongProposal(other, said));
    }

    function test_claim_RevertWhen_TheProposalIsAnotherRounds() external {
        Proposal memory first = finish(_id, payoutsTo(3));
        Proposal memory second = finish(_id, payoutsTo(3));

        _refuses(second, 1, payoutsTo(3)[1], _beside(1), _wrongProposal(second, first));
    }

    function test_claim_RevertWhen_AnyFieldOfThePayoutIsAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        // The node is the first field, and the caller has to be it.
        for (uint256 field = 1; field < 5; field++) {
            bytes memory words = abi.encode(payoutsTo(3)[1]);
            words[32 * field + 31] = bytes1(uint8(words[32 * field + 31]) ^ 1);
            Payout memory other = abi.decode(words, (Payout));

            vm.prank(_ben.account);
            vm.expectPartialRevert(IPrograms.WrongPayout.selector);
            programs.claim(_id, 1, said, 1, other, _beside(1), _ben.account);
        }
    }

    function test_claim_RevertWhen_TheIndexIsAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        vm.prank(_ben.account);
        vm.expectPartialRevert(IPrograms.WrongPayout.selector);
        programs.claim(_id, 1, said, 2, payoutsTo(3)[1], _beside(1), _ben.account);
    }

    function test_claim_RevertWhen_TheIndexIsBeyondTheCount() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        _refuses(
            said, 3, payoutsTo(3)[1], _beside(1), abi.encodeWithSelector(Trees.NoSuchLeaf.selector, 3, 3)
        );
    }

    function test_claim_RevertWhen_TheProofIsTooLong() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        _refuses(
            said,
            1,
            payoutsTo(3)[1],
            new Branch[](3),
            abi.encodeWithSelector(Trees.WrongProofLength.selector, 3, 2)
        );
    }

    function test_claim_RevertWhen_ABranchBesideTheWayIsAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        Branch[] memory siblings = _beside(1);
        siblings[1].digest = keccak256("another");

        vm.prank(_ben.account);
        vm.expectPartialRevert(IPrograms.WrongPayout.selector);
        programs.claim(_id, 1, said, 1, payoutsTo(3)[1], siblings, _ben.account);
    }

    function test_claim_RevertWhen_TheBranchesHaveOtherSums() external {
        // One more for the node, one less beside it: the sum above is the same.
        Proposal memory said = finish(_id, payoutsTo(3));
        Payout memory richer = payoutsTo(3)[1];
        Branch[] memory siblings = _beside(1);
        richer.payout++;
        siblings[0].payout--;

        vm.prank(_ben.account);
        vm.expectPartialRevert(IPrograms.WrongPayout.selector);
        programs.claim(_id, 1, said, 1, richer, siblings, _ben.account);
    }

    function test_claim_RevertWhen_ThePromisedSumsAreNotTheTrees() external {
        // Nobody challenged it, and nobody can be paid by it: the sums above do not add up.
        for (uint256 i = 0; i < 2; i++) {
            _id = create(ordinary());
            Proposal memory said = ready(_id, payoutsTo(3));
            bytes32 root = said.payoutRoot;
            if (i == 0) said.payoutSum--;
            else said.sharesSum--;
            vm.prank(aggregator.account);
            programs.propose(_id, said);
            vm.warp(block.timestamp + WINDOW);
            programs.finalize(_id, said);

            bytes memory refusal = abi.encodeWithSelector(IPrograms.WrongPayout.selector, root, root);
            _refuses(said, 1, payoutsTo(3)[1], _beside(1), refusal);
        }
    }

    function test_claim_RevertWhen_ThePayoutWasClaimedBefore() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        claim(_id, 1, said, payoutsTo(3), 1);

        bytes memory refusal = abi.encodeWithSelector(IPrograms.AlreadyClaimed.selector, 1, 1);
        _refuses(said, 1, payoutsTo(3)[1], _beside(1), refusal);
    }

    function test_claim_RevertWhen_TheReceiverIsBlacklisted() external {
        Blacklisting odd = new Blacklisting();
        Proposal memory said = _paidIn(odd);
        odd.refuse(_ben.account, true);

        _refuses(
            said, 1, payoutsTo(3)[1], _beside(1), abi.encodeWithSelector(Blacklisting.Refused.selector, _ben.account)
        );
    }

    /* PAYING */

    function test_claim_WhenThePayoutIsGood() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        Payout memory mine = payoutsTo(3)[1];

        vm.prank(_ben.account);
        vm.expectEmit(address(licences));
        emit ILicences.SharesCredited(_id, 1, _ben.account, 11);
        vm.expectEmit(address(programs));
        emit IPrograms.Claimed(_id, 1, _ben.account, _ben.account, 101, 11);
        programs.claim(_id, 1, said, 1, mine, _beside(1), _ben.account);

        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET - 101);
        vm.assertEq(programs.program(_id).budget, BUDGET - 303);
        vm.assertEq(licences.sharesOf(_id, _ben.account), 11);
        vm.assertEq(programs.round(_id, 1).unclaimed, 5);
    }

    function test_claim_WhenTheNodeNamesAnother() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        vm.prank(_ben.account);
        programs.claim(_id, 1, said, 1, payoutsTo(3)[1], _beside(1), stranger.account);

        vm.assertEq(token.balanceOf(stranger.account), PURSE + 101);
        vm.assertEq(token.balanceOf(_ben.account), PURSE);
        vm.assertEq(licences.sharesOf(_id, _ben.account), 11);
        vm.assertEq(licences.sharesOf(_id, stranger.account), 0);
    }

    function test_claim_WhenOthersClaimAfterIt() external {
        Proposal memory said = finish(_id, payoutsTo(3));

        claim(_id, 1, said, payoutsTo(3), 2);
        claim(_id, 1, said, payoutsTo(3), 0);
        claim(_id, 1, said, payoutsTo(3), 1);

        for (uint256 i = 0; i < 3; i++) {
            vm.assertEq(token.balanceOf(members[i].account), PURSE + 100 + i);
            vm.assertEq(licences.sharesOf(_id, members[i].account), 10 + i);
        }
        vm.assertEq(programs.round(_id, 1).unclaimed, 0);
        vm.assertEq(token.balanceOf(address(programs)), programs.program(_id).budget);
    }

    function test_claim_WhenARoundHasOnePayout() external {
        Rules memory rules = ordinary();
        rules.minNodes = 1;
        _id = create(rules);
        Proposal memory said = finish(_id, payoutsTo(1));

        claim(_id, 1, said, payoutsTo(1), 0);

        vm.assertEq(token.balanceOf(members[0].account), PURSE + 100);
        vm.assertEq(programs.round(_id, 1).unclaimed, 0);
    }

    function test_claim_WhenARoundHasTheMostPayouts() external {
        Rules memory rules = ordinary();
        rules.maxNodes = 256;
        _id = create(rules);
        Payout[] memory payouts = new Payout[](256);
        payouts[0] = payoutsTo(1)[0];
        payouts[255] = payoutsTo(2)[1];
        Proposal memory said = finish(_id, payouts);

        claim(_id, 1, said, payouts, 255);
        claim(_id, 1, said, payouts, 0);

        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
        vm.assertEq(token.balanceOf(members[0].account), PURSE + 100);
        vm.assertEq(programs.round(_id, 1).unclaimed, type(uint256).max - 1 - (1 << 255));
    }

    function test_claim_WhenAPayoutIsNothing() external {
        Payout[] memory payouts = payoutsTo(3);
        (payouts[1].payout, payouts[1].shares) = (0, 0);
        Proposal memory said = finish(_id, payouts);

        claim(_id, 1, said, payouts, 1);

        vm.assertEq(token.balanceOf(_ben.account), PURSE);
        vm.assertEq(licences.sharesOf(_id, _ben.account), 0);
        vm.assertEq(programs.round(_id, 1).unclaimed, 5);
    }

    function test_claim_WhenTheNodeHasLeftMeanwhile() external {
        enrol(_ben, _id);
        Proposal memory said = finish(_id, payoutsTo(3));
        quit(_ben, _id);
        vm.prank(address(challenges));
        nodes.slash(_ben.account, stranger.account);

        claim(_id, 1, said, payoutsTo(3), 1);

        vm.assertEq(token.balanceOf(_ben.account), PURSE - BOND + 101);
    }

    function test_claim_WhenTheProgramHasEndedAndWasRefunded() external {
        Proposal memory said = finish(_id, payoutsTo(3));
        vm.prank(sponsor.account);
        programs.end(_id);
        vm.prank(sponsor.account);
        programs.refund(_id, sponsor.account);

        claim(_id, 1, said, payoutsTo(3), 1);

        vm.assertEq(token.balanceOf(_ben.account), PURSE + 101);
    }

    function test_claim_WhenTwoRoundsOweTheNode() external {
        Proposal memory first = finish(_id, payoutsTo(3));
        Proposal memory second = finish(_id, payoutsTo(2));

        claim(_id, 2, second, payoutsTo(2), 1);
        claim(_id, 1, first, payoutsTo(3), 1);

        vm.assertEq(token.balanceOf(_ben.account), PURSE + 202);
        vm.assertEq(licences.sharesOf(_id, _ben.account), 22);
    }

    function test_claim_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        Proposal memory said = _paidIn(odd);
        Payout memory mine = payoutsTo(3)[1];

        odd.arm(
            address(programs),
            abi.encodeCall(IPrograms.claim, (_id, 1, said, 1, mine, _beside(1), stranger.account))
        );
        claim(_id, 1, said, payoutsTo(3), 1);

        keptOut(odd);
        vm.assertEq(odd.balanceOf(_ben.account), PURSE + 101);
    }

    /* PARTS */

    function _refuses(
        Proposal memory said,
        uint64 index,
        Payout memory payout,
        Branch[] memory siblings,
        bytes memory refusal
    ) private {
        vm.prank(_ben.account);
        vm.expectRevert(refusal);
        programs.claim(_id, 1, said, index, payout, siblings, _ben.account);
    }

    function _paidIn(Minted odd) private returns (Proposal memory) {
        _id = createIn(odd, ordinary());
        for (uint256 i = 0; i < members.length; i++) odd.mint(members[i].account, PURSE);
        return finish(_id, payoutsTo(3));
    }

    function _beside(uint256 index) private view returns (Branch[] memory siblings) {
        (, siblings) = Forest.plant(payoutsTo(3), index);
    }

    function _copied(Proposal memory said) private pure returns (Proposal memory) {
        return abi.decode(abi.encode(said), (Proposal));
    }

    function _stage(Stage given) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPrograms.WrongStage.selector, given, Stage.Finalized);
    }

    function _wrongProposal(Proposal memory given, Proposal memory expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IPrograms.WrongProposal.selector, keccak256(abi.encode(given)), keccak256(abi.encode(expected))
        );
    }
}
