"""Licences: offered, bought, delivered, disputed, accepted, refunded, function by function."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from coincurve.utils import GROUP_ORDER_INT
from tests.contracts.permits import permit
from tests.contracts.world import DELIVERY, DISPUTE, PURSE, RULES, World, refused

from commonroot.keys.delivery import (
    Delivery,
    OneTimeKey,
    Point,
    deliver,
    key_hash,
    one_time_key,
    receive,
)
from commonroot.ledger.gateways.licences import FOREVER, Licence, PurchaseStage
from commonroot.protocol.hashing import Digest
from commonroot.protocol.rules import Visibility

CONTENT = bytes(range(32))
"""The content key of version 0."""
PRICE = 1000
OFF_CURVE = Point(1, 1)
OPEN_RULES = replace(RULES, visibility=Visibility.OPEN)
FIELD = 2**256 - 2**32 - 977


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase that was paid for."""

    model: int
    offer: int
    purchase: int
    key: OneTimeKey


def sale(world: World, duration: int = 0) -> Sale:
    """Have the sponsor offer version 0, delivered by the aggregator, and the buyer pay for it."""
    model = world.program()
    offer = offered(world, model, duration)
    key = one_time_key()
    world.buyer.token.allow(world.book.licences, PRICE)
    return Sale(model, offer, world.buyer.licences.buy(offer, key.point), key)


def offered(world: World, model: int, duration: int = 0) -> int:
    """Offer version 0 of a members' model."""
    return world.sponsor.licences.offer_version(
        model, 0, PRICE, world.aggregator.account, key_hash(CONTENT), duration
    )


def delivered(world: World, sold: Sale, content: bytes = CONTENT) -> Delivery:
    """Deliver a key for a purchase."""
    delivery = deliver(content, sold.key.point, sold.purchase)
    world.aggregator.licences.deliver(sold.purchase, delivery)
    return delivery


def stage(world: World, sold: Sale) -> PurchaseStage:
    """Return how far a purchase has come."""
    held = world.stranger.licences.purchase(sold.purchase)
    assert held is not None
    return held.stage


class TestOffer:
    def test_refuses_who_does_not_own_the_model(self, world: World) -> None:
        """
        The aggregator makes versions; their owner sells them.
        """
        model = world.program()

        with refused("NotTheModelOwner", model=model, caller=world.aggregator.account):
            world.aggregator.licences.offer_version(
                model, 0, PRICE, world.aggregator.account, key_hash(CONTENT)
            )

    def test_refuses_a_version_that_is_not_there(self, world: World) -> None:
        """
        What is not final yet is not for sale.
        """
        model = world.program()

        with refused("NoSuchVersion", model=model, version=1):
            world.sponsor.licences.offer_version(
                model, 1, PRICE, world.aggregator.account, key_hash(CONTENT)
            )

    def test_refuses_a_members_model_without_a_key(self, world: World) -> None:
        """
        Who buys sealed bytes gets a commitment to the key that opens them.
        """
        model = world.program()

        with refused("KeyHashDoesNotFit"):
            world.sponsor.licences.offer_version(model, 0, PRICE, world.sponsor.account, None)

    def test_refuses_an_open_model_with_a_key(self, world: World) -> None:
        """
        Where everything is public nothing can be delivered, and nobody should wait for it.
        """
        model = world.program(OPEN_RULES)

        with refused("KeyHashDoesNotFit"):
            offered(world, model)

    def test_keeps_its_terms(self, world: World) -> None:
        """
        What was offered can be read back.
        """
        model = world.program()

        id = offered(world, model, duration=60)

        held = world.stranger.licences.offer(id)
        assert held is not None
        assert (held.model, held.version, held.price, held.duration) == (model, 0, PRICE, 60)
        assert (held.seller, held.provider) == (world.sponsor.account, world.aggregator.account)
        assert (held.key_hash, held.retracted) == (key_hash(CONTENT), False)
        assert world.stranger.licences.offer(id + 1) is None


