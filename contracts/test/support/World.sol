// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDatasets} from "../../src/interfaces/IDatasets.sol";
import {ILicences} from "../../src/interfaces/ILicences.sol";
import {IModels} from "../../src/interfaces/IModels.sol";
import {INodes, Keys} from "../../src/interfaces/INodes.sol";
import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Actor} from "./Actors.sol";
import {Letters} from "./Letters.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @title World
/// @notice Everything deployed as it is on a chain, and the people who act on it, each with a purse.
abstract contract World is Letters {
    uint256 internal constant BOND = 100;
    uint64 internal constant UNBONDING = 50;
    uint64 internal constant DELIVERY = 500;
    uint64 internal constant DISPUTE = 300;
    uint256 internal constant PURSE = 1e9;

    PlainToken internal token;
    INodes internal nodes;
    IDatasets internal datasets;
    IModels internal models;
    ILicences internal licences;
    IPrograms internal programs;

    Actor internal sponsor;
    Actor internal aggregator;
    Actor internal buyer;
    Actor internal stranger;
    /// @notice Ascending by account, as a round lists them.
    Actor[] internal members;

    /// @notice Deploys everything and fills the purses.
    function begin() internal {
        vm.roll(100);
        vm.warp(1_000_000);
        token = new PlainToken();
        _deploy();
        sponsor = _rich("sponsor");
        aggregator = _rich("aggregator");
        buyer = _rich("buyer");
        stranger = _rich("stranger");
        string[4] memory names = ["ada", "ben", "cleo", "dan"];
        for (uint256 i = 0; i < names.length; i++) _insert(_rich(names[i]));
    }

    /// @notice Makes an actor a member, its own key being its receipt key.
    function join(Actor memory by) internal {
        bytes memory possession = signed(by, nodes.possessionDigest(by.account));
        bytes memory flower = abi.encodePacked("flower", by.account);
        vm.prank(by.account);
        nodes.join(BOND, Keys(by.account, flower, possession));
    }

    /// @notice Lets a contract take what it likes of an actor's money.
    function trust(Actor memory by, address spender) internal {
        vm.prank(by.account);
        token.approve(spender, type(uint256).max);
    }

    // Those that name each other are told the addresses that the others will have, as the deployer does.
    function _deploy() private {
        uint64 nonce = vm.getNonce(address(this));
        address modelsAt = vm.computeCreateAddress(address(this), nonce + 2);
        address licencesAt = vm.computeCreateAddress(address(this), nonce + 3);
        address programsAt = vm.computeCreateAddress(address(this), nonce + 4);
        nodes = INodes(_create("Nodes.sol:Nodes", abi.encode(IERC20(token), BOND, UNBONDING)));
        datasets = IDatasets(_create("Datasets.sol:Datasets", ""));
        models = IModels(_create("Models.sol:Models", abi.encode(programsAt)));
        licences = ILicences(
            _create("Licences.sol:Licences", abi.encode(programsAt, modelsAt, DELIVERY, DISPUTE))
        );
        programs = IPrograms(
            _create("Programs.sol:Programs", abi.encode(nodes, datasets, modelsAt, licencesAt))
        );
        vm.assertEq(address(models), modelsAt);
        vm.assertEq(address(licences), licencesAt);
        vm.assertEq(address(programs), programsAt);
    }

    function _create(string memory name, bytes memory arguments) private returns (address made) {
        made = vm.deployCode(name, arguments);
        vm.label(made, name);
    }

    function _rich(string memory name) private returns (Actor memory made) {
        made = actor(name);
        token.mint(made.account, PURSE);
        trust(made, address(nodes));
        trust(made, address(programs));
        trust(made, address(licences));
    }

    function _insert(Actor memory made) private {
        members.push(made);
        for (uint256 i = members.length - 1; i > 0 && members[i].account < members[i - 1].account; i--) {
            Actor memory larger = members[i - 1];
            members[i - 1] = members[i];
            members[i] = larger;
        }
    }
}
