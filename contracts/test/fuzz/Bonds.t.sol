// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault, IBonds, Loss} from "../../src/interfaces/IBonds.sol";
import {Rules} from "../../src/libraries/Terms.sol";
import {Training} from "../support/Training.sol";

contract BondsFuzz is Training {
    struct Ending {
        uint128 bond;
        bool lied;
        bool seen;
        uint32 places;
        uint256 draws;
        bool challenged;
    }

    uint256 private _id;
    uint256 private _free;
    uint256 private _locked;

    function setUp() external {
        begin();
    }

    /// @notice However an epoch ends and whoever comes for its bond: nothing is owed twice, what is burned is what the
    /// rules say, and a liar keeps nothing.
    function testFuzz_forfeit_SharesOutNoMoreThanTheBond(Ending memory how) external {
        how.bond = uint128(bound(how.bond, 1, 1e7));
        how.places = uint32(bound(how.places, 0, 300));
        how.draws = bound(how.draws, 0, how.places < 12 ? how.places : 12);
        _start(how.bond);
        bytes32 key = _forfeit(how.lied ? Fault.False : Fault.Silent, how.seen, how.bond, how.places);

        for (uint256 i = 0; i < how.draws; i++) {
            vm.prank(address(challenges));
            bonds.creditDraw(_id, key, how.places, address(uint160(i + 1)));
        }
        if (how.lied && how.challenged) {
            vm.prank(address(challenges));
            bonds.award(key, stranger.account, 1);
        }
        vm.warp(block.timestamp + WINDOW + 1);
        bonds.settle(_id, 1, 1);

        _shared(how);
    }

    /// @notice In whatever order parts of a bond come, go and stand behind rounds: what is free can be taken, and what
    /// is locked cannot.
    function testFuzz_withdraw_LeavesWhatIsLocked(uint256[16] calldata steps) external {
        _start(1);
        for (uint256 i = 0; i < steps.length; i++) _step(steps[i] % 4, (steps[i] >> 2) % 10_000);

        (uint128 total, uint128 locked) = bonds.bondOf(_id, aggregator.account);
        vm.assertEq(total, _free + _locked);
        vm.assertEq(locked, _locked);
        vm.assertEq(token.balanceOf(address(bonds)), total);
        vm.startPrank(aggregator.account);
        vm.expectRevert(abi.encodeWithSelector(IBonds.FreeBondTooSmall.selector, _free, _free + 1));
        bonds.withdraw(_id, _free + 1, aggregator.account);
        bonds.withdraw(_id, _free, aggregator.account);
        vm.stopPrank();
    }

    function _shared(Ending memory how) private view {
        uint256 pool = how.lied ? how.bond / 4 : how.bond / 2;
        uint256 part = how.places == 0 ? 0 : pool / how.places;
        for (uint256 i = 0; i < how.draws; i++) {
            vm.assertEq(bonds.owed(token, address(uint160(i + 1))), part);
        }
        uint256 bounty = how.lied && how.challenged ? how.bond / 4 : 0;
        vm.assertEq(bonds.owed(token, stranger.account), bounty);
        uint256 gone = how.draws * part;
        vm.assertLe(gone, pool);
        (uint128 total, uint128 locked) = bonds.bondOf(_id, aggregator.account);
        vm.assertEq(locked, 0);
        uint256 burned = how.seen ? how.bond / 4 : 0;
        vm.assertEq(total, how.lied ? 0 : how.bond - gone - burned);
        if (how.lied) vm.assertGe(2 * (how.bond - gone - bounty), how.bond, "less than a half is burned");
    }

    function _step(uint256 kind, uint256 amount) private {
        if (kind == 0) {
            deposit(aggregator, _id, amount);
            _free += amount;
        } else if (kind == 1) {
            amount = bound(amount, 0, _free);
            vm.prank(aggregator.account);
            bonds.withdraw(_id, amount, aggregator.account);
            _free -= amount;
        } else if (kind == 2) {
            amount = bound(amount, 0, _free);
            vm.prank(address(programs));
            bonds.lock(_id, aggregator.account, uint128(amount));
            (_free, _locked) = (_free - amount, _locked + amount);
        } else {
            amount = bound(amount, 0, _locked);
            vm.prank(address(programs));
            bonds.unlock(_id, aggregator.account, uint128(amount));
            (_free, _locked) = (_free + amount, _locked - amount);
        }
    }

    /// @dev A program whose aggregator has exactly one bond.
    function _start(uint128 bond) private {
        Rules memory rules = ordinary();
        (rules.reward, rules.bond) = (0, bond);
        vm.prank(sponsor.account);
        _id = programs.create(rules, charter(), BUDGET);
        deposit(aggregator, _id, bond);
        _free = bond;
    }

    function _forfeit(Fault fault, bool seen, uint128 amount, uint32 places) private returns (bytes32) {
        Loss memory loss = Loss({
            program: _id,
            round: 1,
            epoch: 1,
            fault: fault,
            seen: seen,
            aggregator: aggregator.account,
            amount: amount,
            places: places,
            until: uint40(block.timestamp) + WINDOW,
            subject: keccak256("subject")
        });
        vm.startPrank(address(programs));
        bonds.lock(_id, aggregator.account, amount);
        bytes32 key = bonds.forfeit(loss);
        vm.stopPrank();
        return key;
    }
}
