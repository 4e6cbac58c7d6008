"""A program's whole life: every unit that went in is somewhere in the end, to the last one."""

from __future__ import annotations

from tests.contracts.world import PURSE, World

from commonroot.keys.delivery import deliver, key_hash, one_time_key, receive
from commonroot.ledger.gateways.models import Place

CONTENT = b"\x42" * 32


def test_a_program_from_funding_to_the_last_withdrawal(world: World) -> None:
    """
    Two nodes join, two rounds are run and claimed, a licence is sold, delivered, accepted, settled
    and withdrawn; then everybody takes what is theirs and the contracts are empty but for bonds.
    """
    (ada, bob), buyer, sponsor = world.nodes[:2], world.buyer, world.sponsor
    before = world.balance(sponsor)
    id = world.program()
    for node in (ada, bob):
        world.enrol(id, world.member(node))

    rounds = [world.run_round(id), world.run_round(id)]
    world.claim(rounds[0], 0)
    offer = sponsor.licences.offer_version(id, 2, 1000, world.aggregator.account, key_hash(CONTENT))
    buyer.token.allow(world.book.licences, 1000)
    key = one_time_key()
    purchase = buyer.licences.buy(offer, key.point)
    delivery = deliver(CONTENT, key.point, purchase)
    world.aggregator.licences.deliver(purchase, delivery)
    assert receive(key, delivery, purchase, key_hash(CONTENT)) == CONTENT
    buyer.licences.accept(purchase)
    world.stranger.licences.settle(id)
    for done, index in ((rounds[0], 1), (rounds[1], 0), (rounds[1], 1)):
        world.claim(done, index)

    # 1000: 100 for the owner, 900 over 2048 shares of which 1280 are Ada's and 768 Bob's.
    assert ada.licences.withdraw(id, ada.account) == 562
    assert bob.licences.withdraw(id, bob.account) == 337
    assert sponsor.licences.withdraw(id, sponsor.account) == 100
    sponsor.programs.end(id)
    sponsor.programs.refund(id, sponsor.account)
    world.aggregator.bonds.withdraw(id, 160, world.aggregator.account)

    assert world.balance(sponsor) == before - 240 + 80 + 100
    assert world.balance(world.aggregator) == PURSE
    assert world.balance(ada) == PURSE - 100 + 2 * 50 + 562
    assert world.balance(bob) == PURSE - 100 + 2 * 30 + 337
    assert world.balance(buyer) == PURSE - 1000
    assert world.stranger.token.balance_of(world.book.programs) == 0
    assert world.stranger.token.balance_of(world.book.bonds) == 0
    assert world.stranger.token.balance_of(world.book.licences) == 1
    assert world.stranger.token.balance_of(world.book.nodes) == 200
    head = world.stranger.models.root(id, 2)
    assert world.stranger.models.places_of(head) == [Place(id, 2)]
