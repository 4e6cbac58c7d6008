// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IModels} from "../../src/interfaces/IModels.sol";
import {Charter, IPrograms, Program, Round} from "../../src/interfaces/IPrograms.sol";
import {Aggregation, Rules, Terms, Visibility} from "../../src/libraries/Terms.sol";
import {Tokens} from "../../src/libraries/Tokens.sol";
import {Training} from "../support/Training.sol";
import {FalseReturning, FeeOnTransfer, Minted, Reentrant} from "../support/tokens/OddTokens.sol";

contract ProgramsCreateTest is Training {
    function setUp() external {
        begin();
    }

    /* CREATING: RULES */

    function test_create_RevertWhen_ThereAreNoWeights() external {
        Rules memory rules = ordinary();
        rules.weights = 0;
        _impossible(rules, "weights");
    }

    function test_create_RevertWhen_ThereAreTooManyWeights() external {
        Rules memory rules = ordinary();
        rules.weights = 2 ** 28 + 1;
        _impossible(rules, "weights");
    }

    function test_create_RevertWhen_ThereAreTooManyMoments() external {
        Rules memory rules = ordinary();
        rules.moments = 2 ** 28 + 1;
        _impossible(rules, "moments");
    }

    function test_create_RevertWhen_ThereAreNoRounds() external {
        Rules memory rules = ordinary();
        rules.rounds = 0;
        _impossible(rules, "rounds");
    }

    function test_create_RevertWhen_NoNodeIsNeeded() external {
        Rules memory rules = ordinary();
        rules.minNodes = 0;
        _impossible(rules, "minNodes");
    }

    function test_create_RevertWhen_MoreNodesAreNeededThanAdmitted() external {
        Rules memory rules = ordinary();
        rules.minNodes = rules.maxNodes + 1;
        _impossible(rules, "minNodes");
    }

    function test_create_RevertWhen_TooManyNodesAreAdmitted() external {
        Rules memory rules = ordinary();
        rules.maxNodes = 257;
        _impossible(rules, "maxNodes");
    }

    function test_create_RevertWhen_NothingWeighsAnything() external {
        Rules memory rules = ordinary();
        rules.maxWeight = 0;
        _impossible(rules, "maxWeight");
    }

    function test_create_RevertWhen_AllWeightsTogetherAreTooLarge() external {
        Rules memory rules = ordinary();
        rules.maxWeight = uint32(2 ** 20) / rules.maxNodes + 1;
        _impossible(rules, "maxWeight");
    }

    function test_create_RevertWhen_TheFirstStepIsTooLarge() external {
        Rules memory rules = ordinary();
        rules.stepFirst = 1025;
        _impossible(rules, "stepFirst");
    }

    function test_create_RevertWhen_TheLastStepIsZero() external {
        Rules memory rules = ordinary();
        rules.stepLast = 0;
        _impossible(rules, "stepLast");
    }

    function test_create_RevertWhen_TheLastStepIsLargerThanTheFirst() external {
        Rules memory rules = ordinary();
        rules.stepLast = rules.stepFirst + 1;
        _impossible(rules, "stepLast");
    }

    function test_create_RevertWhen_TheStepIsUnderZero() external {
        Rules memory rules = ordinary();
        rules.stepUnder = 0;
        _impossible(rules, "stepUnder");
    }

    function test_create_RevertWhen_TheStepIsUnderTooMuch() external {
        Rules memory rules = ordinary();
        rules.stepUnder = 1025;
        _impossible(rules, "stepUnder");
    }

    function test_create_RevertWhen_AMeanIsTrimmedThatIsNone() external {
        Rules memory rules = ordinary();
        rules.trim = 1;
        _impossible(rules, "trim");
    }

    function test_create_RevertWhen_ATrimmedMeanIsNotTrimmed() external {
        Rules memory rules = ordinary();
        rules.aggregation = Aggregation.TrimmedMean;
        _impossible(rules, "trim");
    }

    function test_create_RevertWhen_EverythingIsTrimmed() external {
        Rules memory rules = ordinary();
        rules.aggregation = Aggregation.TrimmedMean;
        rules.trim = 5000;
        _impossible(rules, "trim");
    }

    function test_create_RevertWhen_TheNormCapIsZero() external {
        Rules memory rules = ordinary();
        rules.normCap = 0;
        _impossible(rules, "normCap");
    }

    function test_create_RevertWhen_NoRoundMayBePending() external {
        Rules memory rules = ordinary();
        rules.maxPending = 0;
        _impossible(rules, "maxPending");
    }

    function test_create_RevertWhen_TooManyRoundsMayBePending() external {
        Rules memory rules = ordinary();
        rules.maxPending = 9;
        _impossible(rules, "maxPending");
    }

    function test_create_RevertWhen_TheWindowHasNoThirds() external {
        Rules memory rules = ordinary();
        rules.window = 2;
        _impossible(rules, "window");
    }

    function test_create_RevertWhen_ThereIsNoPatience() external {
        Rules memory rules = ordinary();
        rules.patience = 0;
        _impossible(rules, "patience");
    }

    function test_create_RevertWhen_ThereIsNoSuccession() external {
        Rules memory rules = ordinary();
        rules.succession = 0;
        _impossible(rules, "succession");
    }

    function test_create_RevertWhen_NothingIsAtStake() external {
        Rules memory rules = ordinary();
        rules.reward = 0;
        rules.bond = 0;
        _impossible(rules, "bond");
    }

    function test_create_RevertWhen_TheStakeIsLessThanTwiceTheReward() external {
        Rules memory rules = ordinary();
        rules.bond = 2 * rules.reward - 1;
        _impossible(rules, "bond");
    }

    function test_create_RevertWhen_ADemandIsFree() external {
        Rules memory rules = ordinary();
        rules.demandFee = 0;
        _impossible(rules, "demandFee");
    }

    function test_create_RevertWhen_TheOwnerCutsMoreThanEverything() external {
        Rules memory rules = ordinary();
        rules.ownerCut = 10_001;
        _impossible(rules, "ownerCut");
    }

    /* CREATING: CHARTERS AND TIMES */

    function test_create_RevertWhen_TheSpecIsMissing() external {
        Charter memory told = charter();
        told.spec = 0;
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IPrograms.IncompleteCharter.selector));
    }

    function test_create_RevertWhen_TheTokenIsMissing() external {
        Charter memory told = charterIn(IERC20(address(0)));
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IPrograms.IncompleteCharter.selector));
    }

    function test_create_RevertWhen_TheAggregatorIsMissing() external {
        Charter memory told = charter();
        told.aggregator = address(0);
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IPrograms.IncompleteCharter.selector));
    }

    function test_create_RevertWhen_TheParentDoesNotExist() external {
        Charter memory told = charter();
        told.parent = 1;
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
    }

    function test_create_RevertWhen_TheParentHasNotEnded() external {
        Charter memory told = charter();
        told.parent = create(ordinary());
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IPrograms.ParentNotEnded.selector, told.parent));
    }

    function test_create_RevertWhen_TheParentIsPaidInAnotherToken() external {
        IERC20 other = new FeeOnTransfer();
        Charter memory told = charterIn(other);
        told.parent = create(ordinary());
        _end(told.parent);
        _refuses(
            ordinary(),
            told,
            BUDGET,
            abi.encodeWithSelector(IPrograms.TokenOfParentDiffers.selector, other, token)
        );
    }

    function test_create_RevertWhen_TheWindowIsTooShortToAnswerForEveryRow() external {
        // Five chunks at two answers a second take three seconds, and ten are there in any case.
        Rules memory rules = ordinary();
        rules.window = 38;
        _refuses(rules, charter(), BUDGET, abi.encodeWithSelector(IPrograms.WindowTooShort.selector, 38, 39));
    }

    function test_create_RevertWhen_ThePatienceIsShorterThanAnAnswer() external {
        Rules memory rules = ordinary();
        rules.patience = 9;
        _refuses(rules, charter(), BUDGET, abi.encodeWithSelector(IPrograms.PatienceTooShort.selector, 9, 10));
    }

    function test_create_RevertWhen_BondsAreFreeBeforeARoundIsFinal() external {
        Rules memory rules = ordinary();
        rules.patience = uint32(UNBONDING) - rules.window + 1;
        bytes memory refusal =
            abi.encodeWithSelector(IPrograms.UnbondingTooShort.selector, UNBONDING, UNBONDING + 1);
        _refuses(rules, charter(), BUDGET, refusal);
    }

    function test_create_RevertWhen_TheBudgetDoesNotCoverARound() external {
        bytes memory refusal = abi.encodeWithSelector(IPrograms.BudgetTooSmall.selector, REWARD - 1, REWARD);
        _refuses(ordinary(), charter(), REWARD - 1, refusal);
    }

    function test_create_RevertWhen_TheBudgetCannotBeCounted() external {
        bytes memory refusal =
            abi.encodeWithSelector(IPrograms.BudgetTooLarge.selector, uint256(1) << 128, type(uint128).max);
        _refuses(ordinary(), charter(), 1 << 128, refusal);
    }

    function test_create_RevertWhen_TheModelStartsFromNothing() external {
        Charter memory told = charter();
        told.seed = 0;
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IModels.EmptyRoot.selector));
    }

    function test_create_RevertWhen_TheRoyaltyIsMoreThanEverything() external {
        Charter memory told = charter();
        told.royalty = 10_001;
        _refuses(ordinary(), told, BUDGET, abi.encodeWithSelector(IModels.RoyaltyTooHigh.selector, 10_001));
    }

    function test_create_RevertWhen_TheSponsorApprovedTooLittle() external {
        vm.prank(sponsor.account);
        token.approve(address(programs), BUDGET - 1);

        bytes memory refusal = abi.encodeWithSelector(
            IERC20Errors.ERC20InsufficientAllowance.selector, programs, BUDGET - 1, BUDGET
        );
        _refuses(ordinary(), charter(), BUDGET, refusal);
    }

    function test_create_RevertWhen_TheTokenKeepsAFee() external {
        Minted odd = new FeeOnTransfer();
        _funded(odd);

        bytes memory refusal = abi.encodeWithSelector(Tokens.WrongAmountReceived.selector, odd, BUDGET, BUDGET - 1);
        _refuses(ordinary(), charterIn(odd), BUDGET, refusal);
    }

    function test_create_RevertWhen_TheTokenAnswersFalse() external {
        Minted odd = new FalseReturning();
        _funded(odd);

        bytes memory refusal = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, odd);
        _refuses(ordinary(), charterIn(odd), BUDGET, refusal);
    }

    /* CREATING */

    function test_create_WhenTheRulesAreOrdinary() external {
        Rules memory rules = ordinary();
        Charter memory told = charter();

        vm.prank(sponsor.account);
        vm.expectEmit(address(programs));
        emit IPrograms.ProgramCreated(1, sponsor.account, told.spec, told, rules);
        vm.expectEmit(address(programs));
        emit IPrograms.Funded(1, sponsor.account, BUDGET);
        vm.expectEmit(address(models));
        emit IModels.ModelMinted(1, sponsor.account, 0, 500);
        vm.expectEmit(address(models));
        emit IModels.VersionAdded(1, 0, SEED_ROOT, told.manifest);
        uint256 id = programs.create(rules, told, BUDGET);

        vm.assertEq(id, 1);
        vm.assertEq(programs.count(), 1);
        Program memory expected;
        expected.sponsor = sponsor.account;
        expected.aggregator = aggregator.account;
        expected.due = uint64(block.timestamp) + 2 * PATIENCE;
        expected.token = token;
        expected.spec = told.spec;
        expected.budget = uint128(BUDGET);
        vm.assertEq(abi.encode(programs.program(1)), abi.encode(expected));
        vm.assertEq(abi.encode(programs.rules(1)), abi.encode(rules));
        vm.assertEq(IERC721(address(models)).ownerOf(1), sponsor.account);
        vm.assertEq(models.versionRoot(1, 0), SEED_ROOT);
        vm.assertEq(token.balanceOf(address(programs)), BUDGET);
        vm.assertEq(token.balanceOf(sponsor.account), PURSE - BUDGET);
    }

    function test_create_WhenEveryBoundIsMet() external {
        Rules memory rules = ordinary();
        rules.aggregation = Aggregation.TrimmedMean;
        rules.trim = 4999;
        // As many chunks as there may be take a window of their own.
        rules.weights = 2 ** 28;
        rules.moments = 2 ** 28;
        rules.rounds = type(uint32).max;
        (rules.minNodes, rules.maxNodes, rules.maxWeight) = (256, 256, 4096);
        (rules.stepFirst, rules.stepLast, rules.stepUnder) = (1024, 1024, 1024);
        rules.normCap = type(uint64).max;
        rules.maxPending = 8;
        rules.succession = type(uint32).max;
        rules.window = 3 * (10 + 2 ** 23 / 2);
        rules.bond = 2 * REWARD;
        (rules.demandFee, rules.sharesPerRound) = (type(uint128).max, type(uint96).max);
        rules.ownerCut = 10_000;
        _patientNodes();

        vm.assertEq(_create(rules, BUDGET), 1);
    }

    function test_create_WhenEveryBoundIsMetFromBelow() external {
        Rules memory rules = ordinary();
        rules.aggregation = Aggregation.TrimmedMean;
        rules.trim = 1;
        (rules.weights, rules.moments, rules.rounds) = (1, 0, 1);
        (rules.minNodes, rules.maxNodes, rules.maxWeight) = (1, 1, 1);
        (rules.stepFirst, rules.stepLast, rules.stepUnder) = (1, 1, 1);
        (rules.normCap, rules.maxPending, rules.succession) = (1, 1, 1);
        (rules.reward, rules.bond, rules.demandFee) = (0, 1, 1);
        (rules.sharesPerRound, rules.ownerCut) = (0, 0);

        vm.assertEq(_create(rules, 0), 1);
    }

    function test_create_WhenTheTimesAreTheLeastPossible() external {
        Rules memory rules = ordinary();
        rules.window = 39;
        rules.patience = 10;
        vm.assertEq(_create(rules, BUDGET), 1);

        rules = ordinary();
        rules.patience = uint32(UNBONDING) - rules.window;
        vm.assertEq(_create(rules, BUDGET), 2);
    }

    function test_create_WhenTheBudgetCoversOneRoundExactly() external {
        uint256 id = _create(ordinary(), REWARD);

        vm.assertEq(programs.program(id).budget, REWARD);
    }

    function test_create_WhenTheBudgetIsAsLargeAsItCanBe() external {
        token.mint(sponsor.account, type(uint128).max - PURSE);

        uint256 id = _create(ordinary(), type(uint128).max);

        vm.assertEq(programs.program(id).budget, type(uint128).max);
    }

    function test_create_WhenTheParentHasEnded() external {
        Charter memory told = charter();
        told.parent = create(ordinary());
        _end(told.parent);

        vm.prank(stranger.account);
        uint256 id = programs.create(ordinary(), told, BUDGET);

        vm.assertEq(models.parentOf(id), told.parent);
        vm.assertEq(programs.program(id).sponsor, stranger.account);
    }

    function test_create_WhenThereIsAProgramAlready() external {
        uint256 first = create(ordinary());
        Rules memory rules = ordinary();
        rules.rounds = 77;

        vm.prank(stranger.account);
        uint256 second = programs.create(rules, charter(), 2 * BUDGET);

        vm.assertEq(second, first + 1);
        vm.assertEq(programs.count(), second);
        vm.assertEq(programs.rules(first).rounds, 5);
        vm.assertEq(programs.rules(second).rounds, 77);
        vm.assertEq(programs.program(first).budget, BUDGET);
        vm.assertEq(programs.program(second).budget, 2 * BUDGET);
        vm.assertEq(programs.program(first).sponsor, sponsor.account);
    }

    function test_create_WhenTheTokenCallsBack() external {
        Reentrant odd = new Reentrant();
        _funded(odd);
        Charter memory told = charterIn(odd);

        odd.arm(address(programs), abi.encodeCall(IPrograms.create, (ordinary(), told, BUDGET)));
        vm.prank(sponsor.account);
        programs.create(ordinary(), told, BUDGET);

        keptOut(odd);
        vm.assertEq(programs.count(), 1);
        vm.assertEq(odd.balanceOf(address(programs)), BUDGET);
    }

    /* VIEWS */

    function test_program_RevertWhen_ThereIsNoSuchProgram() external {
        create(ordinary());

        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 2));
        programs.program(2);
    }

    function test_program_WhenThereIsOne() external {
        uint256 id = create(ordinary());

        vm.assertEq(programs.program(id).spec, keccak256("spec"));
    }

    function test_rules_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
        programs.rules(1);
    }

    function test_rules_WhenThereIsOne() external {
        uint256 id = create(ordinary());

        vm.assertEq(abi.encode(programs.rules(id)), abi.encode(ordinary()));
    }

    function test_round_ItShouldBeNothingBeforeItOpens() external {
        uint256 id = create(ordinary());
        Round memory nothing;

        vm.assertEq(abi.encode(programs.round(id, 1)), abi.encode(nothing));
    }

    function test_saleTerms_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
        programs.saleTerms(1);
    }

    function test_saleTerms_WhenThereIsOne() external {
        Rules memory rules = ordinary();
        rules.visibility = Visibility.Open;
        (IERC20 money, Visibility visibility, uint16 ownerCut) = programs.saleTerms(create(rules));

        vm.assertEq(address(money), address(token));
        vm.assertTrue(visibility == Visibility.Open);
        vm.assertEq(ownerCut, 1000);
    }

    function test_stakes_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
        programs.stakes(1);
    }

    function test_stakes_WhenThereIsOne() external {
        (IERC20 money, uint128 bond, uint32 window) = programs.stakes(create(ordinary()));

        vm.assertEq(address(money), address(token));
        vm.assertEq(bond, STAKE);
        vm.assertEq(window, WINDOW);
    }

    function test_admission_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
        programs.admission(1);
    }

    function test_admission_WhenThereIsOne() external {
        Rules memory rules = ordinary();
        rules.allowlist = keccak256("allowlist");
        uint256 id = create(rules);
        (bytes32 allowlist, bool ending) = programs.admission(id);
        vm.assertEq(allowlist, keccak256("allowlist"));
        vm.assertFalse(ending);

        _end(id);
        (, ending) = programs.admission(id);
        vm.assertTrue(ending);
    }

    function test_hasEnded_RevertWhen_ThereIsNoSuchProgram() external {
        vm.expectRevert(abi.encodeWithSelector(IPrograms.NoSuchProgram.selector, 1));
        programs.hasEnded(1);
    }

    function test_hasEnded_WhenRoundsAreLeft() external {
        uint256 id = create(ordinary());

        vm.assertFalse(programs.hasEnded(id));
        finish(id, payoutsTo(2));
        vm.assertFalse(programs.hasEnded(id));
    }

    function test_hasEnded_WhenItIsEndingAndARoundIsInProgress() external {
        uint256 id = create(ordinary());
        open(id);
        _end(id);

        vm.assertFalse(programs.hasEnded(id));
    }

    function test_hasEnded_WhenItIsEndingAndNoRoundIsInProgress() external {
        uint256 id = create(ordinary());
        _end(id);

        vm.assertTrue(programs.hasEnded(id));
    }

    function test_hasEnded_WhenAllRoundsAreFinal() external {
        uint256 id = _withOneRound();
        finish(id, payoutsTo(2));

        vm.assertTrue(programs.hasEnded(id));
    }

    function test_hasEnded_WhenTheLastRoundIsOnlyProposed() external {
        uint256 id = _withOneRound();
        propose(id, payoutsTo(2));

        vm.assertFalse(programs.hasEnded(id));
    }

    function test_domainSeparator_ItShouldBeThatOfTheContractOnThisChain() external {
        vm.assertEq(programs.domainSeparator(), separator(address(programs), NAME, VERSION));

        vm.chainId(777);
        vm.assertEq(programs.domainSeparator(), separator(address(programs), NAME, VERSION));
    }

    /* PARTS */

    function _create(Rules memory rules, uint256 budget) private returns (uint256) {
        vm.prank(sponsor.account);
        return programs.create(rules, charter(), budget);
    }

    function _impossible(Rules memory rules, bytes32 field) private {
        _refuses(rules, charter(), BUDGET, abi.encodeWithSelector(Terms.ImpossibleRules.selector, field));
    }

    function _refuses(Rules memory rules, Charter memory told, uint256 budget, bytes memory refusal) private {
        vm.prank(sponsor.account);
        vm.expectRevert(refusal);
        programs.create(rules, told, budget);
    }

    function _withOneRound() private returns (uint256) {
        Rules memory rules = ordinary();
        rules.rounds = 1;
        return create(rules);
    }

    function _end(uint256 id) private {
        vm.prank(sponsor.account);
        programs.end(id);
    }

    function _funded(Minted odd) private {
        odd.mint(sponsor.account, PURSE);
        vm.prank(sponsor.account);
        odd.approve(address(programs), PURSE);
    }

    /// @dev Lets bonds be held for as long as any program may need.
    function _patientNodes() private {
        vm.mockCall(address(nodes), abi.encodeCall(nodes.unbondingDelay, ()), abi.encode(type(uint64).max));
    }
}
