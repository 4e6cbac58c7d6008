// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Charter, Program, Stage} from "../../../src/interfaces/IPrograms.sol";
import {Kind} from "../../../src/interfaces/IDemands.sol";
import {Close, Contribution, Opening, Proposal} from "../../../src/libraries/Rounds.sol";
import {Sampling} from "../../../src/libraries/Sampling.sol";
import {Aggregation, Rules, Visibility, Weighting} from "../../../src/libraries/Terms.sol";
import {Actor} from "../../support/Actors.sol";
import {Tiny} from "../../support/Tiny.sol";
import {World} from "../../support/World.sol";

/// @notice What is wrong with a round, by the proof that shows it. Garbage cannot be opened and is shown by nothing.
enum Lie {
    None,
    WrongSum,
    ForeignChunk,
    OutOfBounds,
    WrongPrefix,
    WrongPayroll,
    WrongSignature,
    Stranger,
    WrongWeight,
    Disorder,
    Omission,
    Garbage
}

/// @notice How an epoch ended.
enum Fate {
    Running,
    Final,
    Silent,
    False
}

/// @notice What a node did for an epoch.
struct Work {
    address node;
    bytes32 dataset;
    bytes32 baseRoot;
    uint256 salt;
    uint32 weight;
    uint64 deadline;
    bytes signature;
    bytes ack;
    bool drawn;
}

/// @notice What the book says of an epoch, and what became of the bond behind it.
struct Epoch {
    Opening opening;
    Close close;
    Proposal proposal;
    Stage stage;
    Lie lie;
    Fate fate;
    uint256 victim;
    uint64 openedAt;
    uint64 proposedAt;
    uint64 closeBlock;
    int32[4] base;
    int32[4] result;
    uint256 claimed;
    uint256 paid;
    uint256 forfeitedAt;
    uint256 left;
    uint256 each;
    uint256 bounty;
    address challenger;
    uint256 committed;
    bool settled;
}

/// @notice A demand.
struct Ask {
    uint256 epoch;
    Kind kind;
    uint64 chunk;
    uint32 column;
    address by;
    uint256 time;
    uint256 answerUntil;
    bool open;
}

