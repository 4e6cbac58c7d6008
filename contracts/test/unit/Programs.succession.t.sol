// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrograms, Program} from "../../src/interfaces/IPrograms.sol";
import {Proposal} from "../../src/libraries/Rounds.sol";
import {Actor} from "../support/Actors.sol";
import {Training} from "../support/Training.sol";

contract ProgramsSuccessionTest is Training {
    uint256 private _id;
    Actor private _ada;

    function setUp() external {
        begin();
        _ada = members[0];
        _id = create(ordinary());
        pass(1);
    }

    /* ENDPOINTS */

    function test_setEndpoint_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.setEndpoint(2, "here", 0);
    }

    function test_setEndpoint_RevertWhen_TheCallerIsNotTheAggregator() external {
        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheAggregator.selector, sponsor.account));
        programs.setEndpoint(_id, "here", 0);
    }

    function test_setEndpoint_WhenTheAggregatorSaysWhereItIs() external {
        vm.prank(aggregator.account);
        vm.expectEmit(address(programs));
        emit IPrograms.EndpointSet(_id, "here", keccak256("certificate"));
        programs.setEndpoint(_id, "here", keccak256("certificate"));
    }

    /* APPOINTING */

    function test_appoint_RevertWhen_ThereIsNoSuchProgram() external {
        _refusesAppointment(2, stranger, abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
    }

    function test_appoint_RevertWhen_TheCallerIsNotTheSponsor() external {
        vm.prank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NotTheSponsor.selector, aggregator.account));
        programs.appoint(_id, stranger.account);
    }

    function test_appoint_RevertWhen_NobodyIsAppointed() external {
        Actor memory nobody;

        _refusesAppointment(_id, nobody, abi.encodeWithSelector(IPrograms.NoAggregator.selector));
    }

    function test_appoint_RevertWhen_TheProgramIsEnding() external {
        _end();

        _refusesAppointment(_id, stranger, abi.encodeWithSelector(IPrograms.ProgramEnding.selector, _id));
    }

    function test_appoint_RevertWhen_ARoundIsOpen() external {
        // However long ago: its bond stays behind it until somebody gives it up.
        open(_id);
        _wait(100 * SUCCESSION);

        _refusesAppointment(_id, stranger, abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
    }

    function test_appoint_RevertWhen_ARoundIsProposed() external {
        propose(_id, payoutsTo(2));

        _refusesAppointment(_id, aggregator, abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
    }

    function test_appoint_WhenAnotherAccountIsAppointed() external {
        finish(_id, payoutsTo(2));
        pass(1);

        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.AggregatorChanged(_id, aggregator.account, stranger.account);
        programs.appoint(_id, stranger.account);

        _runs(stranger, 1, block.timestamp + 2 * PATIENCE);
    }

    function test_appoint_WhenTheSameAccountIsAppointed() external {
        finish(_id, payoutsTo(2));
        _wait(SUCCESSION);

        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.AggregatorChanged(_id, aggregator.account, aggregator.account);
        programs.appoint(_id, aggregator.account);

        _runs(aggregator, 0, block.timestamp + 2 * PATIENCE);
    }

    function test_appoint_WhenTheAggregatorHasTheFloorForLonger() external {
        // It proposed, and the window is over: what it has from then is longer than a new appointment.
        Proposal memory said = propose(_id, payoutsTo(2));
        vm.warp(block.timestamp + WINDOW);
        programs.finalize(_id, said);
        uint64 due = programs.program(_id).due;

        vm.prank(sponsor.account);
        programs.appoint(_id, stranger.account);

        _runs(stranger, 1, due);
    }

    function test_appoint_WhenTheSponsorAppointsItself() external {
        vm.prank(sponsor.account);
        programs.appoint(_id, sponsor.account);
        deposit(sponsor, _id, STAKE);

        vm.prank(sponsor.account);
        programs.open(_id);

        vm.assertEq(programs.program(_id).tip, 1);
    }

    /* TAKING OVER */

    function test_takeOver_RevertWhen_ThereIsNoSuchProgram() external {
        vm.prank(_ada.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.takeOver(2);
    }

    function test_takeOver_RevertWhen_TheSuccessionIsNotOver() external {
        enrol(_ada, _id);
        uint256 earliest = programs.program(_id).due + SUCCESSION;
        vm.warp(earliest - 1);

        _refusesToGive(abi.encodeWithSelector(IPrograms.TooEarly.selector, earliest));
    }

    function test_takeOver_RevertWhen_TheAccountDoesNotTakePart() external {
        join(_ada);
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.NotEnrolled.selector, _id, _ada.account));
    }

    function test_takeOver_RevertWhen_TheAccountQuit() external {
        enrol(_ada, _id);
        quit(_ada, _id);
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.NotEnrolled.selector, _id, _ada.account));
    }

    function test_takeOver_RevertWhen_TheAccountTakesPartAndIsNoMemberAnyMore() external {
        enrol(_ada, _id);
        vm.prank(_ada.account);
        nodes.resign();
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.NotEnrolled.selector, _id, _ada.account));
    }

    function test_takeOver_RevertWhen_TheProgramIsEnding() external {
        enrol(_ada, _id);
        _end();
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.ProgramEnding.selector, _id));
    }

    function test_takeOver_RevertWhen_ARoundIsOpen() external {
        enrol(_ada, _id);
        open(_id);
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
    }

    function test_takeOver_RevertWhen_ARoundIsProposed() external {
        enrol(_ada, _id);
        propose(_id, payoutsTo(2));
        _overdue(SUCCESSION);

        _refusesToGive(abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
    }

    function test_takeOver_WhenTheSuccessionIsOver() external {
        enrol(_ada, _id);
        finish(_id, payoutsTo(2));
        _overdue(SUCCESSION);

        vm.prank(_ada.account);
        vm.expectEmit(address(programs));
        emit IPrograms.AggregatorChanged(_id, aggregator.account, _ada.account);
        programs.takeOver(_id);

        _runs(_ada, 1, block.timestamp + 2 * PATIENCE);
    }

    function test_takeOver_WhenTheAggregatorTakesOverItself() external {
        enrol(aggregator, _id);
        finish(_id, payoutsTo(2));
        _overdue(SUCCESSION);

        vm.prank(aggregator.account);
        programs.takeOver(_id);

        _runs(aggregator, 0, block.timestamp + 2 * PATIENCE);
    }

    function test_takeOver_WhenTheAggregatorMadeAVersionMeanwhile() external {
        enrol(_ada, _id);
        _overdue(SUCCESSION);
        finish(_id, payoutsTo(2));

        _refusesToGive(
            abi.encodeWithSelector(IPrograms.TooEarly.selector, programs.program(_id).due + SUCCESSION)
        );
    }

    /* ENDING */

    function test_end_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.end(2);
    }

    function test_end_RevertWhen_TheProgramIsEndingAlready() external {
        _end();

        vm.prank(sponsor.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.ProgramEnding.selector, _id));
        programs.end(_id);
    }

    function test_end_RevertWhen_AStrangerComesTooEarly() external {
        uint256 earliest = programs.program(_id).due + 2 * SUCCESSION;
        vm.warp(earliest - 1);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.TooEarly.selector, earliest));
        programs.end(_id);
    }

    function test_end_RevertWhen_AStrangerComesWhileARoundIsOpen() external {
        open(_id);
        _overdue(2 * SUCCESSION);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
        programs.end(_id);
    }

    function test_end_RevertWhen_AStrangerComesWhileARoundIsProposed() external {
        propose(_id, payoutsTo(2));
        _overdue(2 * SUCCESSION);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IPrograms.RoundInProgress.selector, 1));
        programs.end(_id);
    }

    function test_end_WhenTheSponsorWantsNoMore() external {
        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.Ending(_id);
        programs.end(_id);

        vm.assertTrue(programs.program(_id).ending);
        vm.assertTrue(programs.hasEnded(_id));
    }

    function test_end_WhenTheSponsorWantsNoMoreWhileARoundIsInProgress() external {
        Proposal memory said = propose(_id, payoutsTo(2));

        _end();

        vm.assertFalse(programs.hasEnded(_id));
        vm.warp(block.timestamp + WINDOW);
        programs.finalize(_id, said);
        vm.assertTrue(programs.hasEnded(_id));
    }

    function test_end_WhenAStrangerComesAfterTwiceTheSuccession() external {
        _overdue(2 * SUCCESSION);

        vm.prank(stranger.account);
        programs.end(_id);

        vm.assertTrue(programs.hasEnded(_id));
    }

    /* PARTS */

    function _wait(uint256 time) private {
        vm.warp(block.timestamp + time);
    }

    function _overdue(uint256 time) private {
        vm.warp(programs.program(_id).due + time);
    }

    function _end() private {
        vm.prank(sponsor.account);
        programs.end(_id);
    }

    function _refusesAppointment(uint256 id, Actor memory who, bytes memory refusal) private {
        vm.prank(sponsor.account);
        vm.expectRevert(refusal);
        programs.appoint(id, who.account);
    }

    function _refusesToGive(bytes memory refusal) private {
        vm.prank(_ada.account);
        vm.expectRevert(refusal);
        programs.takeOver(_id);
    }

    function _runs(Actor memory by, uint256 tenure, uint256 due) private view {
        Program memory found = programs.program(_id);
        vm.assertEq(found.aggregator, by.account);
        vm.assertEq(found.tenure, tenure);
        vm.assertEq(found.due, due);
    }
}
