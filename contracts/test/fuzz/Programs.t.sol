// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Payout} from "../../src/libraries/Payouts.sol";
import {Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Sampling} from "../../src/libraries/Sampling.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Actor} from "../support/Actors.sol";
import {Training} from "../support/Training.sol";

contract ProgramsFuzz is Training {
    function setUp() external {
        begin();
    }

    /// @notice A proposal is taken if, and only if, it pays and gives no more than it may.
    function testFuzz_propose_KeepsToItsLimits(uint256 payoutSum, uint256 sharesSum) external {
        uint256 id = create(ordinary());
        Proposal memory said = ready(id, payoutsTo(2));
        said.payoutSum = bound(payoutSum, 0, payoutSum % 2 == 0 ? 2 * REWARD : type(uint256).max);
        said.sharesSum = bound(sharesSum, 0, sharesSum % 2 == 0 ? 2 * SHARES : type(uint256).max);

        vm.prank(aggregator.account);
        if (said.payoutSum > REWARD) {
            vm.expectRevert(abi.encodeWithSelector(IPrograms.PaysTooMuch.selector, said.payoutSum, REWARD));
        } else if (said.sharesSum > SHARES) {
            vm.expectRevert(abi.encodeWithSelector(IPrograms.TooManyShares.selector, said.sharesSum, SHARES));
        }
        programs.propose(id, said);
    }

    /// @notice Whatever a round promises, in whatever order it is claimed: each is paid its own, and no more leaves
    /// than was promised.
    function testFuzz_claim_PaysWhatWasPromised(uint256 seed, uint256 count) external {
        count = bound(count, 1, 20);
        Rules memory rules = ordinary();
        (rules.minNodes, rules.maxNodes) = (1, 20);
        uint256 id = create(rules);
        Payout[] memory payouts = new Payout[](count);
        uint256 promised = 0;
        for (uint256 i = 0; i < count; i++) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            address node = actor(string(abi.encode("node", i))).account;
            (uint256 paid, uint256 shares) = (drawn % (REWARD / count + 1), drawn % (SHARES / count));
            payouts[i] = Payout(node, int256(drawn), drawn >> 7, paid, shares);
            promised += payouts[i].payout;
        }
        Proposal memory said = finish(id, payouts);

        uint256 first = seed % count;
        for (uint256 i = 0; i < count; i++) claim(id, 1, said, payouts, (first + i) % count);

        for (uint256 i = 0; i < count; i++) {
            vm.assertEq(token.balanceOf(payouts[i].node), payouts[i].payout);
            vm.assertEq(licences.sharesOf(id, payouts[i].node), payouts[i].shares);
        }
        vm.assertEq(token.balanceOf(address(programs)), BUDGET - promised);
        vm.assertEq(programs.program(id).budget, BUDGET - promised);
        vm.assertEq(programs.round(id, 1).unclaimed, 0);
    }

    /// @notice However many join and quit: everybody is asked while there is room, and else as many places as make the
    /// room likely to be filled, never more than there are seats.
    function testFuzz_open_AsksAsManyAsHaveRoom(uint256 seats, uint256 quitting, uint256 room) external {
        seats = bound(seats, 0, 12);
        quitting = bound(quitting, 0, seats);
        room = bound(room, 1, 12);
        Rules memory rules = ordinary();
        (rules.minNodes, rules.maxNodes) = (1, uint16(room));
        uint256 id = create(rules);
        uint256 live = seats - quitting;
        for (uint256 i = 0; i < seats; i++) {
            Actor memory by = actor(string(abi.encode("node", i)));
            token.mint(by.account, BOND);
            trust(by, address(nodes));
            enrol(by, id);
            if (i < quitting) quit(by, id);
        }
        if (live > room) programs.anchor(id);
        pass(2);

        Opening memory opening = open(id);

        vm.assertEq(opening.seats, seats);
        vm.assertLe(opening.places, seats);
        if (live <= room) {
            vm.assertEq(opening.sample, bytes32(0));
            vm.assertEq(opening.places, seats);
        } else {
            vm.assertEq(opening.sample, blockhash(block.number - 1));
            // The least number of places that holds, on average, no fewer than there is room for.
            vm.assertGe(uint256(opening.places) * live, room * seats);
            vm.assertLt((uint256(opening.places) - 1) * live, room * seats);
        }
    }

    /// @notice The same for any numbers that programs can come to.
    function testFuzz_places_AreTheFewestThatFillTheRoom(uint256 room, uint256 seats, uint256 live) external pure {
        room = bound(room, 1, 256);
        live = bound(live, room, type(uint32).max);
        seats = bound(seats, live, type(uint32).max);

        uint256 places = Sampling.places(room, seats, live);

        vm.assertGe(places, room);
        vm.assertLe(places, seats);
        vm.assertGe(places * live, room * seats);
        vm.assertLt((places - 1) * live, room * seats);
    }

    /// @notice Another aggregator may open exactly from the versions that are there.
    function testFuzz_openFrom_StartsFromAnyVersionThereIs(uint64 version) external {
        uint256 id = create(ordinary());
        finish(id, payoutsTo(2));
        finish(id, payoutsTo(2));
        vm.prank(sponsor.account);
        programs.appoint(id, buyer.account);
        deposit(buyer, id, STAKE);
        version = uint64(bound(version, 0, version % 2 == 0 ? 4 : type(uint64).max));

        vm.prank(buyer.account);
        if (version > 2) vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchVersion.selector, version, 2));
        programs.openFrom(id, version);
    }
}
