// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges, Signed} from "../../src/interfaces/IChallenges.sol";
import {Cases, Shown} from "../../src/libraries/Cases.sol";
import {Receipt} from "../../src/libraries/Receipts.sol";
import {Contribution, Opening} from "../../src/libraries/Rounds.sol";
import {Rows as Opened} from "../../src/libraries/Rows.sol";
import {Aggregation, Rules, Weighting} from "../../src/libraries/Terms.sol";
import {Weights} from "../../src/libraries/Weights.sol";
import {Actor} from "../support/Actors.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Rows} from "../support/Rows.sol";
import {Verdicts} from "../support/Verdicts.sol";

contract ChallengesContributionsTest is Verdicts {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function setUp() external {
        begin();
        found(rulesOf(Aggregation.WeightedMean));
    }

    /* SIGNATURES */

    function test_wrongSignature_RevertWhen_TheContributionIsNotTheCloses() external {
        Draft memory told = standing();
        Shown memory shown = shownAt(told, 1);
        shown.contribution.signature = new bytes(65);

        fails(
            wrongSignature(told, shown, none()),
            abi.encodeWithSelector(Cases.NotInClose.selector, 1, shown.contribution.node)
        );
    }

    function test_wrongSignature_RevertWhen_AnotherParentIsShown() external {
        Draft memory parent = standing();
        Draft memory told = following(parent);
        stand(told);
        parent.proposal.resultRoot = 0;

        fails(
            wrongSignature(told, shownAt(told, 0), parent.proposal),
            abi.encodeWithSelector(Cases.NotTheParent.selector, 1, Drafts.hashOf(parent))
        );
    }

    function test_wrongSignature_RevertWhen_TheNodesKeySigned() external {
        Draft memory parent = standing();
        for (uint64 i = 0; i < 4; i++) _signatureHolds(parent, i);
        Draft memory told = following(parent);
        stand(told);

        fails(
            wrongSignature(told, shownAt(told, 2), parent.proposal),
            abi.encodeWithSelector(IChallenges.SignatureHolds.selector, 2, members[2].account)
        );
    }

    function test_wrongSignature_RevertWhen_TheNodeLeftSince() external {
        Draft memory told = standing();
        vm.prank(members[1].account);
        nodes.resign();
        pass(1);

        _signatureHolds(told, 1);
    }

    function test_wrongSignature_WhenAnotherMemberSigned() external {
        Draft memory told = honest();
        countersign(told, 1, members[2]);
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenItIsNoSignature() external {
        Draft memory told = honest();
        told.contributions[1].signature = new bytes(65);
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenItIsCutShort() external {
        Draft memory told = honest();
        told.contributions[1].signature = hex"00";
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenItIsItsMirrorImage() external {
        // s in the upper half of the order: the same number, spelled in the way that nobody may.
        Draft memory told = honest();
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(members[1].secret, digestOf(receiptOf(told, told.contributions[1])));
        told.contributions[1].signature = abi.encodePacked(r, bytes32(ORDER - uint256(s)), 55 - v);
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenTheNodeIsNoMember() external {
        // Nobody's signature, for nobody's key: both are zero, and must not be taken for each other.
        Draft memory told = honest();
        told.contributions[3].node = address(type(uint160).max);
        told.contributions[3].signature = new bytes(65);
        _refutes(told, 3);
    }

    function test_wrongSignature_WhenTheKeyIsYoungerThanTheRound() external {
        Draft memory told = honest();
        pass(1);
        Actor memory fresh = actor("fresh");
        rotate(members[1], fresh);
        countersign(told, 1, fresh);
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenAnotherDeltaWasSigned() external {
        Draft memory told = honest();
        told.contributions[1].deltaRoot = told.contributions[0].deltaRoot;
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenAnotherWeightWasSigned() external {
        Draft memory told = honest();
        told.contributions[1].weight++;
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenAnotherDatasetWasSigned() external {
        Draft memory told = honest();
        told.contributions[1].dataset = sets[0];
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenAnotherDeadlineWasSigned() external {
        Draft memory told = honest();
        told.contributions[1].deadline--;
        _refutes(told, 1);
    }

    function test_wrongSignature_WhenItIsOfAnotherRound() external {
        Draft memory told = honest();
        Receipt memory receipt = receiptOf(told, told.contributions[1]);
        receipt.round++;
        _refutesSigned(told, receipt);
    }

    function test_wrongSignature_WhenItIsOfAnotherEpoch() external {
        Draft memory told = honest();
        Receipt memory receipt = receiptOf(told, told.contributions[1]);
        receipt.epoch++;
        _refutesSigned(told, receipt);
    }

    function test_wrongSignature_WhenItIsOfAnotherProgram() external {
        Draft memory told = honest();
        Receipt memory receipt = receiptOf(told, told.contributions[1]);
        receipt.program++;
        _refutesSigned(told, receipt);
    }

    function test_wrongSignature_WhenItIsOnAnotherBase() external {
        Draft memory told = honest();
        Receipt memory receipt = receiptOf(told, told.contributions[1]);
        receipt.baseRoot = Rows.rootOf(told.result);
        _refutesSigned(told, receipt);
    }

    function test_wrongSignature_WhenItIsForAnotherAggregator() external {
        Draft memory told = honest();
        Receipt memory receipt = receiptOf(told, told.contributions[1]);
        receipt.aggregator = stranger.account;
        _refutesSigned(told, receipt);
    }

    function test_wrongSignature_WhenItIsOfAnotherChain() external {
        Draft memory told = honest();
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        countersign(told, 1, members[1]);
        vm.chainId(here);
        _refutes(told, 1);
    }

    /* STRANGERS */

    function test_stranger_RevertWhen_TheContributionIsNotTheCloses() external {
        Draft memory told = standing();
        told.contributions[1].dataset = keccak256("other");

        fails(
            stranger_(told, 1), abi.encodeWithSelector(Cases.NotInClose.selector, 1, told.contributions[1].node)
        );
    }

    function test_stranger_RevertWhen_TheNodeTookPart() external {
        Draft memory told = standing();
        for (uint64 i = 0; i < 4; i++) _nodeHolds(told, i);
    }

    function test_stranger_RevertWhen_TheNodeLeftSince() external {
        Draft memory told = honest();
        pass(1);
        vm.startPrank(members[1].account);
        enrolments.quit(program);
        datasets.retire(sets[1]);
        nodes.resign();
        vm.stopPrank();
        pass(1);
        stand(told);

        _nodeHolds(told, 1);
    }

    function test_stranger_RevertWhen_TheSampleHoldsItsSeat() external {
        (Draft memory told,) = _sampled();
        Drafts.reckon(told);
        stand(told);

        _nodeHolds(told, 0);
        _nodeHolds(told, 1);
    }

    function test_stranger_WhenTheNodeIsNoMember() external {
        Draft memory told = honest();
        told.contributions[3].node = address(type(uint160).max);
        stand(told);

        refutes(told, stranger_(told, 3));
    }

    function test_stranger_WhenTheNodeIsNoMemberAnyMore() external {
        vm.prank(members[1].account);
        nodes.resign();
        _refutesStranger(honest());
    }

    function test_stranger_WhenTheNodeHadQuit() external {
        vm.prank(members[1].account);
        enrolments.quit(program);
        _refutesStranger(honest());
    }

    function test_stranger_WhenTheNodeHadQuitAndNamesNoDataset() external {
        vm.prank(members[1].account);
        enrolments.quit(program);
        Draft memory told = honest();
        told.contributions[1].dataset = 0;
        countersign(told, 1, members[1]);
        _refutesStranger(told);
    }

    function test_stranger_WhenTheNodeCameLater() external {
        vm.prank(members[1].account);
        enrolments.quit(program);
        pass(1);
        Opening memory opening = opened();
        pass(1);
        enrol(1);
        Draft memory told = sketch(opening, start(), everybody(), 1);
        Drafts.reckon(told);
        _refutesStranger(told);
    }

    function test_stranger_WhenItIsAnotherDataset() external {
        Draft memory told = honest();
        told.contributions[1].dataset = sets[0];
        countersign(told, 1, members[1]);
        _refutesStranger(told);
    }

    function test_stranger_WhenTheDatasetWasRetired() external {
        vm.prank(members[1].account);
        datasets.retire(sets[1]);
        _refutesStranger(honest());
    }

    function test_stranger_WhenTheNodeWasNotAsked() external {
        (Draft memory told, uint256 absent) = _sampled();
        place(told, 1, absent, told.vectors.deltas[1]);
        Drafts.reckon(told);
        _refutesStranger(told);
    }

    function test_stranger_WhenTheSeatIsYoungerThanTheSample() external {
        Rules memory rules = rulesOf(Aggregation.WeightedMean);
        rules.maxNodes = 2;
        found(rules);
        for (uint256 i = 3; i > 2; i--) _quit(i);
        programs.anchor(program);
        pass(2);
        Draft memory told = _openedOver(2);
        // Three were there when the block that samples was named, and the fourth came back since.
        enrol(3);
        pass(1);
        place(told, 1, 3, told.vectors.deltas[1]);
        Drafts.reckon(told);
        _refutesStranger(told);
    }

    function test_stranger_WhenTheNodeCameBackToASeatOfTheSample() external {
        Rules memory rules = rulesOf(Aggregation.WeightedMean);
        rules.maxNodes = 2;
        found(rules);
        // Whoever it is that is asked left before the sample was known, and came back after it.
        for (uint256 absent = 0; absent < 4; absent++) {
            uint256 state = vm.snapshotState();
            _quit(absent);
            programs.anchor(program);
            pass(2);
            enrol(absent);
            pass(1);
            Opening memory opening = opened();
            (bool seated, Draft memory told) = _withSeat(opening, absent);
            if (seated) {
                Drafts.reckon(told);
                stand(told);
                uint256 index = told.contributions[0].node == members[absent].account ? 0 : 1;
                refutes(told, stranger_(told, index));
                return;
            }
            vm.revertToState(state);
        }
        revert("no sample holds one who was away");
    }

    /* WEIGHTS */

    function test_wrongWeight_RevertWhen_TheContributionIsNotTheCloses() external {
        Draft memory told = standing();
        told.contributions[1].weight = 9;

        fails(
            wrongWeight(told, 1, ""),
            abi.encodeWithSelector(Cases.NotInClose.selector, 1, told.contributions[1].node)
        );
    }

    function test_wrongWeight_RevertWhen_TheWeightsAreOthers() external {
        Draft memory told = standing();
        told.vectors.weights[1] = 9;
        bytes memory weights = Drafts.weightsOf(told);

        fails(
            wrongWeight(told, 1, weights),
            abi.encodeWithSelector(Weights.WrongWeights.selector, keccak256(weights), told.close.weightsHash)
        );
    }

    function test_wrongWeight_RevertWhen_TheWeightIsRight() external {
        Draft memory told = standing();
        for (uint64 i = 0; i < 4; i++) _weightHolds(told, i);
        vm.assertEq(told.contributions[2].weight, 3);
        vm.assertEq(told.contributions[3].weight, 3);
    }

    function test_wrongWeight_RevertWhen_AllWeighTheSame() external {
        Rules memory rules = rulesOf(Aggregation.Median);
        rules.weighting = Weighting.Equal;
        found(rules);
        Draft memory told = standing();
        for (uint64 i = 0; i < 4; i++) _weightHolds(told, i);
        vm.assertEq(told.contributions[3].weight, 1);
    }

    function test_wrongWeight_WhenItIsMoreThanTheRecords() external {
        _refutesWeight(0, 2);
    }

    function test_wrongWeight_WhenItIsLessThanTheRecords() external {
        _refutesWeight(2, 2);
    }

    function test_wrongWeight_WhenItIsMoreThanTheMost() external {
        _refutesWeight(3, 4);
    }

    function test_wrongWeight_WhenTheHashHoldsAnother() external {
        Draft memory told = honest();
        told.vectors.weights[3] = 1;
        stand(told);

        vm.expectRevert(abi.encodeWithSelector(IChallenges.WeightHolds.selector, 3, 3));
        judge(wrongWeight(told, 3, ""));
        refutes(told, wrongWeight(told, 3, Drafts.weightsOf(told)));
    }

    function test_wrongWeight_WhenBothAreWrong() external {
        Draft memory told = honest();
        told.contributions[3].weight = 9;
        told.vectors.weights[3] = 9;
        countersign(told, 3, members[3]);
        stand(told);

        refutes(told, wrongWeight(told, 3, Drafts.weightsOf(told)));
    }

    /* ORDER */

    function test_disorder_RevertWhen_TheFirstIsNotTheCloses() external {
        Draft memory told = standing();
        (Shown memory first, Shown memory second) = (shownAt(told, 0), shownAt(told, 1));
        first.contribution.node = members[3].account;

        fails(
            disorder(told, first, second), abi.encodeWithSelector(Cases.NotInClose.selector, 0, members[3].account)
        );
    }

    function test_disorder_RevertWhen_TheSecondIsNotTheCloses() external {
        Draft memory told = standing();
        (Shown memory first, Shown memory second) = (shownAt(told, 0), shownAt(told, 1));
        second.contribution.node = address(0);

        fails(
            disorder(told, first, second), abi.encodeWithSelector(Cases.NotInClose.selector, 1, address(0))
        );
    }

    function test_disorder_RevertWhen_TheyAreNoNeighbours() external {
        Draft memory told = standing();
        bytes4 selector = IChallenges.NotNeighbours.selector;

        fails(disorder(told, shownAt(told, 1), shownAt(told, 0)), abi.encodeWithSelector(selector, 1, 0));
        fails(disorder(told, shownAt(told, 0), shownAt(told, 2)), abi.encodeWithSelector(selector, 0, 2));
        fails(disorder(told, shownAt(told, 1), shownAt(told, 1)), abi.encodeWithSelector(selector, 1, 1));
    }

    function test_disorder_RevertWhen_TheyAreInOrder() external {
        Draft memory told = standing();
        for (uint256 i = 0; i < 3; i++) {
            (address one, address other) = (members[i].account, members[i + 1].account);
            fails(disorder(told, i), abi.encodeWithSelector(IChallenges.OrderHolds.selector, one, other));
        }
    }

    function test_disorder_WhenTheSecondComesBeforeTheFirst() external {
        Draft memory told = honest();
        swap(told, 1);
        stand(told);

        refutes(told, disorder(told, 1));
    }

    function test_disorder_WhenANodeIsThereTwice() external {
        Draft memory told = honest();
        told.contributions[2] = told.contributions[1];
        stand(told);

        refutes(told, disorder(told, 1));
    }

    /* OMISSIONS */

    function test_omission_RevertWhen_TheReceiptIsOfAnotherRound() external {
        (Draft memory told, Signed memory given,) = _without(1);
        for (uint256 i = 0; i < 5; i++) {
            Receipt memory other = abi.decode(abi.encode(given.receipt), (Receipt));
            if (i == 0) other.program++;
            if (i == 1) other.round++;
            if (i == 2) other.epoch++;
            if (i == 3) other.baseRoot = 0;
            if (i == 4) other.aggregator = stranger.account;
            Signed memory shown = Signed(other, signed(members[1], digestOf(other)));
            fails(
                omission(told, shown, acked(other), _beside(0, 1)),
                abi.encodeWithSelector(
                    IChallenges.AnotherRound.selector, 1, 1, told.parentRoot, aggregator.account
                )
            );
        }
    }

    function test_omission_RevertWhen_NoKeySigned() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);
        given.signature = new bytes(65);

        fails(omission(told, given, ack, _beside(0, 1)), _notSigned(given));
    }

    function test_omission_RevertWhen_NobodysKeySigned() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);
        given.signature = signed(stranger, digestOf(given.receipt));

        fails(omission(told, given, ack, _beside(0, 1)), _notSigned(given));
    }

    function test_omission_RevertWhen_ALaterKeySigned() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);
        Actor memory fresh = actor("fresh");
        rotate(members[1], fresh);
        given.signature = signed(fresh, digestOf(given.receipt));

        fails(omission(told, given, ack, _beside(0, 1)), _notSigned(given));
    }

    function test_omission_RevertWhen_TheAggregatorDidNotAck() external {
        (Draft memory told, Signed memory given,) = _without(1);
        bytes32 digest = digestOf(given.receipt);
        bytes memory words = abi.encodeWithSelector(IChallenges.NotAcked.selector, digest);
        bytes32 later = ackDigest(address(programs), digest, 2);
        bytes32 right = ackDigest(address(programs), digest, 1);

        fails(omission(told, given, new bytes(65), _beside(0, 1)), words);
        fails(omission(told, given, signed(stranger, right), _beside(0, 1)), words);
        fails(omission(told, given, signed(aggregator, later), _beside(0, 1)), words);
        fails(omission(told, given, signed(aggregator, digest), _beside(0, 1)), words);
    }

    function test_omission_RevertWhen_TheNodeHadQuit() external {
        _quit(1);
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);

        fails(omission(told, given, ack, _beside(0, 1)), _notIncludable(given, 2));
    }

    function test_omission_RevertWhen_TheWeightIsWrong() external {
        (Draft memory told, Signed memory given,) = _without(1);
        given.receipt.weight = 3;
        given.signature = signed(members[1], digestOf(given.receipt));

        fails(omission(told, given, acked(given.receipt), _beside(0, 1)), _notIncludable(given, 3));
    }

    function test_omission_RevertWhen_TheNodeWasNotAsked() external {
        (Draft memory told, uint256 absent) = _sampled();
        Drafts.reckon(told);
        stand(told);
        Signed memory given = _sent(told, absent);

        vm.expectPartialRevert(IChallenges.NotIncludable.selector);
        judge(omission(told, given, acked(given.receipt), _beside(0)));
    }

    function test_omission_RevertWhen_NoOrTooManyNeighboursAreShown() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);

        fails(
            omission(told, given, ack, new uint256[](0)), abi.encodeWithSelector(Opened.WrongLength.selector, 0, 1)
        );
        fails(
            omission(told, given, ack, new uint256[](3)), abi.encodeWithSelector(Opened.WrongLength.selector, 3, 1)
        );
    }

    function test_omission_RevertWhen_TheNeighbourIsNotTheCloses() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);
        told.contributions[0].dataset = 0;

        fails(
            omission(told, given, ack, _beside(0)),
            abi.encodeWithSelector(Cases.NotInClose.selector, 0, members[0].account)
        );
    }

    function test_omission_RevertWhen_TheyAreNoNeighbours() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);

        fails(
            omission(told, given, ack, _beside(0, 2)),
            abi.encodeWithSelector(IChallenges.NotNeighbours.selector, 0, 2)
        );
    }

    function test_omission_RevertWhen_ItWouldStandElsewhere() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(0);
        _nothingOmitted(told, given, omission(told, given, ack, _beside(0, 1)));
        _nothingOmitted(told, given, omission(told, given, ack, _beside(1)));
        _nothingOmitted(told, given, omission(told, given, ack, _beside(2)));
    }

    function test_omission_RevertWhen_ItWouldStandFurtherOn() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(3);
        _nothingOmitted(told, given, omission(told, given, ack, _beside(1, 2)));
        _nothingOmitted(told, given, omission(told, given, ack, _beside(0)));
        _nothingOmitted(told, given, omission(told, given, ack, _beside(1)));
    }

    function test_omission_RevertWhen_ItIsThere() external {
        Draft memory told = standing();
        for (uint256 i = 0; i < 4; i++) {
            Signed memory given = signedAt(told, i);
            bytes memory ack = acked(given.receipt);
            _nothingOmitted(told, given, omission(told, given, ack, _beside(i)));
            if (i > 0) _nothingOmitted(told, given, omission(told, given, ack, _beside(i - 1, i)));
            if (i < 3) _nothingOmitted(told, given, omission(told, given, ack, _beside(i, i + 1)));
        }
    }

    function test_omission_RevertWhen_ItIsThereUnderAnotherSignature() external {
        // A key may sign one receipt in more than one way: any k makes another r.
        Draft memory told = standing();
        Signed memory given = signedAt(told, 1);
        given.signature = _signedAgain(members[1], digestOf(given.receipt));
        vm.assertNotEq(keccak256(given.signature), keccak256(told.contributions[1].signature));

        _nothingOmitted(told, given, omission(told, given, acked(given.receipt), _beside(1)));
    }

    function test_omission_WhenItShouldStandFirst() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(0);

        refutes(told, omission(told, given, ack, _beside(0)));
    }

    function test_omission_WhenItShouldStandBetweenTwo() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(2);

        refutes(told, omission(told, given, ack, _beside(1, 2)));
    }

    function test_omission_WhenItShouldStandLast() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(3);

        refutes(told, omission(told, given, ack, _beside(2)));
    }

    function test_omission_WhenAnotherDeltaStandsInItsPlace() external {
        Draft memory told = standing();
        Signed memory given = signedAt(told, 1);
        given.receipt.deltaRoot = keccak256("the delta that was acked");
        given.signature = signed(members[1], digestOf(given.receipt));

        refutes(told, omission(told, given, acked(given.receipt), _beside(1)));
    }

    function test_omission_WhenTheNodeLeftAfterTheAck() external {
        (Draft memory told, Signed memory given, bytes memory ack) = _without(1);
        Actor memory fresh = actor("fresh");
        rotate(members[1], fresh);
        vm.startPrank(members[1].account);
        enrolments.quit(program);
        datasets.retire(sets[1]);
        vm.stopPrank();
        pass(1);

        refutes(told, omission(told, given, ack, _beside(0, 1)));
    }

    function test_omission_WhenTheParentWaits() external {
        Draft memory parent = standing();
        Draft memory told = sketch(opened(), parent.result, allBut(1), 2);
        Drafts.reckon(told);
        stand(told);
        Signed memory given = _sent(told, 1);
        Shown[] memory beside = new Shown[](2);
        (beside[0], beside[1]) = (shownAt(told, 0), shownAt(told, 1));

        refutes(
            told,
            abi.encodeCall(
                IChallenges.omission, (caseOf(told), given, acked(given.receipt), beside, parent.proposal)
            )
        );
    }

    function test_omission_WhenTheSampleHoldsItsSeat() external {
        (Draft memory told,) = _sampled();
        uint256[] memory who = new uint256[](1);
        who[0] = _indexOf(told.contributions[0].node);
        uint256 missing = _indexOf(told.contributions[1].node);
        told = sketch(told.opening, start(), who, 1);
        Drafts.reckon(told);
        stand(told);
        Signed memory given = _sent(told, missing);

        refutes(told, omission(told, given, acked(given.receipt), _beside(0)));
    }

    /* PARTS */

    function _signatureHolds(Draft memory told, uint64 index) private {
        fails(
            wrongSignature(told, shownAt(told, index), none()),
            abi.encodeWithSelector(IChallenges.SignatureHolds.selector, index, members[index].account)
        );
    }

    function _refutes(Draft memory told, uint256 index) private {
        stand(told);
        refutes(told, wrongSignature(told, shownAt(told, index), none()));
    }

    function _refutesSigned(Draft memory told, Receipt memory receipt) private {
        told.contributions[1].signature = signed(members[1], digestOf(receipt));
        _refutes(told, 1);
    }

    function _nodeHolds(Draft memory told, uint64 index) private {
        address node = told.contributions[index].node;
        fails(stranger_(told, index), abi.encodeWithSelector(IChallenges.NodeHolds.selector, index, node));
    }

    function _refutesStranger(Draft memory told) private {
        stand(told);
        refutes(told, stranger_(told, 1));
    }

    function _weightHolds(Draft memory told, uint64 index) private {
        uint32 weight = told.contributions[index].weight;
        bytes memory words = abi.encodeWithSelector(IChallenges.WeightHolds.selector, index, weight);
        fails(wrongWeight(told, index, ""), words);
        fails(wrongWeight(told, index, Drafts.weightsOf(told)), words);
    }

    function _refutesWeight(uint256 index, uint32 weight) private {
        Draft memory told = honest();
        told.contributions[index].weight = weight;
        told.vectors.weights[index] = weight;
        countersign(told, index, members[index]);
        Drafts.reckon(told);
        stand(told);

        refutes(told, wrongWeight(told, index, ""));
    }

    // A round without one of its nodes, and what that node has to show.
    function _without(uint256 absent)
        private
        returns (Draft memory told, Signed memory given, bytes memory ack)
    {
        told = sketch(opened(), start(), allBut(absent), 1);
        Drafts.reckon(told);
        stand(told);
        given = _sent(told, absent);
        ack = acked(given.receipt);
    }

    function _sent(Draft memory told, uint256 who) private view returns (Signed memory given) {
        Contribution memory each;
        each.node = members[who].account;
        each.dataset = sets[who];
        each.deltaRoot = keccak256("delta");
        each.weight = weightOf(who);
        each.deadline = DEADLINE;
        given.receipt = receiptOf(told, each);
        given.signature = signed(members[who], digestOf(given.receipt));
    }

    function _nothingOmitted(Draft memory, Signed memory given, bytes memory call_) private {
        address node = nodes.ownerOfReceiptKey(_recovered(given));
        bytes32 digest = digestOf(given.receipt);
        fails(call_, abi.encodeWithSelector(IChallenges.NothingOmitted.selector, node, digest));
    }

    function _recovered(Signed memory given) private view returns (address) {
        bytes memory signature = given.signature;
        bytes32 r;
        bytes32 s;
        uint8 v = uint8(signature[64]);
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
        }
        return ecrecover(digestOf(given.receipt), v, r, s);
    }

    // A signature whose secret number is one, so that r is the x of the curve's generator.
    function _signedAgain(Actor memory by, bytes32 digest) private pure returns (bytes memory) {
        uint256 r = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;
        uint256 s = addmod(uint256(digest), mulmod(r, by.secret, ORDER), ORDER);
        if (s <= ORDER / 2) return abi.encodePacked(r, s, uint8(27));
        return abi.encodePacked(r, ORDER - s, uint8(28));
    }

    function _notSigned(Signed memory given) private view returns (bytes memory) {
        return abi.encodeWithSelector(IChallenges.NotSigned.selector, digestOf(given.receipt));
    }

    function _notIncludable(Signed memory given, uint32 weight) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IChallenges.NotIncludable.selector, members[1].account, given.receipt.dataset, weight
        );
    }

    function _beside(uint256 one) private pure returns (uint256[] memory places) {
        places = new uint256[](1);
        places[0] = one;
    }

    function _beside(uint256 one, uint256 other) private pure returns (uint256[] memory places) {
        places = new uint256[](2);
        (places[0], places[1]) = (one, other);
    }

    function _quit(uint256 who) private {
        vm.prank(members[who].account);
        enrolments.quit(program);
    }

    function _indexOf(address account) private view returns (uint256 index) {
        while (members[index].account != account) index++;
    }

    // A round with room for two of four, of the two who were asked, and one who was not.
    function _sampled() private returns (Draft memory told, uint256 absent) {
        Rules memory rules = rulesOf(Aggregation.WeightedMean);
        rules.maxNodes = 2;
        found(rules);
        pass(1);
        programs.anchor(program);
        pass(2);
        told = _openedOver(2);
        vm.assertNotEq(told.opening.sample, 0);
        vm.assertEq(told.opening.places, 2);
        address one = told.contributions[0].node;
        address other = told.contributions[1].node;
        while (members[absent].account == one || members[absent].account == other) absent++;
    }

    function _openedOver(uint256 count) private returns (Draft memory) {
        Opening memory opening = opened();
        uint256[] memory who = new uint256[](count);
        uint256 found_ = 0;
        for (uint256 i = 0; i < 4 && found_ < count; i++) {
            if (asks(opening, i)) who[found_++] = i;
        }
        return sketch(opening, start(), who, 1);
    }

    // A round in which one of the members takes part, beside somebody else who is asked; and whether it is asked.
    function _withSeat(Opening memory opening, uint256 wanted_) private view returns (bool, Draft memory told) {
        uint256[] memory who = new uint256[](2);
        uint256 found_ = 0;
        for (uint256 i = 0; i < 4 && found_ < 2; i++) {
            if (asks(opening, i)) who[found_++] = i;
        }
        bool seated = who[0] == wanted_ || (found_ > 1 && who[1] == wanted_);
        if (!seated || found_ < 2) return (false, told);
        return (true, sketch(opening, start(), who, 1));
    }
}
