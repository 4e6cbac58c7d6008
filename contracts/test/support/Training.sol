// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Charter, IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Branch, Payout} from "../../src/libraries/Payouts.sol";
import {Close, Opening, Proposal} from "../../src/libraries/Rounds.sol";
import {Aggregation, Rules, Visibility, Weighting} from "../../src/libraries/Terms.sol";
import {Actor} from "./Actors.sol";
import {Forest} from "./Forest.sol";
import {Log} from "./Vm.sol";
import {World} from "./World.sol";
import {Minted} from "./tokens/OddTokens.sol";

/// @title Training
/// @notice Takes programs through their steps. Nobody has learned anything in these rounds: their roots are of
/// nothing, and only their payouts are real.
abstract contract Training is World {
    uint128 internal constant REWARD = 1000;
    uint128 internal constant STAKE = 2000;
    uint128 internal constant FEE = 7;
    uint96 internal constant SHARES = 300;
    uint32 internal constant WINDOW = 60;
    uint32 internal constant PATIENCE = 100;
    uint32 internal constant SUCCESSION = 500;
    uint256 internal constant BUDGET = 100_000;
    bytes32 internal constant SEED_ROOT = keccak256("version 0");

    /// @notice Rules that every test may change a field of.
    function ordinary() internal pure returns (Rules memory) {
        return Rules({
            aggregation: Aggregation.WeightedMean,
            weighting: Weighting.Records,
            visibility: Visibility.Members,
            maxWeight: 100,
            weights: 130,
            moments: 65,
            rounds: 5,
            minNodes: 2,
            maxNodes: 3,
            stepFirst: 100,
            stepLast: 50,
            stepUnder: 100,
            trim: 0,
            normCap: 1 << 30,
            maxPending: 3,
            window: WINDOW,
            patience: PATIENCE,
            succession: SUCCESSION,
            reward: REWARD,
            bond: STAKE,
            demandFee: FEE,
            sharesPerRound: SHARES,
            ownerCut: 1000,
            allowlist: 0
        });
    }

    /// @notice What a program is beside its rules.
    function charter() internal view returns (Charter memory) {
        return charterIn(token);
    }

    /// @notice The same, paid in another token.
    function charterIn(IERC20 money) internal view returns (Charter memory) {
        return Charter({
            spec: keccak256("spec"),
            token: money,
            aggregator: aggregator.account,
            seed: SEED_ROOT,
            manifest: keccak256("lanes of version 0"),
            parent: 0,
            royalty: 500,
            uri: "about:program"
        });
    }

    /// @notice A program of the sponsor, its aggregator having bonds for several rounds.
    function create(Rules memory rules) internal returns (uint256 id) {
        Charter memory told = charter();
        vm.prank(sponsor.account);
        id = programs.create(rules, told, BUDGET);
        deposit(aggregator, id, 8 * rules.bond);
    }

    /// @notice The same in a token that is not plain, of which sponsor and aggregator get as much.
    function createIn(Minted odd, Rules memory rules) internal returns (uint256 id) {
        _provide(odd, sponsor, address(programs));
        _provide(odd, aggregator, address(bonds));
        vm.prank(sponsor.account);
        id = programs.create(rules, charterIn(odd), BUDGET);
        deposit(aggregator, id, 8 * rules.bond);
    }

    function _provide(Minted odd, Actor memory by, address spender) private {
        odd.mint(by.account, PURSE);
        vm.prank(by.account);
        odd.approve(spender, type(uint256).max);
    }

    /// @notice Raises an actor's bond in a program.
    function deposit(Actor memory by, uint256 id, uint256 amount) internal {
        vm.prank(by.account);
        bonds.deposit(id, amount);
    }

    /// @notice Makes an actor a member, if it is none, and has it take part with a dataset of its own.
    function enrol(Actor memory by, uint256 id) internal returns (bytes32 dataset) {
        if (!nodes.memberAt(by.account, vm.getBlockNumber())) join(by);
        dataset = datasetOf(by);
        if (datasets.ownerOf(dataset) == address(0)) {
            vm.prank(by.account);
            datasets.register(keccak256("records"), 10, keccak256("schema"), keccak256("terms"));
        }
        vm.prank(by.account);
        enrolments.join(id, dataset, 0, new bytes32[](0));
    }

    /// @notice The dataset that an actor takes part with.
    function datasetOf(Actor memory by) internal pure returns (bytes32) {
        return keccak256(abi.encode(by.account, keccak256("records")));
    }

    /// @notice Takes an actor out of a program.
    function quit(Actor memory by, uint256 id) internal {
        vm.prank(by.account);
        enrolments.quit(id);
    }

    /// @notice Opens the next round and returns what the chain said it opened.
    function open(uint256 id) internal returns (Opening memory) {
        vm.recordLogs();
        vm.prank(aggregator.account);
        programs.open(id);
        return opened();
    }

    /// @notice The opening among the events since `recordLogs`.
    function opened() internal returns (Opening memory opening) {
        Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != IPrograms.RoundOpened.selector) continue;
            (opening,) = abi.decode(logs[i].data, (Opening, uint64));
        }
        vm.assertTrue(opening.program != 0, "nothing opened");
    }

    /// @notice A close of so many contributions that nobody made.
    function closeOf(Opening memory opening, uint32 count) internal pure returns (Close memory) {
        return Close({
            program: opening.program,
            round: opening.round,
            epoch: opening.epoch,
            parent: opening.parent,
            aggregator: opening.aggregator,
            openBlock: opening.openBlock,
            anchor: opening.anchor,
            seats: opening.seats,
            places: opening.places,
            sample: opening.sample,
            count: count,
            weightsHash: keccak256("weights"),
            contributionsRoot: keccak256("contributions")
        });
    }

    /// @notice Opens the next round and closes it with so many contributions.
    function openAndClose(uint256 id, uint32 count) internal returns (Close memory made) {
        made = closeOf(open(id), count);
        vm.prank(made.aggregator);
        programs.close(made);
    }

    /// @notice What a closed round comes to, once its seed is there.
    function proposalOf(Close memory made, Payout[] memory payouts) internal view returns (Proposal memory) {
        (Branch memory top,) = Forest.plant(payouts, 0);
        return Proposal({
            close: keccak256(abi.encode(made)),
            seed: blockhash(programs.round(made.program, made.round).closeBlock + 1),
            chunks: 5,
            count: made.count,
            rowRoot: keccak256("rows"),
            resultRoot: keccak256(abi.encode("version", made.round, made.epoch)),
            gradientRoot: keccak256("gradient"),
            payoutRoot: top.digest,
            payoutSum: top.payout,
            sharesSum: top.shares,
            manifest: keccak256("manifest")
        });
    }

    /// @notice Opens and closes the next round, waits for its seed, and returns what it comes to.
    function ready(uint256 id, Payout[] memory payouts) internal returns (Proposal memory) {
        Close memory made = openAndClose(id, uint32(payouts.length));
        pass(2);
        return proposalOf(made, payouts);
    }

    /// @notice Opens, closes and proposes the next round.
    function propose(uint256 id, Payout[] memory payouts) internal returns (Proposal memory said) {
        said = ready(id, payouts);
        vm.prank(aggregator.account);
        programs.propose(id, said);
    }

    /// @notice Makes the next round final.
    function finish(uint256 id, Payout[] memory payouts) internal returns (Proposal memory said) {
        said = propose(id, payouts);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        programs.finalize(id, said);
    }

    /// @notice Payouts to so many of the members: what each gets depends on its place.
    function payoutsTo(uint256 count) internal view returns (Payout[] memory payouts) {
        payouts = new Payout[](count);
        for (uint256 i = 0; i < count; i++) {
            payouts[i] = Payout(members[i].account, int256(i) - 1, 9 * i, 100 + i, 10 + i);
        }
    }

    /// @notice Lets the chain know an old block's hash, as EIP-2935 has it.
    function remember(uint256 height, bytes32 hash) internal {
        address history = 0x0000F90827F1C53a10cb7A02335B175320002935;
        vm.etch(
            history,
            hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
            hex"611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        );
        vm.store(history, bytes32(height % 8191), hash);
    }

    /// @notice Has one of the receivers of a final round take its payout.
    function claim(uint256 id, uint64 number, Proposal memory said, Payout[] memory payouts, uint256 index) internal {
        (, Branch[] memory siblings) = Forest.plant(payouts, index);
        vm.prank(payouts[index].node);
        programs.claim(id, number, said, uint64(index), payouts[index], siblings, payouts[index].node);
    }
}