class TestRetract:
    def test_refuses_who_is_not_the_seller(self, world: World) -> None:
        """
        Not even the provider takes an offer back.
        """
        id = offered(world, world.program())

        with refused("NotTheModelOwner", caller=world.aggregator.account):
            world.aggregator.licences.retract(id)

    def test_closes_the_offer(self, world: World) -> None:
        """
        Nobody buys it any more, and it is not taken back twice.
        """
        id = offered(world, world.program())

        world.sponsor.licences.retract(id)

        with refused("OfferClosed", offer=id):
            world.buyer.licences.buy(id, one_time_key().point)
        with refused("OfferClosed", offer=id):
            world.sponsor.licences.retract(id)


class TestBuy:
    def test_refuses_an_unknown_offer(self, world: World) -> None:
        """
        There is nothing to pay for.
        """
        with refused("NoSuchOffer", offer=9):
            world.buyer.licences.buy(9, one_time_key().point)

    def test_refuses_an_offer_of_a_former_owner(self, world: World) -> None:
        """
        With the model, its old owner's offers are over.
        """
        model = world.program()
        id = offered(world, model)
        world.sponsor.models.transfer(world.stranger.account, model)

        with refused("OfferClosed", offer=id):
            world.buyer.licences.buy(id, one_time_key().point)

    @pytest.mark.parametrize(
        "point", [Point(0, 0), OFF_CURVE, Point(FIELD, 0), Point(GROUP_ORDER_INT + 2, 1)]
    )
    def test_refuses_what_is_no_point(self, world: World, point: Point) -> None:
        """
        A key that no delivery could be made to, or disputed over, is not paid for.
        """
        id = offered(world, world.program())

        with refused("NotAPoint", x=point.x, y=point.y):
            world.buyer.licences.buy(id, point)

    def test_refuses_without_the_money(self, world: World) -> None:
        """
        The price is approved, or there is no purchase.
        """
        id = offered(world, world.program())

        with refused("ERC20InsufficientAllowance", needed=PRICE):
            world.buyer.licences.buy(id, one_time_key().point)

    def test_holds_the_price(self, world: World) -> None:
        """
        The money waits in the contract: it is not income yet, and no licence is held yet.
        """
        sold = sale(world)

        held = world.stranger.licences.purchase(sold.purchase)
        assert held is not None
        assert (held.offer, held.buyer) == (sold.offer, world.buyer.account)
        assert (held.stage, held.bought_at) == (PurchaseStage.PAID, world.now)
        assert world.balance(world.buyer) == PURSE - PRICE
        assert world.stranger.token.balance_of(world.book.licences) == PRICE
        assert world.stranger.licences.income(sold.model).inbox == 0
        assert world.stranger.licences.licensed(sold.model, world.buyer.account) == []
        assert world.stranger.licences.purchases_of(world.buyer.account) == [sold.purchase]

    def test_of_an_open_model_is_final_at_once(self, world: World) -> None:
        """
        There is no key to wait for: the licence is a right, and the price is income.
        """
        model = world.program(OPEN_RULES)
        offer = world.sponsor.licences.offer_version(
            model, 0, PRICE, world.sponsor.account, None, duration=60
        )
        world.buyer.token.allow(world.book.licences, PRICE)

        purchase = world.buyer.licences.buy(offer, one_time_key().point)

        licences = world.stranger.licences
        expected = Licence(purchase, 0, world.now + 60)
        assert licences.licensed(model, world.buyer.account) == [expected]
        assert licences.pending(model, world.sponsor.account) == PRICE


