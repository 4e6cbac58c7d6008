// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Forfeit} from "../../src/interfaces/IBonds.sol";
import {IChallenges} from "../../src/interfaces/IChallenges.sol";
import {Program, Stage} from "../../src/interfaces/IPrograms.sol";
import {Chunks} from "./Chunks.sol";
import {Draft, Drafts} from "./Drafts.sol";
import {Evidence} from "./Evidence.sol";
import {Rows} from "./Rows.sol";

/// @title Verdicts
/// @notice What should come of a challenge, to the last coin.
abstract contract Verdicts is Evidence {
    /// @notice A challenge of the stranger's to which nobody committed holds: the round is void and its bond gone.
    function refutes(Draft memory told, bytes memory call_) internal {
        uint64 round = told.opening.round;
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);
        uint256 held = token.balanceOf(address(bonds));

        vm.expectEmit(address(challenges));
        emit IChallenges.ProposalRefuted(
            program, round, told.opening.epoch, stranger.account, bytes4(call_), 0
        );
        judge(call_);

        vm.assertTrue(programs.round(program, round).stage == Stage.None, "the round is not void");
        vm.assertEq(programs.program(program).tip, round - 1);
        (uint128 left, uint128 behind) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total - left, terms.bond, "the bond is not lost");
        vm.assertEq(locked - behind, terms.bond);
        vm.assertEq(token.balanceOf(address(bonds)), held);
        vm.assertEq(bonds.owed(token, stranger.account), 0);
    }

    /// @notice A challenge is refused in such words, and nothing has changed.
    function fails(bytes memory call_, bytes memory words) internal {
        Program memory before = programs.program(program);
        (uint128 total, uint128 locked) = bonds.bondOf(program, aggregator.account);

        vm.expectRevert(words);
        judge(call_);

        vm.assertEq(abi.encode(programs.program(program)), abi.encode(before));
        (uint128 left, uint128 behind) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(left, total);
        vm.assertEq(behind, locked);
    }

    /// @notice Gives an aggregator that was found lying the floor and a bond once more.
    function another() internal {
        vm.prank(sponsor.account);
        programs.appoint(program, aggregator.account);
        vm.prank(aggregator.account);
        bonds.deposit(program, terms.bond);
    }

    /// @notice Adds to one lane of the result, in its row as well.
    function bend(Draft memory told, uint256 chunk, uint256 lane, int32 by) internal pure {
        Chunks.put(told.result[chunk], lane, Chunks.laneOf(told.result[chunk], lane) + by);
        told.inputs[chunk][1] = Rows.leaf(uint64(chunk), told.result[chunk]);
    }

    /// @notice An honest round that waits.
    function standing() internal returns (Draft memory told) {
        told = honest();
        stand(told);
    }

    /// @notice A round of two lies about its order, which is the cheapest to show: of its first and last two nodes.
    function disordered() internal returns (Draft memory told) {
        told = honest();
        swap(told, 0);
        swap(told, 2);
        stand(told);
    }

    /// @notice Exchanges two neighbours.
    function swap(Draft memory told, uint256 first) internal pure {
        (told.contributions[first], told.contributions[first + 1]) =
            (told.contributions[first + 1], told.contributions[first]);
    }

    /// @notice Who gets the bounty as things stand.
    function challengerOf(Draft memory told) internal view returns (address) {
        Forfeit memory lost = bonds.forfeitOf(Drafts.keyOf(told));
        return lost.challenger;
    }

    /// @notice Lets the time for draws and bounties go by, and settles.
    function settle(Draft memory told) internal {
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);
        bonds.settle(program, told.opening.round, told.opening.epoch);
    }
}
