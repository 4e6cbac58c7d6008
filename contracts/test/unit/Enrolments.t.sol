// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnrolments} from "../../src/interfaces/IEnrolments.sol";
import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Actor} from "../support/Actors.sol";
import {Forest} from "../support/Forest.sol";
import {Training} from "../support/Training.sol";

contract EnrolmentsTest is Training {
    uint256 private _program;
    Actor private _ada;
    Actor private _ben;

    function setUp() external {
        begin();
        _ada = members[0];
        _ben = members[1];
        _program = create(ordinary());
    }

    /* JOINING: REFUSALS */

    function test_join_RevertWhen_ThereIsNoSuchProgram() external {
        bytes32 dataset = _ready(_ada);

        _refuses(_ada, 99, dataset, abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 99));
    }

    function test_join_RevertWhen_TheProgramIsEnding() external {
        bytes32 dataset = _ready(_ada);
        vm.prank(sponsor.account);
        programs.end(_program);

        _refuses(_ada, _program, dataset, abi.encodeWithSelector(IEnrolments.ProgramEnding.selector, _program));
    }

    function test_join_RevertWhen_TheAccountIsNoMember() external {
        bytes32 dataset = _registered(_ada);

        _refuses(_ada, _program, dataset, abi.encodeWithSelector(IEnrolments.NotMember.selector, _ada.account));
    }

    function test_join_RevertWhen_TheAccountHasResigned() external {
        bytes32 dataset = _ready(_ada);
        vm.prank(_ada.account);
        nodes.resign();

        _refuses(_ada, _program, dataset, abi.encodeWithSelector(IEnrolments.NotMember.selector, _ada.account));
    }

    function test_join_RevertWhen_TheDatasetIsAnothers() external {
        _ready(_ada);
        bytes32 dataset = _registered(_ben);

        _refuses(_ada, _program, dataset, abi.encodeWithSelector(IEnrolments.DatasetNotUsable.selector, dataset));
    }

    function test_join_RevertWhen_TheDatasetIsUnknown() external {
        _ready(_ada);

        bytes memory refusal = abi.encodeWithSelector(IEnrolments.DatasetNotUsable.selector, bytes32(0));
        _refuses(_ada, _program, 0, refusal);
    }

    function test_join_RevertWhen_TheDatasetIsRetired() external {
        bytes32 dataset = _ready(_ada);
        vm.prank(_ada.account);
        datasets.retire(dataset);

        _refuses(_ada, _program, dataset, abi.encodeWithSelector(IEnrolments.DatasetNotUsable.selector, dataset));
    }

    function test_join_RevertWhen_TheAccountIsNotOnTheAllowlist() external {
        (uint256 closed,) = _admitting();
        bytes32 dataset = _ready(stranger);

        bytes memory refusal = abi.encodeWithSelector(IEnrolments.NotAdmitted.selector, stranger.account);
        _refuses(stranger, closed, dataset, refusal);
    }

    function test_join_RevertWhen_TheProofIsOfAnotherAccount() external {
        (uint256 closed, bytes32[] memory leaves) = _admitting();
        bytes32 dataset = _ready(stranger);
        (, bytes32[] memory proof) = Forest.plant(leaves, 2);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IEnrolments.NotAdmitted.selector, stranger.account));
        enrolments.join(closed, dataset, 2, proof);
    }

    /* JOINING */

    function test_join_WhenTheAccountJoinsForTheFirstTime() external {
        enrol(_ben, _program);
        bytes32 dataset = _ready(_ada);
        pass(1);

        vm.prank(_ada.account);
        vm.expectEmit(address(enrolments));
        emit IEnrolments.Seated(_program, _ada.account, 1);
        vm.expectEmit(address(enrolments));
        emit IEnrolments.Enrolled(_program, _ada.account, dataset);
        enrolments.join(_program, dataset, 5, new bytes32[](0));

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number - 1), bytes32(0));
        _sits(_program, _ada, 1, block.number);
        _counts(_program, 2, 2);
    }

    function test_join_WhenTheAllowlistIsEmptyAndTheProofIsNot() external {
        bytes32 dataset = _ready(_ada);

        vm.prank(_ada.account);
        enrolments.join(_program, dataset, 5, new bytes32[](3));

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), dataset);
    }

    function test_join_WhenTheProofLeadsToTheAllowlist() external {
        (uint256 closed, bytes32[] memory leaves) = _admitting();
        for (uint256 i = 0; i < 3; i++) {
            bytes32 dataset = _ready(members[i]);
            (, bytes32[] memory proof) = Forest.plant(leaves, i);

            vm.prank(members[i].account);
            enrolments.join(closed, dataset, i, proof);

            vm.assertEq(enrolments.enrolledAt(closed, members[i].account, block.number), dataset);
        }
        _counts(closed, 3, 3);
    }

    function test_join_WhenTheAccountTakesAnotherDataset() external {
        bytes32 former = enrol(_ada, _program);
        uint256 joined = block.number;
        pass(4);
        vm.prank(_ada.account);
        bytes32 dataset = datasets.register(keccak256("more records"), 20, 0, 0);

        vm.recordLogs();
        vm.prank(_ada.account);
        enrolments.join(_program, dataset, 0, new bytes32[](0));

        // Enrolled alone: it has its seat.
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number - 1), former);
        _sits(_program, _ada, 0, joined);
        _counts(_program, 1, 1);
    }

    function test_join_WhenTheAccountComesBack() external {
        enrol(_ada, _program);
        enrol(_ben, _program);
        uint256 joined = block.number;
        pass(4);
        quit(_ada, _program);
        pass(4);

        bytes32 dataset = enrol(_ada, _program);

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number - 1), bytes32(0));
        _sits(_program, _ada, 0, joined);
        _sits(_program, _ben, 1, joined);
        _counts(_program, 2, 2);
    }

    function test_join_WhenTheAccountJoinsTwoPrograms() external {
        uint256 second = create(ordinary());
        enrol(_ben, _program);
        enrol(_ada, _program);
        enrol(_ada, second);

        _sits(_program, _ada, 1, block.number);
        _sits(second, _ada, 0, block.number);
        _counts(_program, 2, 2);
        _counts(second, 1, 1);
    }

    /* QUITTING */

    function test_quit_RevertWhen_TheAccountNeverJoined() external {
        _ready(_ada);

        _refusesToQuit(_ada);
    }

    function test_quit_RevertWhen_TheAccountQuitBefore() external {
        enrol(_ben, _program);
        enrol(_ada, _program);
        quit(_ada, _program);

        _refusesToQuit(_ada);
    }

    function test_quit_WhenTheAccountIsEnrolled() external {
        enrol(_ben, _program);
        bytes32 dataset = enrol(_ada, _program);
        uint256 joined = block.number;
        pass(1);

        vm.prank(_ada.account);
        vm.expectEmit(address(enrolments));
        emit IEnrolments.Quit(_program, _ada.account);
        enrolments.quit(_program);

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), bytes32(0));
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, joined), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ben.account, block.number), datasetOf(_ben));
        _sits(_program, _ada, 1, joined);
        _counts(_program, 2, 1);
    }

    function test_quit_WhenTheProgramHasEnded() external {
        enrol(_ada, _program);
        vm.prank(sponsor.account);
        programs.end(_program);

        quit(_ada, _program);

        _counts(_program, 1, 0);
    }

    function test_quit_WhenTheAccountIsNoMemberAnyMore() external {
        enrol(_ada, _program);
        vm.prank(_ada.account);
        nodes.resign();

        quit(_ada, _program);

        _counts(_program, 1, 0);
    }

    /* RELEASING */

    function test_release_RevertWhen_TheAccountIsStillAMember() external {
        enrol(_ada, _program);

        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IEnrolments.StillMember.selector, _ada.account));
        enrolments.release(_program, _ada.account);
    }

    function test_release_RevertWhen_TheAccountIsNotEnrolled() external {
        vm.prank(stranger.account);
        vm.expectRevert(abi.encodeWithSelector(IEnrolments.NotEnrolled.selector, _program, _ada.account));
        enrolments.release(_program, _ada.account);
    }

    function test_release_RevertWhen_TheAccountWasReleasedBefore() external {
        enrol(_ben, _program);
        enrol(_ada, _program);
        vm.prank(_ada.account);
        nodes.resign();
        enrolments.release(_program, _ada.account);

        vm.expectRevert(abi.encodeWithSelector(IEnrolments.NotEnrolled.selector, _program, _ada.account));
        enrolments.release(_program, _ada.account);
    }

    function test_release_WhenTheAccountHasResigned() external {
        bytes32 dataset = enrol(_ada, _program);
        uint256 joined = block.number;
        vm.prank(_ada.account);
        nodes.resign();
        pass(1);

        vm.prank(stranger.account);
        vm.expectEmit(address(enrolments));
        emit IEnrolments.Quit(_program, _ada.account);
        enrolments.release(_program, _ada.account);

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, block.number), bytes32(0));
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, joined), dataset);
        _sits(_program, _ada, 0, joined);
        _counts(_program, 1, 0);
    }

    function test_release_WhenTheAccountWasSlashed() external {
        enrol(_ada, _program);
        vm.prank(address(challenges));
        nodes.slash(_ada.account, stranger.account);

        vm.prank(stranger.account);
        enrolments.release(_program, _ada.account);

        _counts(_program, 1, 0);
    }

    /* VIEWS */

    function test_enrolledAt_ItShouldBeTheDatasetAtTheEndOfABlock() external {
        uint256 start = block.number;
        bytes32 dataset = enrol(_ada, _program);
        quit(_ada, _program);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, start), bytes32(0));
        enrol(_ada, _program);
        pass(10);
        quit(_ada, _program);

        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, start - 1), bytes32(0));
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, start), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, start + 9), dataset);
        vm.assertEq(enrolments.enrolledAt(_program, _ada.account, start + 10), bytes32(0));
        vm.assertEq(enrolments.enrolledAt(_program + 1, _ada.account, start), bytes32(0));
    }

    function test_seatOf_ItShouldBeNothingForWhoNeverJoined() external view {
        _sits(_program, _ada, 0, 0);
    }

    function test_population_ItShouldCountSeatsAndTheEnrolledOfEachProgramApart() external {
        uint256 second = create(ordinary());
        for (uint256 i = 0; i < 4; i++) enrol(members[i], _program);
        enrol(_ada, second);
        quit(members[3], _program);
        quit(members[1], _program);

        _counts(_program, 4, 2);
        _counts(second, 1, 1);
        _counts(second + 1, 0, 0);
    }

    /* PARTS */

    function _registered(Actor memory by) private returns (bytes32) {
        vm.prank(by.account);
        return datasets.register(keccak256("records"), 10, 0, 0);
    }

    function _ready(Actor memory by) private returns (bytes32) {
        join(by);
        return _registered(by);
    }

    /// @dev A program for three of the members.
    function _admitting() private returns (uint256 id, bytes32[] memory leaves) {
        leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++) leaves[i] = keccak256(abi.encodePacked(hex"07", members[i].account));
        Rules memory rules = ordinary();
        rules.allowlist = Forest.rootOf(leaves);
        id = create(rules);
    }

    function _refuses(Actor memory by, uint256 program, bytes32 dataset, bytes memory refusal) private {
        vm.prank(by.account);
        vm.expectRevert(refusal);
        enrolments.join(program, dataset, 0, new bytes32[](0));
    }

    function _refusesToQuit(Actor memory by) private {
        vm.prank(by.account);
        vm.expectRevert(abi.encodeWithSelector(IEnrolments.NotEnrolled.selector, _program, by.account));
        enrolments.quit(_program);
    }

    function _sits(uint256 program, Actor memory by, uint256 seat, uint256 since) private view {
        (uint32 number, uint64 from) = enrolments.seatOf(program, by.account);
        vm.assertEq(number, seat);
        vm.assertEq(from, since);
    }

    function _counts(uint256 program, uint256 seats, uint256 live) private view {
        (uint32 given, uint32 enrolled) = enrolments.population(program);
        vm.assertEq(given, seats);
        vm.assertEq(enrolled, live);
    }
}