class TestDeliver:
    def test_refuses_a_stranger(self, world: World) -> None:
        """
        Only the seller and the provider it named deliver.
        """
        sold = sale(world)
        delivery = deliver(CONTENT, sold.key.point, sold.purchase)

        with refused("NotTheProvider", purchase=sold.purchase, caller=world.stranger.account):
            world.stranger.licences.deliver(sold.purchase, delivery)

    def test_refuses_what_is_not_waiting(self, world: World) -> None:
        """
        There is a purchase to deliver, and it is delivered once.
        """
        sold = sale(world)
        delivery = delivered(world, sold)

        with refused("WrongPurchaseStage", purchase=sold.purchase, given=2, expected=1):
            world.aggregator.licences.deliver(sold.purchase, delivery)
        with refused("WrongPurchaseStage", purchase=99, given=0, expected=1):
            world.aggregator.licences.deliver(99, delivery)

    def test_refuses_when_the_time_is_over(self, world: World) -> None:
        """
        After the time to deliver only the refund is left.
        """
        sold = sale(world)
        deadline = world.now + DELIVERY
        delivery = deliver(CONTENT, sold.key.point, sold.purchase)
        world.ask("evm_setNextBlockTimestamp", deadline + 1)

        with refused("TooLate", deadline=deadline):
            world.aggregator.licences.deliver(sold.purchase, delivery)

    def test_refuses_what_is_no_point(self, world: World) -> None:
        """
        A delivery that could not be disputed does not count as one.
        """
        sold = sale(world)

        with refused("NotAPoint"):
            world.aggregator.licences.deliver(sold.purchase, Delivery(OFF_CURVE, Digest(CONTENT)))

    def test_hands_the_key_to_the_buyer_alone(self, world: World) -> None:
        """
        What stands on chain opens with the one-time key, and the licence is held from here on.
        """
        sold = sale(world, duration=60)

        delivery = delivered(world, sold)

        assert receive(sold.key, delivery, sold.purchase, key_hash(CONTENT)) == CONTENT
        assert delivery.wrapped != CONTENT
        found = world.stranger.licences.licensed(sold.model, world.buyer.account)
        assert found == [Licence(sold.purchase, 0, world.now + 60)]

    def test_is_open_to_the_seller_too(self, world: World) -> None:
        """
        A seller whose provider is away delivers itself.
        """
        sold = sale(world)

        world.sponsor.licences.deliver(
            sold.purchase, deliver(CONTENT, sold.key.point, sold.purchase)
        )

        assert stage(world, sold) is PurchaseStage.DELIVERED


