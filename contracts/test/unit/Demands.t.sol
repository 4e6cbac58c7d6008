// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Demand, IDemands, Kind, Standing, Wanted, WholeRow} from "../../src/interfaces/IDemands.sol";
import {Stage} from "../../src/interfaces/IPrograms.sol";
import {Cases, Shown} from "../../src/libraries/Cases.sol";
import {Lanes} from "../../src/libraries/Lanes.sol";
import {Contribution} from "../../src/libraries/Rounds.sol";
import {Leaf, Rows as Opened} from "../../src/libraries/Rows.sol";
import {Aggregation} from "../../src/libraries/Terms.sol";
import {Tokens} from "../../src/libraries/Tokens.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Weights} from "../../src/libraries/Weights.sol";
import {Whole} from "../../src/libraries/Whole.sol";
import {Actor} from "../support/Actors.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Forest} from "../support/Forest.sol";
import {Rows} from "../support/Rows.sol";
import {Verdicts} from "../support/Verdicts.sol";
import {FeeOnTransfer, Minted, Reentrant} from "../support/tokens/OddTokens.sol";

contract DemandsTest is Verdicts {
    uint256 private constant THIRD = WINDOW / 3;

    function setUp() external {
        begin();
        found(rulesOf(Aggregation.WeightedMean));
    }

    /* DEPLOYMENT */

    function test_constructor_WhenEverythingIsDeployed() external view {
        vm.assertEq(address(demands.programs()), address(programs));
        vm.assertEq(address(demands.bonds()), address(bonds));
    }

    /* DEMANDING */

    function test_demand_RevertWhen_TheCloseIsAnother() external {
        Draft memory told = standing();
        told.close.count++;
        bytes32 given = keccak256(abi.encode(told.close));

        vm.expectRevert(abi.encodeWithSelector(Cases.NotTheClose.selector, given, told.proposal.close));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_TheProposalDoesNotWait() external {
        Draft memory told = standing();
        told.proposal.manifest = 0;

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotWaiting.selector, Drafts.hashOf(told)));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_ThereIsNoSuchRow() external {
        Draft memory told = standing();
        _nothingThere(told, Kind.Row, 3, 0);
        _nothingThere(told, Kind.Row, 0, 1);
    }

    function test_demand_RevertWhen_ThereIsNoSuchColumn() external {
        Draft memory told = standing();
        _nothingThere(told, Kind.Column, 3, 0);
        _nothingThere(told, Kind.Column, 0, 4);
    }

    function test_demand_RevertWhen_ContributionsAreNamedByPlace() external {
        Draft memory told = standing();
        _nothingThere(told, Kind.Contributions, 1, 0);
        _nothingThere(told, Kind.Contributions, 0, 1);
    }

    function test_demand_RevertWhen_TheFirstThirdIsOver() external {
        Draft memory told = standing();
        uint256 until = vm.getBlockTimestamp() + THIRD;
        vm.warp(until);

        vm.expectRevert(abi.encodeWithSelector(IDemands.TooLate.selector, until));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_ItWasDemandedBefore() external {
        Draft memory told = standing();
        bytes32 id = _demand(wanted(told, Kind.Row, 0, 0));

        vm.expectRevert(abi.encodeWithSelector(IDemands.AlreadyDemanded.selector, id, Standing.Open));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_ItWasAnsweredBefore() external {
        Draft memory told = standing();
        bytes32 id = _demand(wanted(told, Kind.Row, 0, 0));
        demands.answerRow(wanted(told, Kind.Row, 0, 0), wholeRow(told, 0), none());

        vm.expectRevert(abi.encodeWithSelector(IDemands.AlreadyDemanded.selector, id, Standing.Answered));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_TheFeeIsNotThere() external {
        Draft memory told = standing();
        vm.prank(buyer.account);
        token.approve(address(demands), FEE - 1);

        vm.expectRevert();
        vm.prank(buyer.account);
        demands.demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_RevertWhen_TheTokenKeepsAPart() external {
        FeeOnTransfer odd = new FeeOnTransfer();
        odd.setFee(0);
        Draft memory told = _standingIn(odd);
        odd.setFee(1);

        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, odd, FEE, FEE - 1));
        _demand(wanted(told, Kind.Row, 0, 0));
    }

    function test_demand_WhenTheTokenDemandsInTheMiddle() external {
        Reentrant odd = new Reentrant();
        Draft memory told = _standingIn(odd);
        odd.arm(address(demands), abi.encodeCall(IDemands.demand, (wanted(told, Kind.Row, 1, 0))));

        _demand(wanted(told, Kind.Row, 0, 0));

        _refusedInTheMiddle(odd);
        vm.assertTrue(demands.demandOf(_idOf(wanted(told, Kind.Row, 1, 0))).standing == Standing.None);
    }

    function test_demand_WhenItIsInTime() external {
        Draft memory told = standing();
        uint256 proposedAt = vm.getBlockTimestamp();
        vm.warp(proposedAt + THIRD - 1);
        bytes32 expected = keccak256(abi.encode(Drafts.hashOf(told), Kind.Column, uint64(2), uint32(3)));
        uint64 until = uint64(proposedAt + 2 * THIRD);

        vm.expectEmit(address(demands));
        emit IDemands.Demanded(expected, program, 1, 1, Kind.Column, 2, 3, stranger.account, until);
        bytes32 id = _demand(wanted(told, Kind.Column, 2, 3));

        vm.assertEq(id, expected);
        Demand memory made = demands.demandOf(id);
        vm.assertEq(made.demander, stranger.account);
        vm.assertEq(made.demandedAt, proposedAt + THIRD - 1);
        vm.assertEq(made.answerUntil, until);
        vm.assertTrue(made.standing == Standing.Open);
        vm.assertEq(token.balanceOf(stranger.account), PURSE - FEE);
        vm.assertEq(token.balanceOf(address(demands)), FEE);
    }

    function test_demand_WhenEverythingIsDemanded() external {
        Draft memory told = standing();
        for (uint64 chunk = 0; chunk < CHUNKS; chunk++) {
            _demand(wanted(told, Kind.Row, chunk, 0));
            for (uint32 column = 0; column < 4; column++) _demand(wanted(told, Kind.Column, chunk, column));
        }
        _demand(wanted(told, Kind.Contributions, 0, 0));

        vm.assertEq(token.balanceOf(address(demands)), 16 * uint256(FEE));
        for (uint64 chunk = 0; chunk < CHUNKS; chunk++) {
            demands.answerRow(wanted(told, Kind.Row, chunk, 0), wholeRow(told, chunk), none());
            for (uint32 column = 0; column < 4; column++) _answerColumn(told, chunk, column);
        }
        demands.answerContributions(wanted(told, Kind.Contributions, 0, 0), told.contributions);
        vm.assertEq(demands.owed(token, aggregator.account), 16 * uint256(FEE));
    }

    /* ANSWERING: ALL KINDS */

    function test_answer_RevertWhen_NothingWasDemanded() external {
        Draft memory told = standing();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        bytes memory words = abi.encodeWithSelector(IDemands.NotOpen.selector, _idOf(asked), Standing.None);

        vm.expectRevert(words);
        demands.answerRow(asked, wholeRow(told, 0), none());
    }

    function test_answer_RevertWhen_ItWasAnswered() external {
        Draft memory told = standing();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        bytes32 id = _demand(asked);
        demands.answerRow(asked, wholeRow(told, 0), none());

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOpen.selector, id, Standing.Answered));
        demands.answerRow(asked, wholeRow(told, 0), none());
    }

    function test_answer_RevertWhen_TheProposalWaitsNoMore() external {
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);
        judge(wrongSum(told, 0, 0));

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotWaiting.selector, Drafts.hashOf(told)));
        demands.answerRow(asked, wholeRow(told, 0), none());
    }

    function test_answer_RevertWhen_AnotherKindWasDemanded() external {
        Draft memory told = standing();
        Wanted memory row = wanted(told, Kind.Row, 0, 0);
        Wanted memory column = wanted(told, Kind.Column, 0, 0);
        _demand(row);
        _demand(column);
        bytes4 selector = IDemands.WrongKind.selector;

        vm.expectRevert(abi.encodeWithSelector(selector, Kind.Row, Kind.Column));
        demands.answerRow(column, wholeRow(told, 0), none());
        Shown memory shown = shownAt(told, 0);
        vm.expectRevert(abi.encodeWithSelector(selector, Kind.Column, Kind.Row));
        demands.answerColumn(row, shown, leafOf(told.vectors.deltas[0], 0));
        vm.expectRevert(abi.encodeWithSelector(selector, Kind.Contributions, Kind.Row));
        demands.answerContributions(row, told.contributions);
    }

    function test_answer_RevertWhen_TheSecondThirdIsOver() external {
        Draft memory told = standing();
        uint256 until = vm.getBlockTimestamp() + 2 * THIRD;
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);
        vm.warp(until);

        vm.expectRevert(abi.encodeWithSelector(IDemands.TooLate.selector, until));
        demands.answerRow(asked, wholeRow(told, 0), none());
    }

    /* ANSWERING: ROWS */

    function test_answerRow_RevertWhen_TheWeightsAreOthers() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        row.weights = bytes.concat(row.weights, hex"00000001");

        vm.expectRevert(
            abi.encodeWithSelector(Weights.WrongWeights.selector, keccak256(row.weights), told.close.weightsHash)
        );
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_SumsAreMissing() external {
        (, Wanted memory asked, WholeRow memory row) = _row(1);
        row.sums = new bytes32[](3);

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 3, 4));
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_TheGradientIsNoChunk() external {
        (, Wanted memory asked, WholeRow memory row) = _row(1);
        row.gradient = new bytes(255);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 255, 256));
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_ADeltaIsMissing() external {
        (, Wanted memory asked, WholeRow memory row) = _row(1);
        row.deltas = new bytes(768);

        vm.expectRevert(abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 768, 1024));
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_ItIsNotTheProposalsRow() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        told.inputs[1][3] = Rows.leaf(1, new bytes(256));
        for (uint256 i = 0; i < 256; i++) row.deltas[i] = 0;

        _wrongAnswer("row", _rowOf(told), row.rowProof, told.proposal.rowRoot);
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_ItsSumsAreNotTheRows() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        told.sums[1][3].dot++;
        row.sums = Rows.words(told.sums[1]);

        _wrongAnswer("row", _rowOf(told), row.rowProof, told.proposal.rowRoot);
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_TheBaseIsNotTheParents() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        row.baseProof[0] = 0;

        _wrongAnswer("base", told.inputs[1][0], row.baseProof, told.parentRoot);
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_TheResultIsNotTheProposals() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        row.resultProof[0] = 0;

        _wrongAnswer("result", told.inputs[1][1], row.resultProof, told.proposal.resultRoot);
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_TheGradientIsNotTheProposals() external {
        (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(1);
        row.gradientProof[0] = 0;

        _wrongAnswer("gradient", told.inputs[1][2], row.gradientProof, told.proposal.gradientRoot);
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_SomethingLiesInThePadding() external {
        // The tree has room for a fourth row, where a liar may hide what no vector has.
        Draft memory told = honest();
        Drafts.shut(told);
        close(told);
        Drafts.commit(told);
        bytes32[] memory rows = new bytes32[](4);
        for (uint256 i = 0; i < 3; i++) rows[i] = Rows.rows(told.inputs, told.sums)[i];
        rows[3] = keccak256("hidden");
        bytes32[] memory proof;
        (told.proposal.rowRoot, proof) = Forest.plant(rows, 2);
        propose(told);
        Wanted memory asked = wanted(told, Kind.Row, 2, 0);
        _demand(asked);
        WholeRow memory row = wholeRow(told, 2);
        row.rowProof = proof;

        vm.expectRevert(abi.encodeWithSelector(Whole.NotPadding.selector, keccak256("hidden"), 0));
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_TheProofIsTooShort() external {
        (, Wanted memory asked, WholeRow memory row) = _row(1);
        row.rowProof = new bytes32[](1);

        vm.expectRevert(abi.encodeWithSelector(Trees.WrongProofLength.selector, 1, 2));
        demands.answerRow(asked, row, none());
    }

    function test_answerRow_RevertWhen_AnotherParentIsShown() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        stand(told);
        Wanted memory asked = wanted(told, Kind.Row, 1, 0);
        _demand(asked);
        parent.proposal.manifest = 0;

        vm.expectRevert(abi.encodeWithSelector(Cases.NotTheParent.selector, 1, Drafts.hashOf(parent)));
        demands.answerRow(asked, wholeRow(told, 1), parent.proposal);
    }

    function test_answerRow_WhenItIsWhole() external {
        for (uint64 chunk = 0; chunk < CHUNKS; chunk++) {
            (Draft memory told, Wanted memory asked, WholeRow memory row) = _row(chunk);
            vm.warp(vm.getBlockTimestamp() + 2 * THIRD - 1);

            vm.expectEmit(address(demands));
            emit IDemands.Answered(_idOf(asked), program, aggregator.account, FEE);
            vm.prank(buyer.account);
            demands.answerRow(asked, row, none());

            vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Answered);
            vm.assertEq(demands.owed(token, aggregator.account), (chunk + 1) * FEE);
            vm.assertEq(demands.owed(token, buyer.account), 0);
            vm.warp(vm.getBlockTimestamp() + WINDOW);
            programs.finalize(program, told.proposal);
            found(rulesOf(Aggregation.Median));
        }
    }

    function test_answerRow_WhenTheParentWaits() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        stand(told);
        Wanted memory asked = wanted(told, Kind.Row, 1, 0);
        _demand(asked);

        demands.answerRow(asked, wholeRow(told, 1), parent.proposal);

        vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Answered);
    }

    function test_answerRow_WhenTheRowIsALie() external {
        // An answer need not be right: once it is there, the lie can be shown.
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);

        demands.answerRow(asked, wholeRow(told, 0), none());

        refutes(told, wrongSum(told, 0, 0));
    }

    /* ANSWERING: COLUMNS */

    function test_answerColumn_RevertWhen_ItIsAnotherColumn() external {
        (Draft memory told, Wanted memory asked) = _column(1, 2);
        Shown memory shown = shownAt(told, 1);
        Leaf memory own = leafOf(told.vectors.deltas[1], 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IDemands.WrongAnswer.selector, bytes32("column"), bytes32(uint256(1)), bytes32(uint256(2))
            )
        );
        demands.answerColumn(asked, shown, own);
    }

    function test_answerColumn_RevertWhen_TheContributionIsNotTheCloses() external {
        (Draft memory told, Wanted memory asked) = _column(1, 2);
        Shown memory shown = shownAt(told, 2);
        shown.contribution.weight++;
        Leaf memory own = leafOf(told.vectors.deltas[2], 1);

        vm.expectRevert(abi.encodeWithSelector(Cases.NotInClose.selector, 2, members[2].account));
        demands.answerColumn(asked, shown, own);
    }

    function test_answerColumn_RevertWhen_TheLeafIsNotUnderTheSignedRoot() external {
        (Draft memory told, Wanted memory asked) = _column(1, 2);
        Shown memory shown = shownAt(told, 2);
        Leaf memory own = leafOf(told.vectors.deltas[1], 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IDemands.WrongAnswer.selector,
                bytes32("delta"),
                told.contributions[1].deltaRoot,
                told.contributions[2].deltaRoot
            )
        );
        demands.answerColumn(asked, shown, own);
    }

    function test_answerColumn_RevertWhen_SomethingLiesInThePadding() external {
        Draft memory told = honest();
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i = 0; i < 3; i++) leaves[i] = Rows.leaves(told.vectors.deltas[0])[i];
        leaves[3] = keccak256("hidden");
        told.contributions[0].deltaRoot = Forest.rootOf(leaves);
        countersign(told, 0, members[0]);
        stand(told);
        Wanted memory asked = wanted(told, Kind.Column, 2, 0);
        _demand(asked);
        Leaf memory own;
        own.leaf = leaves[2];
        (, own.proof) = Forest.plant(leaves, 2);
        Shown memory shown = shownAt(told, 0);

        vm.expectRevert(abi.encodeWithSelector(Whole.NotPadding.selector, keccak256("hidden"), 0));
        demands.answerColumn(asked, shown, own);
    }

    function test_answerColumn_WhenItIsTheNodesOwn() external {
        (Draft memory told, Wanted memory asked) = _column(2, 3);

        vm.expectEmit(address(demands));
        emit IDemands.Answered(_idOf(asked), program, aggregator.account, FEE);
        _answerColumn(told, 2, 3);

        vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Answered);
        vm.assertEq(demands.owed(token, aggregator.account), FEE);
    }

    /* ANSWERING: CONTRIBUTIONS */

    function test_answerContributions_RevertWhen_OneIsMissing() external {
        (Draft memory told, Wanted memory asked) = _contributions();
        Contribution[] memory fewer = new Contribution[](3);
        for (uint256 i = 0; i < 3; i++) fewer[i] = told.contributions[i];

        vm.expectRevert(abi.encodeWithSelector(Opened.WrongLength.selector, 3, 4));
        demands.answerContributions(asked, fewer);
    }

    function test_answerContributions_RevertWhen_TheyAreOthers() external {
        (Draft memory told, Wanted memory asked) = _contributions();
        told.contributions[0].deadline++;
        bytes32 given = Forest.rootOf(Drafts.leavesOf(told));

        vm.expectRevert(
            abi.encodeWithSelector(Cases.NotTheContributions.selector, given, told.close.contributionsRoot)
        );
        demands.answerContributions(asked, told.contributions);
    }

    function test_answerContributions_RevertWhen_ASignatureIsTooLong() external {
        Draft memory told = honest();
        told.contributions[2].signature = new bytes(66);
        stand(told);
        Wanted memory asked = wanted(told, Kind.Contributions, 0, 0);
        _demand(asked);

        vm.expectRevert(abi.encodeWithSelector(IDemands.WrongSignatureLength.selector, 2, 66));
        demands.answerContributions(asked, told.contributions);
    }

    function test_answerContributions_RevertWhen_TheWeightsHashHoldsOthers() external {
        Draft memory told = honest();
        bytes32 honestly = keccak256(Drafts.weightsOf(told));
        told.vectors.weights[0] = 2;
        stand(told);
        Wanted memory asked = wanted(told, Kind.Contributions, 0, 0);
        _demand(asked);

        vm.expectRevert(
            abi.encodeWithSelector(
                IDemands.WrongAnswer.selector, bytes32("weights"), honestly, told.close.weightsHash
            )
        );
        demands.answerContributions(asked, told.contributions);
    }

    function test_answerContributions_WhenTheyAreTheCloses() external {
        (Draft memory told, Wanted memory asked) = _contributions();

        vm.expectEmit(address(demands));
        emit IDemands.Answered(_idOf(asked), program, aggregator.account, FEE);
        demands.answerContributions(asked, told.contributions);

        vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Answered);
        vm.assertEq(demands.owed(token, aggregator.account), FEE);
    }

    /* EXPIRING */

    function test_expire_RevertWhen_NothingWasDemanded() external {
        Draft memory told = standing();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOpen.selector, _idOf(asked), Standing.None));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_ItWasAnswered() external {
        (, Wanted memory asked, WholeRow memory row) = _row(0);
        demands.answerRow(asked, row, none());
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOpen.selector, _idOf(asked), Standing.Answered));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_ThereIsStillTime() external {
        (, Wanted memory asked,) = _row(0);
        uint256 until = vm.getBlockTimestamp() + 2 * THIRD;
        vm.warp(until - 1);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOverdue.selector, until));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_TheRoundIsFinal() external {
        (Draft memory told, Wanted memory asked,) = _row(0);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        programs.finalize(program, told.proposal);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotWaiting.selector, Drafts.hashOf(told)));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_TheRoundFellWithItsParent() external {
        Draft memory parent = _lie();
        Draft memory told = following(parent);
        stand(told);
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);
        judge(wrongSum(parent, 0, 0));

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotWaiting.selector, Drafts.hashOf(told)));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_TheRoundWasVoidBeforeTheAnswerWasOverdue() external {
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        uint256 until = vm.getBlockTimestamp() + 2 * THIRD;
        _demand(asked);
        vm.warp(until - 1);
        judge(wrongSum(told, 0, 0));
        vm.warp(until);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOverdue.selector, until));
        demands.expire(asked);
    }

    function test_expire_RevertWhen_TheTimeForBountiesIsOver() external {
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);
        judge(wrongSum(told, 0, 0));
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotWaiting.selector, Drafts.hashOf(told)));
        demands.expire(asked);
    }

    function test_expire_WhenNobodyAnswered() external {
        (Draft memory told, Wanted memory asked,) = _row(0);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);

        vm.expectEmit(address(demands));
        emit IDemands.Expired(_idOf(asked), program, stranger.account, FEE);
        vm.prank(buyer.account);
        demands.expire(asked);

        vm.assertTrue(programs.round(program, 1).stage == Stage.None);
        vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Over);
        vm.assertEq(demands.owed(token, stranger.account), FEE);
        vm.assertEq(demands.owed(token, aggregator.account), 0);
        settle(told);
        vm.assertEq(bonds.owed(token, stranger.account), STAKE / 4);
        (uint128 total,) = bonds.bondOf(program, aggregator.account);
        vm.assertEq(total, STAKE);
    }

    function test_expire_WhenTheRoundIsVoidForSomethingElseSince() external {
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        bytes memory call_ = wrongSum(told, 0, 0);
        _demand(asked);
        pass(1);
        pledge(buyer, call_);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD - 12);
        judge(buyer, call_);
        vm.warp(vm.getBlockTimestamp() + WINDOW);

        demands.expire(asked);

        // It demanded before the other one committed.
        settle(told);
        vm.assertEq(bonds.owed(token, stranger.account), STAKE / 4);
        vm.assertEq(bonds.owed(token, buyer.account), 0);
        vm.assertEq(demands.owed(token, stranger.account), FEE);
    }

    /* GIVING BACK */

    function test_giveBack_RevertWhen_NothingWasDemanded() external {
        Draft memory told = standing();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOpen.selector, _idOf(asked), Standing.None));
        demands.giveBack(asked);
    }

    function test_giveBack_RevertWhen_TheProposalWaits() external {
        (Draft memory told, Wanted memory asked,) = _row(0);

        vm.expectRevert(abi.encodeWithSelector(IDemands.StillWaiting.selector, Drafts.hashOf(told)));
        demands.giveBack(asked);
    }

    function test_giveBack_RevertWhen_ItWasGivenBack() external {
        (Draft memory told, Wanted memory asked,) = _row(0);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        programs.finalize(program, told.proposal);
        demands.giveBack(asked);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NotOpen.selector, _idOf(asked), Standing.Over));
        demands.giveBack(asked);
    }

    function test_giveBack_WhenTheRoundIsFinal() external {
        (Draft memory told, Wanted memory asked,) = _row(0);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        programs.finalize(program, told.proposal);

        vm.expectEmit(address(demands));
        emit IDemands.Returned(_idOf(asked), program, stranger.account, FEE);
        demands.giveBack(asked);

        vm.assertEq(demands.owed(token, stranger.account), FEE);
        vm.assertTrue(demands.demandOf(_idOf(asked)).standing == Standing.Over);
    }

    function test_giveBack_WhenTheRoundIsVoid() external {
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        _demand(asked);
        judge(wrongSum(told, 0, 0));

        demands.giveBack(asked);

        vm.assertEq(demands.owed(token, stranger.account), FEE);
    }

    function test_giveBack_WhenTheDemanderCouldStillExpire() external {
        // Else whoever found the same round false could give the fee back, and be alone with the bounty.
        Draft memory told = _lie();
        Wanted memory asked = wanted(told, Kind.Row, 0, 0);
        bytes memory call_ = wrongSum(told, 0, 0);
        _demand(asked);
        pass(1);
        pledge(buyer, call_);
        vm.warp(vm.getBlockTimestamp() + 2 * THIRD);
        judge(buyer, call_);

        vm.prank(buyer.account);
        (bool done,) = address(demands).call(abi.encodeCall(IDemands.giveBack, (asked)));
        vm.assertFalse(done);

        demands.expire(asked);
        vm.assertEq(challengerOf(told), stranger.account);
        vm.assertEq(demands.owed(token, stranger.account), FEE);
    }

    /* TAKING */

    function test_take_RevertWhen_NothingIsOwed() external {
        vm.expectRevert(abi.encodeWithSelector(IDemands.NothingOwed.selector, token, buyer.account));
        vm.prank(buyer.account);
        demands.take(token, buyer.account);
    }

    function test_take_RevertWhen_ItWasTaken() external {
        (, Wanted memory asked, WholeRow memory row) = _row(0);
        demands.answerRow(asked, row, none());
        vm.startPrank(aggregator.account);
        demands.take(token, buyer.account);

        vm.expectRevert(abi.encodeWithSelector(IDemands.NothingOwed.selector, token, aggregator.account));
        demands.take(token, buyer.account);
        vm.stopPrank();
    }

    function test_take_WhenSomethingIsOwed() external {
        (, Wanted memory asked, WholeRow memory row) = _row(0);
        demands.answerRow(asked, row, none());

        vm.expectEmit(address(demands));
        emit IDemands.Taken(token, aggregator.account, buyer.account, FEE);
        vm.prank(aggregator.account);
        demands.take(token, buyer.account);

        vm.assertEq(token.balanceOf(buyer.account), PURSE + FEE);
        vm.assertEq(token.balanceOf(address(demands)), 0);
        vm.assertEq(demands.owed(token, aggregator.account), 0);
    }

    function test_take_WhenTheTokenTakesInTheMiddle() external {
        Reentrant odd = new Reentrant();
        Draft memory told = _standingIn(odd);
        _demand(wanted(told, Kind.Row, 0, 0));
        demands.answerRow(wanted(told, Kind.Row, 0, 0), wholeRow(told, 0), none());
        odd.arm(address(demands), abi.encodeCall(IDemands.take, (odd, stranger.account)));

        vm.prank(aggregator.account);
        demands.take(odd, aggregator.account);

        _refusedInTheMiddle(odd);
        vm.assertEq(odd.balanceOf(address(demands)), 0);
    }

    /* PARTS */

    function _standingIn(Minted odd) private returns (Draft memory) {
        Actor[3] memory rich = [sponsor, aggregator, stranger];
        address[3] memory spenders = [address(programs), address(bonds), address(demands)];
        for (uint256 i = 0; i < 3; i++) {
            odd.mint(rich[i].account, PURSE);
            vm.prank(rich[i].account);
            odd.approve(spenders[i], PURSE);
        }
        found(rulesOf(Aggregation.WeightedMean), odd);
        return standing();
    }

    function _refusedInTheMiddle(Reentrant odd) private view {
        vm.assertTrue(odd.tried());
        vm.assertFalse(odd.succeeded());
        bytes memory words = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(odd.answer(), words);
    }

    function _demand(Wanted memory asked) private returns (bytes32) {
        vm.prank(stranger.account);
        return demands.demand(asked);
    }

    function _idOf(Wanted memory asked) private pure returns (bytes32) {
        bytes32 hash = keccak256(abi.encode(asked.proposal));
        return keccak256(abi.encode(hash, asked.kind, asked.chunk, asked.column));
    }

    function _nothingThere(Draft memory told, Kind kind, uint64 chunk, uint32 column) private {
        vm.expectRevert(abi.encodeWithSelector(IDemands.NothingThere.selector, kind, chunk, column));
        _demand(wanted(told, kind, chunk, column));
    }

    function _row(uint64 chunk)
        private
        returns (Draft memory told, Wanted memory asked, WholeRow memory row)
    {
        told = standing();
        asked = wanted(told, Kind.Row, chunk, 0);
        _demand(asked);
        row = wholeRow(told, chunk);
    }

    function _column(uint64 chunk, uint32 column) private returns (Draft memory told, Wanted memory asked) {
        told = standing();
        asked = wanted(told, Kind.Column, chunk, column);
        _demand(asked);
    }

    function _contributions() private returns (Draft memory told, Wanted memory asked) {
        told = standing();
        asked = wanted(told, Kind.Contributions, 0, 0);
        _demand(asked);
    }

    function _answerColumn(Draft memory told, uint64 chunk, uint32 column) private {
        demands.answerColumn(
            wanted(told, Kind.Column, chunk, column),
            shownAt(told, column),
            leafOf(told.vectors.deltas[column], chunk)
        );
    }

    function _lie() private returns (Draft memory told) {
        told = honest();
        bend(told, 0, 0, 1);
        stand(told);
    }

    function _wrongAnswer(bytes32 part, bytes32 leaf, bytes32[] memory proof, bytes32 right) private {
        // All of these rows are the second of their trees.
        bytes32 root = keccak256(abi.encodePacked(hex"01", proof[0], leaf));
        root = keccak256(abi.encodePacked(hex"01", root, proof[1]));
        vm.expectRevert(abi.encodeWithSelector(IDemands.WrongAnswer.selector, part, root, right));
    }

    function _rowOf(Draft memory told) private pure returns (bytes32) {
        return Rows.rows(told.inputs, told.sums)[1];
    }
}
