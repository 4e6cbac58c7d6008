// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDatasets} from "./IDatasets.sol";
import {INodes} from "./INodes.sol";
import {IPrograms} from "./IPrograms.sol";

/// @notice Where an account sits in a program, for ever.
/// @param since The block of its first joining; zero where it never joined.
struct Seat {
    uint32 number;
    uint64 since;
}

/// @notice How many take part in a program.
/// @param seats How many seats were ever given out.
/// @param live How many accounts are enrolled.
struct Population {
    uint32 seats;
    uint32 live;
}

/// @title IEnrolments
/// @notice Who takes part in which program, with which dataset, since which block and on which seat.
interface IEnrolments {
    /// @notice Emitted when an account joins a program for the first time.
    event Seated(uint256 indexed program, address indexed node, uint32 seat);

    /// @notice Emitted when a member takes part with a dataset, in place of any it took part with before.
    event Enrolled(uint256 indexed program, address indexed node, bytes32 indexed dataset);

    /// @notice Emitted when a node no longer takes part.
    event Quit(uint256 indexed program, address indexed node);

    /// @notice Thrown when a program starts no more rounds.
    error ProgramEnding(uint256 program);

    /// @notice Thrown when the caller is no member.
    error NotMember(address account);

    /// @notice Thrown when a dataset is not the caller's, or is retired.
    error DatasetNotUsable(bytes32 dataset);

    /// @notice Thrown when the proof does not lead to the allowlist's root.
    error NotAdmitted(address account);

    /// @notice Thrown when a node takes leave of a program it is not in.
    error NotEnrolled(uint256 program, address account);

    /// @notice Thrown when an account that is still a member is taken out by others.
    error StillMember(address account);

    /// @notice Where programs are looked up.
    function programs() external view returns (IPrograms);

    /// @notice Where members are looked up.
    function nodes() external view returns (INodes);

    /// @notice Where datasets are looked up.
    function datasets() external view returns (IDatasets);

    /// @notice The dataset a node takes part with at the end of a block, or zero.
    function enrolledAt(uint256 program, address node, uint256 blockNumber) external view returns (bytes32 dataset);

    /// @notice Where a node sits, and since which block; (0, 0) for an account that never joined.
    function seatOf(uint256 program, address node) external view returns (uint32 seat, uint64 since);

    /// @notice How many seats were given out, and how many accounts are enrolled now.
    function population(uint256 program) external view returns (uint32 seats, uint32 live);

    /// @notice Takes part in a program with one of the caller's datasets.
    /// @param index The caller's place in the allowlist; anything where all members are admitted.
    function join(uint256 program, bytes32 dataset, uint256 index, bytes32[] calldata proof) external;

    /// @notice Takes part no longer.
    function quit(uint256 program) external;

    /// @notice Takes out an enrolled account that is no member any more, so that no round counts on it.
    function release(uint256 program, address node) external;
}
