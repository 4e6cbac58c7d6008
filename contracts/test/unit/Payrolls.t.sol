// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Branch} from "../../src/libraries/Payouts.sol";
import {Payrolls} from "../../src/libraries/Payrolls.sol";
import {Contribution} from "../../src/libraries/Rounds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Draft, Drafts} from "../support/Drafts.sol";
import {Forest} from "../support/Forest.sol";
import {Prefix, Rows} from "../support/Rows.sol";
import {Suite} from "../support/Suite.sol";

contract PayrollsHarness {
    function top(Contribution[] calldata contributions, bytes32[] calldata sums, Rules memory rules)
        external
        pure
        returns (Branch memory)
    {
        return Payrolls.top(contributions, sums, rules);
    }
}

contract PayrollsTest is Suite {
    PayrollsHarness private _payrolls = new PayrollsHarness();

    function test_top_RevertWhen_ThereIsNobody() external {
        Draft memory draft = _draft(0);
        bytes32[] memory sums = new bytes32[](0);

        expectPanic(DIVISION);
        _payrolls.top(draft.contributions, sums, draft.rules);
    }

    function test_top_WhenThereAreSome() external view {
        for (uint256 count = 1; count <= 9; count++) {
            Draft memory draft = _draft(count);
            for (uint256 i = 0; i < count; i++) {
                draft.sums[0][i] = Prefix(30 - 20 * int128(int256(i)), uint128(80 + 10 * i));
            }

            Branch memory top = _agrees(draft);

            vm.assertGt(top.payout, 0);
            vm.assertLe(top.payout, draft.rules.reward);
            vm.assertLe(top.shares, draft.rules.sharesPerRound);
        }
    }

    function test_top_WhenItIsWorkedOutByHand() external view {
        // Scores of 60, -10 and 20: half of 901 is 450, of which each gets 150, the first 337 more and the third 112.
        // All shares together are those of 899 paid.
        Draft memory draft = _draft(3);
        draft.sums[0][0] = Prefix(-60, 1);
        draft.sums[0][1] = Prefix(5, 1);
        draft.sums[0][2] = Prefix(-10, 1);
        draft.contributions[1].weight = 2;
        draft.contributions[2].weight = 2;

        Branch memory top = _agrees(draft);

        vm.assertEq(draft.payouts[0].payout, 150 + 337);
        vm.assertEq(draft.payouts[1].payout, 150);
        vm.assertEq(draft.payouts[2].payout, 150 + 112);
        vm.assertEq(draft.payouts[1].score, -10);
        vm.assertEq(draft.payouts[0].shares, uint256(1009) * 487 / 899);
        vm.assertEq(top.payout, 899);
    }

    function test_top_WhenNobodyHelped() external view {
        Draft memory draft = _draft(3);
        for (uint256 i = 0; i < 3; i++) draft.sums[0][i] = Prefix(7, 1);

        vm.assertEq(_agrees(draft).payout, 450);
    }

    function test_top_WhenADeltaIsTooLong() external view {
        Draft memory draft = _draft(2);
        draft.sums[0][0] = Prefix(-60, 144);
        draft.sums[0][1] = Prefix(-60, 100);

        _agrees(draft);

        vm.assertEq(draft.payouts[0].score, 50);
        vm.assertEq(draft.payouts[1].score, 60);
    }

    function test_top_WhenNothingIsPaid() external view {
        Draft memory draft = _draft(2);
        draft.rules.reward = 0;

        Branch memory top = _agrees(draft);

        vm.assertEq(top.payout, 0);
        vm.assertEq(top.shares, 0);
    }

    function test_top_WhenOneIsAlone() external view {
        Draft memory draft = _draft(1);
        draft.sums[0][0] = Prefix(-1, 1);

        Branch memory top = _agrees(draft);

        vm.assertEq(top.payout, 900);
        vm.assertEq(top.shares, 1009);
    }

    function test_top_WhenAmountsAreAsLargeAsTheyGo() external view {
        Draft memory draft = _draft(4);
        draft.rules.reward = type(uint128).max;
        draft.rules.sharesPerRound = type(uint96).max;
        draft.rules.normCap = type(uint64).max;
        for (uint256 i = 0; i < 4; i++) {
            // The squares are small, so the products count in full.
            draft.sums[0][i] = Prefix(type(int128).min + 1, 1);
            draft.contributions[i].weight = type(uint32).max;
        }

        vm.assertEq(_top(draft).payout, uint256(type(uint128).max / 2) / 4 * 8);
    }

    /* PARTS */

    function _agrees(Draft memory draft) private view returns (Branch memory top) {
        Drafts.pay(draft);
        (Branch memory expected,) = Forest.plant(draft.payouts, 0);

        top = _top(draft);

        vm.assertEq(abi.encode(top), abi.encode(expected));
    }

    function _top(Draft memory draft) private view returns (Branch memory) {
        return _payrolls.top(draft.contributions, Rows.words(draft.sums[0]), draft.rules);
    }

    function _draft(uint256 count) private pure returns (Draft memory draft) {
        draft.rules.reward = 901;
        draft.rules.sharesPerRound = 1009;
        draft.rules.normCap = 10;
        draft.vectors.scored = 1;
        draft.sums = new Prefix[][](1);
        draft.sums[0] = new Prefix[](count);
        draft.contributions = new Contribution[](count);
        for (uint256 i = 0; i < count; i++) {
            draft.contributions[i].node = address(uint160(i + 1));
            draft.contributions[i].weight = 1;
        }
    }
}
