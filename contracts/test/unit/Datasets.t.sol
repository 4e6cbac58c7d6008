// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dataset, IDatasets} from "../../src/interfaces/IDatasets.sol";
import {Suite} from "../support/Suite.sol";

contract DatasetsTest is Suite {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant SCHEMA = keccak256("schema");
    bytes32 private constant TERMS = keccak256("terms");
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    uint256 private constant START = 100;

    IDatasets private _datasets = IDatasets(vm.deployCode("Datasets.sol:Datasets"));

    function setUp() external {
        vm.roll(START);
    }

    /* REGISTERING */

    function test_register_RevertWhen_TheRootIsEmpty() external {
        vm.expectRevert(IDatasets.EmptyDataset.selector);
        _datasets.register(0, 10, SCHEMA, TERMS);
    }

    function test_register_RevertWhen_ThereAreNoRecords() external {
        vm.expectRevert(IDatasets.EmptyDataset.selector);
        _datasets.register(ROOT, 0, SCHEMA, TERMS);
    }

    function test_register_RevertWhen_TheOwnerRegisteredTheRootBefore() external {
        bytes32 id = _registered();

        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IDatasets.AlreadyRegistered.selector, id));
        _datasets.register(ROOT, 11, 0, 0);
    }

    function test_register_RevertWhen_TheOwnerRetiredTheRootBefore() external {
        bytes32 id = _registered();
        vm.prank(ALICE);
        _datasets.retire(id);

        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IDatasets.AlreadyRegistered.selector, id));
        _datasets.register(ROOT, 10, SCHEMA, TERMS);
    }

    function test_register_WhenTheCallerRegistersARootForTheFirstTime() external {
        bytes32 expected = keccak256(abi.encode(ALICE, ROOT));

        vm.prank(ALICE);
        vm.expectEmit(address(_datasets));
        emit IDatasets.DatasetRegistered(expected, ALICE, ROOT, 10, SCHEMA, TERMS);
        bytes32 id = _datasets.register(ROOT, 10, SCHEMA, TERMS);

        vm.assertEq(id, expected);
        _same(_datasets.dataset(id), Dataset(ALICE, uint64(START), 0, 10, ROOT, SCHEMA, TERMS));
    }

    function test_register_WhenAnotherRegistersTheSameRoot() external {
        bytes32 first = _registered();

        vm.prank(BOB);
        bytes32 second = _datasets.register(ROOT, 20, 0, 0);

        vm.assertNotEq(first, second);
        vm.assertEq(_datasets.countOf(first), 10);
        vm.assertEq(_datasets.countOf(second), 20);
    }

    /* RETIRING */

    function test_retire_RevertWhen_TheDatasetDoesNotExist() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IDatasets.NotTheDatasetOwner.selector, ROOT, ALICE));
        _datasets.retire(ROOT);
    }

    function test_retire_RevertWhen_TheDatasetIsSomebodyElses() external {
        bytes32 id = _registered();

        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IDatasets.NotTheDatasetOwner.selector, id, BOB));
        _datasets.retire(id);
    }

    function test_retire_RevertWhen_TheDatasetWasRetiredBefore() external {
        bytes32 id = _registered();
        vm.startPrank(ALICE);
        _datasets.retire(id);

        vm.expectRevert(abi.encodeWithSelector(IDatasets.AlreadyRetired.selector, id));
        _datasets.retire(id);
    }

    function test_retire_WhenTheCallerOwnsTheDataset() external {
        bytes32 id = _registered();
        vm.roll(START + 5);

        vm.prank(ALICE);
        vm.expectEmit(address(_datasets));
        emit IDatasets.DatasetRetired(id);
        _datasets.retire(id);

        _same(_datasets.dataset(id), Dataset(ALICE, uint64(START), uint64(START + 5), 10, ROOT, SCHEMA, TERMS));
    }

    /* WHETHER ACTIVE */

    function test_activeAt_WhenThereIsNoDataset() external view {
        vm.assertFalse(_datasets.activeAt(ROOT, 0));
        vm.assertFalse(_datasets.activeAt(ROOT, START));
    }

    function test_activeAt_WhenTheBlockIsBeforeTheRegistration() external {
        vm.assertFalse(_datasets.activeAt(_registered(), START - 1));
    }

    function test_activeAt_WhenTheBlockIsTheOneOfTheRegistration() external {
        vm.assertTrue(_datasets.activeAt(_registered(), START));
    }

    function test_activeAt_WhenTheBlockIsLongAfterTheRegistration() external {
        vm.assertTrue(_datasets.activeAt(_registered(), type(uint256).max));
    }

    function test_activeAt_WhenTheBlockIsTheLastOneBeforeTheRetirement() external {
        vm.assertTrue(_datasets.activeAt(_retired(), START + 4));
    }

    function test_activeAt_WhenTheBlockIsTheOneOfTheRetirement() external {
        vm.assertFalse(_datasets.activeAt(_retired(), START + 5));
    }

    function test_activeAt_WhenRegisteredAndRetiredInOneBlock() external {
        bytes32 id = _registered();
        vm.prank(ALICE);
        _datasets.retire(id);

        vm.assertFalse(_datasets.activeAt(id, START));
    }

    /* OWNERS AND COUNTS */

    function test_ownerOf_WhenNobodyRegisteredIt() external view {
        vm.assertEq(_datasets.ownerOf(ROOT), address(0));
    }

    function test_ownerOf_WhenSomebodyRegisteredIt() external {
        vm.assertEq(_datasets.ownerOf(_registered()), ALICE);
    }

    function test_countOf_WhenNothingWasRegistered() external view {
        vm.assertEq(_datasets.countOf(ROOT), 0);
    }

    function test_countOf_WhenSomethingWasRegistered() external {
        vm.assertEq(_datasets.countOf(_registered()), 10);
    }

    /* PARTS */

    function _registered() private returns (bytes32) {
        vm.prank(ALICE);
        return _datasets.register(ROOT, 10, SCHEMA, TERMS);
    }

    function _retired() private returns (bytes32 id) {
        id = _registered();
        vm.roll(START + 5);
        vm.prank(ALICE);
        _datasets.retire(id);
    }

    function _same(Dataset memory left, Dataset memory right) private pure {
        vm.assertEq(abi.encode(left), abi.encode(right));
    }
}
