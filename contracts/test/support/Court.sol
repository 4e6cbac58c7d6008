// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Keys} from "../../src/interfaces/INodes.sol";
import {Charter} from "../../src/interfaces/IPrograms.sol";
import {Receipt} from "../../src/libraries/Receipts.sol";
import {Contribution, Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Aggregation, Rules, Weighting} from "../../src/libraries/Terms.sol";
import {Actor} from "./Actors.sol";
import {Chunks} from "./Chunks.sol";
import {Draft, Drafts} from "./Drafts.sol";
import {Rows} from "./Rows.sol";
import {Log} from "./Vm.sol";
import {World} from "./World.sol";

/// @title Court
/// @notice A program whose rounds are small enough to be made here, and go to the chain whole: three chunks, one of
/// them full, one with padding, one of moments.
abstract contract Court is World {
    uint64 internal constant WEIGHTS = 70;
    uint64 internal constant MOMENTS = 3;
    uint64 internal constant CHUNKS = 3;
    uint32 internal constant WINDOW = 99;
    uint32 internal constant PATIENCE = 400;
    uint128 internal constant REWARD = 401;
    uint128 internal constant STAKE = 1000;
    uint128 internal constant FEE = 7;
    uint64 internal constant DEADLINE = 1_000_999;

    uint256 internal program;
    Rules internal terms;
    /// @notice The dataset of each of `members`; the first has one record, the second two, and so on.
    bytes32[] internal sets;

    /// @notice Rules of three rounds, the first with a step of 3/2, under which two of four honest deltas are too long.
    function rulesOf(Aggregation aggregation) internal pure returns (Rules memory rules) {
        rules.aggregation = aggregation;
        rules.weighting = Weighting.Records;
        rules.maxWeight = 3;
        rules.weights = WEIGHTS;
        rules.moments = MOMENTS;
        rules.rounds = 3;
        rules.minNodes = 1;
        rules.maxNodes = 4;
        rules.stepFirst = 3;
        rules.stepLast = 1;
        rules.stepUnder = 2;
        rules.trim = aggregation == Aggregation.TrimmedMean ? 2500 : 0;
        rules.normCap = 12_000;
        rules.maxPending = 2;
        rules.window = WINDOW;
        rules.patience = PATIENCE;
        rules.succession = 50;
        rules.reward = REWARD;
        rules.bond = STAKE;
        rules.demandFee = FEE;
        rules.sharesPerRound = 1009;
    }

    /* THE CHAIN */

    /// @notice Starts a program of such rules, in which all members take part.
    function found(Rules memory rules) internal {
        found(rules, token);
    }

    /// @notice Starts such a program with its budget, bonds and fees in some token.
    function found(Rules memory rules, IERC20 currency) internal {
        terms = rules;
        Charter memory charter;
        charter.spec = keccak256("spec");
        charter.token = currency;
        charter.aggregator = aggregator.account;
        charter.seed = Rows.rootOf(start());
        vm.prank(sponsor.account);
        program = programs.create(rules, charter, 3 * uint256(rules.reward));
        for (uint256 i = 0; i < members.length; i++) enrol(i);
        vm.prank(aggregator.account);
        bonds.deposit(program, rules.maxPending * uint256(rules.bond));
    }

    /// @notice Has a member take part, which it becomes first if it is not yet.
    function enrol(uint256 index) internal {
        Actor memory by = members[index];
        if (sets.length == index) {
            join(by);
            vm.prank(by.account);
            sets.push(datasets.register(keccak256(abi.encode(index)), uint64(index + 1), "schema", "terms"));
        }
        vm.prank(by.account);
        enrolments.join(program, sets[index], 0, new bytes32[](0));
    }

    /// @notice Gives a member another receipt key.
    function rotate(Actor memory by, Actor memory key) internal {
        bytes memory possession = signed(key, nodes.possessionDigest(by.account));
        vm.prank(by.account);
        nodes.rotate(Keys(key.account, abi.encodePacked("another", by.account), possession));
    }

    /// @notice Opens the next round.
    function opened() internal returns (Opening memory opening) {
        vm.recordLogs();
        vm.prank(aggregator.account);
        programs.open(program);
        Log[] memory logs = vm.getRecordedLogs();
        (opening,) = abi.decode(logs[logs.length - 1].data, (Opening, uint64));
    }

    /// @notice Closes the open round as it was drafted.
    function close(Draft memory draft) internal {
        vm.prank(aggregator.account);
        programs.close(draft.close);
    }

    /// @notice Proposes the closed round as it was drafted, once its seed is there.
    function propose(Draft memory draft) internal {
        uint256 source = vm.getBlockNumber() + 1;
        pass(2);
        draft.proposal.seed = blockhash(source);
        vm.prank(aggregator.account);
        programs.propose(draft.opening.program, draft.proposal);
    }

    /// @notice Commits to a round as it was drafted, and brings it to the chain.
    function stand(Draft memory draft) internal {
        Drafts.shut(draft);
        close(draft);
        Drafts.commit(draft);
        propose(draft);
    }

    /* DRAFTS */

    /// @notice An honest round of all members, reckoned but not committed to.
    function honest() internal returns (Draft memory draft) {
        draft = sketch(opened(), start(), everybody(), 1);
        Drafts.reckon(draft);
    }

    /// @notice An honest round on one that still waits.
    function following(Draft memory parent) internal returns (Draft memory draft) {
        draft = sketch(opened(), parent.result, everybody(), 2);
        Drafts.reckon(draft);
    }

    /// @notice What some members send for an opened round, signed; nothing is reckoned yet.
    function sketch(Opening memory opening, bytes[] memory base, uint256[] memory who, uint256 seed)
        internal
        view
        returns (Draft memory draft)
    {
        draft.rules = terms;
        draft.opening = opening;
        draft.parentRoot = Rows.rootOf(base);
        draft.vectors.base = base;
        draft.vectors.gradient = vector(uint256(keccak256(abi.encode(seed, "gradient"))), 1 << 15);
        draft.vectors.scored = (terms.weights + 63) / 64;
        draft.vectors.aggregation = terms.aggregation;
        draft.vectors.trim = terms.trim;
        draft.vectors.cap = terms.normCap;
        draft.vectors.under = terms.stepUnder;
        draft.vectors.over = terms.stepFirst;
        if (terms.rounds > 1) {
            uint256 fall = uint256(terms.stepFirst - terms.stepLast) * (opening.round - 1) / (terms.rounds - 1);
            draft.vectors.over -= fall;
        }
        draft.vectors.deltas = new bytes[][](who.length);
        draft.vectors.weights = new uint32[](who.length);
        draft.contributions = new Contribution[](who.length);
        for (uint256 i = 0; i < who.length; i++) {
            bytes[] memory delta = vector(uint256(keccak256(abi.encode(seed, i))), int32(int256(1000 * (i + 1))));
            place(draft, i, who[i], delta);
        }
    }

    /// @notice Puts a member's delta into a draft, signed.
    function place(Draft memory draft, uint256 index, uint256 who, bytes[] memory delta) internal view {
        Contribution memory made = draft.contributions[index];
        draft.vectors.deltas[index] = delta;
        draft.vectors.weights[index] = weightOf(who);
        made.node = members[who].account;
        made.dataset = sets[who];
        made.deltaRoot = Rows.rootOf(delta);
        made.weight = weightOf(who);
        made.deadline = DEADLINE;
        countersign(draft, index, members[who]);
    }

    /// @notice Signs a draft's contribution as it is now.
    function countersign(Draft memory draft, uint256 index, Actor memory by) internal view {
        Contribution memory each = draft.contributions[index];
        each.signature = signed(by, digestOf(receiptOf(draft, each)));
    }

    /// @notice The receipt behind a contribution.
    function receiptOf(Draft memory draft, Contribution memory each) internal pure returns (Receipt memory receipt) {
        receipt.program = draft.opening.program;
        receipt.round = draft.opening.round;
        receipt.epoch = draft.opening.epoch;
        receipt.baseRoot = draft.parentRoot;
        receipt.aggregator = draft.opening.aggregator;
        receipt.dataset = each.dataset;
        receipt.deltaRoot = each.deltaRoot;
        receipt.weight = each.weight;
        receipt.deadline = each.deadline;
    }

    /// @notice What the node of a receipt signs.
    function digestOf(Receipt memory receipt) internal view returns (bytes32) {
        return receiptDigest(address(programs), receipt);
    }

    /// @notice The promise of the program's aggregator to include a receipt.
    function acked(Receipt memory receipt) internal view returns (bytes memory) {
        return signed(aggregator, ackDigest(address(programs), digestOf(receipt), receipt.epoch));
    }

    /// @notice What a member's contribution weighs.
    function weightOf(uint256 who) internal view returns (uint32) {
        if (terms.weighting == Weighting.Equal) return 1;
        return who + 1 < terms.maxWeight ? uint32(who + 1) : terms.maxWeight;
    }

    /// @notice Version 0.
    function start() internal view returns (bytes[] memory) {
        return vector(0, 1 << 28);
    }

    /// @notice A vector that only a seed decides, zero in its padding.
    function vector(uint256 seed, int32 most) internal view returns (bytes[] memory chunks) {
        uint256 scored = (terms.weights + 63) / 64;
        chunks = new bytes[](scored + (terms.moments + 63) / 64);
        for (uint256 i = 0; i < chunks.length; i++) {
            chunks[i] = Chunks.random(uint256(keccak256(abi.encode(seed, "chunk", i))), most);
            uint256 from = i < scored ? terms.weights - 64 * i : terms.moments - 64 * (i - scored);
            for (uint256 lane = from; lane < Chunks.LANES; lane++) Chunks.put(chunks[i], lane, 0);
        }
    }

    /// @notice Whether a round has room for a member's seat.
    /// @dev Says for itself who is asked: it must not agree with `Sampling` by calling it.
    function asks(Opening memory opening, uint256 who) internal view returns (bool) {
        (uint32 seat,) = enrolments.seatOf(opening.program, members[who].account);
        if (opening.sample == 0) return seat < opening.seats;
        return seat < opening.seats && turnOf(opening, seat) < opening.places;
    }

    /// @notice Where a seat comes in the order of a round's seats.
    function turnOf(Opening memory opening, uint256 seat) internal pure returns (uint256 turn) {
        uint256 half = 0;
        while (4 ** half < opening.seats) half++;
        turn = seat;
        for (bool first = true; first || turn >= opening.seats; first = false) {
            for (uint8 i = 0; i < 4; i++) {
                uint256 right = turn % 2 ** half;
                bytes memory drawn =
                    abi.encodePacked(hex"08", opening.sample, opening.round, opening.epoch, i, uint32(right));
                turn = right * 2 ** half + ((turn / 2 ** half) ^ (uint256(keccak256(drawn)) % 2 ** half));
            }
        }
    }

    /// @notice The places of all members.
    function everybody() internal view returns (uint256[] memory who) {
        who = new uint256[](members.length);
        for (uint256 i = 0; i < who.length; i++) who[i] = i;
    }

    /// @notice The places of all members but one.
    function allBut(uint256 absent) internal view returns (uint256[] memory who) {
        who = new uint256[](members.length - 1);
        for (uint256 i = 0; i < who.length; i++) who[i] = i < absent ? i : i + 1;
    }

    /// @notice No proposal.
    function none() internal pure returns (Proposal memory) {}
}