class TestDispute:
    def test_refuses_what_is_not_delivered(self, world: World) -> None:
        """
        Before a delivery there is nothing to be wrong.
        """
        sold = sale(world)
        delivery = deliver(CONTENT, sold.key.point, sold.purchase)

        with refused("WrongPurchaseStage", given=1, expected=2):
            world.buyer.licences.dispute(sold.purchase, delivery, sold.key, world.buyer.account)

    def test_refuses_who_is_not_the_buyer(self, world: World) -> None:
        """
        Who reads the secret in the pool of transactions gets nothing for it.
        """
        sold = sale(world)
        delivery = delivered(world, sold, bytes(32))

        with refused("NotTheBuyer", caller=world.stranger.account):
            world.stranger.licences.dispute(
                sold.purchase, delivery, sold.key, world.stranger.account
            )

    def test_refuses_another_delivery(self, world: World) -> None:
        """
        What is disputed is what was delivered.
        """
        sold = sale(world)
        delivery = delivered(world, sold)
        forged = replace(delivery, wrapped=Digest(bytes(32)))

        with refused("WrongDelivery"):
            world.buyer.licences.dispute(sold.purchase, forged, sold.key, world.buyer.account)

    def test_refuses_another_secret(self, world: World) -> None:
        """
        The secret is that of the key the purchase was made with: any other would make any key wrong.
        """
        sold = sale(world)
        delivery = delivered(world, sold)

        with refused("WrongSecret"):
            world.buyer.licences.dispute(
                sold.purchase, delivery, one_time_key(), world.buyer.account
            )

    @pytest.mark.parametrize("secret", [0, GROUP_ORDER_INT])
    def test_refuses_what_is_no_secret(self, world: World, secret: int) -> None:
        """
        Zero and the order of the group multiply everything to nothing.
        """
        sold = sale(world)
        delivery = delivered(world, sold)
        point = (delivery.point.x, delivery.point.y)

        with refused("NotASecret"):
            world.buyer.licences.deployed.send(
                "dispute", sold.purchase, point, delivery.wrapped, secret, world.buyer.account
            )

    def test_refuses_where_the_key_is_right(self, world: World) -> None:
        """
        A buyer who got what was sold pays for it.
        """
        sold = sale(world)
        delivery = delivered(world, sold)

        with refused("DeliveryWasRight", purchase=sold.purchase):
            world.buyer.licences.dispute(sold.purchase, delivery, sold.key, world.buyer.account)

    def test_refuses_when_the_time_is_over(self, world: World) -> None:
        """
        Afterwards the sale is as good as accepted.
        """
        sold = sale(world)
        delivery = delivered(world, sold, bytes(32))
        deadline = world.now + DISPUTE
        world.ask("evm_setNextBlockTimestamp", deadline + 1)

        with refused("TooLate", deadline=deadline):
            world.buyer.licences.dispute(sold.purchase, delivery, sold.key, world.buyer.account)

    def test_pays_back_for_a_wrong_key(self, world: World) -> None:
        """
        The contract works the delivered key out itself; the price goes where the buyer says, once.
        """
        sold = sale(world)
        delivery = delivered(world, sold, b"\xff" * 32)

        world.buyer.licences.dispute(sold.purchase, delivery, sold.key, world.nodes[0].account)

        assert world.balance(world.nodes[0]) == PURSE + PRICE
        assert stage(world, sold) is PurchaseStage.REFUNDED
        assert world.stranger.licences.licensed(sold.model, world.buyer.account) == []
        with refused("WrongPurchaseStage", given=4, expected=2):
            world.buyer.licences.dispute(sold.purchase, delivery, sold.key, world.buyer.account)

    @pytest.mark.parametrize("parity", [0, 1])
    def test_multiplies_points_of_either_parity(self, world: World, parity: int) -> None:
        """
        A point has a mirror image with the same x; the contract takes the one that was posted.
        """
        sold = sale(world)
        right = deliver(CONTENT, sold.key.point, sold.purchase)
        while right.point.y % 2 != parity:
            right = deliver(CONTENT, sold.key.point, sold.purchase)
        world.aggregator.licences.deliver(sold.purchase, right)

        with refused("DeliveryWasRight"):
            world.buyer.licences.dispute(sold.purchase, right, sold.key, world.buyer.account)


class TestAccept:
    def test_refuses_what_is_not_delivered(self, world: World) -> None:
        """
        A sale is final when there is something to be final about.
        """
        sold = sale(world)

        with refused("WrongPurchaseStage", given=1, expected=2):
            world.buyer.licences.accept(sold.purchase)

    def test_refuses_others_while_it_can_be_disputed(self, world: World) -> None:
        """
        Until the last second of the dispute only the buyer may be content.
        """
        sold = sale(world)
        delivered(world, sold)
        deadline = world.now + DISPUTE
        world.ask("evm_setNextBlockTimestamp", deadline)

        with refused("TooEarly", earliest=deadline + 1):
            world.sponsor.licences.accept(sold.purchase)

    def test_makes_the_price_income(self, world: World) -> None:
        """
        The buyer is content at once, and the licence lasts for ever.
        """
        sold = sale(world)
        delivered(world, sold)

        world.buyer.licences.accept(sold.purchase)

        assert stage(world, sold) is PurchaseStage.ACCEPTED
        assert world.stranger.licences.pending(sold.model, world.sponsor.account) == PRICE
        found = world.stranger.licences.licensed(sold.model, world.buyer.account)
        assert found == [Licence(sold.purchase, 0, FOREVER)]

    def test_is_open_to_anyone_after_the_dispute(self, world: World) -> None:
        """
        A buyer who stays silent does not keep the seller waiting; nothing is income twice.
        """
        sold = sale(world)
        delivered(world, sold)
        world.pass_time(DISPUTE + 1)

        world.stranger.licences.accept(sold.purchase)

        assert world.stranger.licences.pending(sold.model, world.sponsor.account) == PRICE
        with refused("WrongPurchaseStage", given=3, expected=2):
            world.stranger.licences.accept(sold.purchase)


