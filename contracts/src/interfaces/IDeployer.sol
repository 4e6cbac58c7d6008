// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The contracts of a deployment, in the order in which they are created.
enum Part {
    Nodes,
    Datasets,
    Enrolments,
    Programs,
    Bonds,
    Challenges,
    Demands,
    Models,
    Licences
}

/// @notice What a deployment fixes for ever.
/// @param token The token that bonds are in.
/// @param minimumBond The least bond of a member.
/// @param unbondingDelay Seconds between leaving and taking a bond back.
/// @param answerFloor Seconds that an aggregator has at least for answers, whatever they show.
/// @param answersPerSecond How many rows an aggregator can be asked to show in a second beyond that; at least one.
/// @param deliveryTime Seconds in which a purchase must be delivered.
/// @param disputeTime Seconds in which a delivery can be disputed.
struct DeploymentTerms {
    address token;
    uint256 minimumBond;
    uint64 unbondingDelay;
    uint64 answerFloor;
    uint64 answersPerSecond;
    uint64 deliveryTime;
    uint64 disputeTime;
}

/// @title IDeployer
/// @notice Creates the contracts of one deployment, one a transaction, each told where all the others will stand.
/// @dev The contracts name each other in a circle, so none can be created by CREATE2: its address would depend on its
/// own arguments. The deployer itself is created by CREATE2, and its address commits to its terms and to the code of
/// every part; a part's address follows from the deployer's and from its place. So nobody can put other code or other
/// terms at these addresses, on any chain, and it does not matter who takes the steps.
interface IDeployer {
    /// @notice Emitted when a part is created.
    event PartCreated(Part indexed part, address place);

    /// @notice Thrown when a step is repeated: the part stands already.
    error AlreadyCreated(Part part, address place);

    /// @notice Thrown when code is given that is not that of the next part.
    error WrongCode(Part part, bytes32 expected, bytes32 given);

    /// @notice Thrown when every part is there.
    error NothingToCreate();

    /// @notice Thrown when a part's constructor refused, or the gas did not suffice.
    error CreationFailed(Part part);

    /// @notice Create the next part. Anyone may.
    /// @param creationCode Its creation code without constructor arguments.
    /// @return place Where it stands.
    function step(bytes calldata creationCode) external returns (address place);

    /// @notice What the deployment fixes for ever.
    function terms() external view returns (DeploymentTerms memory);

    /// @notice The hash of a part's creation code, without constructor arguments.
    function codeHash(Part part) external view returns (bytes32);

    /// @notice Where a part stands, or will.
    function addressOf(Part part) external view returns (address);

    /// @notice How many parts are there.
    function created() external view returns (uint256);

    /// @notice Whether every part is there.
    function done() external view returns (bool);

    /// @notice The block in which the deployment began: no part has an event before it.
    function since() external view returns (uint256);
}
