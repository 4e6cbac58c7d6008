// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "../support/Invariants.sol";
import {Lie} from "./acts/Book.sol";
import {Play} from "./acts/Play.sol";
import {Story} from "./acts/Story.sol";

/// @title RoundsInvariants
/// @notice Whatever sponsors, aggregators, nodes, challengers, demanders, strangers and buyers do, in whatever order:
/// every book balances, the honest lose nothing, and in the end everybody can leave with what is theirs.
contract RoundsInvariants is Invariants {
    uint256 private constant STEPS = 400;
    uint256 private constant MOST_WALKS = 30;

    Play private _play;
    string[] private _names;
    mapping(string what => uint256) private _times;
    uint256[12] private _shown;
    uint256[12] private _denied;

    // As forge prints it.
    event log_named_uint(string key, uint256 val);

    function setUp() external {
        _begin();
    }

    function afterInvariant() external {
        _play.everybodyLeaves();
    }

    function invariant_EveryBookBalances() external view {
        _check();
    }

    /// @notice A script and a few random walks reach all that the invariants are about; this prints how often.
    function test_StoriesAndWalksReachEverything() external {
        vm.pauseGasMetering();
        _names = _everything();
        _tell();
        uint256 walks = 0;
        while (bytes(_missing()).length != 0) {
            vm.assertTrue(walks < MOST_WALKS, _missing());
            _begin();
            _walk(walks++);
            _count();
        }

        emit log_named_uint("walks", walks);
        for (uint256 i = 0; i < _names.length; i++) emit log_named_uint(_names[i], _times[_names[i]]);
    }

    function _begin() private {
        _play = new Play();
        target(address(_play), _play.acts());
    }

    function _tell() private {
        Story story = new Story();
        _play = story;
        story.emptySeat();
        _check();
        story.honestRound();
        _check();
        story.income();
        _check();
        story.everyLie();
        _check();
        story.bounty();
        _check();
        story.silence();
        _check();
        story.fall();
        _check();
        story.solitude();
        _check();
        story.everybodyLeaves();
        _count();
    }

    function _walk(uint256 number) private {
        bytes4[] memory acts = _play.acts();
        for (uint256 i = 0; i < STEPS; i++) {
            uint256 seed = uint256(keccak256(abi.encode("walk", number, i)));
            bytes memory given = abi.encode(seed >> 8, keccak256(abi.encode(seed, 1)), keccak256(abi.encode(seed, 2)));
            (bool done, bytes memory why) = address(_play).call(bytes.concat(acts[seed % acts.length], given));
            if (!done) _handOn(why);
            if (i % 10 == 0) _check();
        }
        _play.everybodyLeaves();
    }

    function _handOn(bytes memory why) private pure {
        assembly ("memory-safe") {
            revert(add(why, 32), mload(why))
        }
    }

    function _count() private {
        for (uint256 i = 0; i < _names.length; i++) {
            _times[_names[i]] += _play.times(bytes32(bytes(_names[i])));
        }
        for (uint256 i = uint256(Lie.WrongSum); i <= uint256(Lie.Omission); i++) {
            _shown[i] += _play.shownTimes(Lie(i));
            _denied[i] += _play.deniedTimes(Lie(i));
        }
    }

    // Something that has not happened yet, or nothing.
    function _missing() private view returns (string memory) {
        for (uint256 i = 0; i < _names.length; i++) if (_times[_names[i]] == 0) return _names[i];
        for (uint256 i = uint256(Lie.WrongSum); i <= uint256(Lie.Omission); i++) {
            if (_shown[i] == 0) return "a lie was never shown";
            if (_denied[i] == 0) return "a false challenge was never made";
        }
        return "";
    }

    function _check() private view {
        _play.checkPurses();
        _play.checkPrograms();
        _play.checkBonds();
        _play.checkNodes();
        _play.checkDemands();
        _play.checkLicences();
        _play.checkShares();
        _play.checkVersions();
        _play.checkRounds();
    }

    function _everything() private pure returns (string[71] memory) {
        return [
            "opened",
            "opened from",
            "opened on a pending one",
            "another epoch",
            "sampled",
            "anchor needed",
            "sample not yet",
            "anchored",
            "overdue",
            "worked",
            "acked",
            "closed",
            "seed kept",
            "proposed",
            "lied",
            "finalized",
            "finalized a liar's",
            "abandoned",
            "silent",
            "false",
            "dropped",
            "drawn",
            "drawn again in vain",
            "drawn in vain",
            "settled",
            "bounty paid",
            "committed",
            "challenged",
            "challenged without word",
            "competed",
            "copied in vain",
            "came too late",
            "accused in vain",
            "signed twice",
            "slashed",
            "reported in vain",
            "demanded",
            "demanded everything",
            "answered",
            "expired",
            "expired afterwards",
            "fee given back",
            "claimed",
            "taken",
            "income withdrawn",
            "bond deposited",
            "bond withdrawn",
            "joined",
            "enrolled",
            "quit",
            "released",
            "resigned",
            "bond taken back",
            "rotated",
            "dataset renewed",
            "appointed",
            "taken over",
            "funded",
            "ended",
            "ended by a stranger",
            "refunded",
            "created",
            "bought",
            "bought a key",
            "delivered",
            "accepted",
            "disputed",
            "purchase refunded",
            "given",
            "poked",
            "left"
        ];
    }
}