class TestRefund:
    def test_refuses_who_is_not_the_buyer(self, world: World) -> None:
        """
        Money goes back to whoever gave it.
        """
        sold = sale(world)
        world.pass_time(DELIVERY + 1)

        with refused("NotTheBuyer", caller=world.stranger.account):
            world.stranger.licences.refund(sold.purchase, world.stranger.account)

    def test_refuses_while_it_can_be_delivered(self, world: World) -> None:
        """
        The seller has all of the time that was promised.
        """
        sold = sale(world)
        deadline = world.now + DELIVERY
        world.ask("evm_setNextBlockTimestamp", deadline)

        with refused("TooEarly", earliest=deadline + 1):
            world.buyer.licences.refund(sold.purchase, world.buyer.account)

    def test_refuses_what_was_delivered(self, world: World) -> None:
        """
        A key in hand and the money back is not to be had.
        """
        sold = sale(world)
        delivered(world, sold)
        world.pass_time(DELIVERY + 1)

        with refused("WrongPurchaseStage", given=2, expected=1):
            world.buyer.licences.refund(sold.purchase, world.buyer.account)

    def test_pays_back_what_was_not_delivered(self, world: World) -> None:
        """
        The whole price goes where the buyer says, once.
        """
        sold = sale(world)
        world.pass_time(DELIVERY + 1)

        world.buyer.licences.refund(sold.purchase, world.nodes[0].account)

        assert world.balance(world.nodes[0]) == PURSE + PRICE
        with refused("WrongPurchaseStage", given=4, expected=1):
            world.buyer.licences.refund(sold.purchase, world.buyer.account)


class TestLicensed:
    def test_ends_with_its_duration(self, world: World) -> None:
        """
        In its sixtieth second a licence of a minute is over.
        """
        sold = sale(world, duration=60)
        delivered(world, sold)
        until = world.now + 60
        licences, buyer = world.stranger.licences, world.buyer.account
        world.ask("evm_setNextBlockTimestamp", until - 1)
        world.mine()
        assert licences.licensed(sold.model, buyer) == [Licence(sold.purchase, 0, until)]

        world.mine()

        assert licences.licensed(sold.model, buyer) == []

    def test_knows_models_apart(self, world: World) -> None:
        """
        A licence to one model is none to another.
        """
        sold = sale(world)
        delivered(world, sold)
        other = world.program()

        assert world.stranger.licences.licensed(other, world.buyer.account) == []
        assert world.stranger.licences.licensed(sold.model, world.stranger.account) == []


class TestPermit:
    def test_pays_with_a_signed_approval(self, world: World) -> None:
        """
        One transaction buys, with no approval before; a used permit does not stop the next one.
        """
        offer = offered(world, world.program())
        signed = permit(world.buyer, world.book.licences, PRICE, world.now + 100_000)

        world.buyer.licences.buy_with_permit(offer, one_time_key().point, signed)

        assert world.balance(world.buyer) == PURSE - PRICE

    def test_does_not_mind_being_sent_first_by_another(self, world: World) -> None:
        """
        Who sees a permit and sends it does the buyer no harm: the approval is there.
        """
        offer = offered(world, world.program())
        buyer, spender = world.buyer, world.book.licences
        signed = permit(buyer, spender, PRICE, world.now + 100_000)
        world.stranger.token.deployed.send(
            "permit", buyer.account, spender, PRICE, *signed.fields()
        )

        buyer.licences.buy_with_permit(offer, one_time_key().point, signed)

        assert world.balance(buyer) == PURSE - PRICE

    def test_refuses_a_permit_of_another(self, world: World) -> None:
        """
        Without a valid approval the transfer says what is missing.
        """
        offer = offered(world, world.program())
        foreign = permit(world.stranger, world.book.licences, PRICE, world.now + 100_000)

        with refused("ERC20InsufficientAllowance", needed=PRICE):
            world.buyer.licences.buy_with_permit(offer, one_time_key().point, foreign)
