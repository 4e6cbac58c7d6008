// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault, IBonds} from "../../src/interfaces/IBonds.sol";
import {IChallenges, Signed} from "../../src/interfaces/IChallenges.sol";
import {INodes} from "../../src/interfaces/INodes.sol";
import {Cases} from "../../src/libraries/Cases.sol";
import {Contribution, Opening} from "../../src/libraries/Rounds.sol";
import {Aggregation, Rules} from "../../src/libraries/Terms.sol";
import {Actor} from "../support/Actors.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Verdicts} from "../support/Verdicts.sol";

contract ChallengesNodesTest is Verdicts {
    Actor private _node;

    function setUp() external {
        begin();
        found(rulesOf(Aggregation.WeightedMean));
        _node = members[1];
    }

    /* EQUIVOCATION */

    function test_equivocation_RevertWhen_TheFirstHasNoSignature() external {
        (Signed memory first, Signed memory second) = _pair();
        first.signature = new bytes(65);

        fails(equivocation(first, second), _notSigned(first));
    }

    function test_equivocation_RevertWhen_TheSecondHasNoSignature() external {
        (Signed memory first, Signed memory second) = _pair();
        second.signature = new bytes(65);

        fails(equivocation(first, second), _notSigned(second));
    }

    function test_equivocation_RevertWhen_AnotherMemberSignedTheSecond() external {
        (Signed memory first, Signed memory second) = _pair();
        second.signature = signed(members[2], digestOf(second.receipt));

        fails(equivocation(first, second), _notSigned(second));
    }

    function test_equivocation_RevertWhen_ItIsTheSameDelta() external {
        Signed memory first = _receipt(1);
        Signed memory second = _receipt(1);
        second.receipt.weight++;
        second.receipt.deadline++;
        second.receipt.dataset = sets[0];
        second.signature = signed(_node, digestOf(second.receipt));

        fails(equivocation(first, second), _noEquivocation(first, second));
    }

    function test_equivocation_RevertWhen_TheyAreNotOfOneEpoch() external {
        for (uint256 i = 0; i < 5; i++) {
            (Signed memory first, Signed memory second) = _pair();
            if (i == 0) second.receipt.program++;
            if (i == 1) second.receipt.round++;
            if (i == 2) second.receipt.epoch++;
            if (i == 3) second.receipt.baseRoot = 0;
            if (i == 4) second.receipt.aggregator = stranger.account;
            second.signature = signed(_node, digestOf(second.receipt));

            fails(equivocation(first, second), _noEquivocation(first, second));
        }
    }

    function test_equivocation_RevertWhen_TheFirstKeyWasGivenUpLongAgo() external {
        (Signed memory first,) = _pair();
        rotate(_node, actor("fresh"));
        uint64 retired = uint64(vm.getBlockTimestamp());
        vm.warp(retired + UNBONDING + 1);
        Signed memory second = _receipt(2);
        second.signature = signed(actor("fresh"), digestOf(second.receipt));
        bytes memory words = abi.encodeWithSelector(IChallenges.KeyRetired.selector, _node.account, retired);

        fails(equivocation(first, second), words);
        fails(equivocation(second, first), words);
    }

    function test_equivocation_RevertWhen_NobodyCommitted() external {
        (Signed memory first, Signed memory second) = _pair();

        fails(equivocation(first, second), _notCommitted(equivocation(first, second)));
    }

    function test_equivocation_RevertWhen_TheCommitmentIsOfNow() external {
        (Signed memory first, Signed memory second) = _pair();
        pledge(stranger, equivocation(first, second));

        fails(equivocation(first, second), _notCommitted(equivocation(first, second)));
    }

    function test_equivocation_RevertWhen_TheCommitmentIsAnothers() external {
        (Signed memory first, Signed memory second) = _pair();
        pledge(buyer, equivocation(first, second));
        pass(1);

        fails(equivocation(first, second), _notCommitted(equivocation(first, second)));
    }

    function test_equivocation_RevertWhen_ItWasPunishedBefore() external {
        (Signed memory first, Signed memory second) = _pair();
        _pledged(equivocation(first, second));
        judge(equivocation(first, second));
        pledge(stranger, equivocation(second, first));
        pass(1);

        fails(equivocation(second, first), abi.encodeWithSelector(INodes.NoBond.selector, _node.account));
    }

    function test_equivocation_WhenANodeSignedTwoDeltas() external {
        (Signed memory first, Signed memory second) = _pair();
        _pledged(equivocation(first, second));
        uint256 held = token.balanceOf(address(nodes));

        vm.expectEmit(address(challenges));
        emit IChallenges.Equivocated(_node.account, program, 1, 1, stranger.account);
        judge(equivocation(first, second));

        vm.assertEq(nodes.bondOf(_node.account), 0);
        vm.assertFalse(nodes.memberAt(_node.account, vm.getBlockNumber()));
        vm.assertEq(nodes.owed(stranger.account), BOND / 4);
        vm.assertEq(token.balanceOf(address(nodes)), held);
        vm.prank(stranger.account);
        nodes.take(stranger.account);
        vm.assertEq(token.balanceOf(stranger.account), PURSE + BOND / 4);
    }

    function test_equivocation_WhenTheNodeGaveUpItsKeyLately() external {
        (Signed memory first, Signed memory second) = _pair();
        bytes memory call_ = equivocation(first, second);
        _pledged(call_);
        vm.prank(_node.account);
        nodes.resign();
        // To the last second of the time in which its bond is still there for sure.
        vm.warp(vm.getBlockTimestamp() + UNBONDING);

        judge(call_);

        vm.assertEq(nodes.bondOf(_node.account), 0);
        vm.assertEq(nodes.owed(stranger.account), BOND / 4);
    }

    function test_equivocation_WhenTheNodeChangedItsKeyInBetween() external {
        (Signed memory first,) = _pair();
        rotate(_node, actor("fresh"));
        Signed memory second = _receipt(2);
        second.signature = signed(actor("fresh"), digestOf(second.receipt));
        _pledged(equivocation(first, second));

        judge(equivocation(first, second));

        vm.assertEq(nodes.bondOf(_node.account), 0);
    }

    function test_equivocation_WhenTheNodeTookItsFirstKeyUpAgain() external {
        (Signed memory first, Signed memory second) = _pair();
        rotate(_node, actor("fresh"));
        pass(1);
        rotate(_node, _node);
        vm.warp(vm.getBlockTimestamp() + UNBONDING + 1);
        _pledged(equivocation(first, second));

        judge(equivocation(first, second));

        vm.assertEq(nodes.bondOf(_node.account), 0);
    }

    /* DRAWS: REFUSALS */

    function test_draw_RevertWhen_NothingWasForfeited() external {
        Draft memory told = standing();

        fails(
            _draw(told, 0),
            abi.encodeWithSelector(IChallenges.NotTheEpoch.selector, keccak256(abi.encode(told.close)), 0)
        );
    }

    function test_draw_RevertWhen_AnotherProposalIsShown() external {
        Draft memory told = _void();
        bytes32 right = Drafts.hashOf(told);
        told.proposal.manifest = 0;

        fails(
            _draw(told, 0), abi.encodeWithSelector(IChallenges.NotTheEpoch.selector, Drafts.hashOf(told), right)
        );
    }

    function test_draw_RevertWhen_TheProposalIsForAnotherClose() external {
        Draft memory told = _void();
        told.close.places = 1;
        bytes32 given = keccak256(abi.encode(told.close));

        fails(
            _draw(told, 0), abi.encodeWithSelector(Cases.NotTheClose.selector, given, told.proposal.close)
        );
    }

    function test_draw_RevertWhen_OnlyTheOpeningOfAClosedEpochIsShown() external {
        Draft memory told = _silent(true);
        bytes32 right = keccak256(abi.encode(told.close));
        told.close.count = 0;

        fails(
            _draw(told, 0),
            abi.encodeWithSelector(IChallenges.NotTheEpoch.selector, keccak256(abi.encode(told.close)), right)
        );
    }

    function test_draw_RevertWhen_AnotherOpeningIsShown() external {
        Draft memory told = _silent(false);
        bytes32 right = keccak256(abi.encode(told.opening));
        told.close.places = 1;

        fails(
            _draw(told, 0),
            abi.encodeWithSelector(IChallenges.NotTheEpoch.selector, keccak256(abi.encode(told.close)), right)
        );
    }

    function test_draw_RevertWhen_TheReceiptIsOfAnotherEpoch() external {
        Draft memory told = _void();
        Signed memory given = signedAt(told, 1);
        given.receipt.epoch++;
        given.signature = signed(_node, digestOf(given.receipt));
        bytes memory words = abi.encodeWithSelector(
            IChallenges.AnotherRound.selector, 1, 1, told.parentRoot, aggregator.account
        );

        fails(draw(told, given, acked(given.receipt)), words);
    }

    function test_draw_RevertWhen_TheNodesKeyDidNotSign() external {
        Draft memory told = _void();
        Signed memory given = signedAt(told, 1);
        given.signature = signed(stranger, digestOf(given.receipt));

        fails(draw(told, given, acked(given.receipt)), _notSigned(given));
    }

    function test_draw_RevertWhen_TheAggregatorDidNotAck() external {
        Draft memory told = _void();
        Signed memory given = signedAt(told, 1);
        bytes memory ack = signed(stranger, ackDigest(address(programs), digestOf(given.receipt), 1));

        fails(draw(told, given, ack), abi.encodeWithSelector(IChallenges.NotAcked.selector, digestOf(given.receipt)));
    }

    function test_draw_RevertWhen_TheNodeHadNotJoined() external {
        vm.prank(_node.account);
        enrolments.quit(program);
        Draft memory told = _void();

        fails(
            _draw(told, 1),
            abi.encodeWithSelector(IChallenges.NotIncludable.selector, _node.account, sets[1], 2)
        );
    }

    function test_draw_RevertWhen_TheNodeWasNotAsked() external {
        (Draft memory told, uint256 absent) = _sampledSilent();

        fails(
            _draw(told, absent),
            abi.encodeWithSelector(
                IChallenges.NotIncludable.selector, members[absent].account, sets[absent], weightOf(absent)
            )
        );
    }

    function test_draw_RevertWhen_TheNodeHasDrawn() external {
        Draft memory told = _void();
        judge(_draw(told, 1));

        fails(
            _draw(told, 1),
            abi.encodeWithSelector(IBonds.AlreadyDrawn.selector, Drafts.keyOf(told), _node.account)
        );
    }

    function test_draw_RevertWhen_TheTimeIsOver() external {
        Draft memory told = _void();
        uint64 until = uint64(vm.getBlockTimestamp()) + WINDOW;
        vm.warp(until + 1);

        fails(_draw(told, 1), abi.encodeWithSelector(IBonds.TooLate.selector, until));
    }

    /* DRAWS */

    function test_draw_WhenTheEpochWasFalse() external {
        Draft memory told = _void();
        for (uint256 i = 0; i < 4; i++) {
            judge(_draw(told, i));
            vm.assertEq(bonds.owed(token, members[i].account), STAKE / 4 / 4);
        }
        vm.prank(_node.account);
        bonds.take(token, _node.account);
        vm.assertEq(token.balanceOf(_node.account), PURSE - BOND + STAKE / 16);
        settle(told);
        vm.assertEq(token.balanceOf(address(bonds)), 2 * STAKE - STAKE / 16);
    }

    function test_draw_WhenTheEpochNeverClosed() external {
        Draft memory told = _silent(false);

        judge(_draw(told, 1));

        vm.assertEq(bonds.owed(token, _node.account), STAKE / 2 / 4);
        settle(told);
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total, 2 * STAKE - STAKE / 8);
        vm.assertEq(locked, 0);
    }

    function test_draw_WhenTheEpochClosed() external {
        Draft memory told = _silent(true);

        judge(_draw(told, 1));

        vm.assertEq(bonds.owed(token, _node.account), STAKE / 2 / 4);
        settle(told);
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total, 2 * STAKE - STAKE / 8 - STAKE / 4);
        vm.assertEq(locked, 0);
    }

    function test_draw_WhenTheEpochFellWithItsParent() external {
        Draft memory parent = disordered();
        Draft memory told = following(parent);
        stand(told);
        judge(disorder(parent, 0));
        vm.assertTrue(bonds.forfeitOf(Drafts.keyOf(told)).fault == Fault.Silent);

        judge(_draw(told, 1));

        vm.assertEq(bonds.owed(token, _node.account), STAKE / 2 / 4);
    }

    function test_draw_WhenTheNodeLeftSince() external {
        Draft memory told = _silent(true);
        pass(1);
        vm.startPrank(_node.account);
        enrolments.quit(program);
        datasets.retire(sets[1]);
        nodes.resign();
        vm.stopPrank();
        pass(1);

        judge(_draw(told, 1));

        vm.assertEq(bonds.owed(token, _node.account), STAKE / 8);
    }

    function test_draw_WhenTheReceiptIsOnABaseThatIsGone() external {
        // With the parent void, nobody could show any more what the base was.
        Draft memory told = _silent(false);
        Signed memory given = signedAt(told, 1);
        given.receipt.baseRoot = keccak256("gone");
        given.signature = signed(_node, digestOf(given.receipt));

        judge(draw(told, given, acked(given.receipt)));

        vm.assertEq(bonds.owed(token, _node.account), STAKE / 8);
    }

    function test_draw_WhenTheSampleHoldsTheSeat() external {
        (Draft memory told, uint256 absent) = _sampledSilent();
        for (uint256 i = 0; i < 4; i++) {
            if (i == absent || !asks(told.opening, i)) continue;
            judge(_draw(told, i));
            vm.assertEq(bonds.owed(token, members[i].account), STAKE / 2 / 2);
        }
        vm.assertEq(bonds.forfeitOf(Drafts.keyOf(told)).drawn, 2);
    }

    /* PARTS */

    function _void() private returns (Draft memory told) {
        told = honest();
        bend(told, 0, 0, 1);
        stand(told);
        judge(wrongSum(told, 0, 0));
    }

    function _silent(bool closed) private returns (Draft memory told) {
        told = honest();
        Drafts.shut(told);
        if (closed) close(told);
        vm.warp(vm.getBlockTimestamp() + PATIENCE + 1);
        programs.abandon(program);
    }

    function _sampledSilent() private returns (Draft memory told, uint256 absent) {
        Rules memory rules = rulesOf(Aggregation.WeightedMean);
        rules.maxNodes = 2;
        found(rules);
        pass(1);
        programs.anchor(program);
        pass(2);
        Opening memory opening = opened();
        told = sketch(opening, start(), everybody(), 1);
        Drafts.shut(told);
        vm.warp(vm.getBlockTimestamp() + PATIENCE + 1);
        programs.abandon(program);
        while (asks(opening, absent)) absent++;
    }

    function _draw(Draft memory told, uint256 who) private view returns (bytes memory) {
        Signed memory given = signedAt(told, who);
        return draw(told, given, acked(given.receipt));
    }

    function _pair() private view returns (Signed memory, Signed memory) {
        return (_receipt(1), _receipt(2));
    }

    function _receipt(uint256 delta) private view returns (Signed memory given) {
        Draft memory told;
        told.opening.program = program;
        (told.opening.round, told.opening.epoch) = (1, 1);
        told.opening.aggregator = aggregator.account;
        told.parentRoot = keccak256("base");
        Contribution memory each;
        each.dataset = sets[1];
        each.deltaRoot = bytes32(delta);
        each.weight = 2;
        given.receipt = receiptOf(told, each);
        given.signature = signed(_node, digestOf(given.receipt));
    }

    function _pledged(bytes memory call_) private {
        pledge(stranger, call_);
        pass(1);
    }

    function _notSigned(Signed memory given) private view returns (bytes memory) {
        return abi.encodeWithSelector(IChallenges.NotSigned.selector, digestOf(given.receipt));
    }

    function _noEquivocation(Signed memory first, Signed memory second) private view returns (bytes memory) {
        bytes32 one = digestOf(first.receipt);
        return abi.encodeWithSelector(IChallenges.NoEquivocation.selector, one, digestOf(second.receipt));
    }

    function _notCommitted(bytes memory call_) private view returns (bytes memory) {
        bytes32 commitment = commitmentOf(stranger, call_);
        return abi.encodeWithSelector(IChallenges.NotCommitted.selector, stranger.account, commitment);
    }
}
