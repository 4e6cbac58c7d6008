// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBonds} from "../../src/interfaces/IBonds.sol";
import {IChallenges} from "../../src/interfaces/IChallenges.sol";
import {IDatasets} from "../../src/interfaces/IDatasets.sol";
import {IDemands} from "../../src/interfaces/IDemands.sol";
import {IEnrolments} from "../../src/interfaces/IEnrolments.sol";
import {ILicences} from "../../src/interfaces/ILicences.sol";
import {IModels} from "../../src/interfaces/IModels.sol";
import {INodes, Keys} from "../../src/interfaces/INodes.sol";
import {IPrograms} from "../../src/interfaces/IPrograms.sol";
import {Actor} from "./Actors.sol";
import {Letters} from "./Letters.sol";
import {Reentrant} from "./tokens/OddTokens.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @title World
/// @notice Everything deployed as it is on a chain, and the people who act on it, each with a purse.
abstract contract World is Letters {
    uint256 internal constant BOND = 100;
    uint64 internal constant UNBONDING = 1000;
    uint64 internal constant ANSWER_FLOOR = 10;
    uint64 internal constant ANSWERS_PER_SECOND = 2;
    uint64 internal constant DELIVERY = 500;
    uint64 internal constant DISPUTE = 300;
    uint256 internal constant PURSE = 1e9;

    PlainToken internal token;
    INodes internal nodes;
    IDatasets internal datasets;
    IEnrolments internal enrolments;
    IPrograms internal programs;
    IBonds internal bonds;
    IChallenges internal challenges;
    IDemands internal demands;
    IModels internal models;
    ILicences internal licences;

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
        sponsor = rich("sponsor");
        aggregator = rich("aggregator");
        buyer = rich("buyer");
        stranger = rich("stranger");
        string[4] memory names = ["ada", "ben", "cleo", "dan"];
        for (uint256 i = 0; i < names.length; i++) _insert(rich(names[i]));
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

    /// @notice Says that what an armed token called in the middle of a call was not let in.
    function keptOut(Reentrant odd) internal view {
        vm.assertTrue(odd.tried());
        vm.assertFalse(odd.succeeded());
        vm.assertEq(bytes32(odd.answer()), bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
    }

    // They name each other in a circle, so each is told the addresses that the others will have, as the deployer does.
    function _deploy() private {
        address[9] memory place;
        uint64 nonce = vm.getNonce(address(this));
        for (uint64 i = 0; i < place.length; i++) place[i] = vm.computeCreateAddress(address(this), nonce + i);
        nodes = INodes(_create("Nodes.sol:Nodes", abi.encode(IERC20(token), BOND, UNBONDING, place[5])));
        datasets = IDatasets(_create("Datasets.sol:Datasets", ""));
        enrolments = IEnrolments(_create("Enrolments.sol:Enrolments", abi.encode(place[3], place[0], place[1])));
        address[7] memory others = [place[0], place[2], place[4], place[7], place[8], place[5], place[6]];
        programs = IPrograms(
            _create("Programs.sol:Programs", abi.encode(others, ANSWER_FLOOR, ANSWERS_PER_SECOND))
        );
        bonds = IBonds(_create("Bonds.sol:Bonds", abi.encode(place[3], place[5], place[6])));
        challenges = IChallenges(
            _create("Challenges.sol:Challenges", abi.encode(place[3], place[4], place[2], place[0], place[1], place[7]))
        );
        demands = IDemands(_create("Demands.sol:Demands", abi.encode(place[3], place[4])));
        models = IModels(_create("Models.sol:Models", abi.encode(place[3])));
        licences = ILicences(_create("Licences.sol:Licences", abi.encode(place[3], place[7], DELIVERY, DISPUTE)));
        vm.assertEq(address(licences), place[8]);
    }

    function _create(string memory name, bytes memory arguments) private returns (address made) {
        made = vm.deployCode(name, arguments);
        vm.label(made, name);
    }

    /// @notice An actor with a full purse, whose money all contracts may take.
    function rich(string memory name) internal returns (Actor memory made) {
        made = actor(name);
        token.mint(made.account, PURSE);
        trust(made, address(nodes));
        trust(made, address(programs));
        trust(made, address(bonds));
        trust(made, address(demands));
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
