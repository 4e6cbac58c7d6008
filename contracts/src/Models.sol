// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {IModels, Place, Version} from "./interfaces/IModels.sol";

/// @title Models
/// @notice Keeps models, their versions and their lineage. Holds no funds.
contract Models is IModels, ERC721, ERC2981 {
    /* STORAGE */

    /// @inheritdoc IModels
    address public immutable programs;

    /// @inheritdoc IModels
    mapping(uint256 model => uint256 parent) public parentOf;

    mapping(uint256 model => Version[]) private _versions;
    mapping(bytes32 root => Place[]) private _places;
    mapping(uint256 model => string) private _uris;

    /* CONSTRUCTOR */

    constructor(address programs_) ERC721("Commonroot Model", "ROOT") {
        programs = programs_;
    }

    /* VIEWS */

    /// @inheritdoc IModels
    function head(uint256 model) external view returns (uint64) {
        _requireOwned(model);
        return uint64(_versions[model].length - 1);
    }

    /// @inheritdoc IModels
    function version(uint256 model, uint64 number) public view returns (Version memory) {
        if (number >= _versions[model].length) revert NoSuchVersion(model, number);
        return _versions[model][number];
    }

    /// @inheritdoc IModels
    function versionRoot(uint256 model, uint64 number) external view returns (bytes32) {
        return version(model, number).root;
    }

    /// @inheritdoc IModels
    function placesOf(bytes32 root) external view returns (Place[] memory) {
        return _places[root];
    }

    /// @inheritdoc IModels
    function royaltyOf(uint256 model) external view returns (uint16) {
        (, uint256 royalty) = royaltyInfo(model, _feeDenominator());
        return uint16(royalty);
    }

    /// @notice Where a model's spec and card can be fetched.
    function tokenURI(uint256 model) public view override returns (string memory) {
        _requireOwned(model);
        return _uris[model];
    }

    /// @notice Which interfaces this contract speaks.
    function supportsInterface(bytes4 id) public view override(ERC721, ERC2981) returns (bool) {
        return super.supportsInterface(id);
    }

    /* VERSIONS */

    /// @inheritdoc IModels
    function mint(
        address owner,
        uint256 model,
        Version calldata seed,
        uint256 parent,
        uint16 royalty,
        string calldata uri
    ) external {
        _requirePrograms();
        if (royalty > _feeDenominator()) revert RoyaltyTooHigh(royalty);

        parentOf[model] = parent;
        _uris[model] = uri;
        _setTokenRoyalty(model, owner, royalty);
        _mint(owner, model);

        emit ModelMinted(model, owner, parent, royalty);
        _append(model, seed);
    }

    /// @inheritdoc IModels
    function append(uint256 model, Version calldata next) external returns (uint64 number) {
        _requirePrograms();

        number = _append(model, next);
    }

    function _append(uint256 model, Version calldata next) private returns (uint64 number) {
        if (next.root == 0) revert EmptyRoot();

        number = uint64(_versions[model].length);
        _versions[model].push(next);
        _places[next.root].push(Place(uint128(model), number));

        emit VersionAdded(model, number, next.root, next.manifest);
    }

    function _requirePrograms() private view {
        if (msg.sender != programs) revert OnlyPrograms(msg.sender);
    }
}
