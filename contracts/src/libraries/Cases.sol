// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IModels} from "../interfaces/IModels.sol";
import {IPrograms, Round, Stage} from "../interfaces/IPrograms.sol";
import {Close, Contribution, Proposal, Rounds} from "./Rounds.sol";
import {Addition, Row, Rows} from "./Rows.sol";
import {Trees} from "./Trees.sol";
import {Whole} from "./Whole.sol";

/// @notice The proposal that a challenge is about.
/// @param close The close it proposes for.
/// @param proposal The proposal itself.
/// @param salt Any number; it keeps others from guessing what a commitment stands for.
struct Case {
    Close close;
    Proposal proposal;
    bytes32 salt;
}

/// @notice A contribution and what shows that the close holds it.
/// @param index Its place among the close's contributions.
/// @param proof What leads from it to the contributions root.
struct Shown {
    uint64 index;
    Contribution contribution;
    bytes32[] proof;
}

/// @title Cases
/// @notice What a close and a proposal commit to, opened.
library Cases {
    /// @notice Thrown when a close is shown that the proposal is not for.
    error NotTheClose(bytes32 given, bytes32 expected);

    /// @notice Thrown when a contribution is shown that the close does not hold at its place.
    error NotInClose(uint64 index, address node);

    /// @notice Thrown when a proposal is shown that is not the one that a round builds on.
    error NotTheParent(uint64 number, bytes32 proposal);

    /// @notice Thrown when contributions are shown that are not all of the close's, in its order.
    error NotTheContributions(bytes32 given, bytes32 expected);

    /// @notice Thrown when a row is shown that the proposal does not hold at its chunk.
    error NotInProposal(uint64 chunk);

    /// @notice The hash of a proposal, which must be for the close beside it.
    function hash(Proposal calldata proposal, Close calldata close) internal pure returns (bytes32) {
        bytes32 given = keccak256(abi.encode(close));
        if (proposal.close != given) revert NotTheClose(given, proposal.close);
        return keccak256(abi.encode(proposal));
    }

    /// @notice Whether a proposal waits to become final.
    function waits(IPrograms programs, uint256 program, uint64 number, bytes32 proposal) internal view returns (bool) {
        Round memory round = programs.round(program, number);
        return round.stage == Stage.Proposed && round.proposal == proposal;
    }

    /// @notice The root of the version that a round starts from.
    /// @param parent The parent's proposal, which is only read while it waits and is no version yet.
    function parentRoot(IPrograms programs, IModels models, Close calldata close, Proposal calldata parent)
        internal
        view
        returns (bytes32)
    {
        if (close.parent <= models.head(close.program)) return models.versionRoot(close.program, close.parent);
        bytes32 shown = keccak256(abi.encode(parent));
        if (!waits(programs, close.program, close.parent, shown)) revert NotTheParent(close.parent, shown);
        return parent.resultRoot;
    }

    /// @notice Refuses a row that is not the proposal's.
    function requireRow(Proposal calldata proposal, Row calldata row) internal pure {
        if (Rows.rootOf(row, proposal.chunks) != proposal.rowRoot) revert NotInProposal(row.chunk);
    }

    /// @notice Refuses a row that is not the proposal's.
    function requireRow(Proposal calldata proposal, Addition calldata row) internal pure {
        if (Rows.rootOf(row, proposal.chunks, proposal.count) != proposal.rowRoot) revert NotInProposal(row.chunk);
    }

    /// @notice Refuses what is not all of the close's contributions, in their order.
    function requireAll(Close calldata close, Contribution[] calldata contributions) internal pure {
        if (contributions.length != close.count) revert Rows.WrongLength(contributions.length, close.count);
        bytes32[] memory leaves = new bytes32[](contributions.length);
        for (uint256 i = 0; i < leaves.length; i++) leaves[i] = Rounds.leaf(uint64(i), contributions[i]);
        bytes32 root = Whole.root(leaves);
        if (root != close.contributionsRoot) revert NotTheContributions(root, close.contributionsRoot);
    }

    /// @notice Refuses a contribution that is not the close's.
    function requireShown(Close calldata close, Shown calldata shown) internal pure {
        bytes32 leaf = Rounds.leaf(shown.index, shown.contribution);
        bytes32 root = Trees.rootFrom(leaf, shown.index, close.count, shown.proof);
        if (root != close.contributionsRoot) revert NotInClose(shown.index, shown.contribution.node);
    }
}
