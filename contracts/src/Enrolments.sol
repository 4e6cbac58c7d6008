// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IDatasets} from "./interfaces/IDatasets.sol";
import {IEnrolments, Population, Seat} from "./interfaces/IEnrolments.sol";
import {INodes} from "./interfaces/INodes.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";
import {Trees} from "./libraries/Trees.sol";

/// @title Enrolments
/// @notice Keeps who takes part in which program. Holds no funds.
contract Enrolments is IEnrolments {
    using Checkpoints for Checkpoints.Trace256;

    /* STORAGE */

    /// @inheritdoc IEnrolments
    IPrograms public immutable programs;

    /// @inheritdoc IEnrolments
    INodes public immutable nodes;

    /// @inheritdoc IEnrolments
    IDatasets public immutable datasets;

    // By block, never rewritten: what a round reads as of its opening stays readable for ever.
    mapping(uint256 program => mapping(address node => Checkpoints.Trace256)) private _enrolments;
    mapping(uint256 program => mapping(address node => Seat)) private _seats;
    mapping(uint256 program => Population) private _populations;

    /* CONSTRUCTOR */

    constructor(IPrograms programs_, INodes nodes_, IDatasets datasets_) {
        programs = programs_;
        nodes = nodes_;
        datasets = datasets_;
    }

    /* VIEWS */

    /// @inheritdoc IEnrolments
    function enrolledAt(uint256 program, address node, uint256 blockNumber) external view returns (bytes32 dataset) {
        return bytes32(_enrolments[program][node].upperLookupRecent(blockNumber));
    }

    /// @inheritdoc IEnrolments
    function seatOf(uint256 program, address node) external view returns (uint32 seat, uint64 since) {
        Seat storage taken = _seats[program][node];
        return (taken.number, taken.since);
    }

    /// @inheritdoc IEnrolments
    function population(uint256 program) external view returns (uint32 seats, uint32 live) {
        Population storage held = _populations[program];
        return (held.seats, held.live);
    }

    /* ENROLMENT */

    /// @inheritdoc IEnrolments
    function join(uint256 program, bytes32 dataset, uint256 index, bytes32[] calldata proof) external {
        (bytes32 allowlist, bool ending) = programs.admission(program);
        if (ending) revert ProgramEnding(program);
        if (!nodes.memberAt(msg.sender, block.number)) revert NotMember(msg.sender);
        bool usable = datasets.ownerOf(dataset) == msg.sender && datasets.activeAt(dataset, block.number);
        if (!usable) revert DatasetNotUsable(dataset);
        bool admitted = allowlist == 0 || Trees.fold(Trees.admittedLeaf(msg.sender), index, proof) == allowlist;
        if (!admitted) revert NotAdmitted(msg.sender);

        if (!_enrolled(program, msg.sender)) _populations[program].live++;
        _enrolments[program][msg.sender].push(block.number, uint256(dataset));
        _seat(program, msg.sender);

        emit Enrolled(program, msg.sender, dataset);
    }

    /// @inheritdoc IEnrolments
    function quit(uint256 program) external {
        _remove(program, msg.sender);
    }

    /// @inheritdoc IEnrolments
    function release(uint256 program, address node) external {
        if (nodes.memberAt(node, block.number)) revert StillMember(node);

        _remove(program, node);
    }

    function _seat(uint256 program, address node) private {
        Seat storage taken = _seats[program][node];
        if (taken.since != 0) return;

        taken.number = _populations[program].seats++;
        taken.since = uint64(block.number);

        emit Seated(program, node, taken.number);
    }

    function _remove(uint256 program, address node) private {
        if (!_enrolled(program, node)) revert NotEnrolled(program, node);

        _enrolments[program][node].push(block.number, 0);
        _populations[program].live--;

        emit Quit(program, node);
    }

    function _enrolled(uint256 program, address node) private view returns (bool) {
        return _enrolments[program][node].latest() != 0;
    }
}
