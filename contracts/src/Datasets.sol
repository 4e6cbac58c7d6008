// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dataset, IDatasets} from "./interfaces/IDatasets.sol";

/// @title Datasets
/// @notice Keeps commitments to datasets. Holds no funds and no data.
contract Datasets is IDatasets {
    /* STORAGE */

    mapping(bytes32 id => Dataset) private _datasets;

    /* VIEWS */

    /// @inheritdoc IDatasets
    function dataset(bytes32 id) external view returns (Dataset memory) {
        return _datasets[id];
    }

    /// @inheritdoc IDatasets
    function activeAt(bytes32 id, uint256 blockNumber) external view returns (bool) {
        Dataset storage found = _datasets[id];
        bool begun = found.owner != address(0) && found.since <= blockNumber;
        return begun && (found.until == 0 || blockNumber < found.until);
    }

    /// @inheritdoc IDatasets
    function ownerOf(bytes32 id) external view returns (address) {
        return _datasets[id].owner;
    }

    /// @inheritdoc IDatasets
    function countOf(bytes32 id) external view returns (uint64) {
        return _datasets[id].count;
    }

    /* DATASETS */

    /// @inheritdoc IDatasets
    function register(bytes32 root, uint64 count, bytes32 schema, bytes32 terms) external returns (bytes32 id) {
        id = keccak256(abi.encode(msg.sender, root));
        if (root == 0 || count == 0) revert EmptyDataset();
        if (_datasets[id].owner != address(0)) revert AlreadyRegistered(id);

        _datasets[id] = Dataset({
            owner: msg.sender,
            since: uint64(block.number),
            until: 0,
            count: count,
            root: root,
            schema: schema,
            terms: terms
        });

        emit DatasetRegistered(id, msg.sender, root, count, schema, terms);
    }

    /// @inheritdoc IDatasets
    function retire(bytes32 id) external {
        Dataset storage found = _datasets[id];
        if (found.owner != msg.sender) revert NotTheDatasetOwner(id, msg.sender);
        if (found.until != 0) revert AlreadyRetired(id);

        found.until = uint64(block.number);

        emit DatasetRetired(id);
    }
}
