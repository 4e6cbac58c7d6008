"""Members, their bonds and their keys, function by function."""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.permits import permit
from tests.contracts.world import BOND, PURSE, UNBONDING, World, keys, refused

from commonroot.protocol.hashing import ZERO, keccak
from commonroot.protocol.receipt import Domain


class TestJoin:
    def test_refuses_a_small_bond(self, world: World) -> None:
        """
        A bond of 99 is one less than every member gives.
        """
        ada = world.nodes[0]

        with refused("BondTooSmall", given=99, minimum=100):
            ada.nodes.join(BOND - 1, world.keys(ada))

    def test_refuses_money_that_is_not_approved(self, world: World) -> None:
        """
        The contract takes nothing that its owner did not approve.
        """
        ada = world.nodes[0]

        with refused("ERC20InsufficientAllowance", allowance=0, needed=BOND):
            ada.nodes.join(BOND, world.keys(ada))

    def test_refuses_a_member(self, world: World) -> None:
        """
        Who is a member cannot join again.
        """
        ada = world.member(world.nodes[0])

        with refused("AlreadyMember", account=ada.account):
            ada.nodes.join(BOND, world.keys(ada))

    def test_refuses_a_receipt_key_that_did_not_sign(self, world: World) -> None:
        """
        Nobody registers another's key: its possession is proved for the account that joins.
        """
        ada, eve = world.nodes[0], world.stranger
        stolen = replace(world.keys(ada), flower=b"eve's")

        with refused("KeyNotProved", receiptKey=ada.account):
            eve.nodes.join(BOND, stolen)

    def test_refuses_a_malformed_signature(self, world: World) -> None:
        """
        Bytes that are no signature prove nothing.
        """
        ada = world.nodes[0]

        with refused("KeyNotProved", receiptKey=ada.account):
            ada.nodes.join(BOND, replace(world.keys(ada), possession=bytes(64)))

    def test_refuses_a_receipt_key_of_another(self, world: World) -> None:
        """
        One receipt key speaks for one account, even where its holder would sign for two.
        """
        ada, bob = world.member(world.nodes[0]), world.nodes[1]
        bob.token.allow(world.book.nodes, BOND)

        with refused("KeyTaken", owner=ada.account):
            bob.nodes.join(BOND, keys(bob.account, ada, world.book, b"bob's"))

    def test_refuses_a_flower_key_of_another(self, world: World) -> None:
        """
        One Flower key speaks for one account.
        """
        ada, bob = world.member(world.nodes[0]), world.nodes[1]
        taken = world.keys(ada).flower

        with refused("KeyTaken", owner=ada.account):
            bob.nodes.join(BOND, replace(world.keys(bob), flower=taken))

    def test_refuses_flower_keys_without_sense(self, world: World) -> None:
        """
        A Flower key has between one and 512 bytes.
        """
        ada = world.nodes[0]
        for flower in (b"", bytes(513)):
            with refused("BadFlowerKey", length=len(flower)):
                ada.nodes.join(BOND, replace(world.keys(ada), flower=flower))

    def test_takes_the_bond_and_keeps_the_keys(self, world: World) -> None:
        """
        From its block on, and not before, the member's keys speak for it.
        """
        ada = world.member(world.nodes[0])
        block, flower = world.block, world.keys(ada).flower

        assert ada.nodes.bond_of(ada.account) == BOND
        assert world.balance(ada) == PURSE - BOND
        assert ada.nodes.receipt_key_at(ada.account, block) == ada.account
        assert ada.nodes.flower_key_at(ada.account, block) == keccak(flower)
        assert ada.nodes.account_of_flower_key(flower, block) == ada.account
        assert not ada.nodes.member_at(ada.account, block - 1)
        assert ada.nodes.account_of_flower_key(flower, block - 1) is None

    def test_takes_a_larger_bond(self, world: World) -> None:
        """
        The minimum is no maximum.
        """
        ada = world.nodes[0]
        ada.token.allow(world.book.nodes, 250)

        ada.nodes.join(250, world.keys(ada))

        assert ada.nodes.bond_of(ada.account) == 250

    def test_takes_a_signed_approval_along(self, world: World) -> None:
        """
        With a permit one transaction joins.
        """
        ada = world.nodes[0]
        signed = permit(ada, world.book.nodes, BOND, world.now + 100_000)

        ada.nodes.join_with_permit(BOND, world.keys(ada), signed)

        assert ada.nodes.bond_of(ada.account) == BOND

    def test_lets_another_key_sign_receipts(self, world: World) -> None:
        """
        The receipt key need not be the account's own.
        """
        ada, key = world.nodes[0], world.stranger
        ada.token.allow(world.book.nodes, BOND)

        ada.nodes.join(BOND, keys(ada.account, key, world.book, b"flower"))

        assert ada.nodes.receipt_key_at(ada.account, world.block) == key.account

    def test_asks_for_what_signers_sign(self, world: World) -> None:
        """
        The digest of possession is EIP-712 in the domain of this contract.
        """
        ada = world.nodes[0]
        type_hash = keccak(b"Possession(address account)")
        struct = keccak(type_hash, bytes(12), bytes.fromhex(ada.account[2:]))

        found = ada.nodes.possession_digest(ada.account)

        assert found == Domain(world.book.chain_id, world.book.nodes).digest(struct)


