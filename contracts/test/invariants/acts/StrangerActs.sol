// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "../../../src/interfaces/IBonds.sol";
import {ILicences} from "../../../src/interfaces/ILicences.sol";
import {IModels} from "../../../src/interfaces/IModels.sol";
import {INodes} from "../../../src/interfaces/INodes.sol";
import {IPrograms, Program, Stage} from "../../../src/interfaces/IPrograms.sol";
import {Branch, Payout} from "../../../src/libraries/Payouts.sol";
import {Proposal} from "../../../src/libraries/Rounds.sol";
import {Forest} from "../../support/Forest.sol";
import {DemanderActs} from "./DemanderActs.sol";
import {Epoch, Fate} from "./Book.sol";

/// @title StrangerActs
/// @notice A stranger does everything that anyone may, as soon as it may or long after, and tries what only others may.
abstract contract StrangerActs is DemanderActs {
    /// @notice Time passes: a few blocks, now and then a whole window, and sometimes everybody is away for long.
    function timePasses(uint256 blocks, uint256 mood) external {
        if (mood % 32 == 0) return live(bound(blocks, 1, 150));
        live(mood % 8 == 0 ? bound(blocks, 1, 35) : bound(blocks, 1, 3));
    }

    function strangerFinalizes(uint256 which) external {
        for (uint256 i = 0; i < programs.count(); i++) {
            uint256 id = 1 + (which % programs.count() + i) % programs.count();
            if (finalize(id)) return;
        }
    }

    function strangerAbandons(uint256 which) external {
        for (uint256 i = 0; i < programs.count(); i++) {
            uint256 id = 1 + (which % programs.count() + i) % programs.count();
            if (abandon(id)) return;
        }
    }

    function strangerSettles(uint256 which) external {
        for (uint256 i = 0; i < epochs.length; i++) {
            if (settle((which % epochs.length + i) % epochs.length)) return;
        }
    }

    function strangerKeepsSeed(uint256 which) external {
        uint256 id = bound(which, 1, programs.count());
        (bool runs, uint256 nth) = tipOf(id);
        if (!runs || epochs[nth].stage != Stage.Closed) return;
        uint256 passed = vm.getBlockNumber() - epochs[nth].closeBlock;
        // Forge has no more hashes than the chain itself.
        if (passed <= 1 || passed > 256) return;
        vm.prank(stranger.account);
        programs.drawSeed(id);
        note("seed kept");
    }

    function strangerAnchors(uint256 which) external {
        uint256 id = bound(which, 1, programs.count());
        vm.prank(stranger.account);
        (bool done, bytes memory why) = address(programs).call(abi.encodeCall(IPrograms.anchor, (id)));
        if (done) return note("anchored");
        vm.assertEq(bytes32(bytes4(why)), bytes32(IPrograms.AnchorNotNeeded.selector));
    }

    function strangerReleases(uint256 which, uint256 who) external {
        uint256 id = bound(which, 1, programs.count());
        address node = crew[who % NODES].account;
        bool ghost = !nodes.memberAt(node, vm.getBlockNumber())
            && enrolments.enrolledAt(id, node, vm.getBlockNumber()) != 0;
        if (!ghost) return;
        vm.prank(stranger.account);
        enrolments.release(id, node);
        note("released");
    }

    /// @notice What lies about for too long, anyone may end.
    function strangerEnds(uint256 which) external {
        uint256 id = bound(which, 1, programs.count());
        Program memory found = programs.program(id);
        bool late = time() >= found.due + 2 * SUCCESSION && found.tip == found.finalized;
        if (found.ending || !late) return;
        vm.prank(stranger.account);
        programs.end(id);
        note("ended by a stranger");
    }

    /// @notice Money that comes unasked belongs to nobody, and must not confuse a book.
    function strangerGives(uint256 which, uint256 amount) external {
        address[5] memory all =
            [address(programs), address(bonds), address(nodes), address(demands), address(licences)];
        amount = bound(amount, 1, 100);
        vm.prank(stranger.account);
        token.transfer(all[which % 5], amount);
        purse[stranger.account] -= amount;
        given[all[which % 5]] += amount;
        note("given");
    }

    /// @notice What only others may.
    function strangerPokes(uint256 which, uint256 what) external {
        uint256 id = bound(which, 1, programs.count());
        _pokeWrites(id, what % 13);
        if (epochs.length == 0) return;
        _pokeClaims(which % epochs.length);
        _pokeTimes(which % epochs.length);
        note("poked");
    }

    function finalize(uint256 id) internal returns (bool) {
        uint64 number = programs.program(id).finalized + 1;
        if (standing[id][number] == 0) return false;
        uint256 nth = standing[id][number] - 1;
        if (!waits(nth) || time() < uint256(epochs[nth].proposedAt) + WINDOW) return false;
        Proposal memory proposal = epochs[nth].proposal;
        address account = epochs[nth].opening.aggregator;
        vm.prank(stranger.account);
        programs.finalize(id, proposal);
        epochs[nth].fate = Fate.Final;
        versions[id][number] = epochs[nth].result;
        budget[id] -= proposal.payoutSum;
        note(honest(account) ? bytes32("finalized") : bytes32("finalized a liar's"));
        return true;
    }

    function abandon(uint256 id) internal returns (bool) {
        (bool runs, uint256 nth) = tipOf(id);
        if (!runs || epochs[nth].stage == Stage.Proposed || time() <= deadlineOf(nth)) return false;
        vm.prank(stranger.account);
        programs.abandon(id);
        forfeit(nth, Fate.Silent, epochs[nth].stage == Stage.Closed);
        note("abandoned");
        return true;
    }

    function settle(uint256 nth) internal returns (bool) {
        Epoch storage lost = epochs[nth];
        if (lost.forfeitedAt == 0 || lost.settled || time() <= lost.forfeitedAt + WINDOW) return false;
        vm.prank(stranger.account);
        bonds.settle(lost.opening.program, lost.opening.round, lost.opening.epoch);
        lost.settled = true;
        if (lost.challenger == address(0)) burnedInBonds += lost.bounty;
        else bondsOwe[lost.challenger] += lost.bounty;
        if (lost.fate == Fate.False) burnedInBonds += lost.left;
        else bond[lost.opening.program][lost.opening.aggregator] += lost.left;
        note(lost.challenger == address(0) ? bytes32("settled") : bytes32("bounty paid"));
        return true;
    }

    function _pokeWrites(uint256 id, uint256 what) private {
        (address to, bytes4 reason) = _doorOf(what);
        refused(stranger.account, to, _knockOf(id, what), reason);
    }

    // Where a stranger tries, and how it is refused.
    function _doorOf(uint256 what) private view returns (address to, bytes4 reason) {
        if (what == 0) return (address(programs), IPrograms.OnlyJudges.selector);
        if (what == 1) return (address(bonds), IBonds.OnlyPrograms.selector);
        if (what == 2) return (address(bonds), IBonds.OnlyPrograms.selector);
        if (what == 3) return (address(bonds), IBonds.OnlyJudges.selector);
        if (what == 4) return (address(bonds), IBonds.OnlyJudges.selector);
        if (what == 5) return (address(bonds), IBonds.FreeBondTooSmall.selector);
        if (what == 6) return (address(nodes), INodes.OnlyJudge.selector);
        if (what == 7) return (address(nodes), INodes.NoBond.selector);
        if (what == 8) return (address(models), IModels.OnlyPrograms.selector);
        if (what == 9) return (address(licences), ILicences.OnlyPrograms.selector);
        if (what == 10) return (address(programs), IPrograms.NotTheAggregator.selector);
        if (what == 11) return (address(programs), IPrograms.NotTheSponsor.selector);
        return (address(programs), IPrograms.NotTheSponsor.selector);
    }

    // What it tries there.
    function _knockOf(uint256 id, uint256 what) private view returns (bytes memory) {
        address by = stranger.account;
        if (what == 0) return abi.encodeCall(IPrograms.void, (id, 1));
        if (what == 1) return abi.encodeCall(IBonds.lock, (id, by, 1));
        if (what == 2) return abi.encodeCall(IBonds.unlock, (id, by, 1));
        if (what == 3) return abi.encodeCall(IBonds.award, (0, by, 1));
        if (what == 4) return abi.encodeCall(IBonds.creditDraw, (id, 0, 1, by));
        if (what == 5) return abi.encodeCall(IBonds.withdraw, (id, bond[id][by] + 1, by));
        if (what == 6) return abi.encodeCall(INodes.slash, (crew[0].account, by));
        if (what == 7) return abi.encodeCall(INodes.withdraw, (by));
        if (what == 8) return abi.encodeCall(IModels.append, (id, 1, "1", "2"));
        if (what == 9) return abi.encodeCall(ILicences.credit, (id, 1, by, 1, 0));
        if (what == 10) return abi.encodeCall(IPrograms.open, (id));
        if (what == 11) return abi.encodeCall(IPrograms.appoint, (id, by));
        return abi.encodeCall(IPrograms.refund, (id, by));
    }

    // Another's payout, and one's own a second time.
    function _pokeClaims(uint256 nth) private {
        Epoch storage epoch = epochs[nth];
        if (epoch.fate != Fate.Final) return;
        Payout[] memory payouts = whole(nth).payouts;
        (, Branch[] memory siblings) = Forest.plant(payouts, 0);
        Proposal memory proposal = epoch.proposal;
        (uint256 id, uint64 number) = (epoch.opening.program, epoch.opening.round);
        bytes memory data = abi.encodeCall(
            IPrograms.claim, (id, number, proposal, 0, payouts[0], siblings, stranger.account)
        );
        address thief = payouts[0].node == stranger.account ? challenger.account : stranger.account;
        refused(thief, address(programs), data, IPrograms.NotYourPayout.selector);
        if (epoch.claimed & 1 == 0) return;
        refused(payouts[0].node, address(programs), data, IPrograms.AlreadyClaimed.selector);
    }

    // What is not yet, or no longer.
    function _pokeTimes(uint256 nth) private {
        Epoch storage epoch = epochs[nth];
        uint256 id = epoch.opening.program;
        Proposal memory proposal = epoch.proposal;
        if (waits(nth) && time() < uint256(epoch.proposedAt) + WINDOW) {
            bytes memory data = abi.encodeCall(IPrograms.finalize, (id, proposal));
            bool next = programs.program(id).finalized + 1 == epoch.opening.round;
            if (next) refused(stranger.account, address(programs), data, IPrograms.TooEarly.selector);
        }
        if (epoch.fate == Fate.Running && !waits(nth) && time() <= deadlineOf(nth)) {
            bytes memory data = abi.encodeCall(IPrograms.abandon, (id));
            refused(stranger.account, address(programs), data, IPrograms.TooEarly.selector);
        }
        if (!epoch.settled) return;
        bytes memory again = abi.encodeCall(IBonds.settle, (id, epoch.opening.round, epoch.opening.epoch));
        refused(stranger.account, address(bonds), again, IBonds.NoSuchForfeit.selector);
    }
}
