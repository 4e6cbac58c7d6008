// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeploymentTerms, IDeployer, Part} from "./interfaces/IDeployer.sol";

/// @title Deployer
/// @notice Creates the contracts of one deployment, each from code it was told the hash of.
contract Deployer is IDeployer {
    /* STORAGE */

    // As many as `Part` has: an array's length must be a literal.
    uint256 private constant PARTS = 9;

    /// @inheritdoc IDeployer
    uint256 public immutable since;

    /// @inheritdoc IDeployer
    uint256 public created;

    DeploymentTerms private _terms;
    bytes32[PARTS] private _codeHashes;

    /* CONSTRUCTOR */

    constructor(DeploymentTerms memory terms_, bytes32[PARTS] memory codeHashes) {
        since = block.number;
        _terms = terms_;
        _codeHashes = codeHashes;
    }

    /* VIEWS */

    /// @inheritdoc IDeployer
    function terms() external view returns (DeploymentTerms memory) {
        return _terms;
    }

    /// @inheritdoc IDeployer
    function codeHash(Part part) public view returns (bytes32) {
        return _codeHashes[uint256(part)];
    }

    /// @inheritdoc IDeployer
    function addressOf(Part part) public view returns (address) {
        // A contract's first nonce is 1, and RLP writes a number below 128 as one byte: 0xd6 begins a list of 22 bytes,
        // 0x94 a string of 20.
        bytes1 nonce = bytes1(uint8(part) + 1);
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }

    /// @inheritdoc IDeployer
    function done() public view returns (bool) {
        return created == PARTS;
    }

    /* STEPS */

    /// @inheritdoc IDeployer
    function step(bytes calldata creationCode) external returns (address place) {
        require(!done(), NothingToCreate());
        Part part = Part(created);
        _requireCode(part, keccak256(creationCode));
        bytes memory code = bytes.concat(creationCode, _arguments(part));

        created++;
        // The only way to create a contract from code that is not this one's own.
        assembly ("memory-safe") {
            place := create(0, add(code, 32), mload(code))
        }
        require(place == addressOf(part), CreationFailed(part));

        emit PartCreated(part, place);
    }

    function _requireCode(Part next, bytes32 given) private view {
        if (given == codeHash(next)) return;
        for (uint256 i; i < created; i++) {
            require(given != _codeHashes[i], AlreadyCreated(Part(i), addressOf(Part(i))));
        }
        revert WrongCode(next, codeHash(next), given);
    }

    /// @dev The only place that knows what each part is told.
    function _arguments(Part part) private view returns (bytes memory) {
        address nodes = addressOf(Part.Nodes);
        address datasets = addressOf(Part.Datasets);
        address enrolments = addressOf(Part.Enrolments);
        address programs = addressOf(Part.Programs);
        address bonds = addressOf(Part.Bonds);
        address challenges = addressOf(Part.Challenges);
        address demands = addressOf(Part.Demands);
        address models = addressOf(Part.Models);
        address licences = addressOf(Part.Licences);

        if (part == Part.Nodes) {
            return abi.encode(_terms.token, _terms.minimumBond, _terms.unbondingDelay, challenges);
        }
        if (part == Part.Datasets) return "";
        if (part == Part.Enrolments) return abi.encode(programs, nodes, datasets);
        if (part == Part.Programs) {
            address[7] memory others = [nodes, enrolments, bonds, models, licences, challenges, demands];
            return abi.encode(others, _terms.answerFloor, _terms.answersPerSecond);
        }
        if (part == Part.Bonds) return abi.encode(programs, challenges, demands);
        if (part == Part.Challenges) return abi.encode(programs, bonds, enrolments, nodes, datasets, models);
        if (part == Part.Demands) return abi.encode(programs, bonds);
        if (part == Part.Models) return abi.encode(programs);
        return abi.encode(programs, models, _terms.deliveryTime, _terms.disputeTime);
    }
}
