// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Point, Points} from "../../src/libraries/Points.sol";
import {Suite} from "../support/Suite.sol";
import {Wallet} from "../support/Vm.sol";

contract PointsFuzz is Suite {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    /// @notice Both sides of an exchange of keys come to the same account.
    function testFuzz_times_AgreesFromBothSides(uint256 first, uint256 second) external {
        (first, second) = (bound(first, 1, ORDER - 1), bound(second, 1, ORDER - 1));

        address found = Points.times(_pointOf(first), second);

        vm.assertEq(found, Points.times(_pointOf(second), first));
        vm.assertEq(found, vm.addr(mulmod(first, second, ORDER)));
    }

    /// @notice Every public key is a point, and both ways to its account are one.
    function testFuzz_accountOf_IsTheKeys(uint256 secret) external {
        secret = bound(secret, 1, ORDER - 1);
        Point memory point = _pointOf(secret);

        this.check(point);

        vm.assertEq(Points.accountOf(point), vm.addr(secret));
        vm.assertEq(Points.accountOf(secret), vm.addr(secret));
    }

    /// @notice What is drawn at random lies on no curve.
    function testFuzz_check_RefusesWhatIsNoKey(uint256 x, uint256 y) external {
        vm.expectRevert(abi.encodeWithSelector(Points.NotAPoint.selector, x, y));
        this.check(Point(x, y));
    }

    function check(Point memory point) external pure {
        Points.check(point);
    }

    function _pointOf(uint256 secret) private returns (Point memory) {
        Wallet memory wallet = vm.createWallet(secret);
        return Point(wallet.publicKeyX, wallet.publicKeyY);
    }
}
