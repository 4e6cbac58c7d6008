// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice A point of secp256k1.
struct Point {
    uint256 x;
    uint256 y;
}

/// @title Points
/// @notice As much of secp256k1 as a delivery dispute needs, through the precompile that recovers signers.
library Points {
    uint256 internal constant FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;
    uint256 private constant GENERATOR_Y = 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8;

    /// @notice Thrown when coordinates are no point that a dispute could be decided over.
    error NotAPoint(uint256 x, uint256 y);

    /// @notice Thrown when a number is no secret key.
    error NotASecret();

    /// @notice Refuses what is not on the curve, and the few points whose x is no scalar: `times` cannot use them.
    function check(Point memory point) internal pure {
        uint256 cube = mulmod(mulmod(point.x, point.x, FIELD), point.x, FIELD);
        bool on = mulmod(point.y, point.y, FIELD) == addmod(cube, 7, FIELD);
        if (!on || point.x == 0 || point.x >= ORDER || point.y >= FIELD) revert NotAPoint(point.x, point.y);
    }

    /// @notice The account that a public key speaks for.
    function accountOf(Point memory point) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(point.x, point.y)))));
    }

    /// @notice The account of `secret` times a point that was checked.
    /// @dev Recovering the signer of message zero from r = x and s = secret * x gives exactly that product.
    function times(Point memory point, uint256 secret) internal pure returns (address) {
        if (secret == 0 || secret >= ORDER) revert NotASecret();
        uint8 v = point.y & 1 == 0 ? 27 : 28;
        return ecrecover(bytes32(0), v, bytes32(point.x), bytes32(mulmod(secret, point.x, ORDER)));
    }

    /// @notice The account whose secret key this is.
    function accountOf(uint256 secret) internal pure returns (address) {
        return times(Point(GENERATOR_X, GENERATOR_Y), secret);
    }
}
