// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../src/interfaces/IChallenges.sol";
import {Averages} from "../../src/libraries/Averages.sol";
import {Cases, Shown} from "../../src/libraries/Cases.sol";
import {Lanes} from "../../src/libraries/Lanes.sol";
import {Contribution} from "../../src/libraries/Rounds.sol";
import {Addition, Leaf, Row, Rows as Opened} from "../../src/libraries/Rows.sol";
import {Aggregation, Rules} from "../../src/libraries/Terms.sol";
import {Trees} from "../../src/libraries/Trees.sol";
import {Weights} from "../../src/libraries/Weights.sol";
import {Chunks} from "../support/Chunks.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Rows} from "../support/Rows.sol";
import {Verdicts} from "../support/Verdicts.sol";

contract ChallengesArithmeticTest is Verdicts {
    uint256 private constant BASE = 0;
    uint256 private constant RESULT = 1;
    uint256 private constant GRADIENT = 2;
    uint256 private constant DELTA = 3;

    function setUp() external {
        begin();
        found(rulesOf(Aggregation.WeightedMean));
    }

    /* SUMS */

    function test_wrongSum_RevertWhen_NoChunkHasTheLane() external {
        fails(wrongSum(standing(), 0, 64), abi.encodeWithSelector(Lanes.NoSuchLane.selector, 64));
    }

    function test_wrongSum_RevertWhen_TheRowIsAnother() external {
        Draft memory told = standing();
        bend(told, 0, 5, 1);

        Addition memory row = additionAt(told, 0);
        row.result = told.result[0];
        fails(wrongSum(told, row, 5), abi.encodeWithSelector(Cases.NotInProposal.selector, 0));
    }

    function test_wrongSum_RevertWhen_ItsBytesAreNoChunk() external {
        Draft memory told = standing();
        Addition memory row = additionAt(told, 0);
        row.deltas = bytes.concat(row.deltas, hex"00");

        fails(wrongSum(told, row, 5), abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 1025, 1024));
    }

    function test_wrongSum_RevertWhen_TheWeightsAreOthers() external {
        Draft memory told = standing();
        bytes32 right = told.close.weightsHash;
        told.vectors.weights[3] = 2;
        bytes32 wrong = keccak256(Drafts.weightsOf(told));

        fails(wrongSum(told, 0, 5), abi.encodeWithSelector(Weights.WrongWeights.selector, wrong, right));
    }

    function test_wrongSum_RevertWhen_NothingHasAWeight() external {
        Draft memory told = honest();
        for (uint256 i = 0; i < 4; i++) told.vectors.weights[i] = 0;
        stand(told);

        fails(wrongSum(told, 0, 5), abi.encodeWithSelector(Averages.NoWeight.selector));
    }

    function test_wrongSum_RevertWhen_TheLastRowIsOfAnotherChunk() external {
        found(rulesOf(Aggregation.ClippedMean));
        Draft memory told = standing();

        fails(_clipped(told, rowAt(told, 0)), abi.encodeWithSelector(IChallenges.WrongChunk.selector, 0, 1));
        fails(_clipped(told, rowAt(told, 2)), abi.encodeWithSelector(IChallenges.WrongChunk.selector, 2, 1));
    }

    function test_wrongSum_RevertWhen_TheLastRowIsNotTheProposals() external {
        found(rulesOf(Aggregation.ClippedMean));
        Draft memory told = standing();
        Row memory last = rowAt(told, 1);
        last.sums[0] = bytes32(uint256(1));

        fails(_clipped(told, last), abi.encodeWithSelector(Cases.NotInProposal.selector, 1));
    }

    function test_wrongSum_RevertWhen_TheLastRowsSumsAreHidden() external {
        found(rulesOf(Aggregation.ClippedMean));
        Draft memory told = standing();
        bytes memory words = abi.encodeWithSelector(Opened.WrongLength.selector, 0, 4);

        fails(_clipped(told, _withoutSums(told, 1)), words);
    }

    function test_wrongSum_RevertWhen_TheLaneIsWhatTheRuleGives() external {
        for (uint8 rule = 0; rule < 4; rule++) {
            found(rulesOf(Aggregation(rule)));
            Draft memory told = standing();
            _sumHolds(told, 0, 0);
            _sumHolds(told, 0, 63);
            _sumHolds(told, 1, 5);
            _sumHolds(told, 2, 0);
            _sumHolds(told, 2, 2);
        }
    }

    function test_wrongSum_RevertWhen_TheLaneIsWhatALaterStepGives() external {
        Draft memory told = following(standing());
        stand(told);

        vm.assertEq(told.vectors.over, 2);
        _sumHolds(told, 0, 9);
        _sumHolds(told, 2, 1);
    }

    function test_wrongSum_WhenALaneOfWeightsIsOffByOne() external {
        for (uint8 rule = 0; rule < 4; rule++) {
            found(rulesOf(Aggregation(rule)));
            Draft memory told = honest();
            bend(told, 1, 5, rule % 2 == 0 ? int32(1) : -1);
            stand(told);

            refutes(told, wrongSum(told, 1, 5));
        }
    }

    function test_wrongSum_WhenALaneOfMomentsIsOffByOne() external {
        for (uint8 rule = 0; rule < 4; rule++) {
            found(rulesOf(Aggregation(rule)));
            Draft memory told = honest();
            bend(told, 2, 2, 1);
            stand(told);

            // Nothing is shortened in moments, so nobody need open the last row.
            Row memory last;
            bytes memory weights = Drafts.weightsOf(told);
            refutes(
                told,
                abi.encodeCall(IChallenges.wrongSum, (caseOf(told), additionAt(told, 2), 2, weights, last))
            );
        }
    }

    function test_wrongSum_WhenTheFirstStepIsTakenTwice() external {
        Draft memory told = following(standing());
        told.vectors.over = 3;
        Drafts.reckon(told);
        stand(told);

        refutes(told, wrongSum(told, 0, 9));
    }

    function test_wrongSum_WhenAClippedMeanIsNotClipped() external {
        found(rulesOf(Aggregation.ClippedMean));
        Draft memory told = honest();
        told.vectors.aggregation = Aggregation.WeightedMean;
        Drafts.reckon(told);
        stand(told);

        refutes(told, wrongSum(told, 0, 9));
    }

    function test_wrongSum_WhenThePaddingIsNotZero() external {
        Draft memory told = honest();
        bend(told, 1, 6, 1);
        stand(told);

        refutes(told, wrongSum(told, 1, 6));
    }

    /* FOREIGN CHUNKS */

    function test_foreignChunk_RevertWhen_TheRowIsAnother() external {
        Draft memory told = standing();
        bend(told, 0, 5, 1);

        fails(
            foreignChunk(told, 0, RESULT, told.result, none()),
            abi.encodeWithSelector(Cases.NotInProposal.selector, 0)
        );
    }

    function test_foreignChunk_RevertWhen_TheLeavesAreHidden() external {
        Draft memory told = standing();
        Shown memory shown;

        fails(
            foreignChunk(told, _withoutLeaves(told, 0), RESULT, leafOf(told.result, 0), shown, none()),
            abi.encodeWithSelector(Opened.WrongLength.selector, 0, 7)
        );
    }

    function test_foreignChunk_RevertWhen_TheRowHasNoSuchPlace() external {
        Draft memory told = standing();

        fails(
            foreignChunk(told, 0, 7, told.result, none()),
            abi.encodeWithSelector(IChallenges.NoSuchPlace.selector, 7, 7)
        );
    }

    function test_foreignChunk_RevertWhen_TheLeafIsNotInTheVector() external {
        Draft memory told = honest();
        told.inputs[0][GRADIENT] = keccak256("foreign");
        stand(told);
        bytes32 given = Rows.rootOf(told.result);
        bytes32 right = told.proposal.gradientRoot;

        fails(
            foreignChunk(told, 0, GRADIENT, told.result, none()),
            abi.encodeWithSelector(IChallenges.NotInVector.selector, given, right)
        );
    }

    function test_foreignChunk_RevertWhen_TheProofIsTooShort() external {
        Draft memory told = standing();
        Leaf memory own = Leaf(told.proposal.resultRoot, new bytes32[](0));
        Shown memory shown;

        fails(
            foreignChunk(told, rowAt(told, 0), RESULT, own, shown, none()),
            abi.encodeWithSelector(Trees.WrongProofLength.selector, 0, 2)
        );
    }

    function test_foreignChunk_RevertWhen_AnotherContributionIsShown() external {
        Draft memory told = standing();
        bytes memory call_ = foreignChunk(
            told, rowAt(told, 0), DELTA + 1, leafOf(told.vectors.deltas[0], 0), shownAt(told, 0), none()
        );

        fails(call_, abi.encodeWithSelector(IChallenges.NoSuchPlace.selector, 0, 1));
    }

    function test_foreignChunk_RevertWhen_TheContributionIsNotTheCloses() external {
        Draft memory told = standing();
        Shown memory shown = shownAt(told, 1);
        shown.contribution.deltaRoot = told.proposal.resultRoot;
        bytes memory call_ =
            foreignChunk(told, rowAt(told, 0), DELTA + 1, leafOf(told.result, 0), shown, none());

        fails(call_, abi.encodeWithSelector(Cases.NotInClose.selector, 1, shown.contribution.node));
    }

    function test_foreignChunk_RevertWhen_AnotherParentIsShown() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        stand(told);
        parent.proposal.resultRoot = told.proposal.resultRoot;

        fails(
            foreignChunk(told, 0, BASE, told.result, parent.proposal),
            abi.encodeWithSelector(Cases.NotTheParent.selector, 1, Drafts.hashOf(parent))
        );
    }

    function test_foreignChunk_RevertWhen_TheChunkIsTheVectorsOwn() external {
        Draft memory told = standing();
        _chunkHolds(told, BASE, told.vectors.base);
        _chunkHolds(told, RESULT, told.result);
        _chunkHolds(told, GRADIENT, told.vectors.gradient);
        for (uint256 i = 0; i < 4; i++) _chunkHolds(told, DELTA + i, told.vectors.deltas[i]);
    }

    function test_foreignChunk_WhenTheBaseIsNotTheFinalVersions() external {
        Draft memory told = honest();
        told.inputs[1][BASE] = keccak256("foreign");
        stand(told);

        refutes(told, foreignChunk(told, 1, BASE, told.vectors.base, none()));
    }

    function test_foreignChunk_WhenTheBaseIsNotTheWaitingParents() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        told.inputs[1][BASE] = keccak256("foreign");
        stand(told);

        refutes(told, foreignChunk(told, 1, BASE, told.vectors.base, parent.proposal));
    }

    function test_foreignChunk_WhenTheResultIsNotTheProposeds() external {
        Draft memory told = honest();
        told.inputs[2][RESULT] = keccak256("foreign");
        stand(told);

        refutes(told, foreignChunk(told, 2, RESULT, told.result, none()));
    }

    function test_foreignChunk_WhenTheGradientIsNotTheProposeds() external {
        Draft memory told = honest();
        told.inputs[0][GRADIENT] = keccak256("foreign");
        stand(told);

        refutes(told, foreignChunk(told, 0, GRADIENT, told.vectors.gradient, none()));
    }

    function test_foreignChunk_WhenADeltaIsNotTheSignedOne() external {
        for (uint256 i = 0; i < 4; i += 3) {
            Draft memory told = honest();
            told.inputs[0][DELTA + i] = keccak256("foreign");
            stand(told);

            refutes(told, foreignChunk(told, 0, DELTA + i, told.vectors.deltas[i], none()));
            another();
        }
    }

    /* BOUNDS */

    function test_outOfBounds_RevertWhen_NoChunkHasTheLane() external {
        Draft memory told = standing();

        fails(
            outOfBounds(told, 0, GRADIENT, told.vectors.gradient[0], 64),
            abi.encodeWithSelector(Lanes.NoSuchLane.selector, 64)
        );
    }

    function test_outOfBounds_RevertWhen_TheVectorHasNoBounds() external {
        Draft memory told = standing();
        bytes4 selector = IChallenges.NoSuchPlace.selector;

        fails(outOfBounds(told, 0, BASE, told.vectors.base[0], 0), abi.encodeWithSelector(selector, 0, 7));
        fails(outOfBounds(told, 0, RESULT, told.result[0], 0), abi.encodeWithSelector(selector, 1, 7));
    }

    function test_outOfBounds_RevertWhen_TheRowHasNoSuchPlace() external {
        Draft memory told = standing();

        fails(
            outOfBounds(told, 0, 7, told.result[0], 0),
            abi.encodeWithSelector(IChallenges.NoSuchPlace.selector, 7, 7)
        );
    }

    function test_outOfBounds_RevertWhen_TheBytesAreNoChunk() external {
        fails(
            outOfBounds(standing(), 0, GRADIENT, new bytes(252), 0),
            abi.encodeWithSelector(Lanes.WrongChunkBytes.selector, 252, 256)
        );
    }

    function test_outOfBounds_RevertWhen_TheBytesAreOthers() external {
        Draft memory told = standing();
        bytes memory other = Chunks.filled(1 << 25);

        fails(
            outOfBounds(told, 0, DELTA, other, 0),
            abi.encodeWithSelector(IChallenges.WrongBytes.selector, Rows.leaf(0, other), told.inputs[0][DELTA])
        );
    }

    function test_outOfBounds_RevertWhen_TheLaneIsAtItsBound() external {
        Draft memory told = honest();
        bytes[] memory delta = told.vectors.deltas[0];
        Chunks.put(delta[0], 0, 1 << 24);
        Chunks.put(delta[0], 1, -(1 << 24));
        Chunks.put(delta[1], 5, 1);
        Chunks.put(delta[2], 2, 1);
        Chunks.put(told.vectors.gradient[0], 0, 1 << 15);
        Chunks.put(told.vectors.gradient[0], 1, -(1 << 15));
        place(told, 0, 0, delta);
        Drafts.reckon(told);
        stand(told);

        _laneHolds(told, 0, DELTA, delta[0], 0);
        _laneHolds(told, 0, DELTA, delta[0], 1);
        _laneHolds(told, 1, DELTA, delta[1], 5);
        _laneHolds(told, 1, DELTA, delta[1], 6);
        _laneHolds(told, 2, DELTA, delta[2], 2);
        _laneHolds(told, 2, DELTA, delta[2], 63);
        _laneHolds(told, 0, GRADIENT, told.vectors.gradient[0], 0);
        _laneHolds(told, 0, GRADIENT, told.vectors.gradient[0], 1);
    }

    function test_outOfBounds_WhenADeltaIsTooLarge() external {
        _refutesLane(0, DELTA + 1, 7, (1 << 24) + 1);
        _refutesLane(2, DELTA + 3, 0, -(1 << 24) - 1);
    }

    function test_outOfBounds_WhenTheGradientIsTooLarge() external {
        _refutesLane(0, GRADIENT, 7, (1 << 15) + 1);
        _refutesLane(1, GRADIENT, 0, -(1 << 15) - 1);
    }

    function test_outOfBounds_WhenThePaddingIsNotZero() external {
        _refutesLane(1, GRADIENT, 6, 1);
        _refutesLane(1, DELTA, 63, -1);
        _refutesLane(2, GRADIENT, 3, -1);
        _refutesLane(2, DELTA + 3, 63, 1);
    }

    /* PREFIXES */

    function test_wrongPrefix_RevertWhen_TheRoundHasNoSuchContribution() external {
        fails(wrongPrefix(standing(), 0, 4), abi.encodeWithSelector(IChallenges.NoSuchPlace.selector, 4, 4));
    }

    function test_wrongPrefix_RevertWhen_TheRowIsAnother() external {
        Draft memory told = standing();
        told.sums[1][0].dot++;

        fails(wrongPrefix(told, 1, 0), abi.encodeWithSelector(Cases.NotInProposal.selector, 1));
    }

    function test_wrongPrefix_RevertWhen_TheSumsAreHidden() external {
        Draft memory told = standing();

        fails(
            _prefix(told, _withoutSums(told, 1), rowAt(told, 0)),
            abi.encodeWithSelector(Opened.WrongLength.selector, 0, 4)
        );
    }

    function test_wrongPrefix_RevertWhen_TheRowBeforeIsOfAnotherChunk() external {
        Draft memory told = standing();

        fails(
            _prefix(told, rowAt(told, 2), rowAt(told, 0)),
            abi.encodeWithSelector(IChallenges.WrongChunk.selector, 0, 1)
        );
        fails(
            _prefix(told, rowAt(told, 1), rowAt(told, 2)),
            abi.encodeWithSelector(IChallenges.WrongChunk.selector, 2, 0)
        );
    }

    function test_wrongPrefix_RevertWhen_TheRowBeforeIsNotTheProposals() external {
        Draft memory told = standing();
        Row memory before = rowAt(told, 0);
        before.sums[0] = bytes32(uint256(1));

        fails(
            _prefix(told, rowAt(told, 1), before), abi.encodeWithSelector(Cases.NotInProposal.selector, 0)
        );
    }

    function test_wrongPrefix_RevertWhen_TheSumsBeforeAreHidden() external {
        Draft memory told = standing();

        fails(
            _prefix(told, rowAt(told, 1), _withoutSums(told, 0)),
            abi.encodeWithSelector(Opened.WrongLength.selector, 0, 4)
        );
    }

    function test_wrongPrefix_RevertWhen_TheLeavesAreHidden() external {
        Draft memory told = standing();

        fails(
            _prefix(told, _withoutLeaves(told, 1), rowAt(told, 0)),
            abi.encodeWithSelector(Opened.WrongLength.selector, 0, 7)
        );
    }

    function test_wrongPrefix_RevertWhen_TheGradientsBytesAreOthers() external {
        Draft memory told = standing();
        bytes memory other = new bytes(256);
        bytes memory call_ =
            wrongPrefix(told, rowAt(told, 1), rowAt(told, 0), 0, other, told.vectors.deltas[0][1]);

        fails(
            call_,
            abi.encodeWithSelector(IChallenges.WrongBytes.selector, Rows.leaf(1, other), told.inputs[1][GRADIENT])
        );
    }

    function test_wrongPrefix_RevertWhen_TheDeltasBytesAreOthers() external {
        Draft memory told = standing();
        bytes memory other = told.vectors.deltas[1][1];
        bytes memory call_ =
            wrongPrefix(told, rowAt(told, 1), rowAt(told, 0), 0, told.vectors.gradient[1], other);

        fails(
            call_,
            abi.encodeWithSelector(IChallenges.WrongBytes.selector, Rows.leaf(1, other), told.inputs[1][DELTA])
        );
    }

    function test_wrongPrefix_RevertWhen_TheSumsAreRight() external {
        Draft memory told = standing();
        for (uint256 chunk = 0; chunk < CHUNKS; chunk++) {
            for (uint256 i = 0; i < 4; i++) {
                int256 dot = told.sums[chunk][i].dot;
                uint256 square = told.sums[chunk][i].square;
                fails(
                    wrongPrefix(told, chunk, i),
                    abi.encodeWithSelector(IChallenges.PrefixHolds.selector, chunk, i, dot, square)
                );
            }
        }
    }

    function test_wrongPrefix_WhenTheFirstProductIsWrong() external {
        _refutesPrefix(0, 3, 1, 0);
    }

    function test_wrongPrefix_WhenTheFirstSquareIsWrong() external {
        _refutesPrefix(0, 0, 0, 1);
    }

    function test_wrongPrefix_WhenALaterProductIsWrong() external {
        _refutesPrefix(1, 1, -1, 0);
    }

    function test_wrongPrefix_WhenALaterSquareIsWrong() external {
        _refutesPrefix(1, 2, 0, 1);
    }

    function test_wrongPrefix_WhenMomentsAddSomething() external {
        _refutesPrefix(2, 1, 0, 1);
        _refutesPrefix(2, 1, 1, 0);
    }

    function test_wrongPrefix_WhenMomentsCannotBeOpened() external {
        // They add nothing, so nobody need know what is in them.
        Draft memory told = honest();
        told.sums[2][0].square++;
        stand(told);

        refutes(told, wrongPrefix(told, _withoutLeaves(told, 2), rowAt(told, 1), 0, "", ""));
    }

    /* PAYROLLS */

    function test_wrongPayroll_RevertWhen_OneContributionIsMissing() external {
        Draft memory told = standing();
        Contribution[] memory fewer = new Contribution[](3);
        for (uint256 i = 0; i < 3; i++) fewer[i] = told.contributions[i];

        fails(
            wrongPayroll(told, fewer, rowAt(told, 1)), abi.encodeWithSelector(Opened.WrongLength.selector, 3, 4)
        );
    }

    function test_wrongPayroll_RevertWhen_TheContributionsAreOthers() external {
        Draft memory told = standing();
        bytes32 right = told.close.contributionsRoot;
        told.contributions[0].weight++;
        Drafts.shut(told);
        bytes32 wrong = told.close.contributionsRoot;
        told.close.contributionsRoot = right;

        fails(
            wrongPayroll(told), abi.encodeWithSelector(Cases.NotTheContributions.selector, wrong, right)
        );
    }

    function test_wrongPayroll_RevertWhen_TheLastRowIsOfAnotherChunk() external {
        Draft memory told = standing();

        fails(
            wrongPayroll(told, told.contributions, rowAt(told, 2)),
            abi.encodeWithSelector(IChallenges.WrongChunk.selector, 2, 1)
        );
    }

    function test_wrongPayroll_RevertWhen_ThePayoutsFollow() external {
        _payrollHolds(standing());
    }

    function test_wrongPayroll_RevertWhen_NothingIsPaid() external {
        Rules memory rules = rulesOf(Aggregation.Median);
        rules.reward = 0;
        found(rules);
        Draft memory told = standing();

        vm.assertEq(told.proposal.sharesSum, 0);
        _payrollHolds(told);
    }

    function test_wrongPayroll_RevertWhen_OneNodeIsAlone() external {
        uint256[] memory who = new uint256[](1);
        who[0] = 2;
        Draft memory told = sketch(opened(), start(), who, 1);
        Drafts.reckon(told);
        stand(told);

        _payrollHolds(told);
    }

    function test_wrongPayroll_RevertWhen_ThreeShareARound() external {
        Draft memory told = sketch(opened(), start(), allBut(1), 1);
        Drafts.reckon(told);
        stand(told);

        _payrollHolds(told);
    }

    function test_wrongPayroll_WhenOneIsPaidForAnother() external {
        Draft memory told = honest();
        (told.payouts[0].payout, told.payouts[1].payout) = (told.payouts[1].payout, told.payouts[0].payout);
        vm.assertNotEq(told.payouts[0].payout, told.payouts[1].payout);
        stand(told);

        refutes(told, wrongPayroll(told));
    }

    function test_wrongPayroll_WhenTheRootIsWrong() external {
        Draft memory told = _closed();
        told.proposal.payoutRoot = keccak256("other");
        propose(told);

        refutes(told, wrongPayroll(told));
    }

    function test_wrongPayroll_WhenTheSumOfPayoutsIsWrong() external {
        Draft memory told = _closed();
        told.proposal.payoutSum--;
        propose(told);

        refutes(told, wrongPayroll(told));
    }

    function test_wrongPayroll_WhenTheSumOfSharesIsWrong() external {
        Draft memory told = _closed();
        told.proposal.sharesSum--;
        propose(told);

        refutes(told, wrongPayroll(told));
    }

    /* PARTS */

    function _closed() private returns (Draft memory told) {
        told = honest();
        Drafts.shut(told);
        close(told);
        Drafts.commit(told);
    }

    function _clipped(Draft memory told, Row memory last) private pure returns (bytes memory) {
        return abi.encodeCall(
            IChallenges.wrongSum, (caseOf(told), additionAt(told, 0), 5, Drafts.weightsOf(told), last)
        );
    }

    function _prefix(Draft memory told, Row memory row, Row memory before) private pure returns (bytes memory) {
        bytes memory gradient = told.vectors.gradient[row.chunk];
        return wrongPrefix(told, row, before, 0, gradient, told.vectors.deltas[0][row.chunk]);
    }

    function _withoutSums(Draft memory told, uint256 chunk) private pure returns (Row memory row) {
        row = rowAt(told, chunk);
        row.hidden = keccak256(abi.encodePacked(row.sums));
        row.sums = new bytes32[](0);
    }

    function _withoutLeaves(Draft memory told, uint256 chunk) private pure returns (Row memory row) {
        row = rowAt(told, chunk);
        row.hidden = keccak256(abi.encodePacked(row.leaves));
        row.leaves = new bytes32[](0);
    }

    function _sumHolds(Draft memory told, uint256 chunk, uint256 lane) private {
        int256 value = Chunks.laneOf(told.result[chunk], lane);
        fails(
            wrongSum(told, chunk, lane), abi.encodeWithSelector(IChallenges.SumHolds.selector, chunk, lane, value)
        );
    }

    function _chunkHolds(Draft memory told, uint256 place_, bytes[] memory vector_) private {
        fails(
            foreignChunk(told, 1, place_, vector_, none()),
            abi.encodeWithSelector(IChallenges.ChunkHolds.selector, 1, place_, Rows.leaf(1, vector_[1]))
        );
    }

    function _laneHolds(Draft memory told, uint256 chunk, uint256 place_, bytes memory bytes_, uint256 lane)
        private
    {
        int256 value = Chunks.laneOf(bytes_, lane);
        fails(
            outOfBounds(told, chunk, place_, bytes_, lane),
            abi.encodeWithSelector(IChallenges.LaneHolds.selector, chunk, place_, lane, value)
        );
    }

    function _refutesLane(uint256 chunk, uint256 place_, uint256 lane, int32 value) private {
        Draft memory told = honest();
        bytes[] memory vector_ =
            place_ == GRADIENT ? told.vectors.gradient : told.vectors.deltas[place_ - DELTA];
        Chunks.put(vector_[chunk], lane, value);
        if (place_ != GRADIENT) place(told, place_ - DELTA, place_ - DELTA, vector_);
        Drafts.reckon(told);
        stand(told);

        refutes(told, outOfBounds(told, chunk, place_, vector_[chunk], lane));
        another();
    }

    function _refutesPrefix(uint256 chunk, uint256 index, int128 dot, uint128 square) private {
        Draft memory told = honest();
        told.sums[chunk][index].dot += dot;
        told.sums[chunk][index].square += square;
        stand(told);

        refutes(told, wrongPrefix(told, chunk, index));
        another();
    }

    function _payrollHolds(Draft memory told) private {
        bytes32 root = told.proposal.payoutRoot;
        (uint256 sum, uint256 shares) = (told.proposal.payoutSum, told.proposal.sharesSum);
        fails(
            wrongPayroll(told), abi.encodeWithSelector(IChallenges.PayrollHolds.selector, root, sum, shares)
        );
    }
}
