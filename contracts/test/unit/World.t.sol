// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {World} from "../support/World.sol";

contract WorldTest is World {
    function setUp() external {
        begin();
    }

    function test_begin_WhenEverythingIsDeployed() external view {
        vm.assertEq(address(nodes.token()), address(token));
        vm.assertEq(nodes.judge(), address(challenges));
        vm.assertEq(address(enrolments.programs()), address(programs));
        vm.assertEq(address(enrolments.nodes()), address(nodes));
        vm.assertEq(address(enrolments.datasets()), address(datasets));
        vm.assertEq(address(programs.nodes()), address(nodes));
        vm.assertEq(address(programs.enrolments()), address(enrolments));
        vm.assertEq(address(programs.bonds()), address(bonds));
        vm.assertEq(address(programs.models()), address(models));
        vm.assertEq(address(programs.licences()), address(licences));
        vm.assertEq(programs.challenges(), address(challenges));
        vm.assertEq(programs.demands(), address(demands));
        vm.assertEq(address(bonds.programs()), address(programs));
        vm.assertEq(bonds.challenges(), address(challenges));
        vm.assertEq(bonds.demands(), address(demands));
        vm.assertEq(address(models.programs()), address(programs));
        vm.assertEq(address(licences.programs()), address(programs));
        vm.assertEq(address(licences.models()), address(models));
        vm.assertEq(token.balanceOf(address(programs)), 0);
        vm.assertEq(token.balanceOf(address(nodes)), 0);
    }

    function test_begin_WhenThePeopleAreMade() external view {
        vm.assertEq(token.balanceOf(sponsor.account), PURSE);
        vm.assertEq(token.balanceOf(stranger.account), PURSE);
        vm.assertEq(token.totalSupply(), 8 * PURSE);
    }

    function test_begin_WhenTheMembersAreMade() external view {
        vm.assertEq(members.length, 4);
        for (uint256 i = 1; i < 4; i++) {
            vm.assertLt(uint160(members[i - 1].account), uint160(members[i].account));
        }
    }

    function test_join_ItShouldMakeAnActorAMemberWithABond() external {
        join(members[0]);

        vm.assertTrue(nodes.memberAt(members[0].account, block.number));
        vm.assertEq(nodes.bondOf(members[0].account), BOND);
        vm.assertEq(nodes.receiptKeyAt(members[0].account, block.number), members[0].account);
        vm.assertEq(token.balanceOf(members[0].account), PURSE - BOND);
    }
}
