// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Purchase, PurchaseStage} from "../../../src/interfaces/ILicences.sol";
import {Point} from "../../../src/libraries/Points.sol";
import {Wallet} from "../../support/Vm.sol";
import {SponsorActs} from "./SponsorActs.sol";

/// @notice What a buyer and its seller know of a purchase.
struct Bargain {
    uint256 model;
    uint256 price;
    uint256 secret;
    uint256 ephemeral;
    bytes32 wrapped;
    bool right;
}

/// @title BuyerActs
/// @notice A buyer buys versions, some with a key that has to be delivered; sellers deliver the right key, a wrong one
/// or none; and those who earned from it withdraw.
abstract contract BuyerActs is SponsorActs {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 private constant CONTENT_KEY = keccak256("content key");

    /// @notice By the purchase's number, which begins at one.
    Bargain[] internal bargains;

    /// @notice A version is offered and bought.
    function buyerBuys(uint256 which, uint256 price, uint256 secret) external {
        uint256 model = bound(which, 1, programs.count());
        address owner = programs.program(model).sponsor;
        price = bound(price, 1, 1000);
        secret = bound(secret, 1, ORDER - 1);
        bytes32 keyHash = sampled[model] ? keccak256(abi.encode(CONTENT_KEY)) : bytes32(0);
        uint64 newest = models.head(model);
        vm.prank(owner);
        uint256 offer = licences.offerVersion(model, newest, uint128(price), 0, address(0), keyHash);
        Point memory key = _pointOf(secret);
        vm.prank(buyer.account);
        uint256 id = licences.buy(offer, key);
        bargains.push(Bargain(model, price, secret, 0, 0, false));
        vm.assertEq(id, bargains.length);
        purse[buyer.account] -= price;
        note(sampled[model] ? bytes32("bought a key") : bytes32("bought"));
    }

    /// @notice A seller delivers, or does not.
    function sellerDelivers(uint256 which, uint256 secret) external {
        for (uint256 i = 0; i < bargains.length; i++) {
            uint256 id = 1 + (which % bargains.length + i) % bargains.length;
            Purchase memory bought = licences.purchase(id);
            if (bought.stage != PurchaseStage.Paid || time() > bought.boughtAt + DELIVERY) continue;
            Bargain storage bargain = bargains[id - 1];
            bargain.right = secret % 3 != 0;
            bargain.ephemeral = bound(secret, 1, ORDER - 1);
            address shared = vm.addr(mulmod(bargain.ephemeral, bargain.secret, ORDER));
            bytes32 content = bargain.right ? CONTENT_KEY : bytes32("another");
            bargain.wrapped = content ^ keccak256(abi.encode(shared, id));
            Point memory ephemeral = _pointOf(bargain.ephemeral);
            bytes32 wrapped = bargain.wrapped;
            vm.prank(licences.offer(bought.offer).seller);
            licences.deliver(id, ephemeral, wrapped);
            return note("delivered");
        }
    }

    /// @notice A buyer accepts, disputes a wrong key, or takes its money back where nothing came.
    function buyerFinishes(uint256 which, uint256 mood) external {
        for (uint256 i = 0; i < bargains.length; i++) {
            if (finish(1 + (which % bargains.length + i) % bargains.length, mood % 2 == 0)) return;
        }
    }

    /// @notice Somebody withdraws what a model earned for it.
    function anyoneWithdraws(uint256 which, uint256 who) external {
        uint256 model = bound(which, 1, programs.count());
        licences.settle(model);
        for (uint256 i = 0; i < crew.length; i++) {
            if (earned(model, crew[(who % crew.length + i) % crew.length].account)) return;
        }
    }

    function finish(uint256 id, bool early) internal returns (bool) {
        Purchase memory bought = licences.purchase(id);
        Bargain storage bargain = bargains[id - 1];
        if (bought.stage == PurchaseStage.Paid && time() > bought.boughtAt + DELIVERY) {
            vm.prank(buyer.account);
            licences.refund(id, buyer.account);
            purse[buyer.account] += bargain.price;
            note("purchase refunded");
            return true;
        }
        if (bought.stage != PurchaseStage.Delivered) return false;
        bool over = time() > bought.deliveredAt + DISPUTE;
        if (!bargain.right && !over) {
            _dispute(id, bargain);
            return true;
        }
        if (!over && !early) return false;
        vm.prank(over ? stranger.account : buyer.account);
        licences.accept(id);
        note("accepted");
        return true;
    }

    function earned(uint256 model, address account) internal returns (bool) {
        uint256 amount = licences.pending(model, account);
        if (amount == 0) return false;
        vm.prank(account);
        licences.withdraw(model, account);
        purse[account] += amount;
        note("income withdrawn");
        return true;
    }

    function _dispute(uint256 id, Bargain storage bargain) private {
        Point memory ephemeral = _pointOf(bargain.ephemeral);
        (bytes32 wrapped, uint256 secret) = (bargain.wrapped, bargain.secret);
        vm.prank(buyer.account);
        licences.dispute(id, ephemeral, wrapped, secret, buyer.account);
        purse[buyer.account] += bargain.price;
        note("disputed");
    }

    function _pointOf(uint256 secret) private returns (Point memory) {
        Wallet memory wallet = vm.createWallet(secret);
        return Point(wallet.publicKeyX, wallet.publicKeyY);
    }
}