/// @title Book
/// @notice What everybody does is written down here, apart from what the contracts say: who paid what to whom, whose
/// bond is behind which epoch, and what became of it.
/// @dev Amounts are reckoned from the rules, never read from a contract, so that the two can be compared.
abstract contract Book is World {
    uint256 internal constant REWARD = 1000;
    uint256 internal constant STAKE = 2003; // odd, so that every part is rounded
    uint256 internal constant FEE = 7;
    uint256 internal constant SHARES = 999;
    uint64 internal constant NORM_CAP = 2 ** 20;
    uint32 internal constant WINDOW = 360;
    uint32 internal constant PATIENCE = 480;
    uint32 internal constant SUCCESSION = 240;
    uint16 internal constant LEAST = 2;
    uint32 internal constant ROUNDS = 30;
    uint8 internal constant PENDING = 3;
    /// @notice How long before the end of its time an honest aggregator acts at the latest.
    uint256 internal constant MARGIN = 120;

    uint256 internal constant HONEST_NODES = 4;
    uint256 internal constant NODES = 6;

    /// @notice Nodes first, the honest ones before the others.
    Actor[] internal crew;
    Actor internal liar;
    Actor internal challenger;
    Actor internal demander;
    mapping(address account => bool) internal crooked;
    mapping(address account => uint256) internal secretOf;

    Epoch[] internal epochs;
    Ask[] internal asks;
    mapping(uint256 epoch => Work[]) internal works;
    mapping(uint256 epoch => Contribution[]) internal entries;
    mapping(uint256 epoch => uint256[]) internal salts;
    /// @notice The epoch in which a round stands, plus one.
    mapping(uint256 program => mapping(uint64 round => uint256)) internal standing;
    mapping(uint256 program => mapping(uint64 version => int32[4])) internal versions;
    mapping(uint256 program => bool) internal sampled;

    /* MONEY, AS IT SHOULD BE */

    mapping(address account => uint256) internal purse;
    mapping(uint256 program => uint256) internal budget;
    mapping(uint256 program => mapping(address account => uint256)) internal bond;
    mapping(address account => uint256) internal bondsOwe;
    mapping(address account => uint256) internal nodeBond;
    mapping(address account => uint256) internal nodesOwe;
    mapping(address account => uint256) internal demandsOwe;
    mapping(address held => uint256) internal given;
    uint256 internal burnedInBonds;
    uint256 internal burnedInNodes;

    /* WHAT HAPPENED */

    mapping(bytes32 what => uint256) public times;
    mapping(Lie lie => uint256) public shownTimes;
    mapping(Lie lie => uint256) public deniedTimes;

    function note(bytes32 what) internal {
        times[what]++;
    }

    /* PEOPLE */

    function hire() internal {
        for (uint256 i = 0; i < HONEST_NODES; i++) crew.push(members[i]);
        crew.push(rich("eve"));
        crew.push(rich("mal"));
        liar = rich("liar");
        challenger = rich("challenger");
        demander = rich("demander");
        crew.push(aggregator);
        crew.push(liar);
        crew.push(sponsor);
        crew.push(buyer);
        crew.push(stranger);
        crew.push(challenger);
        crew.push(demander);
        crooked[crew[HONEST_NODES].account] = true;
        crooked[crew[HONEST_NODES + 1].account] = true;
        crooked[liar.account] = true;
        for (uint256 i = 0; i < crew.length; i++) {
            secretOf[crew[i].account] = crew[i].secret;
            purse[crew[i].account] = PURSE;
        }
    }

    function honest(address account) internal view returns (bool) {
        return !crooked[account];
    }

    /// @notice Sends what was prepared as bytes, and hands on a refusal.
    function send(address from, address to, bytes memory data) internal {
        vm.prank(from);
        (bool done, bytes memory why) = to.call(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(why, 32), mload(why))
        }
    }

    /// @notice Sends what must be refused with this error.
    function refused(address from, address to, bytes memory data, bytes4 reason) internal {
        vm.prank(from);
        (bool done, bytes memory why) = to.call(data);
        vm.assertFalse(done, "what must be refused was done");
        vm.assertEq(bytes32(bytes4(why)), bytes32(reason), "refused for another reason");
    }

    /* PROGRAMS */

    function rulesOf(bool samples) internal pure returns (Rules memory) {
        return Rules({
            aggregation: samples ? Aggregation.WeightedMean : Aggregation.Median,
            weighting: samples ? Weighting.Records : Weighting.Equal,
            visibility: samples ? Visibility.Members : Visibility.Open,
            maxWeight: 40,
            weights: Tiny.WEIGHTS,
            moments: Tiny.MOMENTS,
            rounds: ROUNDS,
            minNodes: LEAST,
            maxNodes: samples ? 4 : 8,
            stepFirst: 512,
            stepLast: 256,
            stepUnder: 511,
            trim: 0,
            normCap: NORM_CAP,
            maxPending: PENDING,
            window: WINDOW,
            patience: PATIENCE,
            succession: SUCCESSION,
            reward: uint128(REWARD),
            bond: uint128(STAKE),
            demandFee: uint128(FEE),
            sharesPerRound: uint96(SHARES),
            ownerCut: 1000,
            allowlist: 0
        });
    }

    function create(Actor memory by, address aggregator_, bool samples, uint256 money) internal returns (uint256 id) {
        int32[4] memory seed;
        Charter memory charter = Charter({
            spec: keccak256("spec"),
            token: IERC20(token),
            aggregator: aggregator_,
            seed: Tiny.rootOf(seed),
            manifest: 0,
            parent: 0,
            royalty: 0,
            uri: ""
        });
        vm.prank(by.account);
        id = programs.create(rulesOf(samples), charter, money);
        purse[by.account] -= money;
        budget[id] = money;
        sampled[id] = samples;
    }

    function stepOver(uint64 round) internal pure returns (uint256) {
        return 512 - uint256(512 - 256) * (round - 1) / (ROUNDS - 1);
    }

    function room(uint256 id) internal view returns (uint256) {
        return sampled[id] ? 4 : 8;
    }

    function tipOf(uint256 id) internal view returns (bool runs, uint256 nth) {
        Program memory found = programs.program(id);
        if (found.tip == found.finalized) return (false, 0);
        return (true, standing[id][found.tip] - 1);
    }

    function waits(uint256 nth) internal view returns (bool) {
        return epochs[nth].fate == Fate.Running && epochs[nth].stage == Stage.Proposed;
    }

    function deadlineOf(uint256 nth) internal view returns (uint256) {
        return uint256(epochs[nth].openedAt) + PATIENCE;
    }

    function time() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    /// @notice Whether a node may contribute to an epoch, once its open block is over.
    function asked(uint256 nth, address node) internal view returns (bool) {
        Opening storage opening = epochs[nth].opening;
        bytes32 dataset = enrolments.enrolledAt(opening.program, node, opening.openBlock);
        bool there = nodes.memberAt(node, opening.openBlock) && dataset != 0
            && datasets.activeAt(dataset, opening.openBlock)
            && enrolments.enrolledAt(opening.program, node, opening.anchor) != 0;
        if (!there) return false;
        (uint32 seat,) = enrolments.seatOf(opening.program, node);
        return Sampling.sampled(
            opening.sample, opening.round, opening.epoch, seat, opening.seats, opening.places
        );
    }

    /* BONDS */

    /// @notice What becomes of an epoch's bond, by the page.
    function forfeit(uint256 nth, Fate fate, bool seen) internal {
        Epoch storage lost = epochs[nth];
        address account = lost.opening.aggregator;
        bool silent = fate == Fate.Silent;
        uint256 pool = silent ? STAKE / 2 : STAKE / 4;
        lost.bounty = silent ? 0 : STAKE / 4;
        uint256 burned = silent ? (seen ? STAKE / 4 : 0) : STAKE - pool - lost.bounty;
        lost.left = pool;
        lost.each = pool / (lost.opening.places == 0 ? 1 : lost.opening.places);
        lost.fate = fate;
        lost.forfeitedAt = time();
        bond[lost.opening.program][account] -= pool + lost.bounty + burned;
        burnedInBonds += burned;
        if (honest(account)) vm.assertTrue(silent && !seen, "an honest aggregator lost its bond");
        note(silent ? bytes32("silent") : bytes32("false"));
    }

    /// @notice What a verdict does: to the round it is about, and to all that were built on it.
    function voided(uint256 nth, address by, uint256 committed) internal {
        uint256 id = epochs[nth].opening.program;
        uint64 number = epochs[nth].opening.round;
        for (uint64 later = number + 1; standing[id][later] != 0; later++) {
            uint256 next = standing[id][later] - 1;
            if (epochs[next].fate != Fate.Running) continue;
            forfeit(next, Fate.Silent, false);
            note("dropped");
        }
        forfeit(nth, Fate.False, true);
        awarded(nth, by, committed);
    }

    /// @notice What it means to have shown a lie, for those who committed to it.
    function awarded(uint256 nth, address by, uint256 committed) internal {
        Epoch storage lost = epochs[nth];
        if (committed == 0) return;
        if (lost.challenger != address(0) && lost.committed <= committed) return;
        lost.challenger = by;
        lost.committed = committed;
    }
}
