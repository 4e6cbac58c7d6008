// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault, Forfeit, IBonds} from "../../src/interfaces/IBonds.sol";
import {IModels} from "../../src/interfaces/IModels.sol";
import {IPrograms, Program, Round, Stage} from "../../src/interfaces/IPrograms.sol";
import {Payout} from "../../src/libraries/Payouts.sol";
import {Close, Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Actor} from "../support/Actors.sol";
import {Training} from "../support/Training.sol";

contract ProgramsRoundsTest is Training {
    uint256 private _id;

    function setUp() external {
        begin();
        _id = create(ordinary());
        pass(1);
    }

    /* ANCHORS */

    function test_anchor_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.anchor(2);
    }

    function test_anchor_RevertWhen_EverybodyHasAPlace() external {
        _crowd(3);

        _refusesAnchor();
    }

    function test_anchor_RevertWhen_ThereIsAnAnchorAndItsBlockHasNotPassed() external {
        _crowd(4);
        programs.anchor(_id);

        _refusesAnchor();
        pass(1);
        _refusesAnchor();
    }

    function test_anchor_RevertWhen_ThereIsAnAnchorAndItsHashIsKnown() external {
        _crowd(4);
        programs.anchor(_id);
        pass(2);
        _refusesAnchor();

        // The block after the anchor is 256 blocks old: the last one that the chain tells of.
        pass(255);
        _refusesAnchor();
    }

    function test_anchor_WhenNobodyHasSetOne() external {
        _crowd(5);
        quit(members[1], _id);

        vm.prank(stranger.account);
        vm.expectEmit(address(programs));
        emit IPrograms.Anchored(_id, 5, 4);
        programs.anchor(_id);

        _anchored(block.number, 5, 4);
    }

    function test_anchor_WhenTheHashOfTheLastOneIsForgotten() external {
        _crowd(4);
        programs.anchor(_id);
        pass(258);

        programs.anchor(_id);

        _anchored(block.number, 4, 4);
    }

    function test_anchor_WhenTheLastOneIsOfATimeWhenThereWasRoomForAll() external {
        _crowd(3);
        finish(_id, payoutsTo(2));
        _anchored(block.number, 3, 3);
        enrol(stranger, _id);

        programs.anchor(_id);

        _anchored(block.number, 4, 4);
    }

    /* OPENING: REFUSALS */

    function test_open_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.open(2);
    }

    function test_open_RevertWhen_TheCallerIsNotTheAggregator() external {
        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, sponsor.account));
        programs.open(_id);
    }

    function test_open_RevertWhen_TheProgramIsEnding() external {
        vm.prank(sponsor.account);
        programs.end(_id);

        _refusesOpen(abi.encodeWithSelector(IPrograms.ProgramEnding.selector, _id));
    }

    function test_open_RevertWhen_AllRoundsAreFinal() external {
        Rules memory rules = ordinary();
        rules.rounds = 1;
        _id = create(rules);
        finish(_id, payoutsTo(2));

        _refusesOpen(abi.encodeWithSelector(IPrograms.NoRoundsLeft.selector, 1));
    }

    function test_open_RevertWhen_AllRoundsAreInProgress() external {
        Rules memory rules = ordinary();
        rules.rounds = 2;
        _id = create(rules);
        propose(_id, payoutsTo(2));
        propose(_id, payoutsTo(2));

        _refusesOpen(abi.encodeWithSelector(IPrograms.NoRoundsLeft.selector, 2));
    }

    function test_open_RevertWhen_TheRoundBeforeIsOpen() external {
        open(_id);

        _refusesOpen(_stage(Stage.Open, Stage.Proposed));
    }

    function test_open_RevertWhen_TheRoundBeforeIsClosed() external {
        openAndClose(_id, 2);

        _refusesOpen(_stage(Stage.Closed, Stage.Proposed));
    }

    function test_open_RevertWhen_AsManyRoundsArePendingAsMayBe() external {
        for (uint256 i = 0; i < 3; i++) propose(_id, payoutsTo(2));

        _refusesOpen(abi.encodeWithSelector(IPrograms.TooManyPending.selector, 3));
    }

    function test_open_RevertWhen_TheBudgetDoesNotCoverAllRoundsInProgress() external {
        _id = _with(2 * REWARD - 1);
        propose(_id, payoutsTo(2));

        _refusesOpen(abi.encodeWithSelector(IPrograms.BudgetTooSmall.selector, 2 * REWARD - 1, 2 * REWARD));
    }

    function test_open_RevertWhen_TheBudgetDoesNotCoverAnotherRound() external {
        _id = _with(REWARD + 200);
        finish(_id, payoutsTo(2));

        // 100 and 101 are owed.
        _refusesOpen(abi.encodeWithSelector(IPrograms.BudgetTooSmall.selector, REWARD - 1, REWARD));
    }

    function test_open_RevertWhen_TheBondIsTooSmall() external {
        vm.prank(aggregator.account);
        bonds.withdraw(_id, 7 * STAKE + 1, aggregator.account);

        _refusesOpen(abi.encodeWithSelector(IBonds.FreeBondTooSmall.selector, STAKE - 1, STAKE));
    }

    function test_open_RevertWhen_TheSameEpochWasGivenUpAndTheAggregatorIsOverdue() external {
        open(_id);
        uint64 due = programs.program(_id).due;
        vm.warp(due);
        programs.abandon(_id);

        _refusesOpen(abi.encodeWithSelector(IPrograms.Overdue.selector, due));
    }

    function test_open_RevertWhen_TheRoundWasVoided() external {
        propose(_id, payoutsTo(2));
        _void(1);

        _refusesOpen(abi.encodeWithSelector(IPrograms.Overdue.selector, block.timestamp));
    }

    function test_open_RevertWhen_TooManyTakePartAndNothingSamplesThem() external {
        _crowd(4);

        _refusesOpen(abi.encodeWithSelector(IPrograms.AnchorNeeded.selector, _id));
    }

    function test_open_RevertWhen_TheBlockThatSamplesIsThisOne() external {
        _crowd(4);
        programs.anchor(_id);
        pass(1);

        _refusesOpen(abi.encodeWithSelector(IPrograms.SampleNotYet.selector, block.number));
    }

    function test_open_RevertWhen_TheBlockThatSamplesIsTheLastOne() external {
        // In the anchor's own block, too, the next one is not there.
        _crowd(4);
        programs.anchor(_id);

        _refusesOpen(abi.encodeWithSelector(IPrograms.SampleNotYet.selector, block.number + 1));
    }

    function test_open_RevertWhen_TheHashThatSamplesIsForgotten() external {
        _crowd(4);
        programs.anchor(_id);
        pass(258);

        _refusesOpen(abi.encodeWithSelector(IPrograms.AnchorNeeded.selector, _id));
    }

    function test_open_RevertWhen_TheAnchorIsOfATimeWhenThereWasRoomForAll() external {
        _crowd(3);
        finish(_id, payoutsTo(2));
        enrol(stranger, _id);
        pass(2);

        _refusesOpen(abi.encodeWithSelector(IPrograms.AnchorNeeded.selector, _id));
    }

    /* OPENING */

    function test_open_WhenNobodyTakesPart() external {
        Opening memory opening = open(_id);

        vm.assertEq(abi.encode(opening), abi.encode(_asksAll(1, 1, 0, 0)));
        vm.assertEq(programs.round(_id, 1).places, 0);
    }

    function test_open_WhenEverybodyHasAPlace() external {
        _crowd(2);
        Opening memory opening = _asksAll(1, 1, 0, 2);

        vm.prank(aggregator.account);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundOpened(_id, 1, 1, opening, uint64(block.timestamp) + PATIENCE);
        (uint64 number, uint64 epoch) = programs.open(_id);

        vm.assertEq(number, 1);
        vm.assertEq(epoch, 1);
        Round memory expected;
        expected.stage = Stage.Open;
        expected.epoch = 1;
        expected.openedAt = uint40(block.timestamp);
        expected.places = 2;
        expected.commitment = keccak256(abi.encode(opening));
        vm.assertEq(abi.encode(programs.round(_id, 1)), abi.encode(expected));
        Program memory found = programs.program(_id);
        vm.assertEq(found.tip, 1);
        vm.assertEq(found.finalized, 0);
        vm.assertEq(found.due, block.timestamp + 2 * PATIENCE);
        _bond(8 * STAKE, STAKE);
    }

    function test_open_WhenAsManyTakePartAsMay() external {
        _crowd(4);
        quit(members[0], _id);

        vm.assertEq(abi.encode(open(_id)), abi.encode(_asksAll(1, 1, 0, 4)));
    }

    function test_open_WhenTooManyTakePart() external {
        _crowd(4);
        uint64 anchor = uint64(block.number);
        programs.anchor(_id);
        pass(2);

        Opening memory opening = open(_id);

        Opening memory expected = _asksAll(1, 1, 0, 4);
        (expected.anchor, expected.places, expected.sample) = (anchor, 3, blockhash(anchor + 1));
        vm.assertEq(abi.encode(opening), abi.encode(expected));
        vm.assertNotEq(opening.sample, bytes32(0));
        vm.assertEq(programs.round(_id, 1).places, 3);
    }

    function test_open_WhenSeatsAreEmpty() external {
        _crowd(6);
        quit(members[0], _id);
        quit(members[1], _id);
        programs.anchor(_id);
        // Who comes later has no part in what was drawn before.
        enrol(members[0], _id);
        pass(2);

        Opening memory opening = open(_id);

        // Three of four, so five of six: the least that makes three likely.
        vm.assertEq(opening.seats, 6);
        vm.assertEq(opening.places, 5);
    }

    function test_open_WhenTheChainKeepsOldHashes() external {
        _crowd(4);
        programs.anchor(_id);
        uint256 source = block.number + 1;
        pass(1000);
        remember(source, keccak256("an old block"));

        vm.assertEq(open(_id).sample, keccak256("an old block"));
    }

    function test_open_WhenTheRoundBeforeIsProposed() external {
        propose(_id, payoutsTo(2));

        Opening memory opening = open(_id);

        vm.assertEq(opening.round, 2);
        vm.assertEq(opening.parent, 1);
        vm.assertEq(opening.epoch, 1);
        vm.assertEq(programs.program(_id).tip, 2);
        _bond(8 * STAKE, 2 * STAKE);
    }

    function test_open_WhenTheBudgetCoversAllRoundsInProgressExactly() external {
        _id = _with(3 * REWARD);
        propose(_id, payoutsTo(2));
        propose(_id, payoutsTo(2));

        vm.assertEq(open(_id).round, 3);
    }

    function test_open_WhenTheAggregatorIsOverdueWithAFirstEpoch() external {
        vm.warp(programs.program(_id).due + 10_000);

        open(_id);

        vm.assertEq(programs.program(_id).due, block.timestamp + 2 * PATIENCE);
    }

    function test_open_WhenTheAggregatorHasTheFloorForLonger() external {
        propose(_id, payoutsTo(2));
        uint64 due = programs.program(_id).due;
        pass(1);

        open(_id);

        vm.assertEq(programs.program(_id).due, due);
    }

    function test_open_WhenAnEpochWasGivenUpInTime() external {
        _crowd(2);
        open(_id);
        uint64 due = programs.program(_id).due;
        vm.warp(due - 1);
        programs.abandon(_id);

        Opening memory opening = open(_id);

        vm.assertEq(abi.encode(opening), abi.encode(_asksAll(1, 2, 0, 2)));
        vm.assertEq(programs.program(_id).due, due);
        vm.assertEq(programs.program(_id).tip, 1);
    }

    /* OPENING FROM OLDER VERSIONS */

    function test_openFrom_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.openFrom(2, 0);
    }

    function test_openFrom_RevertWhen_TheCallerIsNotTheAggregator() external {
        _replaced(2);

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, sponsor.account));
        programs.openFrom(_id, 0);
    }

    function test_openFrom_RevertWhen_TheAggregatorIsTheFirstOne() external {
        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotAReplacement.selector, 0, 0, 0));
        programs.openFrom(_id, 0);
    }

    function test_openFrom_RevertWhen_ARoundIsInProgress() external {
        _replaced(2);
        vm.prank(aggregator.account);
        programs.openFrom(_id, 1);

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotAReplacement.selector, 2, 2, 3));
        programs.openFrom(_id, 1);
    }

    function test_openFrom_RevertWhen_TheAggregatorHasMadeAVersion() external {
        _replaced(1);
        finish(_id, payoutsTo(2));

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotAReplacement.selector, 1, 2, 2));
        programs.openFrom(_id, 1);
    }

    function test_openFrom_RevertWhen_ThereIsNoSuchVersion() external {
        _replaced(2);

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchVersion.selector, 3, 2));
        programs.openFrom(_id, 3);
    }

    function test_openFrom_WhenAnotherAggregatorHasTheFloor() external {
        _replaced(2);

        vm.recordLogs();
        vm.prank(aggregator.account);
        (uint64 number, uint64 epoch) = programs.openFrom(_id, 0);

        vm.assertEq(number, 3);
        vm.assertEq(epoch, 1);
        vm.assertEq(abi.encode(opened()), abi.encode(_asksAll(3, 1, 0, 0)));
    }

    function test_openFrom_WhenAnotherAggregatorTakesTheNewestVersion() external {
        _replaced(2);

        vm.recordLogs();
        vm.prank(aggregator.account);
        programs.openFrom(_id, 2);

        vm.assertEq(opened().parent, 2);
    }

    /* CLOSING */

    function test_close_RevertWhen_ThereIsNoSuchProgram() external {
        Close memory made = closeOf(open(_id), 2);
        made.program = 2;

        _refusesClose(made, abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
    }

    function test_close_RevertWhen_TheCallerIsNotTheAggregator() external {
        Close memory made = closeOf(open(_id), 2);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, stranger.account));
        programs.close(made);
    }

    function test_close_RevertWhen_NothingIsOpen() external {
        Close memory made = closeOf(_asksAll(1, 1, 0, 0), 2);

        _refusesClose(made, _stage(Stage.None, Stage.Open));
    }

    function test_close_RevertWhen_TheRoundIsClosed() external {
        Close memory made = openAndClose(_id, 2);

        _refusesClose(made, _stage(Stage.Closed, Stage.Open));
    }

    function test_close_RevertWhen_AnyFieldOfTheOpeningIsAnother() external {
        _crowd(2);
        Opening memory opening = open(_id);
        // The program is the first field, and says where to look.
        for (uint256 field = 1; field < 10; field++) {
            bytes memory words = abi.encode(opening);
            words[32 * field + 31] = bytes1(uint8(words[32 * field + 31]) ^ 1);
            Opening memory other = abi.decode(words, (Opening));
            vm.assertNotEq(keccak256(abi.encode(other)), keccak256(abi.encode(opening)));

            _refusesClose(
                closeOf(other, 2),
                abi.encodeWithSelector(
                    IPrograms.WrongOpening.selector, keccak256(words), keccak256(abi.encode(opening))
                )
            );
        }
    }

    function test_close_RevertWhen_ThereAreTooFewContributions() external {
        Close memory made = closeOf(open(_id), 1);

        _refusesClose(made, abi.encodeWithSelector(IPrograms.WrongNodeCount.selector, 1, 2, 3));
    }

    function test_close_RevertWhen_ThereAreTooManyContributions() external {
        Close memory made = closeOf(open(_id), 4);

        _refusesClose(made, abi.encodeWithSelector(IPrograms.WrongNodeCount.selector, 4, 2, 3));
    }

    function test_close_WhenThereAreAsFewAsMayBe() external {
        Close memory made = closeOf(open(_id), 2);
        Round memory expected = programs.round(_id, 1);
        pass(1);
        bytes32 hash = keccak256(abi.encode(made));

        vm.prank(aggregator.account);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundClosed(_id, 1, 1, hash, made);
        programs.close(made);

        expected.stage = Stage.Closed;
        expected.closeBlock = uint40(block.number);
        expected.count = 2;
        expected.commitment = hash;
        vm.assertEq(abi.encode(programs.round(_id, 1)), abi.encode(expected));
    }

    function test_close_WhenThereAreAsManyAsMayBe() external {
        openAndClose(_id, 3);

        vm.assertEq(programs.round(_id, 1).count, 3);
    }

    function test_close_WhenThePatienceIsOverAndNobodyGaveUpTheRound() external {
        Close memory made = closeOf(open(_id), 2);
        vm.warp(block.timestamp + PATIENCE + 1);

        vm.prank(aggregator.account);
        programs.close(made);

        vm.assertTrue(programs.round(_id, 1).stage == Stage.Closed);
    }

    /* SEEDS */

    function test_drawSeed_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.drawSeed(2);
    }

    function test_drawSeed_RevertWhen_TheRoundIsOpen() external {
        open(_id);

        vm.expectRevert(_stage(Stage.Open, Stage.Closed));
        programs.drawSeed(_id);
    }

    function test_drawSeed_RevertWhen_TheRoundIsProposed() external {
        propose(_id, payoutsTo(2));

        vm.expectRevert(_stage(Stage.Proposed, Stage.Closed));
        programs.drawSeed(_id);
    }

    function test_drawSeed_RevertWhen_ItsBlockIsTheClosingOne() external {
        openAndClose(_id, 2);

        vm.expectRevert(abi.encodeWithSelector(IPrograms.SeedNotYet.selector, block.number + 1));
        programs.drawSeed(_id);
    }

    function test_drawSeed_RevertWhen_ItsBlockIsThisOne() external {
        openAndClose(_id, 2);
        pass(1);

        vm.expectRevert(abi.encodeWithSelector(IPrograms.SeedNotYet.selector, block.number));
        programs.drawSeed(_id);
    }

    function test_drawSeed_RevertWhen_ItsHashIsForgotten() external {
        openAndClose(_id, 2);
        uint256 source = block.number + 1;
        vm.roll(source + 257);

        vm.expectRevert(abi.encodeWithSelector(IPrograms.SeedGone.selector, source));
        programs.drawSeed(_id);
    }

    function test_drawSeed_WhenItsHashIsThere() external {
        openAndClose(_id, 2);
        uint256 source = block.number + 1;
        vm.roll(source + 256);
        bytes32 expected = blockhash(source);

        vm.prank(stranger.account);
        vm.expectEmit(address(programs));
        emit IPrograms.SeedDrawn(_id, 1, 1, expected);
        bytes32 seed = programs.drawSeed(_id);

        vm.assertEq(seed, expected);
        vm.assertNotEq(seed, bytes32(0));
        vm.assertEq(programs.round(_id, 1).seed, expected);
    }

    function test_drawSeed_WhenItWasDrawnBefore() external {
        openAndClose(_id, 2);
        pass(2);
        bytes32 seed = programs.drawSeed(_id);
        vm.roll(block.number + 300);

        vm.assertEq(programs.drawSeed(_id), seed);
    }

    /* PROPOSING: REFUSALS */

    function test_propose_RevertWhen_ThereIsNoSuchProgram() external {
        Proposal memory said = ready(_id, payoutsTo(2));

        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.propose(2, said);
    }

    function test_propose_RevertWhen_TheCallerIsNotTheAggregator() external {
        Proposal memory said = ready(_id, payoutsTo(2));

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, stranger.account));
        programs.propose(_id, said);
    }

    function test_propose_RevertWhen_NothingIsInProgress() external {
        Proposal memory none;

        _refusesPropose(none, _stage(Stage.None, Stage.Closed));
    }

    function test_propose_RevertWhen_TheRoundIsOpen() external {
        open(_id);
        Proposal memory none;

        _refusesPropose(none, _stage(Stage.Open, Stage.Closed));
    }

    function test_propose_RevertWhen_TheRoundIsProposed() external {
        Proposal memory said = propose(_id, payoutsTo(2));

        _refusesPropose(said, _stage(Stage.Proposed, Stage.Closed));
    }

    function test_propose_RevertWhen_ThePatienceIsOver() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        uint64 deadline = _deadline();
        vm.warp(deadline + 1);

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.TooLate.selector, deadline));
    }

    function test_propose_RevertWhen_TheCloseIsAnother() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        bytes32 expected = said.close;
        said.close = keccak256("another");

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.WrongClose.selector, said.close, expected));
    }

    function test_propose_RevertWhen_TheSeedIsNotThereYet() external {
        Close memory made = openAndClose(_id, 2);
        pass(1);
        Proposal memory said = proposalOf(made, payoutsTo(2));

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.SeedNotYet.selector, block.number));
    }

    function test_propose_RevertWhen_TheSeedIsAnother() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        bytes32 expected = said.seed;
        said.seed = keccak256("a better one");

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.WrongSeed.selector, said.seed, expected));
    }

    function test_propose_RevertWhen_TheSeedIsForgotten() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        uint256 source = programs.round(_id, 1).closeBlock + 1;
        vm.roll(source + 257);

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.SeedGone.selector, source));
    }

    function test_propose_RevertWhen_TheChunksAreNotAsManyAsTheRulesSay() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        said.chunks = 6;

        // 130 weights take three, 65 moments two.
        _refusesPropose(said, abi.encodeWithSelector(IPrograms.WrongChunkCount.selector, 6, 5));
    }

    function test_propose_RevertWhen_TheCountIsAnother() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        said.count = 3;

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.WrongCount.selector, 3, 2));
    }

    function test_propose_RevertWhen_ThereIsNoResult() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        said.resultRoot = 0;

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.EmptyResult.selector));
    }

    function test_propose_RevertWhen_ItPaysMoreThanTheReward() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        said.payoutSum = REWARD + 1;

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.PaysTooMuch.selector, REWARD + 1, REWARD));
    }

    function test_propose_RevertWhen_ItGivesMoreSharesThanARoundMay() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        said.sharesSum = SHARES + 1;

        _refusesPropose(said, abi.encodeWithSelector(IPrograms.TooManyShares.selector, SHARES + 1, SHARES));
    }

    /* PROPOSING */

    function test_propose_WhenEverythingFits() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        Round memory expected = programs.round(_id, 1);
        bytes32 hash = keccak256(abi.encode(said));

        vm.prank(aggregator.account);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundProposed(_id, 1, 1, hash, said, uint64(block.timestamp) + WINDOW);
        programs.propose(_id, said);

        expected.stage = Stage.Proposed;
        expected.proposedAt = uint40(block.timestamp);
        expected.proposal = hash;
        expected.unclaimed = 3;
        vm.assertEq(abi.encode(programs.round(_id, 1)), abi.encode(expected));
        vm.assertEq(programs.program(_id).due, block.timestamp + WINDOW + 2 * PATIENCE);
        vm.assertEq(programs.program(_id).tip, 1);
        vm.assertEq(programs.program(_id).budget, BUDGET);
    }

    function test_propose_WhenThePatienceIsOverInThisSecond() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        vm.warp(_deadline());

        vm.prank(aggregator.account);
        programs.propose(_id, said);

        vm.assertTrue(programs.round(_id, 1).stage == Stage.Proposed);
    }

    function test_propose_WhenItPaysAndGivesAllItMay() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        (said.payoutSum, said.sharesSum) = (REWARD, SHARES);

        vm.prank(aggregator.account);
        programs.propose(_id, said);

        vm.assertTrue(programs.round(_id, 1).stage == Stage.Proposed);
    }

    function test_propose_WhenTheMostContributionsMadeIt() external {
        Rules memory rules = ordinary();
        rules.maxNodes = 256;
        _id = create(rules);
        Payout[] memory payouts = new Payout[](256);

        propose(_id, payouts);

        vm.assertEq(programs.round(_id, 1).unclaimed, type(uint256).max);
    }

    function test_propose_WhenTheSeedWasDrawn() external {
        Proposal memory said = ready(_id, payoutsTo(2));
        vm.assertEq(programs.drawSeed(_id), said.seed);
        vm.roll(block.number + 300);

        vm.prank(aggregator.account);
        programs.propose(_id, said);

        vm.assertEq(programs.round(_id, 1).seed, bytes32(0));
    }

    /* FINALIZING */

    function test_finalize_RevertWhen_ThereIsNoSuchProgram() external {
        Proposal memory said = propose(_id, payoutsTo(2));

        vm.expectRevert(_stage(Stage.None, Stage.Proposed));
        programs.finalize(2, said);
    }

    function test_finalize_RevertWhen_NothingWasProposed() external {
        Proposal memory none;

        vm.expectRevert(_stage(Stage.None, Stage.Proposed));
        programs.finalize(_id, none);
    }

    function test_finalize_RevertWhen_TheRoundIsOnlyClosed() external {
        Proposal memory said = ready(_id, payoutsTo(2));

        vm.expectRevert(_stage(Stage.Closed, Stage.Proposed));
        programs.finalize(_id, said);
    }

    function test_finalize_RevertWhen_OnlyALaterProposalIsShown() external {
        Proposal memory first = propose(_id, payoutsTo(2));
        Proposal memory second = propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + WINDOW);

        vm.expectRevert(_other(second, first));
        programs.finalize(_id, second);
    }

    function test_finalize_RevertWhen_TheProposalIsAnother() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + WINDOW);
        for (uint256 field = 0; field < 11; field++) {
            bytes memory words = abi.encode(said);
            words[32 * field + 31] = bytes1(uint8(words[32 * field + 31]) ^ 1);
            Proposal memory another = abi.decode(words, (Proposal));

            vm.expectRevert(_other(another, said));
            programs.finalize(_id, another);
        }
    }

    function test_finalize_RevertWhen_TheWindowIsNotOver() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        uint256 earliest = block.timestamp + WINDOW;
        vm.warp(earliest - 1);

        vm.expectRevert(abi.encodeWithSelector(IPrograms.TooEarly.selector, earliest));
        programs.finalize(_id, said);
    }

    function test_finalize_RevertWhen_ItWasMadeFinalBefore() external {
        Proposal memory said = finish(_id, payoutsTo(2));

        vm.expectRevert(_stage(Stage.None, Stage.Proposed));
        programs.finalize(_id, said);
    }

    function test_finalize_WhenTheWindowIsOver() external {
        _crowd(3);
        quit(members[0], _id);
        Proposal memory said = propose(_id, payoutsTo(3));
        Round memory expected = programs.round(_id, 1);
        vm.warp(block.timestamp + WINDOW);
        pass(1);

        vm.prank(stranger.account);
        vm.expectEmit(address(models));
        emit IModels.VersionAdded(_id, 1, said.resultRoot, said.manifest);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundFinalized(_id, 1, 1, said.resultRoot, 303, 33);
        programs.finalize(_id, said);

        expected.stage = Stage.Finalized;
        expected.commitment = 0;
        vm.assertEq(abi.encode(programs.round(_id, 1)), abi.encode(expected));
        Program memory found = programs.program(_id);
        vm.assertEq(found.finalized, 1);
        vm.assertEq(found.tip, 1);
        vm.assertEq(found.budget, BUDGET - 303);
        vm.assertEq(found.shares, 33);
        vm.assertEq(programs.totalShares(_id), 33);
        vm.assertEq(found.due, block.timestamp + 2 * PATIENCE);
        _anchored(block.number, 3, 2);
        _bond(8 * STAKE, 0);
        vm.assertEq(models.versionRoot(_id, 1), said.resultRoot);
        vm.assertEq(models.head(_id), 1);
    }

    function test_finalize_WhenTwoRoundsArePending() external {
        Proposal memory first = propose(_id, payoutsTo(2));
        Proposal memory second = propose(_id, payoutsTo(3));
        uint64 due = programs.program(_id).due;
        vm.warp(block.timestamp + WINDOW);

        programs.finalize(_id, first);
        _bond(8 * STAKE, STAKE);
        vm.assertEq(programs.program(_id).tip, 2);
        vm.assertEq(programs.program(_id).due, due);
        programs.finalize(_id, second);

        _bond(8 * STAKE, 0);
        vm.assertEq(programs.program(_id).finalized, 2);
        vm.assertEq(programs.program(_id).budget, BUDGET - 201 - 303);
        vm.assertEq(programs.totalShares(_id), 21 + 33);
        vm.assertEq(models.versionRoot(_id, 2), second.resultRoot);
    }

    function test_finalize_WhenItPaysNothing() external {
        finish(_id, new Payout[](2));

        vm.assertEq(programs.program(_id).budget, BUDGET);
        vm.assertEq(programs.program(_id).finalized, 1);
    }

    function test_finalize_WhenTheProgramIsEnding() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.prank(sponsor.account);
        programs.end(_id);
        vm.warp(block.timestamp + WINDOW);

        programs.finalize(_id, said);

        vm.assertTrue(programs.hasEnded(_id));
    }

    function test_finalize_WhenTheModelHasEarned() external {
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + WINDOW);
        vm.mockCall(address(licences), abi.encodeCall(licences.settle, (_id)), abi.encode(uint256(12345)));

        vm.expectCall(address(licences), abi.encodeCall(licences.settle, (_id)), 1);
        programs.finalize(_id, said);

        vm.assertEq(programs.round(_id, 1).commitment, bytes32(uint256(12345)));
    }

    /* ABANDONING */

    function test_abandon_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.abandon(2);
    }

    function test_abandon_RevertWhen_NothingIsInProgress() external {
        vm.expectRevert(_stage(Stage.None, Stage.Open));
        programs.abandon(_id);
    }

    function test_abandon_RevertWhen_TheRoundIsProposed() external {
        propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + 10 * PATIENCE);

        vm.expectRevert(_stage(Stage.Proposed, Stage.Open));
        programs.abandon(_id);
    }

    function test_abandon_RevertWhen_ThePatienceIsNotOver() external {
        open(_id);
        uint64 deadline = _deadline();
        vm.warp(deadline);

        vm.expectRevert(abi.encodeWithSelector(IPrograms.TooEarly.selector, deadline + 1));
        programs.abandon(_id);
    }

    function test_abandon_WhenTheRoundIsOpen() external {
        _crowd(3);
        quit(members[0], _id);
        Opening memory opening = open(_id);
        pass(1);
        vm.warp(_deadline() + 1);

        vm.prank(stranger.account);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundAbandoned(_id, 1, 1);
        programs.abandon(_id);

        _cleared(1, 1);
        vm.assertEq(programs.program(_id).tip, 0);
        _anchored(block.number, 3, 2);
        // Half is for the nodes, the other half free at once.
        _bond(8 * STAKE - STAKE / 2, 0);
        Forfeit memory lost = _forfeitOf(1, 1);
        vm.assertTrue(lost.fault == Fault.Silent);
        vm.assertEq(lost.subject, keccak256(abi.encode(opening)));
        vm.assertEq(lost.aggregator, aggregator.account);
        vm.assertEq(lost.places, 3);
        vm.assertEq(lost.until, block.timestamp + WINDOW);
    }

    function test_abandon_WhenTheRoundIsClosed() external {
        Close memory made = openAndClose(_id, 2);
        pass(2);
        programs.drawSeed(_id);
        vm.warp(_deadline() + 1);

        programs.abandon(_id);

        _cleared(1, 1);
        _bond(8 * STAKE - STAKE / 2 - STAKE / 4, 0);
        vm.assertEq(_forfeitOf(1, 1).subject, keccak256(abi.encode(made)));
    }

    function test_abandon_WhenARoundBeforeItIsProposed() external {
        propose(_id, payoutsTo(2));
        Round memory before = programs.round(_id, 1);
        open(_id);
        vm.warp(programs.round(_id, 2).openedAt + PATIENCE + 1);

        programs.abandon(_id);

        vm.assertEq(programs.program(_id).tip, 1);
        vm.assertEq(abi.encode(programs.round(_id, 1)), abi.encode(before));
        _cleared(2, 1);
        _bond(8 * STAKE - STAKE / 2, STAKE);
    }

    function test_abandon_WhenAProposalIsTheNewestAgain() external {
        propose(_id, payoutsTo(2));
        open(_id);
        vm.warp(programs.round(_id, 2).openedAt + PATIENCE + 1);
        programs.abandon(_id);

        Opening memory opening = open(_id);

        vm.assertEq(opening.round, 2);
        vm.assertEq(opening.epoch, 2);
        vm.assertEq(opening.parent, 1);
    }

    /* VOIDING */

    function test_void_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(address(challenges));
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.void(2, 1);
    }

    function test_void_RevertWhen_TheCallerIsNoJudge() external {
        propose(_id, payoutsTo(2));

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.OnlyJudges.selector, sponsor.account));
        programs.void(_id, 1);
    }

    function test_void_RevertWhen_TheRoundIsOpen() external {
        open(_id);

        _refusesVoid(1, Stage.Open);
    }

    function test_void_RevertWhen_TheRoundIsClosed() external {
        openAndClose(_id, 2);

        _refusesVoid(1, Stage.Closed);
    }

    function test_void_RevertWhen_TheRoundIsFinal() external {
        finish(_id, payoutsTo(2));

        _refusesVoid(1, Stage.Finalized);
    }

    function test_void_RevertWhen_TheRoundNeverWas() external {
        propose(_id, payoutsTo(2));

        _refusesVoid(2, Stage.None);
    }

    function test_void_WhenTheJudgeOfProofsSaysSo() external {
        _crowd(3);
        quit(members[0], _id);
        Proposal memory said = propose(_id, payoutsTo(2));
        pass(1);

        vm.prank(address(challenges));
        vm.expectEmit(address(programs));
        emit IPrograms.RoundVoided(_id, 1, 1);
        programs.void(_id, 1);

        _cleared(1, 1);
        Program memory found = programs.program(_id);
        vm.assertEq(found.tip, 0);
        vm.assertEq(found.due, block.timestamp);
        vm.assertEq(found.budget, BUDGET);
        _anchored(block.number, 3, 2);
        _bond(7 * STAKE, 0);
        Forfeit memory lost = _forfeitOf(1, 1);
        vm.assertTrue(lost.fault == Fault.False);
        vm.assertEq(lost.subject, keccak256(abi.encode(said)));
        vm.assertEq(lost.until, block.timestamp + WINDOW);
    }

    function test_void_WhenTheJudgeOfDemandsSaysSo() external {
        propose(_id, payoutsTo(2));

        vm.prank(address(demands));
        programs.void(_id, 1);

        vm.assertTrue(_forfeitOf(1, 1).fault == Fault.False);
        _bond(7 * STAKE, 0);
    }

    function test_void_WhenLaterRoundsBuildOnIt() external {
        propose(_id, payoutsTo(2));
        propose(_id, payoutsTo(2));
        bytes32 built = programs.round(_id, 2).commitment;
        Close memory made = openAndClose(_id, 2);

        vm.prank(address(challenges));
        vm.expectEmit(address(programs));
        emit IPrograms.RoundDropped(_id, 3, 1);
        vm.expectEmit(address(programs));
        emit IPrograms.RoundDropped(_id, 2, 1);
        programs.void(_id, 1);

        for (uint64 number = 1; number < 4; number++) _cleared(number, 1);
        vm.assertEq(programs.program(_id).tip, 0);
        vm.assertTrue(_forfeitOf(1, 1).fault == Fault.False);
        vm.assertTrue(_forfeitOf(2, 1).fault == Fault.Silent);
        vm.assertTrue(_forfeitOf(3, 1).fault == Fault.Silent);
        vm.assertEq(_forfeitOf(2, 1).subject, built);
        vm.assertEq(_forfeitOf(3, 1).subject, keccak256(abi.encode(made)));
        // A whole one, and half of each that built on it.
        _bond(8 * STAKE - STAKE - STAKE / 2 - STAKE / 2, 0);
    }

    function test_void_WhenARoundBeforeItIsProposed() external {
        Proposal memory first = propose(_id, payoutsTo(2));
        propose(_id, payoutsTo(2));
        _void(2);

        vm.assertEq(programs.program(_id).tip, 1);
        _bond(7 * STAKE, STAKE);
        vm.warp(block.timestamp + WINDOW);
        programs.finalize(_id, first);

        vm.assertEq(programs.program(_id).finalized, 1);
    }

    function test_void_WhenItOpensAgain() external {
        propose(_id, payoutsTo(2));
        propose(_id, payoutsTo(2));
        _void(1);
        vm.prank(sponsor.account);
        programs.appoint(_id, aggregator.account);

        vm.assertEq(open(_id).epoch, 2);
        vm.assertEq(programs.round(_id, 2).epoch, 1);
    }

    /* PARTS */

    /// @dev So many accounts take part.
    function _crowd(uint256 count) private {
        Actor[2] memory more = [stranger, buyer];
        for (uint256 i = 0; i < count; i++) {
            enrol(i < 4 ? members[i] : more[i - 4], _id);
        }
    }

    function _with(uint256 budget) private returns (uint256 id) {
        vm.prank(sponsor.account);
        id = programs.create(ordinary(), charter(), budget);
        deposit(aggregator, id, 8 * STAKE);
    }

    /// @dev Another aggregator came when so many rounds were final.
    function _replaced(uint256 rounds) private {
        vm.prank(sponsor.account);
        programs.appoint(_id, stranger.account);
        Actor memory former = aggregator;
        aggregator = stranger;
        deposit(aggregator, _id, 8 * STAKE);
        for (uint256 i = 0; i < rounds; i++) finish(_id, payoutsTo(2));
        aggregator = former;
        vm.prank(sponsor.account);
        programs.appoint(_id, aggregator.account);
        vm.assertEq(programs.program(_id).tenure, rounds);
    }

    function _asksAll(uint64 number, uint64 epoch, uint64 parent, uint32 seats) private view returns (Opening memory) {
        uint64 height = uint64(block.number);
        return Opening(_id, number, epoch, parent, aggregator.account, height, height, seats, seats, 0);
    }

    function _deadline() private view returns (uint64) {
        return programs.round(_id, 1).openedAt + PATIENCE;
    }

    function _forfeitOf(uint64 number, uint64 epoch) private view returns (Forfeit memory) {
        return bonds.forfeitOf(keccak256(abi.encode(_id, number, epoch)));
    }

    function _void(uint64 number) private {
        vm.prank(address(challenges));
        programs.void(_id, number);
    }

    function _refusesAnchor() private {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.AnchorNotNeeded.selector, _id));
        programs.anchor(_id);
    }

    function _refusesOpen(bytes memory refusal) private {
        vm.prank(aggregator.account);
        vm.expectRevert(refusal);
        programs.open(_id);
    }

    function _refusesClose(Close memory made, bytes memory refusal) private {
        vm.prank(aggregator.account);
        vm.expectRevert(refusal);
        programs.close(made);
    }

    function _refusesPropose(Proposal memory said, bytes memory refusal) private {
        vm.prank(aggregator.account);
        vm.expectRevert(refusal);
        programs.propose(_id, said);
    }

    function _refusesVoid(uint64 number, Stage stage) private {
        vm.prank(address(challenges));
        vm.expectRevert(_stage(stage, Stage.Proposed));
        programs.void(_id, number);
    }

    function _anchored(uint256 height, uint256 seats, uint256 live) private view {
        Program memory found = programs.program(_id);
        vm.assertEq(found.anchorBlock, height);
        vm.assertEq(found.anchorSeats, seats);
        vm.assertEq(found.anchorLive, live);
    }

    function _bond(uint256 total, uint256 locked) private view {
        (uint128 held, uint128 behind) = bonds.bondOf(_id, aggregator.account);
        vm.assertEq(held, total);
        vm.assertEq(behind, locked);
    }

    /// @dev Nothing of a round is left but its epoch, and when that opened.
    function _cleared(uint64 number, uint64 epoch) private view {
        Round memory found = programs.round(_id, number);
        Round memory expected;
        expected.epoch = epoch;
        expected.openedAt = found.openedAt;
        vm.assertEq(abi.encode(found), abi.encode(expected));
    }

    function _stage(Stage given, Stage expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPrograms.WrongStage.selector, given, expected);
    }

    function _other(Proposal memory given, Proposal memory expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IPrograms.WrongProposal.selector, keccak256(abi.encode(given)), keccak256(abi.encode(expected))
        );
    }
}
