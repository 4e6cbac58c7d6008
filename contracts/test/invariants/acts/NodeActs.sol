// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "../../../src/interfaces/IBonds.sol";
import {IChallenges} from "../../../src/interfaces/IChallenges.sol";
import {INodes, Keys} from "../../../src/interfaces/INodes.sol";
import {Program, Stage} from "../../../src/interfaces/IPrograms.sol";
import {Branch, Payout} from "../../../src/libraries/Payouts.sol";
import {Proposal} from "../../../src/libraries/Rounds.sol";
import {Actor} from "../../support/Actors.sol";
import {Forest} from "../../support/Forest.sol";
import {Tiny} from "../../support/Tiny.sol";
import {AggregatorActs} from "./AggregatorActs.sol";
import {Epoch, Fate, Work} from "./Book.sol";

/// @notice Since which block a node signs with a key.
struct KeySince {
    uint256 blockNumber;
    uint256 secret;
}

/// @notice A second receipt of a crooked node, beside the one that stands in an epoch's works.
struct Second {
    uint256 epoch;
    uint256 work;
    Work other;
}

/// @title NodeActs
/// @notice Nodes come and go, work for rounds, change their keys, claim and draw. The honest ones sign one delta an
/// epoch; the others may sign a second one.
abstract contract NodeActs is AggregatorActs {
    mapping(address node => KeySince[]) internal keysOf;
    mapping(address node => bytes32) internal datasetOf;
    mapping(address node => uint256) internal datasetsMade;
    Second[] internal doubles;

    /// @notice Those nodes that are asked and in the mood send what they trained.
    function nodesWork(uint256 mood) external {
        for (uint256 id = 1; id <= programs.count(); id++) _workFor(id, uint256(keccak256(abi.encode(mood, id))));
    }

    /// @notice A crooked node signs another delta for an epoch that it has worked for.
    function crookedSigns(uint256 which, uint256 salt) external {
        if (epochs.length == 0) return;
        uint256 nth = epochs.length - 1 - which % epochs.length;
        for (uint256 i = 0; i < works[nth].length; i++) {
            Work memory work = works[nth][i];
            if (honest(work.node) || work.salt == salt) continue;
            work.salt = salt;
            _sign(nth, work);
            doubles.push(Second(nth, i, work));
            return note("signed twice");
        }
    }

    /// @notice A node joins, enrols, quits, resigns, takes its bond, or changes its key or its dataset.
    function nodeMoves(uint256 who, uint256 which, uint256 what) external {
        Actor memory by = crew[who % NODES];
        uint256 id = bound(which, 1, programs.count());
        if (!nodes.memberAt(by.account, vm.getBlockNumber())) return _comeBack(by);
        bool enrolled = enrolments.enrolledAt(id, by.account, vm.getBlockNumber()) != 0;
        what %= 16;
        if (what == 0) return _resign(by);
        if (what == 1) return _rotate(by);
        if (what == 2) return _renewDataset(by);
        if (what < 5 && enrolled) {
            vm.prank(by.account);
            enrolments.quit(id);
            return note("quit");
        }
        if (!enrolled && !programs.program(id).ending) enrol(id, by.account);
    }

    /// @notice A node claims what a final round owes it.
    function nodeClaims(uint256 which, uint256 who) external {
        if (epochs.length == 0) return;
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            if (epochs[nth].fate != Fate.Final) continue;
            for (uint256 j = 0; j < entries[nth].length; j++) {
                uint256 index = (who % entries[nth].length + j) % entries[nth].length;
                if (epochs[nth].claimed >> index & 1 == 0) return claim(nth, index);
            }
        }
    }

    /// @notice A node draws from the bond behind an epoch that came to nothing. A crooked aggregator gives its friends
    /// the acks for it afterwards.
    function nodeDraws(uint256 which) external {
        if (epochs.length == 0) return;
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            Epoch storage lost = epochs[nth];
            bool lasts = lost.forfeitedAt != 0 && time() <= lost.forfeitedAt + WINDOW;
            for (uint256 j = 0; lasts && j < works[nth].length; j++) {
                Work storage work = works[nth][j];
                if (work.ack.length == 0 && honest(lost.opening.aggregator)) continue;
                if (work.drawn) _drawAgain(nth, work);
                else return _draw(nth, work);
            }
        }
    }

    /// @notice A node that was not asked, but has the ack of a crooked aggregator, wants its part as well.
    function crookedDraws(uint256 which, uint256 who) external {
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            Epoch storage lost = epochs[nth];
            bool lasts = lost.forfeitedAt != 0 && time() <= lost.forfeitedAt + WINDOW;
            address node = crew[who % NODES].account;
            if (!lasts || honest(lost.opening.aggregator) || asked(nth, node)) continue;
            if (!nodes.memberAt(node, lost.opening.openBlock)) continue;
            Work memory work;
            work.node = node;
            work.dataset = datasetOf[node];
            _sign(nth, work);
            refused(node, address(challenges), _drawOf(nth, work), IChallenges.NotIncludable.selector);
            return note("drawn in vain");
        }
    }

    /// @notice A node takes a program over from an aggregator that is overdue.
    function nodeTakesOver(uint256 which, uint256 who) external {
        uint256 id = bound(which, 1, programs.count());
        Program memory found = programs.program(id);
        bool possible = !found.ending && found.tip == found.finalized && time() >= found.due + SUCCESSION;
        for (uint256 i = 0; possible && i < NODES; i++) {
            address by = crew[(who % NODES + i) % NODES].account;
            bool takesPart = nodes.memberAt(by, vm.getBlockNumber())
                && enrolments.enrolledAt(id, by, vm.getBlockNumber()) != 0;
            if (!takesPart) continue;
            vm.prank(by);
            programs.takeOver(id);
            return note("taken over");
        }
    }

    /// @notice Somebody takes what the contracts owe it.
    function anyoneTakes(uint256 who) external {
        for (uint256 i = 0; i < crew.length; i++) {
            if (take(crew[(who % crew.length + i) % crew.length].account)) return;
        }
    }

    /* WORK */

    function _workFor(uint256 id, uint256 mood) internal {
        (bool runs, uint256 nth) = tipOf(id);
        if (!runs || epochs[nth].stage != Stage.Open) return;
        // Who is asked is read as of the end of the open block, so before that nobody can know.
        if (vm.getBlockNumber() <= epochs[nth].opening.openBlock) return;
        for (uint256 i = 0; i < NODES; i++) {
            if (mood >> 2 * i & 3 != 0) _work(nth, crew[i].account);
        }
        _promise(nth, mood);
    }

    function _work(uint256 nth, address node) private {
        Epoch storage epoch = epochs[nth];
        if (works[nth].length >= room(epoch.opening.program) || !asked(nth, node)) return;
        for (uint256 i = 0; i < works[nth].length; i++) if (works[nth][i].node == node) return;
        Work memory work;
        work.node = node;
        work.dataset = enrolments.enrolledAt(epoch.opening.program, node, epoch.opening.openBlock);
        work.baseRoot = Tiny.rootOf(epoch.base);
        work.salt = uint256(keccak256(abi.encode(nth, node)));
        work.weight = sampled[epoch.opening.program] ? _records(work.dataset) : 1;
        work.deadline = uint64(deadlineOf(nth));
        _sign(nth, work);
        works[nth].push(work);
        note("worked");
    }

    function _records(bytes32 dataset) private view returns (uint32) {
        uint64 count = datasets.countOf(dataset);
        return count > 40 ? 40 : uint32(count);
    }

    // With what was its key when the round opened.
    function _sign(uint256 nth, Work memory work) internal view {
        uint256 secret = 0;
        KeySince[] storage keys = keysOf[work.node];
        for (uint256 i = 0; i < keys.length; i++) {
            if (keys[i].blockNumber <= epochs[nth].opening.openBlock) secret = keys[i].secret;
        }
        work.signature = _written(secret, receiptDigest(address(programs), receiptOf(nth, work)));
    }

    // An honest aggregator promises nothing before it has enough to close over, nor when there is no time left for it.
    function _promise(uint256 nth, uint256 mood) private {
        bool straight = honest(epochs[nth].opening.aggregator);
        if (straight && (works[nth].length < LEAST || deadlineOf(nth) < time() + MARGIN)) return;
        for (uint256 i = 0; i < works[nth].length; i++) {
            Work storage work = works[nth][i];
            if (work.ack.length != 0 || (!straight && mood >> (64 + i) & 1 == 0)) continue;
            work.ack = ackOf(nth, work);
            note("acked");
        }
    }

    /* COMING AND GOING */

    function joined(Actor memory by) internal {
        join(by);
        keysOf[by.account].push(KeySince(vm.getBlockNumber(), by.secret));
        nodeBond[by.account] = BOND;
        purse[by.account] -= BOND;
        note("joined");
    }

    function enrol(uint256 id, address node) internal {
        vm.prank(node);
        enrolments.join(id, datasetOf[node], 0, new bytes32[](0));
        note("enrolled");
    }

    function register(address node) internal {
        uint256 made = ++datasetsMade[node];
        vm.prank(node);
        datasetOf[node] = datasets.register(bytes32(made), uint64(10 * made + uint160(node) % 50), 0, 0);
    }

    function withdrawn(address node) internal {
        vm.prank(node);
        nodes.withdraw(node);
        purse[node] += nodeBond[node];
        nodeBond[node] = 0;
        note("bond taken back");
    }

    function _comeBack(Actor memory by) private {
        if (nodes.wasSlashed(by.account)) return;
        if (nodeBond[by.account] == 0) return joined(by);
        if (time() >= nodes.withdrawableAt(by.account)) withdrawn(by.account);
    }

    function _resign(Actor memory by) private {
        vm.prank(by.account);
        nodes.resign();
        note("resigned");
    }

    function _rotate(Actor memory by) private {
        uint256 secret = uint256(keccak256(abi.encode(by.secret, keysOf[by.account].length)));
        Actor memory key = Actor(vm.addr(secret), secret);
        bytes memory possession = signed(key, nodes.possessionDigest(by.account));
        vm.prank(by.account);
        nodes.rotate(Keys(key.account, abi.encodePacked("flower", key.account), possession));
        keysOf[by.account].push(KeySince(vm.getBlockNumber(), secret));
        note("rotated");
    }

    function _renewDataset(Actor memory by) private {
        bytes32 former = datasetOf[by.account];
        vm.prank(by.account);
        datasets.retire(former);
        register(by.account);
        for (uint256 id = 1; id <= programs.count(); id++) {
            bool there = enrolments.enrolledAt(id, by.account, vm.getBlockNumber()) != 0;
            if (there && !programs.program(id).ending) enrol(id, by.account);
        }
        note("dataset renewed");
    }

    /* MONEY */

    function claim(uint256 nth, uint256 index) internal {
        Epoch storage epoch = epochs[nth];
        Payout[] memory payouts = whole(nth).payouts;
        (, Branch[] memory siblings) = Forest.plant(payouts, index);
        Payout memory mine = payouts[index];
        Proposal memory proposal = epoch.proposal;
        vm.prank(mine.node);
        programs.claim(
            epoch.opening.program, epoch.opening.round, proposal, uint64(index), mine, siblings, mine.node
        );
        epoch.claimed |= 1 << index;
        epoch.paid += mine.payout;
        purse[mine.node] += mine.payout;
        note("claimed");
    }

    function take(address account) internal returns (bool took) {
        if (bondsOwe[account] != 0) {
            vm.prank(account);
            bonds.take(token, account);
            took = true;
        }
        if (demandsOwe[account] != 0) {
            vm.prank(account);
            demands.take(token, account);
            took = true;
        }
        if (nodesOwe[account] != 0) {
            vm.prank(account);
            nodes.take(account);
            took = true;
        }
        purse[account] += bondsOwe[account] + demandsOwe[account] + nodesOwe[account];
        (bondsOwe[account], demandsOwe[account], nodesOwe[account]) = (0, 0, 0);
        if (took) note("taken");
    }

    function _drawAgain(uint256 nth, Work storage work) private {
        refused(stranger.account, address(challenges), _drawOf(nth, work), IBonds.AlreadyDrawn.selector);
        note("drawn again in vain");
    }

    function _drawOf(uint256 nth, Work memory work) private view returns (bytes memory) {
        Epoch storage lost = epochs[nth];
        return abi.encodeCall(
            IChallenges.draw, (lost.close, lost.proposal, signedBy(nth, work), ackOf(nth, work))
        );
    }

    function _draw(uint256 nth, Work storage work) private {
        Epoch storage lost = epochs[nth];
        vm.assertFalse(honest(lost.opening.aggregator), "an honest aggregator's bond was drawn from");
        // Never too little is left, whoever else has drawn: everybody who was asked has a part.
        vm.assertGe(lost.left, lost.each, "others have drawn a node's part");
        send(stranger.account, address(challenges), _drawOf(nth, work));
        work.drawn = true;
        lost.left -= lost.each;
        bondsOwe[work.node] += lost.each;
        note("drawn");
    }
}
