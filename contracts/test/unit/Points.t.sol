// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Point, Points} from "../../src/libraries/Points.sol";
import {Suite} from "../support/Suite.sol";
import {Wallet} from "../support/Vm.sol";

contract PointsHarness {
    function check(Point memory point) external pure {
        Points.check(point);
    }

    function times(Point memory point, uint256 secret) external pure returns (address) {
        return Points.times(point, secret);
    }

    function accountOf(uint256 secret) external pure returns (address) {
        return Points.accountOf(secret);
    }
}

contract PointsTest is Suite {
    uint256 private constant FIELD = 2 ** 256 - 2 ** 32 - 977;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    PointsHarness private _points = new PointsHarness();

    /* POINTS */

    function test_check_RevertWhen_ThePointIsOffTheCurve() external {
        Point memory point = _pointOf(7);
        point.y ^= 1;

        _expectNotAPoint(point);
        _points.check(point);
    }

    function test_check_RevertWhen_BothCoordinatesAreZero() external {
        _expectNotAPoint(Point(0, 0));
        _points.check(Point(0, 0));
    }

    function test_check_RevertWhen_XIsTheOrder() external {
        // A point of the curve, found by solving for y: as a scalar its x is zero.
        Point memory point = Point(ORDER, 0x98f66641cb0ae1776b463ebdee3d77fe2658f021db48e2c8ac7ab4c92f83621e);

        _expectNotAPoint(point);
        _points.check(point);
    }

    function test_check_RevertWhen_YIsWrittenWithTheFieldAdded() external {
        // A point of the curve with y = 1, found by solving for x: only so small a y leaves room for the field.
        Point memory point = Point(0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507, 1);
        _points.check(point);
        point.y += FIELD;

        _expectNotAPoint(point);
        _points.check(point);
    }

    function test_check_WhenThePointIsOnTheCurve() external {
        _points.check(_pointOf(1));
        _points.check(_pointOf(ORDER - 1));
    }

    /* PRODUCTS */

    function test_times_RevertWhen_TheSecretIsZero() external {
        Point memory point = _pointOf(7);

        vm.expectRevert(Points.NotASecret.selector);
        _points.times(point, 0);
    }

    function test_times_RevertWhen_TheSecretIsTheOrder() external {
        Point memory point = _pointOf(7);

        vm.expectRevert(Points.NotASecret.selector);
        _points.times(point, ORDER);
    }

    function test_times_WhenTheSecretIsOne() external {
        vm.assertEq(Points.times(_pointOf(7), 1), vm.addr(7));
    }

    function test_times_WhenYIsEven() external {
        Point memory point = _pointOf(1);

        vm.assertEq(point.y % 2, 0);
        vm.assertEq(Points.times(point, 9), vm.addr(9));
    }

    function test_times_WhenYIsOdd() external {
        Point memory point = _pointOf(ORDER - 1);

        vm.assertEq(point.y % 2, 1);
        vm.assertEq(Points.times(point, 9), vm.addr(ORDER - 9));
    }

    /* ACCOUNTS */

    function test_accountOf_RevertWhen_GivenASecretThatIsNone() external {
        vm.expectRevert(Points.NotASecret.selector);
        _points.accountOf(0);

        vm.expectRevert(Points.NotASecret.selector);
        _points.accountOf(ORDER);
    }

    function test_accountOf_WhenGivenAPoint() external {
        vm.assertEq(Points.accountOf(_pointOf(1)), 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf);
        vm.assertEq(Points.accountOf(_pointOf(7)), vm.addr(7));
    }

    function test_accountOf_WhenGivenASecret() external pure {
        vm.assertEq(Points.accountOf(1), vm.addr(1));
        vm.assertEq(Points.accountOf(ORDER - 1), vm.addr(ORDER - 1));
    }

    /* PARTS */

    function _pointOf(uint256 secret) private returns (Point memory) {
        Wallet memory wallet = vm.createWallet(secret);
        return Point(wallet.publicKeyX, wallet.publicKeyY);
    }

    function _expectNotAPoint(Point memory point) private {
        vm.expectRevert(abi.encodeWithSelector(Points.NotAPoint.selector, point.x, point.y));
    }
}
