"""What models earn: settled hop by hop, shared exactly, withdrawn by whoever it is owed to."""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.world import PURSE, RULES, World, refused

from commonroot.keys.delivery import one_time_key
from commonroot.protocol.hashing import Address
from commonroot.protocol.rules import Visibility

RULES_OPEN = replace(RULES, visibility=Visibility.OPEN)
"""Sales of open models are income at once; a tenth of it is the owner's."""


def model(world: World, parent: int = 0, rounds: int = 3) -> int:
    """Create a program whose artifacts are open."""
    return world.program(replace(RULES_OPEN, rounds=rounds), parent=parent)


def sell(world: World, id: int, price: int) -> None:
    """Sell version 0 of an open model for a price."""
    offer = world.sponsor.licences.offer_version(id, 0, price, world.sponsor.account, None)
    world.buyer.token.allow(world.book.licences, price)
    world.buyer.licences.buy(offer, one_time_key().point)


def pending(world: World, id: int, *accounts: Address) -> list[int]:
    """Return what accounts could withdraw."""
    return [world.stranger.licences.pending(id, account) for account in accounts]


class TestSettle:
    def test_does_nothing_without_income(self, world: World) -> None:
        """
        An empty inbox moves nothing.
        """
        id = model(world)

        world.stranger.licences.settle(id)

        assert world.stranger.licences.income(id).per_share == 0

    def test_pays_the_owner_where_nobody_has_shares(self, world: World) -> None:
        """
        Before the first finalized round all of it is the owner's.
        """
        id = model(world)
        sell(world, id, 1000)

        world.stranger.licences.settle(id)

        assert pending(world, id, world.sponsor.account) == [1000]
        assert world.stranger.licences.income(id).inbox == 0

    def test_shares_out_what_the_owner_does_not_get(self, world: World) -> None:
        """
        Of 1000, a tenth is the owner's; 640 and 384 of 1024 shares get 562.5 and 337.5.
        """
        id, (ada, bob) = model(world), world.nodes[:2]
        done = world.run_round(id, rules=RULES_OPEN)
        world.claim(done, 0)
        world.claim(done, 1)
        sell(world, id, 1000)

        world.stranger.licences.settle(id)

        found = pending(world, id, world.sponsor.account, ada.account, bob.account)
        assert found == [100, 562, 337]

    def test_carries_what_is_too_little_to_divide(self, world: World) -> None:
        """
        A third of 100 has no end, but three times it is 100: what was left over is not lost.
        """
        rules = replace(RULES_OPEN, shares_per_round=3, owner_cut=0)
        id, people = world.program(rules), world.nodes[:3]
        done = world.run_round(id, scores=(1, 1, 1), rules=rules)
        for index in range(3):
            world.claim(done, index)
        for _ in range(3):
            sell(world, id, 100)
            world.stranger.licences.settle(id)

        found = pending(world, id, *(node.account for node in people))

        assert found == [100, 100, 100]

    def test_pays_the_owner_of_the_moment(self, world: World) -> None:
        """
        Who buys the model gets what is settled from then on, and leaves the old owner what it had.
        """
        id, heir = model(world), world.stranger
        sell(world, id, 1000)
        heir.licences.settle(id)
        world.sponsor.models.transfer(heir.account, id)
        offer = heir.licences.offer_version(id, 0, 500, heir.account, None)
        world.buyer.token.allow(world.book.licences, 500)
        world.buyer.licences.buy(offer, one_time_key().point)

        heir.licences.settle(id)

        assert pending(world, id, world.sponsor.account, heir.account) == [1000, 500]

    def test_moves_one_hop_up_the_lineage(self, world: World) -> None:
        """
        A fifth of the child's income goes to the parent's inbox, and from there to its shares.
        """
        parent = model(world, rounds=1)
        rules = replace(RULES_OPEN, rounds=1)
        done = world.run_round(parent, rules=rules)
        world.claim(done, 0)
        child = model(world, parent=parent)
        sell(world, child, 1000)
        licences = world.stranger.licences

        licences.settle(child)

        assert licences.income(parent).inbox == 200
        assert pending(world, child, world.sponsor.account) == [800]
        licences.settle(parent)
        # A tenth of 200 to the owner; 640 of 1024 shares of the other 180.
        found = pending(world, parent, world.sponsor.account, world.nodes[0].account)
        assert found == [20, 112]


