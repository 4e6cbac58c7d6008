// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault} from "../../src/interfaces/IBonds.sol";
import {IChallenges} from "../../src/interfaces/IChallenges.sol";
import {Stage} from "../../src/interfaces/IPrograms.sol";
import {Cases} from "../../src/libraries/Cases.sol";
import {Aggregation} from "../../src/libraries/Terms.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Verdicts} from "../support/Verdicts.sol";

/// @notice What all challenges have in common, shown by the cheapest of them.
contract ChallengesCasesTest is Verdicts {
    function setUp() external {
        begin();
        found(rulesOf(Aggregation.WeightedMean));
    }

    /* DEPLOYMENT */

    function test_constructor_WhenEverythingIsDeployed() external view {
        vm.assertEq(address(challenges.programs()), address(programs));
        vm.assertEq(address(challenges.bonds()), address(bonds));
        vm.assertEq(address(challenges.enrolments()), address(enrolments));
        vm.assertEq(address(challenges.nodes()), address(nodes));
        vm.assertEq(address(challenges.datasets()), address(datasets));
        vm.assertEq(address(challenges.models()), address(models));
    }

    /* COMMITMENTS */

    function test_commit_WhenItWasCommittedToBefore() external {
        vm.prank(stranger.account);
        challenges.commit(SALT);
        uint256 first = vm.getBlockTimestamp();
        pass(1);

        vm.recordLogs();
        vm.prank(stranger.account);
        challenges.commit(SALT);

        vm.assertEq(vm.getRecordedLogs().length, 0);
        vm.assertEq(challenges.committedAt(stranger.account, SALT), first);
    }

    function test_commit_WhenItIsNew() external {
        vm.expectEmit(address(challenges));
        emit IChallenges.Committed(stranger.account, SALT);
        vm.prank(stranger.account);
        challenges.commit(SALT);

        vm.assertEq(challenges.committedAt(stranger.account, SALT), vm.getBlockTimestamp());
        vm.assertEq(challenges.committedAt(buyer.account, SALT), 0);
    }

    /* CASES */

    function test_case_RevertWhen_TheCloseIsAnotherOne() external {
        Draft memory told = disordered();
        told.close.weightsHash = 0;
        bytes32 given = keccak256(abi.encode(told.close));

        fails(
            disorder(told, 0), abi.encodeWithSelector(Cases.NotTheClose.selector, given, told.proposal.close)
        );
    }

    function test_case_RevertWhen_TheProposalIsAnotherOne() external {
        Draft memory told = disordered();
        told.proposal.manifest = 0;

        fails(disorder(told, 0), _noSuchCase(told));
    }

    function test_case_RevertWhen_TheRoundIsFinal() external {
        Draft memory told = disordered();
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        programs.finalize(program, told.proposal);

        fails(disorder(told, 0), _noSuchCase(told));
    }

    function test_case_RevertWhen_TheRoundWasAbandoned() external {
        Draft memory told = honest();
        swap(told, 0);
        Drafts.shut(told);
        close(told);
        Drafts.commit(told);
        vm.warp(vm.getBlockTimestamp() + PATIENCE + 1);
        programs.abandon(program);

        fails(disorder(told, 0), _noSuchCase(told));
    }

    function test_case_RevertWhen_TheRoundFellWithItsParent() external {
        Draft memory parent = disordered();
        Draft memory told = following(parent);
        swap(told, 0);
        stand(told);
        pledge(stranger, disorder(told, 0));
        pass(1);
        judge(buyer, disorder(parent, 0));

        vm.assertTrue(bonds.forfeitOf(Drafts.keyOf(told)).fault == Fault.Silent);
        fails(disorder(told, 0), _noSuchCase(told));
    }

    function test_case_RevertWhen_TheRoundIsVoidAndNobodyCommitted() external {
        Draft memory told = disordered();
        judge(buyer, disorder(told, 0));

        fails(disorder(told, 0), _notCommitted(disorder(told, 0)));
    }

    function test_case_RevertWhen_TheRoundIsVoidAndTheCommitmentIsOfNow() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        judge(buyer, call_);
        pass(1);
        pledge(stranger, call_);

        fails(call_, _notCommitted(call_));
    }

    function test_case_RevertWhen_TheCommitmentIsAnothers() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(buyer, call_);
        vm.prank(stranger.account);
        challenges.commit(commitmentOf(buyer, call_));
        pass(1);
        judge(buyer, call_);

        fails(call_, _notCommitted(call_));
    }

    function test_case_RevertWhen_TheCommitmentIsYoungerThanTheVerdict() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        judge(buyer, call_);
        pledge(stranger, call_);
        uint256 late = vm.getBlockTimestamp();
        pass(1);

        fails(call_, abi.encodeWithSelector(IChallenges.CommittedTooLate.selector, late, late));
    }

    function test_case_RevertWhen_TheTimeForBountiesIsOver() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(stranger, call_);
        pass(1);
        judge(buyer, call_);
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);

        fails(call_, _noSuchCase(told));
    }

    function test_case_RevertWhen_AnotherProposalOfAVoidEpochIsShown() external {
        Draft memory told = disordered();
        judge(buyer, disorder(told, 0));
        told.proposal.manifest = 0;
        bytes memory call_ = disorder(told, 0);
        pledge(stranger, call_);
        pass(1);

        fails(call_, _noSuchCase(told));
    }

    function test_case_WhenNobodyCommitted() external {
        Draft memory told = disordered();

        refutes(told, disorder(told, 0));

        vm.assertEq(challengerOf(told), address(0));
        settle(told);
        vm.assertEq(bonds.owed(token, stranger.account), 0);
        // Nobody drew and nobody claims: all of the bond lies there, owed to nobody.
        vm.assertEq(token.balanceOf(address(bonds)), 2 * STAKE);
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total, STAKE);
        vm.assertEq(locked, 0);
    }

    function test_case_WhenTheCommitmentIsOfTheSameBlock() external {
        Draft memory told = disordered();
        pledge(stranger, disorder(told, 0));

        refutes(told, disorder(told, 0));

        vm.assertEq(challengerOf(told), address(0));
    }

    function test_case_WhenTheChallengerCommitted() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(stranger, call_);
        uint256 committed = vm.getBlockTimestamp();
        pass(1);

        vm.expectEmit(address(challenges));
        emit IChallenges.ProposalRefuted(program, 1, 1, stranger.account, IChallenges.disorder.selector, committed);
        judge(call_);

        settle(told);
        vm.assertEq(bonds.owed(token, stranger.account), STAKE / 4);
        vm.prank(stranger.account);
        bonds.take(token, stranger.account);
        vm.assertEq(token.balanceOf(stranger.account), PURSE + STAKE / 4);
        vm.assertEq(token.balanceOf(address(bonds)), 2 * STAKE - STAKE / 4);
    }

    function test_case_WhenACopierComesFirst() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(stranger, call_);
        pass(1);
        judge(buyer, call_);
        vm.assertTrue(programs.round(program, 1).stage == Stage.None);
        vm.warp(vm.getBlockTimestamp() + WINDOW);

        judge(call_);

        vm.assertEq(challengerOf(told), stranger.account);
        settle(told);
        vm.assertEq(bonds.owed(token, buyer.account), 0);
        vm.assertEq(bonds.owed(token, stranger.account), STAKE / 4);
    }

    function test_case_WhenTheEarliestOfTwoComesLast() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(stranger, call_);
        pass(1);
        pledge(buyer, disorder(told, 2));
        pass(1);
        judge(buyer, disorder(told, 2));
        vm.assertEq(challengerOf(told), buyer.account);

        judge(call_);

        settle(told);
        vm.assertEq(bonds.owed(token, buyer.account), 0);
        vm.assertEq(bonds.owed(token, stranger.account), STAKE / 4);
    }

    function test_case_WhenTheEarliestOfTwoComesFirst() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(buyer, call_);
        pass(1);
        pledge(stranger, call_);
        pass(1);
        judge(buyer, call_);

        judge(call_);

        settle(told);
        vm.assertEq(bonds.owed(token, buyer.account), STAKE / 4);
        vm.assertEq(bonds.owed(token, stranger.account), 0);
    }

    function test_case_WhenTheAggregatorChallengesItself() external {
        Draft memory told = disordered();
        bytes memory call_ = disorder(told, 0);
        pledge(aggregator, call_);
        pass(1);

        judge(aggregator, call_);

        settle(told);
        (uint128 total,) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total, STAKE);
        vm.assertEq(bonds.owed(token, aggregator.account), STAKE / 4);
        // Even with all of its nodes' draws it loses half a bond, which is more than a round pays.
        vm.assertGt(STAKE / 2, REWARD);
    }

    function test_case_WhenALaterRoundBuildsOnTheLie() external {
        Draft memory parent = disordered();
        Draft memory told = following(parent);
        stand(told);

        judge(disorder(parent, 0));

        vm.assertTrue(programs.round(program, 1).stage == Stage.None);
        vm.assertTrue(programs.round(program, 2).stage == Stage.None);
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);
        // All of the first bond, and the half of the second that its nodes may draw.
        vm.assertEq(total, STAKE / 2);
        vm.assertEq(locked, 0);
    }

    function test_case_WhenOnlyTheLaterRoundIsFalse() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        swap(told, 0);
        stand(told);

        refutes(told, disorder(told, 0));

        vm.assertTrue(programs.round(program, 1).stage == Stage.Proposed);
        vm.assertEq(programs.program(program).tip, 1);
    }

    /* PARTS */

    function _noSuchCase(Draft memory told) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IChallenges.NoSuchCase.selector, Drafts.hashOf(told));
    }

    function _notCommitted(bytes memory call_) private view returns (bytes memory) {
        bytes32 commitment = commitmentOf(stranger, call_);
        return abi.encodeWithSelector(IChallenges.NotCommitted.selector, stranger.account, commitment);
    }
}
