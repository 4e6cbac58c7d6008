// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Program, Round, Stage} from "../../src/interfaces/IPrograms.sol";
import {Aggregation} from "../../src/libraries/Terms.sol";
import {Court} from "../support/Court.sol";
import {Draft, Drafts} from "../support/Drafts.sol";

contract CourtTest is Court {
    function setUp() external {
        begin();
    }

    function test_stand_WhenTheRoundIsHonest() external {
        for (uint8 rule = 0; rule < 4; rule++) {
            found(rulesOf(Aggregation(rule)));

            Draft memory told = honest();
            stand(told);

            Round memory round = programs.round(program, 1);
            vm.assertTrue(round.stage == Stage.Proposed);
            vm.assertEq(round.proposal, Drafts.hashOf(told));
            vm.assertGt(told.proposal.payoutSum, 0);
        }
    }

    function test_stand_WhenItBuildsOnOneThatWaits() external {
        found(rulesOf(Aggregation.Median));
        Draft memory parent = honest();
        stand(parent);

        Draft memory told = following(parent);
        stand(told);

        Program memory state = programs.program(program);
        vm.assertEq(state.tip, 2);
        vm.assertEq(state.finalized, 0);
        vm.assertEq(told.parentRoot, parent.proposal.resultRoot);
    }
}
