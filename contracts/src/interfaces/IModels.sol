// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Where a root stands: which version of which model has it.
struct Place {
    uint128 model;
    uint128 version;
}

/// @title IModels
/// @notice The models that programs make: ERC-721 tokens with versions, parents and royalties along their lineage.
interface IModels {
    /// @notice Emitted when a program starts and its model with it.
    event ModelMinted(uint256 indexed model, address indexed owner, uint256 indexed parent, uint16 royalty);

    /// @notice Emitted for every version, the seed being version 0.
    event VersionAdded(uint256 indexed model, uint64 indexed version, bytes32 indexed root, bytes32 manifest);

    /// @notice Thrown when anyone but the Programs contract writes.
    error OnlyPrograms(address caller);

    /// @notice Thrown when a version has the zero root.
    error EmptyRoot();

    /// @notice Thrown when a royalty is more than everything.
    error RoyaltyTooHigh(uint16 royalty);

    /// @notice Thrown when a model does not have the version.
    error NoSuchVersion(uint256 model, uint64 version);

    /// @notice The contract that alone mints models and adds versions.
    function programs() external view returns (address);

    /// @notice The newest version of a model.
    function head(uint256 model) external view returns (uint64);

    /// @notice The root over one version's chunks; its manifest stands in the event `VersionAdded`.
    function versionRoot(uint256 model, uint64 number) external view returns (bytes32);

    /// @notice Every place where a root stands, oldest first.
    /// @dev Warning: anyone may start a program from any root, or run rounds with nobody to challenge them. A place
    /// says what a model holds, not who made it first.
    function placesOf(bytes32 root) external view returns (Place[] memory);

    /// @notice The model that a model grew from, or zero.
    function parentOf(uint256 model) external view returns (uint256);

    /// @notice Basis points of a child's licence income that go to this model.
    function royaltyOf(uint256 model) external view returns (uint16);

    /// @notice Mints a program's model with its seed as version 0; Programs alone.
    function mint(
        address owner,
        uint256 model,
        bytes32 root,
        bytes32 manifest,
        uint256 parent,
        uint16 royalty,
        string calldata uri
    ) external;

    /// @notice Adds a version to a model, under the number of the round that made it; Programs alone.
    function append(uint256 model, uint64 number, bytes32 root, bytes32 manifest) external;
}
