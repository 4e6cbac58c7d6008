// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IChallenges, Signed} from "../../../src/interfaces/IChallenges.sol";
import {NodeActs, Second} from "./NodeActs.sol";
import {Epoch, Fate, Lie, Work} from "./Book.sol";

/// @notice What somebody committed to: a challenge of an epoch, or the report of a node that signed twice in it.
struct Secret {
    address by;
    uint256 time;
    uint256 epoch;
    address node;
    bytes data;
    bool used;
}

/// @title ChallengerActs
/// @notice Challengers commit to true challenges and send them, sooner or later or never; they send false ones; they
/// report nodes that signed twice, and try to report those that did not.
abstract contract ChallengerActs is NodeActs {
    Secret[] internal secrets;

    /// @notice Somebody commits to the challenge of a lie that waits, or was shown a moment ago.
    function challengerCommits(uint256 which, uint256 who) external {
        (bool found, uint256 nth) = _lieNear(which);
        if (!found) return;
        bytes memory data = accusation(nth, epochs[nth].lie, spotOf(nth), bytes32(who));
        _commit(_challengerOf(who), nth, address(0), data);
    }

    /// @notice Somebody commits to the report of a node that signed twice.
    function challengerCommitsToSecond(uint256 which, uint256 who) external {
        if (doubles.length == 0) return;
        Second storage second = doubles[which % doubles.length];
        bytes memory data = _report(second.epoch, works[second.epoch][second.work], second.other, bytes32(who));
        _commit(_challengerOf(who), second.epoch, second.other.node, data);
    }

    /// @notice Somebody sends what it has committed to.
    function challengerReveals(uint256 which) external {
        for (uint256 i = 0; i < secrets.length; i++) {
            Secret storage secret = secrets[(which % secrets.length + i) % secrets.length];
            if (secret.used || secret.time == time()) continue;
            secret.used = true;
            if (secret.node == address(0)) return _reveal(secret);
            return _slash(secret);
        }
    }

    /// @notice Somebody challenges a lie that waits, without ever having committed to that.
    function strangerChallenges(uint256 which, uint256 who) external {
        (bool found, uint256 nth) = _lieNear(which);
        if (!found || !waits(nth)) return;
        bytes memory data = accusation(nth, epochs[nth].lie, spotOf(nth), bytes32(~who));
        send(stranger.account, address(challenges), data);
        voided(nth, stranger.account, 0);
        shownTimes[epochs[nth].lie]++;
        note("challenged without word");
    }

    /// @notice Somebody accuses an aggregator that said the truth of each lie in turn.
    function strangerAccuses(uint256 which, uint256 kind, uint256 where) external {
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            if (!waits(nth) || epochs[nth].lie != Lie.None) continue;
            Lie lie = Lie(bound(kind, uint256(Lie.WrongSum), uint256(Lie.Omission)));
            bytes memory data = accusation(nth, lie, where, bytes32(kind));
            refused(stranger.account, address(challenges), data, answerTo(lie));
            deniedTimes[lie]++;
            return note("accused in vain");
        }
    }

    /// @notice Somebody reports a node that signed another delta in another epoch, for another aggregator or on
    /// another base, as honest ones do.
    function strangerReports(uint256 which, uint256 how) external {
        for (uint256 i = 0; i < epochs.length; i++) {
            uint256 nth = (which % epochs.length + i) % epochs.length;
            if (works[nth].length == 0 || !honest(works[nth][0].node)) continue;
            Work memory one = works[nth][0];
            Work memory other = works[nth][0];
            other.salt++;
            // Signed after a reorganization of the chain, as its receipt key of that block.
            other.baseRoot = keccak256(abi.encode(how));
            _sign(nth, other);
            bytes memory data = _report(nth, one, other, bytes32(how));
            refused(stranger.account, address(challenges), data, IChallenges.NoEquivocation.selector);
            return note("reported in vain");
        }
    }

    function _lieNear(uint256 which) private view returns (bool found, uint256 nth) {
        for (uint256 i = 0; i < epochs.length; i++) {
            nth = (which % epochs.length + i) % epochs.length;
            Lie lie = epochs[nth].lie;
            if (lie == Lie.None || lie == Lie.Garbage) continue;
            bool shown = epochs[nth].fate == Fate.False && time() <= epochs[nth].forfeitedAt + WINDOW;
            if (waits(nth) || shown) return (true, nth);
        }
        return (false, 0);
    }

    function _challengerOf(uint256 who) private view returns (address) {
        // The liar's friends commit too: whoever knows of the lie first is its author.
        return who % 3 == 0 ? liar.account : who % 3 == 1 ? challenger.account : demander.account;
    }

    function _commit(address by, uint256 nth, address node, bytes memory data) internal {
        vm.prank(by);
        challenges.commit(keccak256(abi.encode(by, keccak256(data))));
        secrets.push(Secret(by, time(), nth, node, data, false));
        note("committed");
    }

    function _reveal(Secret storage secret) internal {
        Epoch storage epoch = epochs[secret.epoch];
        (address by, uint256 committed) = (secret.by, secret.time);
        if (waits(secret.epoch)) {
            send(by, address(challenges), secret.data);
            voided(secret.epoch, by, committed);
            shownTimes[epoch.lie]++;
            return note("challenged");
        }
        if (epoch.fate != Fate.False || time() > epoch.forfeitedAt + WINDOW) {
            refused(by, address(challenges), secret.data, IChallenges.NoSuchCase.selector);
            return note("came too late");
        }
        if (!_standsStill(secret.epoch)) return;
        if (committed >= epoch.forfeitedAt) {
            refused(by, address(challenges), secret.data, IChallenges.CommittedTooLate.selector);
            return note("copied in vain");
        }
        send(by, address(challenges), secret.data);
        awarded(secret.epoch, by, committed);
        note("competed");
    }

    // A proof that needs a parent which was void before it was final cannot be shown any more.
    function _standsStill(uint256 nth) private view returns (bool) {
        uint64 parent = epochs[nth].opening.parent;
        uint256 place = standing[epochs[nth].opening.program][parent];
        return place == 0 || epochs[place - 1].fate == Fate.Final || waits(place - 1);
    }

    function _slash(Secret storage secret) private {
        address node = secret.node;
        uint256 held = nodeBond[node];
        if (held == 0 || _retired(node)) return;
        vm.assertFalse(honest(node), "an honest node was slashed");
        send(secret.by, address(challenges), secret.data);
        nodeBond[node] = 0;
        nodesOwe[secret.by] += held / 4;
        burnedInNodes += held - held / 4;
        note("slashed");
    }

    // The crooked ones never change keys, but who resigned long ago is beyond reach.
    function _retired(address node) private view returns (bool) {
        uint64 retired = nodes.retiredAt(node);
        return retired != 0 && time() > retired + UNBONDING;
    }

    function _report(uint256 nth, Work memory one, Work memory other, bytes32 salt)
        private
        view
        returns (bytes memory)
    {
        Signed memory first = signedBy(nth, one);
        Signed memory second = signedBy(nth, other);
        return abi.encodeCall(IChallenges.equivocation, (first, second, salt));
    }
}
