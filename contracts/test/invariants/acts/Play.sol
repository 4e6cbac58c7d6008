// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PurchaseStage} from "../../../src/interfaces/ILicences.sol";
import {Round, Stage} from "../../../src/interfaces/IPrograms.sol";
import {Tiny} from "../../support/Tiny.sol";
import {Epoch, Fate} from "./Book.sol";
import {BuyerActs} from "./BuyerActs.sol";

/// @title Play
/// @notice Everybody on one stage, and what must be true of it at every moment.
contract Play is BuyerActs {
    /// @notice Three programs: an honest aggregator's that samples its nodes, a liar's, and one of a liar that pays
    /// itself.
    constructor() {
        begin();
        hire();
        for (uint256 i = 0; i < NODES; i++) {
            register(crew[i].account);
            joined(crew[i]);
        }
        create(sponsor, aggregator.account, true, 20 * REWARD);
        create(sponsor, liar.account, false, 20 * REWARD);
        create(liar, liar.account, true, 20 * REWARD);
        for (uint256 id = 1; id <= 3; id++) {
            for (uint256 i = 0; i < NODES - (id == 1 ? 1 : 0); i++) enrol(id, crew[i].account);
        }
        pass(2);
    }

    /// @notice What forge may do at random; what a round needs many times over comes more often.
    function acts() external pure returns (bytes4[] memory all) {
        all = new bytes4[](88);
        uint256 count = 0;
        count = _often(all, count, this.aggregatorsAct.selector, 10);
        count = _often(all, count, this.aggregatorMovesBond.selector, 1);
        count = _often(all, count, this.aggregatorAnswers.selector, 2);
        count = _often(all, count, this.nodesWork.selector, 8);
        count = _often(all, count, this.crookedSigns.selector, 1);
        count = _often(all, count, this.nodeMoves.selector, 3);
        count = _often(all, count, this.nodeClaims.selector, 2);
        count = _often(all, count, this.nodeDraws.selector, 2);
        count = _often(all, count, this.crookedDraws.selector, 1);
        count = _often(all, count, this.nodeTakesOver.selector, 1);
        count = _often(all, count, this.anyoneTakes.selector, 1);
        count = _often(all, count, this.challengerCommits.selector, 3);
        count = _often(all, count, this.challengerCommitsToSecond.selector, 1);
        count = _often(all, count, this.challengerReveals.selector, 4);
        count = _often(all, count, this.strangerChallenges.selector, 2);
        count = _often(all, count, this.strangerAccuses.selector, 1);
        count = _often(all, count, this.strangerReports.selector, 1);
        count = _often(all, count, this.demanderDemands.selector, 2);
        count = _often(all, count, this.demanderDemandsAll.selector, 1);
        count = _often(all, count, this.demanderExpires.selector, 2);
        count = _often(all, count, this.demanderTakesBack.selector, 1);
        count = _often(all, count, this.timePasses.selector, 10);
        count = _often(all, count, this.strangerFinalizes.selector, 3);
        count = _often(all, count, this.strangerAbandons.selector, 1);
        count = _often(all, count, this.strangerSettles.selector, 1);
        count = _often(all, count, this.strangerKeepsSeed.selector, 1);
        count = _often(all, count, this.strangerAnchors.selector, 4);
        count = _often(all, count, this.strangerReleases.selector, 1);
        count = _often(all, count, this.strangerEnds.selector, 1);
        count = _often(all, count, this.strangerGives.selector, 1);
        count = _often(all, count, this.strangerPokes.selector, 1);
        count = _often(all, count, this.sponsorFunds.selector, 1);
        count = _often(all, count, this.sponsorAppoints.selector, 4);
        count = _often(all, count, this.sponsorEnds.selector, 1);
        count = _often(all, count, this.sponsorTakesBack.selector, 1);
        count = _often(all, count, this.buyerBuys.selector, 2);
        count = _often(all, count, this.sellerDelivers.selector, 2);
        count = _often(all, count, this.buyerFinishes.selector, 2);
        count = _often(all, count, this.anyoneWithdraws.selector, 1);
        vm.assertEq(count, all.length);
    }

    function _often(bytes4[] memory all, uint256 count, bytes4 act, uint256 often) private pure returns (uint256) {
        for (uint256 i = 0; i < often; i++) all[count + i] = act;
        return count + often;
    }

    /* WHAT MUST HOLD */

    /// @notice Nobody's purse holds anything but what the book says: nothing was taken that was not owed.
    function checkPurses() external view {
        for (uint256 i = 0; i < crew.length; i++) {
            vm.assertEq(token.balanceOf(crew[i].account), purse[crew[i].account], "a purse");
        }
    }

    /// @notice Programs holds all budgets and all payouts that were not claimed, and no more.
    function checkPrograms() external view {
        uint256 owed = given[address(programs)];
        for (uint256 id = 1; id <= programs.count(); id++) {
            vm.assertEq(programs.program(id).budget, budget[id], "a budget");
            owed += budget[id];
        }
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            if (epochs[nth].fate != Fate.Final) continue;
            vm.assertLe(epochs[nth].paid, REWARD, "a round pays too much");
            owed += epochs[nth].proposal.payoutSum - epochs[nth].paid;
        }
        vm.assertEq(token.balanceOf(address(programs)), owed, "what Programs holds");
    }

    /// @notice Every bond is what was put in less what was taken out and lost; as much of it is locked as rounds are in
    /// progress; and Bonds holds all of it, all that it owes, and all that was burned.
    function checkBonds() external view {
        uint256 held = given[address(bonds)] + burnedInBonds;
        for (uint256 i = 0; i < crew.length; i++) {
            address account = crew[i].account;
            held += bondsOwe[account];
            vm.assertEq(bonds.owed(token, account), bondsOwe[account], "what Bonds owes");
            for (uint256 id = 1; id <= programs.count(); id++) {
                (uint128 total, uint128 locked) = bonds.bondOf(id, account);
                vm.assertEq(total, bond[id][account], "a bond");
                vm.assertEq(locked, _behind(id, account), "what is locked of a bond");
                held += total;
            }
        }
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            Epoch storage lost = epochs[nth];
            if (lost.forfeitedAt != 0 && !lost.settled) held += lost.left + lost.bounty;
        }
        vm.assertEq(token.balanceOf(address(bonds)), held, "what Bonds holds");
    }

    /// @notice Nodes holds every member's bond, what it owes to reporters, and what was burned.
    function checkNodes() external view {
        uint256 held = given[address(nodes)] + burnedInNodes;
        for (uint256 i = 0; i < crew.length; i++) {
            address account = crew[i].account;
            vm.assertEq(nodes.bondOf(account), nodeBond[account], "a node's bond");
            vm.assertEq(nodes.owed(account), nodesOwe[account], "what Nodes owes");
            held += nodeBond[account] + nodesOwe[account];
            vm.assertFalse(honest(account) && nodes.wasSlashed(account), "an honest node was slashed");
        }
        vm.assertEq(token.balanceOf(address(nodes)), held, "what Nodes holds");
    }

    /// @notice Demands holds the fee of every open demand, and what it owes.
    function checkDemands() external view {
        uint256 held = given[address(demands)];
        for (uint256 i = 0; i < asks.length; i++) if (asks[i].open) held += FEE;
        for (uint256 i = 0; i < crew.length; i++) {
            address account = crew[i].account;
            vm.assertEq(demands.owed(token, account), demandsOwe[account], "what Demands owes");
            held += demandsOwe[account];
        }
        vm.assertEq(token.balanceOf(address(demands)), held, "what Demands holds");
    }

    /// @notice Licences holds what buyers wait for, what models earned, and what nobody has shared out yet.
    function checkLicences() external view {
        uint256 owed = given[address(licences)];
        for (uint256 id = 1; id <= bargains.length; id++) {
            PurchaseStage stage = licences.purchase(id).stage;
            bool waiting = stage == PurchaseStage.Paid || stage == PurchaseStage.Delivered;
            if (waiting) owed += bargains[id - 1].price;
        }
        for (uint256 model = 1; model <= programs.count(); model++) {
            owed += licences.income(model).inbox;
            for (uint256 i = 0; i < crew.length; i++) owed += licences.pending(model, crew[i].account);
        }
        vm.assertGe(token.balanceOf(address(licences)), owed, "less in Licences than is owed");
    }

    /// @notice Shares are those that final rounds gave out, claimed or not, and no round gives out more than it may.
    function checkShares() external view {
        uint256[] memory shares = new uint256[](programs.count() + 1);
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            if (epochs[nth].fate != Fate.Final) continue;
            uint256 id = epochs[nth].opening.program;
            shares[id] += epochs[nth].proposal.sharesSum;
            vm.assertLe(epochs[nth].proposal.sharesSum, SHARES, "too many shares");
        }
        for (uint256 id = 1; id < shares.length; id++) {
            vm.assertEq(programs.totalShares(id), shares[id], "shares of a model");
            uint256 credited = 0;
            for (uint256 i = 0; i < crew.length; i++) credited += licences.sharesOf(id, crew[i].account);
            vm.assertLe(credited, shares[id], "more shares than there are");
        }
    }

    /// @notice A version is what its round proposed, for ever.
    function checkVersions() external view {
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            if (epochs[nth].fate != Fate.Final) continue;
            (uint256 id, uint64 number) = (epochs[nth].opening.program, epochs[nth].opening.round);
            vm.assertEq(models.versionRoot(id, number), epochs[nth].proposal.resultRoot, "a version");
            vm.assertEq(uint256(programs.round(id, number).stage), uint256(Stage.Finalized), "a final round");
        }
        int32[4] memory seed;
        for (uint256 id = 1; id <= programs.count(); id++) {
            vm.assertEq(models.versionRoot(id, 0), Tiny.rootOf(seed), "version 0");
        }
    }

    /// @notice What the contracts say of rounds in progress is what happened.
    function checkRounds() external view {
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            if (epochs[nth].fate != Fate.Running) continue;
            Round memory held = programs.round(epochs[nth].opening.program, epochs[nth].opening.round);
            vm.assertEq(uint256(held.stage), uint256(epochs[nth].stage), "a stage");
            vm.assertEq(held.epoch, epochs[nth].opening.epoch, "an epoch");
        }
    }

    /* THE END */

    /// @notice Everybody takes what is theirs, as soon as they may, whoever does nothing; and nothing is left over but
    /// what was burned and what was given away.
    function everybodyLeaves() external {
        for (uint256 id = 1; id <= programs.count(); id++) if (!programs.program(id).ending) ended(id);
        // A round ends within patience and window, and its forfeit a window later.
        for (uint256 i = 0; i < PENDING + 1; i++) {
            live(1 + PATIENCE / 12);
            for (uint256 id = 1; id <= programs.count(); id++) {
                while (abandon(id)) {}
                while (finalize(id)) {}
            }
        }
        live(1 + WINDOW / 12);
        _collect();
        _part();
        this.checkPurses();
        _nothingLeft();
        note("left");
    }

    function _collect() private {
        for (uint256 i = 0; i < asks.length; i++) if (asks[i].open) giveBack(i);
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            settle(nth);
            for (uint256 i = 0; i < entries[nth].length; i++) {
                if (epochs[nth].fate == Fate.Final && epochs[nth].claimed >> i & 1 == 0) claim(nth, i);
            }
        }
        for (uint256 id = 1; id <= programs.count(); id++) refunded(id);
        live(1 + (DELIVERY > DISPUTE ? DELIVERY : DISPUTE) / 12);
        for (uint256 id = 1; id <= bargains.length; id++) finish(id, true);
        for (uint256 model = 1; model <= programs.count(); model++) licences.settle(model);
        for (uint256 i = 0; i < crew.length; i++) {
            take(crew[i].account);
            for (uint256 model = 1; model <= programs.count(); model++) earned(model, crew[i].account);
        }
    }

    function _part() private {
        for (uint256 i = 0; i < crew.length; i++) {
            address account = crew[i].account;
            for (uint256 id = 1; id <= programs.count(); id++) {
                if (bond[id][account] == 0) continue;
                vm.prank(account);
                bonds.withdraw(id, bond[id][account], account);
                purse[account] += bond[id][account];
                bond[id][account] = 0;
            }
            if (!nodes.memberAt(account, vm.getBlockNumber())) continue;
            vm.prank(account);
            nodes.resign();
        }
        pass(1 + UNBONDING / 12);
        for (uint256 i = 0; i < NODES; i++) if (nodeBond[crew[i].account] != 0) withdrawn(crew[i].account);
    }

    function _nothingLeft() private view {
        vm.assertEq(token.balanceOf(address(programs)), given[address(programs)], "left in Programs");
        vm.assertEq(token.balanceOf(address(bonds)), given[address(bonds)] + burnedInBonds, "left in Bonds");
        vm.assertEq(token.balanceOf(address(nodes)), given[address(nodes)] + burnedInNodes, "left in Nodes");
        vm.assertEq(token.balanceOf(address(demands)), given[address(demands)], "left in Demands");
        // Each account's part of each model's income is rounded down.
        uint256 crumbs = programs.count() * (crew.length + 1);
        uint256 left = token.balanceOf(address(licences)) - given[address(licences)];
        vm.assertLe(left, crumbs, "left in Licences");
    }

    function _behind(uint256 id, address account) private view returns (uint256 locked) {
        for (uint256 nth = 0; nth < epochs.length; nth++) {
            bool runs = epochs[nth].fate == Fate.Running && epochs[nth].opening.program == id;
            if (runs && epochs[nth].opening.aggregator == account) locked += STAKE;
        }
    }
}