class TestShares:
    def test_come_from_programs_alone(self, world: World) -> None:
        """
        Nobody gives itself shares.
        """
        eve = world.stranger

        with refused("OnlyPrograms", caller=eve.account):
            eve.licences.deployed.send("credit", 1, 1, eve.account, 10**6, 0)

    def test_lose_nothing_by_a_late_claim(self, world: World) -> None:
        """
        Who claims after the income came in has exactly what it would have had before.
        """
        id, (early, late) = model(world), world.nodes[:2]
        done = world.run_round(id, rules=RULES_OPEN)
        world.claim(done, 0)
        sell(world, id, 2000)
        world.stranger.licences.settle(id)
        assert pending(world, id, early.account, late.account) == [1125, 0]

        world.claim(done, 1)

        assert pending(world, id, early.account, late.account) == [1125, 675]

    def test_earn_from_their_own_round_on(self, world: World) -> None:
        """
        Income that came before a round is not that round's, even where nobody had settled it.
        """
        id, (ada, bob) = model(world), world.nodes[:2]
        first = world.run_round(id, rules=RULES_OPEN)
        sell(world, id, 1000)

        second = world.run_round(id, rules=RULES_OPEN)

        for done in (first, second):
            world.claim(done, 0)
            world.claim(done, 1)
        # 900 for round 1's 1024 shares alone; the second round has earned nothing yet.
        assert pending(world, id, ada.account, bob.account) == [562, 337]

    def test_are_diluted_by_later_rounds(self, world: World) -> None:
        """
        Two rounds have 2048 shares; 1800 between them is as much as 900 for each.
        """
        id, (ada, bob) = model(world), world.nodes[:2]
        first = world.run_round(id, rules=RULES_OPEN)
        world.claim(first, 0)
        second = world.run_round(id, rules=RULES_OPEN)
        sell(world, id, 2000)
        world.stranger.licences.settle(id)

        assert pending(world, id, ada.account) == [562]
        world.claim(first, 1)
        world.claim(second, 1)
        world.claim(second, 0)

        assert pending(world, id, ada.account, bob.account) == [1125, 675]
        assert world.stranger.licences.income(id).shares == 2048


class TestWithdraw:
    def test_refuses_where_nothing_is_owed(self, world: World) -> None:
        """
        The error names model and account.
        """
        id, eve = model(world), world.stranger

        with refused("NothingToWithdraw", model=id, account=eve.account):
            eve.licences.withdraw(id, eve.account)

    def test_pays_to_the_address_named_and_keeps_fractions(self, world: World) -> None:
        """
        562.5 pays 562; the half is still there when the next half comes.
        """
        id, (ada, _) = model(world), world.nodes[:2]
        done = world.run_round(id, rules=RULES_OPEN)
        world.claim(done, 0)
        sell(world, id, 1000)
        ada.licences.settle(id)
        friend = world.nodes[3]

        assert ada.licences.withdraw(id, friend.account) == 562

        assert world.balance(friend) == PURSE + 562
        assert pending(world, id, ada.account) == [0]
        sell(world, id, 1000)
        ada.licences.settle(id)
        assert ada.licences.withdraw(id, friend.account) == 563

    def test_never_pays_more_than_came_in(self, world: World) -> None:
        """
        Prices that nothing divides: what is withdrawn is all of it but less than one unit a head.
        """
        id, people = model(world), world.nodes[:3]
        done = world.run_round(id, scores=(7, 5, 1), rules=RULES_OPEN)
        total = 0
        for index, price in enumerate((1, 7, 101, 997)):
            sell(world, id, price)
            total += price
            if index < 3:
                world.claim(done, index)
            world.stranger.licences.settle(id)

        paid = sum(who.licences.withdraw(id, who.account) for who in (world.sponsor, *people))

        left = world.stranger.token.balance_of(world.book.licences)
        assert paid + left == total
        assert 0 <= left < 4

    def test_pays_from_one_model_only(self, world: World) -> None:
        """
        What one model earned is not another's, though one contract holds both.
        """
        rich, poor = model(world), model(world)
        sell(world, rich, 1000)
        world.stranger.licences.settle(rich)

        with refused("NothingToWithdraw", model=poor):
            world.sponsor.licences.withdraw(poor, world.sponsor.account)
