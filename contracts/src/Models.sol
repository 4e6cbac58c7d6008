// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {IModels, Place} from "./interfaces/IModels.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";

/// @title Models
/// @notice Keeps models, their versions and their lineage. Holds no funds.
contract Models is IModels, ERC721, ERC2981 {
    /* STORAGE */

    // Most roots stand in one place: it takes one slot, and only further ones cost more.
    struct Places {
        uint128 model;
        uint64 version;
        uint64 others;
    }

    /// @inheritdoc IModels
    address public immutable programs;

    /// @inheritdoc IModels
    mapping(uint256 model => uint256 parent) public parentOf;

    mapping(uint256 model => mapping(uint64 version => bytes32 root)) private _roots;
    mapping(bytes32 root => Places) private _places;
    mapping(bytes32 root => mapping(uint64 index => Place)) private _others;
    mapping(uint256 model => string) private _uris;

    /* CONSTRUCTOR */

    constructor(address programs_) ERC721("Commonroot Model", "ROOT") {
        programs = programs_;
    }

    /* VIEWS */

    /// @inheritdoc IModels
    function head(uint256 model) external view returns (uint64) {
        _requireOwned(model);
        return IPrograms(programs).program(model).finalized;
    }

    /// @inheritdoc IModels
    function versionRoot(uint256 model, uint64 number) external view returns (bytes32 root) {
        root = _roots[model][number];
        if (root == 0) revert NoSuchVersion(model, number);
    }

    /// @inheritdoc IModels
    function placesOf(bytes32 root) external view returns (Place[] memory found) {
        Places storage held = _places[root];
        if (held.model == 0) return found;
        found = new Place[](uint256(held.others) + 1);
        found[0] = Place(held.model, held.version);
        for (uint64 i = 0; i < held.others; i++) found[i + 1] = _others[root][i];
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
        bytes32 root,
        bytes32 manifest,
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
        _append(model, 0, root, manifest);
    }

    /// @inheritdoc IModels
    function append(uint256 model, uint64 number, bytes32 root, bytes32 manifest) external {
        _requirePrograms();

        _append(model, number, root, manifest);
    }

    function _append(uint256 model, uint64 number, bytes32 root, bytes32 manifest) private {
        if (root == 0) revert EmptyRoot();

        _roots[model][number] = root;
        Places storage held = _places[root];
        if (held.model == 0) (held.model, held.version) = (uint128(model), number);
        else _others[root][held.others++] = Place(uint128(model), number);

        emit VersionAdded(model, number, root, manifest);
    }

    function _requirePrograms() private view {
        if (msg.sender != programs) revert OnlyPrograms(msg.sender);
    }
}
