// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What an account says it trains on.
struct Dataset {
    address owner;
    uint64 since;
    uint64 until;
    uint64 count;
    bytes32 root;
    bytes32 schema;
    bytes32 terms;
}

/// @title IDatasets
/// @notice Commitments to datasets that nobody is shown: claims, not proofs.
interface IDatasets {
    /// @notice Emitted when a dataset is registered.
    event DatasetRegistered(
        bytes32 indexed dataset, address indexed owner, bytes32 root, uint64 count, bytes32 schema, bytes32 terms
    );

    /// @notice Emitted when a dataset is retired: from this block on nothing is trained on it.
    event DatasetRetired(bytes32 indexed dataset);

    /// @notice Thrown when the owner registered the same root before.
    error AlreadyRegistered(bytes32 dataset);

    /// @notice Thrown when a dataset is not the caller's, or does not exist.
    error NotTheDatasetOwner(bytes32 dataset, address caller);

    /// @notice Thrown when a dataset was retired before.
    error AlreadyRetired(bytes32 dataset);

    /// @notice Thrown when a dataset has no records or no root.
    error EmptyDataset();

    /// @notice All about a dataset; all zero where there is none.
    function dataset(bytes32 id) external view returns (Dataset memory);

    /// @notice Whether a dataset was registered and not retired at the end of a block.
    function activeAt(bytes32 id, uint256 blockNumber) external view returns (bool);

    /// @notice The account that registered a dataset, or zero.
    function ownerOf(bytes32 id) external view returns (address);

    /// @notice How many records a dataset is said to have.
    function countOf(bytes32 id) external view returns (uint64);

    /// @notice Registers the caller's commitment to `count` records.
    function register(bytes32 root, uint64 count, bytes32 schema, bytes32 terms) external returns (bytes32 id);

    /// @notice Ends the use of one of the caller's datasets.
    /// @dev Warning: a retired dataset cannot come back; its records under another secret make another root.
    function retire(bytes32 id) external;
}