class TestRotate:
    def test_refuses_who_is_no_member(self, world: World) -> None:
        """
        Only members have keys to change.
        """
        ada = world.nodes[0]

        with refused("NotMember", account=ada.account):
            ada.nodes.rotate(world.keys(ada))

    def test_changes_what_speaks_from_its_block_on(self, world: World) -> None:
        """
        The old keys still speak for the blocks before: receipts of open rounds stay checkable.
        """
        ada, key = world.member(world.nodes[0]), world.stranger
        before = world.block
        old = world.keys(ada).flower

        ada.nodes.rotate(keys(ada.account, key, world.book, b"new flower"))

        after = world.block
        assert ada.nodes.receipt_key_at(ada.account, before) == ada.account
        assert ada.nodes.receipt_key_at(ada.account, after) == key.account
        assert ada.nodes.account_of_flower_key(old, before) == ada.account
        assert ada.nodes.account_of_flower_key(old, after) is None
        assert ada.nodes.account_of_flower_key(b"new flower", after) == ada.account

    def test_never_frees_a_key(self, world: World) -> None:
        """
        A key that once spoke for one account never speaks for another.
        """
        ada, bob, key = world.member(world.nodes[0]), world.nodes[1], world.stranger
        ada.nodes.rotate(keys(ada.account, key, world.book, b"new flower"))
        bob.token.allow(world.book.nodes, BOND)

        with refused("KeyTaken", owner=ada.account):
            bob.nodes.join(BOND, keys(bob.account, ada, world.book, b"bob's"))

    def test_takes_an_account_back_to_its_own_key(self, world: World) -> None:
        """
        The same account may use its old keys again.
        """
        ada, key = world.member(world.nodes[0]), world.stranger
        ada.nodes.rotate(keys(ada.account, key, world.book, b"new flower"))

        ada.nodes.rotate(world.keys(ada))

        assert ada.nodes.receipt_key_at(ada.account, world.block) == ada.account

    def test_says_since_when_a_key_is_retired(self, world: World) -> None:
        """
        A receipt that is signed with it long after says nothing about the node; a key that is back does.
        """
        ada, bob = world.member(world.nodes[0]), world.nodes[1]
        own, other = world.keys(ada), keys(ada.account, bob, world.book, b"another")
        assert ada.nodes.retired_at(own.receipt) is None

        ada.nodes.rotate(other)
        assert ada.nodes.retired_at(own.receipt) == world.now

        ada.nodes.rotate(own)
        assert ada.nodes.retired_at(own.receipt) is None
        assert ada.nodes.retired_at(other.receipt) == world.now

        ada.nodes.rotate(own)
        assert ada.nodes.retired_at(own.receipt) is None
        ada.nodes.resign()
        assert ada.nodes.retired_at(own.receipt) == world.now


class TestResign:
    def test_refuses_who_is_no_member(self, world: World) -> None:
        """
        One leaves what one is in.
        """
        ada = world.nodes[0]

        with refused("NotMember", account=ada.account):
            ada.nodes.resign()

    def test_silences_the_keys_and_keeps_the_bond(self, world: World) -> None:
        """
        From its block on nothing speaks for the account; before, everything still does.
        """
        ada = world.member(world.nodes[0])
        before = world.block

        ada.nodes.resign()

        assert ada.nodes.member_at(ada.account, before)
        assert not ada.nodes.member_at(ada.account, world.block)
        assert ada.nodes.flower_key_at(ada.account, world.block) is None
        assert ada.nodes.bond_of(ada.account) == BOND
        assert ada.nodes.withdrawable_at(ada.account) == world.now + UNBONDING


class TestWithdraw:
    def test_refuses_members(self, world: World) -> None:
        """
        A bond stands as long as its member.
        """
        ada = world.member(world.nodes[0])

        with refused("AlreadyMember", account=ada.account):
            ada.nodes.withdraw(ada.account)

    def test_refuses_before_the_delay_is_over(self, world: World) -> None:
        """
        One second early is too early.
        """
        ada = world.member(world.nodes[0])
        ada.nodes.resign()
        earliest = world.now + UNBONDING
        world.pass_time(UNBONDING - 1)

        with refused("StillUnbonding", withdrawableAt=earliest):
            ada.nodes.withdraw(ada.account)

    def test_refuses_who_has_no_bond(self, world: World) -> None:
        """
        There is nothing to take for who never joined.
        """
        eve = world.stranger

        with refused("NoBond", account=eve.account):
            eve.nodes.withdraw(eve.account)

    def test_pays_to_the_address_named(self, world: World) -> None:
        """
        The whole bond goes there, once.
        """
        ada, friend = world.member(world.nodes[0]), world.buyer
        ada.nodes.resign()
        world.pass_time(UNBONDING)

        ada.nodes.withdraw(friend.account)

        assert world.balance(friend) == PURSE + BOND
        with refused("NoBond"):
            ada.nodes.withdraw(friend.account)

    def test_lets_join_again_only_afterwards(self, world: World) -> None:
        """
        A bond that is still held is not mixed with a new one; then the old keys serve again.
        """
        ada = world.member(world.nodes[0])
        ada.nodes.resign()
        with refused("BondStillHeld", withdrawableAt=ada.nodes.withdrawable_at(ada.account)):
            ada.nodes.join(BOND, world.keys(ada))
        world.pass_time(UNBONDING)
        ada.nodes.withdraw(ada.account)

        world.member(ada)

        assert ada.nodes.member_at(ada.account, world.block)
        assert ada.nodes.withdrawable_at(ada.account) == 0


def test_zero_is_nobody(world: World) -> None:
    """
    A Flower key that nobody registered leads to nobody, not to the zero address.
    """
    assert world.stranger.nodes.account_of_flower_key(b"unknown", world.block) is None
    assert world.stranger.nodes.deployed.call("flowerKeyAt", world.buyer.account, 0) == ZERO
