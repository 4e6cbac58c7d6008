// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Suite} from "./Suite.sol";

/// @notice Somebody with a key.
struct Actor {
    address account;
    uint256 secret;
}

/// @title Actors
/// @notice People with names, who sign what they are asked to.
abstract contract Actors is Suite {
    /// @notice The actor of a name; always the same one.
    function actor(string memory name) internal returns (Actor memory made) {
        uint256 secret = uint256(keccak256(bytes(name)));
        made = Actor(vm.addr(secret), secret);
        vm.label(made.account, name);
    }

    /// @notice An actor's signature as contracts take it: r, s, v.
    function signed(Actor memory by, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(by.secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The digest of a struct's hash in the EIP-712 domain of a contract.
    function typed(address verifier, string memory name, string memory version, bytes32 structHash)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(hex"1901", separator(verifier, name, version), structHash));
    }

    /// @notice The EIP-712 domain of a contract on this chain.
    function separator(address verifier, string memory name, string memory version) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                block.chainid,
                verifier
            )
        );
    }
}
