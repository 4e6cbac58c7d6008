// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What is fixed when a round opens.
/// @param epoch Which attempt at this round it is, from one.
/// @param parent The version it starts from: the model's version of that number, or the result that the round of that
/// number proposes.
/// @param openBlock Membership, keys, datasets and enrolments are read as of the end of this block.
/// @param anchor The block before the one whose hash is the sample, at whose end the asked were enrolled as well; the
/// open block where all are asked.
/// @param seats Whoever sits on a lower seat may be asked.
/// @param places How many of those seats are asked.
/// @param sample What decides who is asked, or zero where all are.
struct Opening {
    uint256 program;
    uint64 round;
    uint64 epoch;
    uint64 parent;
    address aggregator;
    uint64 openBlock;
    uint64 anchor;
    uint32 seats;
    uint32 places;
    bytes32 sample;
}

/// @notice The end of collecting: from here on the round's contributions are fixed. It begins with the opening.
struct Close {
    uint256 program;
    uint64 round;
    uint64 epoch;
    uint64 parent;
    address aggregator;
    uint64 openBlock;
    uint64 anchor;
    uint32 seats;
    uint32 places;
    bytes32 sample;
    uint32 count;
    bytes32 weightsHash;
    bytes32 contributionsRoot;
}

/// @notice The claim of what a round comes to, with a bond behind it.
/// @param close The hash of the close.
/// @param seed The hash of the block after the close.
/// @param count How many contributions the close has.
struct Proposal {
    bytes32 close;
    bytes32 seed;
    uint64 chunks;
    uint32 count;
    bytes32 rowRoot;
    bytes32 resultRoot;
    bytes32 gradientRoot;
    bytes32 payoutRoot;
    uint256 payoutSum;
    uint256 sharesSum;
    bytes32 manifest;
}

/// @notice One accepted delta, as the close commits to it.
struct Contribution {
    address node;
    bytes32 dataset;
    bytes32 deltaRoot;
    uint32 weight;
    uint64 deadline;
    bytes signature;
}

/// @title Rounds
/// @notice What a round puts on chain, hashed as in `commonroot.protocol.round` and `commonroot.protocol.rows`.
library Rounds {
    /// @notice The hash that stands on chain for an opening.
    function hash(Opening memory opening) internal pure returns (bytes32) {
        return keccak256(abi.encode(opening));
    }

    /// @notice The opening that a close begins with.
    function openingOf(Close memory close) internal pure returns (Opening memory) {
        return Opening({
            program: close.program,
            round: close.round,
            epoch: close.epoch,
            parent: close.parent,
            aggregator: close.aggregator,
            openBlock: close.openBlock,
            anchor: close.anchor,
            seats: close.seats,
            places: close.places,
            sample: close.sample
        });
    }

    /// @notice The name of one epoch of one round, under which Bonds keeps what became of its bond.
    function key(uint256 program, uint64 round, uint64 epoch) internal pure returns (bytes32) {
        return keccak256(abi.encode(program, round, epoch));
    }

    /// @notice The hash that stands on chain for a close.
    function hash(Close memory close) internal pure returns (bytes32) {
        return keccak256(abi.encode(close));
    }

    /// @notice The hash that stands on chain for a proposal.
    function hash(Proposal memory proposal) internal pure returns (bytes32) {
        return keccak256(abi.encode(proposal));
    }

    /// @notice The leaf of a contribution in the contributions tree.
    function leaf(uint64 index, Contribution memory each) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                bytes1(0x03),
                index,
                each.node,
                each.dataset,
                each.deltaRoot,
                each.weight,
                each.deadline,
                each.signature
            )
        );
    }

    /// @notice The commitment to the weights: keccak of them as packed uint32.
    function weightsHash(uint32[] memory weights) internal pure returns (bytes32) {
        bytes memory packed = "";
        // `abi.encodePacked` of an array pads its items to whole words; the protocol packs them.
        for (uint256 i = 0; i < weights.length; i++) packed = bytes.concat(packed, bytes4(weights[i]));
        return keccak256(packed);
    }

    /// @notice The row of one chunk, from the leaves of its inputs and the sums through it.
    function row(
        uint64 index,
        bytes32 base,
        bytes32 result,
        bytes32 gradient,
        bytes32[] memory deltas,
        int128[] memory dots,
        uint128[] memory squares
    ) internal pure returns (bytes32) {
        bytes32 inputs = keccak256(abi.encodePacked(base, result, gradient, deltas));
        bytes memory sums = "";
        for (uint256 i = 0; i < dots.length; i++) {
            sums = bytes.concat(sums, bytes16(uint128(dots[i])), bytes16(squares[i]));
        }
        return keccak256(abi.encodePacked(bytes1(0x02), index, inputs, keccak256(sums)));
    }
}
