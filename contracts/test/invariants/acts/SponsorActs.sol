// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Program} from "../../../src/interfaces/IPrograms.sol";
import {Actor} from "../../support/Actors.sol";
import {StrangerActs} from "./StrangerActs.sol";

/// @title SponsorActs
/// @notice Sponsors start programs, add money, choose aggregators, honest ones and others, and end what they do not
/// want any more. One of them is its own aggregator, and a liar.
abstract contract SponsorActs is StrangerActs {
    uint256 internal constant MOST_PROGRAMS = 5;

    /// @notice A sponsor adds money, and shows thereby that it is there.
    function sponsorFunds(uint256 which, uint256 amount) external {
        uint256 id = bound(which, 1, programs.count());
        Program memory found = programs.program(id);
        if (found.ending) return;
        amount = bound(amount, 1, 3 * REWARD);
        vm.prank(found.sponsor);
        programs.fund(id, amount);
        purse[found.sponsor] -= amount;
        budget[id] += amount;
        note("funded");
    }

    /// @notice A sponsor chooses who runs the rounds from here on.
    function sponsorAppoints(uint256 which, uint256 who) external {
        uint256 id = bound(which, 1, programs.count());
        Program memory found = programs.program(id);
        if (found.ending || found.tip != found.finalized) return;
        // Mostly one of the two whose trade it is.
        Actor memory chosen = who % 4 == 0 ? crew[who % NODES] : who % 2 == 0 ? liar : aggregator;
        appointed(id, chosen.account);
    }

    /// @notice A sponsor has had enough of a program, and starts another if there is room.
    function sponsorEnds(uint256 which, uint256 mood) external {
        uint256 id = bound(which, 1, programs.count());
        Program memory found = programs.program(id);
        if (found.ending) {
            if (programs.count() < MOST_PROGRAMS) {
                create(sponsor, mood % 3 == 0 ? liar.account : aggregator.account, mood % 2 == 0, 20 * REWARD);
                note("created");
            }
            return;
        }
        if (mood % 8 != 0) return;
        ended(id);
    }

    /// @notice A sponsor takes back what is left of an ended program.
    function sponsorTakesBack(uint256 which) external {
        uint256 id = bound(which, 1, programs.count());
        if (programs.hasEnded(id)) refunded(id);
    }

    function appointed(uint256 id, address account) internal {
        vm.prank(programs.program(id).sponsor);
        programs.appoint(id, account);
        note("appointed");
    }

    function ended(uint256 id) internal {
        vm.prank(programs.program(id).sponsor);
        programs.end(id);
        note("ended");
    }

    function refunded(uint256 id) internal {
        address by = programs.program(id).sponsor;
        vm.prank(by);
        programs.refund(id, by);
        purse[by] += budget[id];
        budget[id] = 0;
        note("refunded");
    }
}
