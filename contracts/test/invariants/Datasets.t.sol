// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dataset, IDatasets} from "../../src/interfaces/IDatasets.sol";
import {Invariants} from "../support/Invariants.sol";
import {Suite} from "../support/Suite.sol";

/// @title DatasetsHandler
/// @notice Registers and retires as three owners of four roots, and notes what was true when it was done.
contract DatasetsHandler is Suite {
    IDatasets public immutable datasets;
    bytes32[] public ids;
    mapping(bytes32 id => Dataset) private _said;

    constructor(IDatasets datasets_) {
        datasets = datasets_;
    }

    function said(bytes32 id) external view returns (Dataset memory) {
        return _said[id];
    }

    function count() external view returns (uint256) {
        return ids.length;
    }

    function register(uint256 owner, uint256 root, uint64 records) external {
        address caller = _owner(owner);
        bytes32 named = bytes32(bound(root, 1, 4));
        records = uint64(bound(records, 1, type(uint64).max));
        bytes32 id = keccak256(abi.encode(caller, named));
        bool known = _said[id].owner != address(0);

        vm.prank(caller);
        if (known) vm.expectRevert(abi.encodeWithSelector(IDatasets.AlreadyRegistered.selector, id));
        datasets.register(named, records, bytes32(root), bytes32(owner));

        if (known) return;
        ids.push(id);
        _said[id] = Dataset({
            owner: caller,
            since: uint64(vm.getBlockNumber()),
            until: 0,
            count: records,
            root: named,
            schema: bytes32(root),
            terms: bytes32(owner)
        });
    }

    function retire(uint256 owner, uint256 which) external {
        address caller = _owner(owner);
        bytes32 id = ids.length == 0 ? bytes32(which) : ids[which % ids.length];
        Dataset storage held = _said[id];
        bool theirs = held.owner == caller;

        vm.prank(caller);
        if (!theirs) {
            vm.expectRevert(abi.encodeWithSelector(IDatasets.NotTheDatasetOwner.selector, id, caller));
        } else if (held.until != 0) {
            vm.expectRevert(abi.encodeWithSelector(IDatasets.AlreadyRetired.selector, id));
        }
        datasets.retire(id);

        if (theirs && held.until == 0) held.until = uint64(vm.getBlockNumber());
    }

    function wait(uint256 blocks) external {
        pass(bound(blocks, 1, 1000));
    }

    function _owner(uint256 seed) private pure returns (address) {
        return address(uint160(0xa0 + seed % 3));
    }
}

contract DatasetsInvariants is Invariants {
    IDatasets private _datasets = IDatasets(vm.deployCode("Datasets.sol:Datasets"));
    DatasetsHandler private _handler = new DatasetsHandler(_datasets);

    function setUp() external {
        target(address(_handler));
    }

    /// @notice Nothing that was said about a dataset ever changes, but that it is retired, once.
    function invariant_DatasetsAreWhatWasSaid() external view {
        for (uint256 i = 0; i < _handler.count(); i++) {
            bytes32 id = _handler.ids(i);
            vm.assertEq(abi.encode(_datasets.dataset(id)), abi.encode(_handler.said(id)));
        }
    }

    /// @notice A dataset is active from its registration up to the block before its retirement, and at no other time.
    function invariant_DatasetsAreActiveInOneInterval() external view {
        for (uint256 i = 0; i < _handler.count(); i++) {
            bytes32 id = _handler.ids(i);
            Dataset memory held = _handler.said(id);
            vm.assertFalse(_datasets.activeAt(id, held.since - 1));
            vm.assertEq(_datasets.activeAt(id, held.since), held.until != held.since);
            if (held.until == 0) continue;
            vm.assertEq(_datasets.activeAt(id, held.until - 1), held.until != held.since);
            vm.assertFalse(_datasets.activeAt(id, held.until));
            vm.assertFalse(_datasets.activeAt(id, type(uint256).max));
        }
    }
}
