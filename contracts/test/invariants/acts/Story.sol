// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Kind} from "../../../src/interfaces/IDemands.sol";
import {Opening} from "../../../src/libraries/Rounds.sol";
import {Sampling} from "../../../src/libraries/Sampling.sol";
import {Fate, Lie} from "./Book.sol";
import {Play} from "./Play.sol";

/// @title Story
/// @notice A play that goes by a script: what random calls reach seldom, reached for certain.
contract Story is Play {
    uint256 private constant OWN = 1;
    uint256 private constant LIARS = 2;
    uint256 private constant BLOCKS_IN_WINDOW = WINDOW / 12;

    /// @notice An honest aggregator is accused of every lie; its round becomes final; its successor goes back.
    function honestRound() external {
        this.strangerAnchors(OWN);
        live(2);
        uint256 nth = _played(OWN, Lie.None);
        for (uint256 i = uint256(Lie.WrongSum); i <= uint256(Lie.Omission); i++) this.strangerAccuses(nth, i, i);
        this.demanderDemandsAll(4 * nth);
        live(BLOCKS_IN_WINDOW + 1);
        vm.assertTrue(finalize(OWN));
        appointed(OWN, liar.account);
        _open(OWN, 0);
        vm.assertEq(epochs[epochs.length - 1].opening.parent, 0);
    }

    /// @notice Every lie is shown, by somebody who had committed to that.
    function everyLie() external {
        for (uint256 i = uint256(Lie.WrongSum); i <= uint256(Lie.Omission); i++) {
            uint256 nth = _played(LIARS, Lie(i));
            _commitTo(nth, challenger.account, i);
            live(1);
            _revealNext(0);
            vm.assertEq(uint256(epochs[nth].fate), uint256(Fate.False));
            appointed(LIARS, liar.account);
        }
    }

    /// @notice Of several who committed the first one gets the bounty, though another was quicker; who committed
    /// after the verdict gets nothing, and who comes after the window neither.
    function bounty() external {
        uint256 nth = _played(LIARS, Lie.WrongSum);
        for (uint256 i = 0; i < 3; i++) {
            _commitTo(nth, i == 0 ? challenger.account : demander.account, i);
            live(1);
        }
        _revealNext(1);
        _commitTo(nth, liar.account, 3);
        live(1);
        _revealNext(2);
        _revealNext(0);
        live(BLOCKS_IN_WINDOW + 1);
        _revealNext(0);
        uint256 before = bondsOwe[challenger.account];
        vm.assertTrue(settle(nth));
        vm.assertEq(bondsOwe[challenger.account], before + STAKE / 4);
        appointed(LIARS, liar.account);
    }

    /// @notice What cannot be opened is demanded: once while the round waits, once when another proof was first.
    function silence() external {
        for (uint256 i = 0; i < 2; i++) {
            uint256 nth = _played(LIARS, i == 0 ? Lie.Garbage : Lie.WrongSum);
            _demand(nth, Kind.Row, 0, 0);
            live(BLOCKS_IN_WINDOW - 5);
            if (i == 1) this.strangerChallenges(nth, 0);
            this.demanderExpires(asks.length - 1);
            vm.assertEq(epochs[nth].challenger, demander.account);
            appointed(LIARS, liar.account);
        }
    }

    /// @notice A liar's second round falls with its first, and its nodes draw from the bond.
    function fall() external {
        uint256 nth = _played(LIARS, Lie.WrongPayroll);
        uint256 next = _played(LIARS, Lie.None);
        this.strangerChallenges(nth, 0);
        vm.assertEq(uint256(epochs[next].fate), uint256(Fate.Silent));
        for (uint256 i = 0; i < NODES; i++) {
            this.nodeDraws(nth);
            this.nodeDraws(next);
        }
        this.nodeDraws(nth);
        live(BLOCKS_IN_WINDOW + 1);
        appointed(LIARS, liar.account);
    }

    /// @notice A program that everybody has left is ended by a stranger.
    function solitude() external {
        live((2 * PATIENCE + 2 * SUCCESSION + WINDOW) / 12);
        this.strangerEnds(3);
    }

    /// @notice Who comes back to an empty seat once the sample is known is not asked, whatever the aggregator signs.
    function emptySeat() external {
        address eve = crew[HONEST_NODES].account;
        vm.prank(eve);
        enrolments.quit(3);
        this.strangerAnchors(3);
        live(2);
        enrol(3, eve);
        _open(3, 0);
        uint256 nth = epochs.length - 1;
        Opening storage opening = epochs[nth].opening;
        (uint32 seat,) = enrolments.seatOf(3, eve);
        bool drawn = Sampling.sampled(
            opening.sample, opening.round, opening.epoch, seat, opening.seats, opening.places
        );
        vm.assertTrue(drawn, "another seat must be left empty");
        live(PATIENCE / 12 + 1);
        vm.assertTrue(abandon(3));
        this.crookedDraws(nth, HONEST_NODES);
        vm.assertEq(times["drawn in vain"], 1);
    }

    /// @notice What a model earned before a round belongs to the shares of the rounds before it.
    function income() external {
        for (uint256 i = 0; i < 2; i++) {
            uint256 nth = _played(LIARS, Lie.None);
            live(BLOCKS_IN_WINDOW + 1);
            vm.assertTrue(finalize(LIARS));
            for (uint256 j = 0; j < entries[nth].length; j++) claim(nth, j);
            this.buyerBuys(LIARS, 1000, i + 1);
        }
    }

    function _played(uint256 id, Lie lie) private returns (uint256 nth) {
        _open(id, 0);
        nth = epochs.length - 1;
        live(1);
        _workFor(id, type(uint256).max);
        bool early = lie >= Lie.WrongSignature && lie <= Lie.Omission;
        _close(nth, early ? lie : Lie.None);
        live(2);
        _propose(nth, lie);
    }

    function _commitTo(uint256 nth, address by, uint256 salt) private {
        _commit(by, nth, address(0), accusation(nth, epochs[nth].lie, spotOf(nth), bytes32(salt)));
    }

    // The so-manieth of those that were committed to and not shown yet.
    function _revealNext(uint256 place) private {
        for (uint256 i = 0; i < secrets.length; i++) {
            if (secrets[i].used) continue;
            if (place == 0) {
                secrets[i].used = true;
                return _reveal(secrets[i]);
            }
            place--;
        }
    }
}
