"""Aggregators' bonds: what is put up, what answers for rounds, and what is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.permits import permit
from tests.contracts.world import PURSE, RULES, World, refused

from commonroot.ledger import events
from commonroot.ledger.gateways.bonds import Bond, Fault, forfeit_key
from commonroot.ledger.gateways.records import Stage
from commonroot.protocol.hashing import ZERO, to_address


def silent(world: World, id: int, *, closed: bool = False) -> bytes:
    """Abandon a program's first round; return the forfeit's key."""
    opened = world.aggregator.programs.open(id)
    if closed:
        world.aggregator.programs.close(world.closing(opened))
    world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
    world.stranger.programs.abandon(id)
    return forfeit_key(id, 1, 1)


class TestDeposit:
    def test_refuses_an_unknown_program(self, world: World) -> None:
        """
        A bond is in a program's token, and there is none without a program.
        """
        with refused("NoSuchProgram", program=7):
            world.aggregator.bonds.deposit(7, 1)

    def test_is_whoevers_it_is(self, world: World) -> None:
        """
        Anyone may put up a bond, for itself and nobody else.
        """
        id, buyer = world.program(), world.buyer

        world.deposit(id, 30, buyer)

        assert buyer.bonds.bond_of(id, buyer.account) == Bond(30, 0)
        assert buyer.bonds.bond_of(id, world.aggregator.account) == Bond(160, 0)
        assert world.balance(buyer) == PURSE - 30

    def test_takes_a_signed_approval(self, world: World) -> None:
        """
        One transaction is enough.
        """
        id, buyer = world.program(), world.buyer
        signed = permit(buyer, world.book.bonds, 30, world.now + 1000)

        buyer.bonds.deposit_with_permit(id, 30, signed)

        assert buyer.bonds.bond_of(id, buyer.account) == Bond(30, 0)


class TestWithdraw:
    def test_refuses_to_give_out_more_than_there_is(self, world: World) -> None:
        """
        One program's bond does not pay for another's.
        """
        first, _ = world.program(), world.program()

        with refused("FreeBondTooSmall", free=160, needed=161):
            world.aggregator.bonds.withdraw(first, 161, world.aggregator.account)

    def test_refuses_to_give_out_what_a_round_has_locked(self, world: World) -> None:
        """
        From opening to end, 160 answer for the round.
        """
        id, aggregator = world.program(bond=190), world.aggregator
        aggregator.programs.open(id)

        with refused("FreeBondTooSmall", free=30, needed=31):
            aggregator.bonds.withdraw(id, 31, aggregator.account)
        aggregator.bonds.withdraw(id, 30, aggregator.account)

        assert aggregator.bonds.bond_of(id, aggregator.account) == Bond(160, 160)

    def test_goes_to_the_address_named(self, world: World) -> None:
        """
        Free bond comes back whole.
        """
        id = world.program()

        world.aggregator.bonds.withdraw(id, 160, world.buyer.account)

        assert world.balance(world.buyer) == PURSE + 160
        assert world.aggregator.bonds.bond_of(id, world.aggregator.account) == Bond(0, 0)


class TestLock:
    def test_is_a_matter_of_programs_alone(self, world: World) -> None:
        """
        Nobody else moves locks, forfeits bonds, credits draws or awards bounties.
        """
        id, bonds = world.program(), world.stranger.bonds.deployed
        caller, account = world.stranger.account, world.aggregator.account
        nobody = to_address(bytes(20))
        loss = (id, 1, 1, 1, False, account, 160, 1, 0, ZERO)

        for name, arguments in (
            ("lock", (id, account, 1)),
            ("unlock", (id, account, 1)),
            ("forfeit", (loss,)),
        ):
            with refused("OnlyPrograms", caller=caller):
                bonds.send(name, *arguments)
        for name, arguments in (
            ("award", (ZERO, nobody, 1)),
            ("creditDraw", (id, ZERO, 1, nobody)),
        ):
            with refused("OnlyJudges", caller=caller):
                bonds.send(name, *arguments)

    def test_holds_for_every_round_in_progress(self, world: World) -> None:
        """
        Two rounds lock twice as much, and each gives it back when it is final.
        """
        rules = replace(RULES, max_pending=2)
        id = world.program(rules, bond=320)
        bonds, account = world.stranger.bonds, world.aggregator.account
        _, first, _ = world.propose(id, rules=rules)
        _, second, _ = world.propose(id, rules=rules)
        assert bonds.bond_of(id, account) == Bond(320, 320)

        world.pass_time(rules.window)
        world.stranger.programs.finalize(id, first)
        assert bonds.bond_of(id, account) == Bond(320, 160)

        world.pass_time(rules.window)
        world.stranger.programs.finalize(id, second)
        assert bonds.bond_of(id, account) == Bond(320, 0)


class TestForfeit:
    @pytest.mark.parametrize(("closed", "burned"), [(False, 0), (True, 40)])
    def test_of_a_silent_epoch_is_half_the_nodes(
        self, world: World, closed: bool, burned: int
    ) -> None:
        """
        Of 160, 80 wait for acked nodes; another 40 are gone where the seed could be seen.
        """
        id = world.program()
        key = silent(world, id, closed=closed)

        held, (said,) = world.stranger.bonds.forfeit_of(key), events.forfeits(world.stranger, id)

        assert held is not None
        assert (held.fault, held.drawn) == (Fault.SILENT, 0)
        assert held.until == world.now + RULES.window
        assert (said.pool, said.burned, said.drawn, said.settled) == (80, burned, (), None)
        bond = world.stranger.bonds.bond_of(id, world.aggregator.account)
        assert bond == Bond(80 - burned, 0)

    def test_is_nothing_where_nothing_happened(self, world: World) -> None:
        """
        A round that goes well leaves no trace here.
        """
        id = world.program()
        world.run_round(id)

        assert world.stranger.bonds.forfeit_of(forfeit_key(id, 1, 1)) is None
        assert events.forfeits(world.stranger, id) == []


class TestSettle:
    def test_refuses_what_was_not_forfeited(self, world: World) -> None:
        """
        There is nothing to end.
        """
        with refused("NoSuchForfeit"):
            world.stranger.bonds.settle(1, 1, 1)

    def test_refuses_before_its_time(self, world: World) -> None:
        """
        Until then acked nodes may draw.
        """
        id = world.program()
        held = world.stranger.bonds.forfeit_of(silent(world, id))
        assert held is not None
        world.ask("evm_setNextBlockTimestamp", held.until)

        with refused("TooEarly", earliest=held.until + 1):
            world.stranger.bonds.settle(id, 1, 1)

    def test_returns_what_nobody_drew(self, world: World) -> None:
        """
        An aggregator whose nodes all stayed away loses nothing but time.
        """
        id = world.program()
        silent(world, id)
        world.pass_time(RULES.window + 1)

        world.stranger.bonds.settle(id, 1, 1)

        assert world.stranger.bonds.bond_of(id, world.aggregator.account) == Bond(160, 0)
        with refused("NoSuchForfeit", fault=Fault.SETTLED):
            world.stranger.bonds.settle(id, 1, 1)
        (said,) = events.forfeits(world.stranger, id)
        assert said.settled is not None
        assert said.challenger is None

    def test_lets_the_program_go_on_meanwhile(self, world: World) -> None:
        """
        The same round opens again in its next epoch, with another bond.
        """
        id = world.program(bond=320)
        silent(world, id)

        opened = world.aggregator.programs.open(id).opening

        assert (opened.round, opened.epoch) == (1, 2)
        assert world.stranger.programs.round(id, 1).stage is Stage.OPEN


class TestTake:
    def test_refuses_who_is_owed_nothing(self, world: World) -> None:
        """
        The error names the token and the account.
        """
        with refused("NothingOwed", account=world.stranger.account):
            world.stranger.bonds.take(world.book.token, world.stranger.account)
