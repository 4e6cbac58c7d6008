// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IChallenges, Signed} from "../../src/interfaces/IChallenges.sol";
import {Kind, Wanted, WholeRow} from "../../src/interfaces/IDemands.sol";
import {Case, Shown} from "../../src/libraries/Cases.sol";
import {Contribution, Proposal} from "../../src/libraries/Rounds.sol";
import {Addition, Leaf, Row} from "../../src/libraries/Rows.sol";
import {Actor} from "./Actors.sol";
import {Court} from "./Court.sol";
import {Draft, Drafts} from "./Drafts.sol";
import {Forest} from "./Forest.sol";
import {Rows} from "./Rows.sol";

/// @title Evidence
/// @notice Opens what a draft commits to, and makes of it the calls of every challenge.
abstract contract Evidence is Court {
    bytes32 internal constant SALT = keccak256("salt");

    /* HEARINGS */

    /// @notice Sends a challenge in the stranger's name.
    function judge(bytes memory call_) internal {
        judge(stranger, call_);
    }

    /// @notice Sends a challenge in somebody's name; refused as it is refused.
    function judge(Actor memory by, bytes memory call_) internal {
        vm.prank(by.account);
        (bool done, bytes memory answer) = address(challenges).call(call_);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @notice Commits somebody to a challenge.
    function pledge(Actor memory by, bytes memory call_) internal {
        vm.prank(by.account);
        challenges.commit(commitmentOf(by, call_));
    }

    /// @notice What commits somebody to a challenge.
    function commitmentOf(Actor memory by, bytes memory call_) internal pure returns (bytes32) {
        return keccak256(abi.encode(by.account, keccak256(call_)));
    }

    /* CHALLENGES */

    function wrongSum(Draft memory told, uint256 chunk, uint256 lane) internal pure returns (bytes memory) {
        return wrongSum(told, additionAt(told, chunk), lane);
    }

    function wrongSum(Draft memory told, Addition memory row, uint256 lane) internal pure returns (bytes memory) {
        bytes memory weights = Drafts.weightsOf(told);
        Row memory last = rowAt(told, told.vectors.scored - 1);
        return abi.encodeCall(IChallenges.wrongSum, (caseOf(told), row, lane, weights, last));
    }

    /// @param vector The vector that should be in the row at that place.
    function foreignChunk(
        Draft memory told,
        uint256 chunk,
        uint256 place,
        bytes[] memory vector,
        Proposal memory parent
    ) internal pure returns (bytes memory) {
        Shown memory shown;
        if (place >= 3 && place - 3 < told.contributions.length) shown = shownAt(told, place - 3);
        Leaf memory own = leafOf(vector, chunk);
        return foreignChunk(told, rowAt(told, chunk), place, own, shown, parent);
    }

    function foreignChunk(
        Draft memory told,
        Row memory row,
        uint256 place,
        Leaf memory own,
        Shown memory shown,
        Proposal memory parent
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.foreignChunk, (caseOf(told), row, place, own, shown, parent));
    }

    function outOfBounds(Draft memory told, uint256 chunk, uint256 place, bytes memory bytes_, uint256 lane)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IChallenges.outOfBounds, (caseOf(told), rowAt(told, chunk), place, bytes_, lane));
    }

    function wrongPrefix(Draft memory told, uint256 chunk, uint256 index) internal pure returns (bytes memory) {
        Row memory before;
        if (chunk > 0) before = rowAt(told, chunk - 1);
        bytes memory delta = index < told.vectors.deltas.length ? told.vectors.deltas[index][chunk] : bytes("");
        return wrongPrefix(told, rowAt(told, chunk), before, index, told.vectors.gradient[chunk], delta);
    }

    function wrongPrefix(
        Draft memory told,
        Row memory row,
        Row memory before,
        uint256 index,
        bytes memory gradient,
        bytes memory delta
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.wrongPrefix, (caseOf(told), row, before, index, gradient, delta));
    }

    function wrongPayroll(Draft memory told) internal pure returns (bytes memory) {
        return wrongPayroll(told, told.contributions, rowAt(told, told.vectors.scored - 1));
    }

    function wrongPayroll(Draft memory told, Contribution[] memory contributions, Row memory last)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IChallenges.wrongPayroll, (caseOf(told), contributions, last));
    }

    function wrongSignature(Draft memory told, Shown memory shown, Proposal memory parent)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IChallenges.wrongSignature, (caseOf(told), shown, parent));
    }

    function stranger_(Draft memory told, uint256 index) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.stranger, (caseOf(told), shownAt(told, index)));
    }

    function wrongWeight(Draft memory told, uint256 index, bytes memory weights) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.wrongWeight, (caseOf(told), shownAt(told, index), weights));
    }

    function disorder(Draft memory told, uint256 first) internal pure returns (bytes memory) {
        return disorder(told, shownAt(told, first), shownAt(told, first + 1));
    }

    function disorder(Draft memory told, Shown memory first, Shown memory second)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IChallenges.disorder, (caseOf(told), first, second));
    }

    /// @param beside The places in the draft of those between or beside whom the node would stand.
    function omission(Draft memory told, Signed memory given, bytes memory ack, uint256[] memory beside)
        internal
        pure
        returns (bytes memory)
    {
        return omission(told, given, ack, beside, none());
    }

    function omission(
        Draft memory told,
        Signed memory given,
        bytes memory ack,
        uint256[] memory beside,
        Proposal memory parent
    ) internal pure returns (bytes memory) {
        Shown[] memory shown = new Shown[](beside.length);
        for (uint256 i = 0; i < beside.length; i++) shown[i] = shownAt(told, beside[i]);
        return abi.encodeCall(IChallenges.omission, (caseOf(told), given, ack, shown, parent));
    }

    function equivocation(Signed memory first, Signed memory second) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.equivocation, (first, second, SALT));
    }

    function draw(Draft memory told, Signed memory given, bytes memory ack) internal pure returns (bytes memory) {
        return abi.encodeCall(IChallenges.draw, (told.close, told.proposal, given, ack));
    }

    /* OPENED COMMITMENTS */

    /// @notice A draft's case.
    function caseOf(Draft memory told) internal pure returns (Case memory) {
        return Case(told.close, told.proposal, SALT);
    }

    /// @notice A row with everything open.
    function rowAt(Draft memory told, uint256 chunk) internal pure returns (Row memory row) {
        row.chunk = uint64(chunk);
        row.leaves = told.inputs[chunk];
        row.sums = Rows.words(told.sums[chunk]);
        (, row.proof) = Forest.plant(Rows.rows(told.inputs, told.sums), chunk);
    }

    /// @notice A row with the bytes behind it.
    function additionAt(Draft memory told, uint256 chunk) internal pure returns (Addition memory row) {
        row.chunk = uint64(chunk);
        row.base = told.vectors.base[chunk];
        row.result = told.result[chunk];
        row.gradient = told.inputs[chunk][2];
        row.deltas = deltasAt(told, chunk);
        row.sums = keccak256(abi.encodePacked(Rows.words(told.sums[chunk])));
        (, row.proof) = Forest.plant(Rows.rows(told.inputs, told.sums), chunk);
    }

    /// @notice One chunk of every delta.
    function deltasAt(Draft memory told, uint256 chunk) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < told.vectors.deltas.length; i++) {
            packed = bytes.concat(packed, told.vectors.deltas[i][chunk]);
        }
    }

    /// @notice A leaf of a vector, proved.
    function leafOf(bytes[] memory vector, uint256 chunk) internal pure returns (Leaf memory own) {
        bytes32[] memory leaves = Rows.leaves(vector);
        own.leaf = leaves[chunk];
        (, own.proof) = Forest.plant(leaves, chunk);
    }

    /// @notice A contribution, proved.
    function shownAt(Draft memory told, uint256 index) internal pure returns (Shown memory shown) {
        shown.index = uint64(index);
        shown.contribution = told.contributions[index];
        (, shown.proof) = Forest.plant(Drafts.leavesOf(told), index);
    }

    /// @notice A contribution's receipt and signature.
    function signedAt(Draft memory told, uint256 index) internal pure returns (Signed memory given) {
        Contribution memory each = told.contributions[index];
        return Signed(receiptOf(told, each), each.signature);
    }

    /* DEMANDS */

    /// @notice What a demand names.
    function wanted(Draft memory told, Kind kind, uint64 chunk, uint32 column) internal pure returns (Wanted memory) {
        return Wanted(told.close, told.proposal, kind, chunk, column);
    }

    /// @notice A row with all that answers a demand.
    function wholeRow(Draft memory told, uint256 chunk) internal pure returns (WholeRow memory row) {
        row.base = told.vectors.base[chunk];
        row.result = told.result[chunk];
        row.gradient = told.vectors.gradient[chunk];
        row.deltas = deltasAt(told, chunk);
        row.sums = Rows.words(told.sums[chunk]);
        row.weights = Drafts.weightsOf(told);
        (, row.rowProof) = Forest.plant(Rows.rows(told.inputs, told.sums), chunk);
        row.baseProof = leafOf(told.vectors.base, chunk).proof;
        row.resultProof = leafOf(told.result, chunk).proof;
        row.gradientProof = leafOf(told.vectors.gradient, chunk).proof;
    }
}
