// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDemands, Kind, Wanted} from "../../../src/interfaces/IDemands.sol";
import {Tiny} from "../../support/Tiny.sol";
import {ChallengerActs} from "./ChallengerActs.sol";
import {Ask, Epoch, Fate} from "./Book.sol";

/// @title DemanderActs
/// @notice Demanders ask for rows, columns and contributions, one at a time or for everything in the last moment; they
/// let demands expire, and take their fees back.
abstract contract DemanderActs is ChallengerActs {
    /// @notice Somebody demands a part of a proposal that waits.
    function demanderDemands(uint256 which, uint256 what, uint256 where) external {
        (bool found, uint256 nth) = _young(which);
        if (!found) return;
        Kind kind = Kind(what % 3);
        uint64 chunk = kind == Kind.Contributions ? 0 : uint64(where % Tiny.CHUNKS);
        uint32 column = kind == Kind.Column ? uint32(where % entries[nth].length) : 0;
        _demand(nth, kind, chunk, column);
    }

    /// @notice Somebody demands all that can be demanded of a proposal.
    function demanderDemandsAll(uint256 which) external {
        (bool found, uint256 nth) = _young(which);
        // Once in a while: a flood of them is answered one by one.
        if (!found || which % 4 != 0) return;
        _demand(nth, Kind.Contributions, 0, 0);
        for (uint64 chunk = 0; chunk < Tiny.CHUNKS; chunk++) {
            _demand(nth, Kind.Row, chunk, 0);
            for (uint32 i = 0; i < entries[nth].length; i++) _demand(nth, Kind.Column, chunk, i);
        }
        note("demanded everything");
    }

    /// @notice Somebody lets an unanswered demand expire.
    function demanderExpires(uint256 which) external {
        for (uint256 i = 0; i < asks.length; i++) {
            uint256 ask = (which % asks.length + i) % asks.length;
            if (asks[ask].open && _expirable(ask)) return _expire(ask);
        }
    }

    /// @notice Somebody has a demand's fee given back where nobody need answer any more.
    function demanderTakesBack(uint256 which) external {
        for (uint256 i = 0; i < asks.length; i++) {
            uint256 ask = (which % asks.length + i) % asks.length;
            if (asks[ask].open && !waits(asks[ask].epoch)) return giveBack(ask);
        }
    }

    function giveBack(uint256 ask) internal {
        Wanted memory wanted = wantedOf(ask);
        vm.prank(stranger.account);
        demands.giveBack(wanted);
        asks[ask].open = false;
        demandsOwe[asks[ask].by] += FEE;
        note("fee given back");
    }

    function _young(uint256 which) private view returns (bool, uint256) {
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            if (waits(nth) && time() < epochs[nth].proposedAt + WINDOW / 3) return (true, nth);
        }
        return (false, 0);
    }

    function _demand(uint256 nth, Kind kind, uint64 chunk, uint32 column) internal {
        for (uint256 i = 0; i < asks.length; i++) {
            Ask storage made = asks[i];
            if (made.epoch == nth && made.kind == kind && made.chunk == chunk && made.column == column) return;
        }
        asks.push(Ask(nth, kind, chunk, column, demander.account, time(), 0, true));
        uint256 ask = asks.length - 1;
        asks[ask].answerUntil = epochs[nth].proposedAt + 2 * (WINDOW / 3);
        Wanted memory wanted = wantedOf(ask);
        vm.prank(demander.account);
        demands.demand(wanted);
        purse[demander.account] -= FEE;
        note("demanded");
    }

    function _expirable(uint256 ask) private view returns (bool) {
        Epoch storage epoch = epochs[asks[ask].epoch];
        if (waits(asks[ask].epoch)) return time() >= asks[ask].answerUntil;
        return epoch.fate == Fate.False && time() <= epoch.forfeitedAt + WINDOW
            && epoch.forfeitedAt >= asks[ask].answerUntil;
    }

    function _expire(uint256 ask) private {
        Ask storage made = asks[ask];
        bool waiting = waits(made.epoch);
        Wanted memory wanted = wantedOf(ask);
        vm.prank(stranger.account);
        demands.expire(wanted);
        made.open = false;
        demandsOwe[made.by] += FEE;
        if (waiting) voided(made.epoch, made.by, made.time);
        else awarded(made.epoch, made.by, made.time);
        note(waiting ? bytes32("expired") : bytes32("expired afterwards"));
    }
}
