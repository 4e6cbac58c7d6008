"""Who takes part in a program, on which seat, function by function."""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.world import RULES, World, refused

from commonroot.ledger.gateways.enrolments import Population
from commonroot.protocol import allowlist


class TestJoin:
    def test_refuses_who_is_no_member(self, world: World) -> None:
        """
        A dataset alone does not make a node.
        """
        id, ada = world.program(), world.nodes[0]
        dataset = world.dataset(ada)

        with refused("NotMember", account=ada.account):
            ada.enrolments.join(id, dataset)

    def test_refuses_anothers_dataset(self, world: World) -> None:
        """
        A node takes part with data of its own.
        """
        id, ada, bob = world.program(), world.member(world.nodes[0]), world.nodes[1]
        dataset = world.dataset(bob)

        with refused("DatasetNotUsable", dataset="0x" + dataset.hex()):
            ada.enrolments.join(id, dataset)

    def test_refuses_a_retired_dataset(self, world: World) -> None:
        """
        Retired is retired.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        dataset = world.dataset(ada)
        ada.datasets.retire(dataset)

        with refused("DatasetNotUsable"):
            ada.enrolments.join(id, dataset)

    def test_refuses_a_program_that_ends(self, world: World) -> None:
        """
        There is nothing left to take part in.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.sponsor.programs.end(id)

        with refused("ProgramEnding", program=id):
            ada.enrolments.join(id, world.dataset(ada))

    def test_refuses_who_is_not_on_the_allowlist(self, world: World) -> None:
        """
        Another's proof does not help.
        """
        listed = [node.account for node in world.nodes[:3]]
        id = world.program(replace(RULES, allowlist=allowlist.root(listed)))
        eve = world.member(world.nodes[3])
        dataset = world.dataset(eve)
        place = allowlist.admission(listed, listed[0])

        for index, proof in ((place.index, place.proof), (0, ())):
            with refused("NotAdmitted", account=eve.account):
                eve.enrolments.join(id, dataset, index, proof)

    def test_admits_everyone_on_the_allowlist(self, world: World) -> None:
        """
        Each by its own place.
        """
        listed = [node.account for node in world.nodes[:3]]
        id = world.program(replace(RULES, allowlist=allowlist.root(listed)))

        for node in world.nodes[:3]:
            dataset = world.dataset(world.member(node))
            place = allowlist.admission(listed, node.account)
            node.enrolments.join(id, dataset, place.index, place.proof)

            assert node.enrolments.enrolled_at(id, node.account, world.block) == dataset

    def test_is_read_by_block(self, world: World) -> None:
        """
        Which dataset a node takes part with is a matter of the block, and a later one replaces it.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        first, second = world.dataset(ada, b"first"), world.dataset(ada, b"second")
        ada.enrolments.join(id, first)
        joined = world.block

        ada.enrolments.join(id, second)

        found = [ada.enrolments.enrolled_at(id, ada.account, joined + step) for step in (-1, 0, 1)]
        assert found == [None, first, second]


class TestQuit:
    def test_refuses_who_is_not_in(self, world: World) -> None:
        """
        One takes leave of what one is in.
        """
        id, eve = world.program(), world.stranger

        with refused("NotEnrolled", program=id, account=eve.account):
            eve.enrolments.quit(id)

    def test_ends_the_enrolment_from_its_block_on(self, world: World) -> None:
        """
        Before it, the node still took part.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        dataset = world.dataset(ada)
        ada.enrolments.join(id, dataset)
        before = world.block

        ada.enrolments.quit(id)

        assert ada.enrolments.enrolled_at(id, ada.account, before) == dataset
        assert ada.enrolments.enrolled_at(id, ada.account, world.block) is None
        with refused("NotEnrolled"):
            ada.enrolments.quit(id)


class TestSeat:
    def test_is_for_life(self, world: World) -> None:
        """
        Seats are given out one after another; who leaves keeps its own, and comes back to it.
        """
        id, (ada, bob) = world.program(), world.nodes[:2]
        for node in (ada, bob):
            world.enrol(id, world.member(node))
        first = world.block - 2  # Bob's membership, his dataset and his joining came after it

        ada.enrolments.quit(id)
        assert ada.enrolments.population(id) == Population(2, 1)
        world.enrol(id, ada, b"others")

        enrolments = world.stranger.enrolments
        assert enrolments.population(id) == Population(2, 2)
        seats = [enrolments.seat_of(id, node.account) for node in (ada, bob)]
        assert [seat.number for seat in seats if seat] == [0, 1]
        assert seats[0] is not None
        assert seats[0].since < first
        assert enrolments.seat_of(id, world.stranger.account) is None

    def test_counts_nobody_twice(self, world: World) -> None:
        """
        Another dataset is not another node.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        world.enrol(id, ada, b"second")

        assert ada.enrolments.population(id) == Population(1, 1)


class TestRelease:
    def test_refuses_who_is_a_member(self, world: World) -> None:
        """
        A member leaves by itself.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)

        with refused("StillMember", account=ada.account):
            world.stranger.enrolments.release(id, ada.account)

    def test_refuses_who_is_not_in(self, world: World) -> None:
        """
        There is nobody to take out.
        """
        id = world.program()

        with refused("NotEnrolled", program=id, account=world.buyer.account):
            world.stranger.enrolments.release(id, world.buyer.account)

    def test_takes_out_who_is_no_member_any_more(self, world: World) -> None:
        """
        No round waits for a node that has left with its bond.
        """
        id, ada = world.program(), world.member(world.nodes[0])
        world.enrol(id, ada)
        ada.nodes.resign()

        world.stranger.enrolments.release(id, ada.account)

        assert ada.enrolments.population(id) == Population(1, 0)
        assert ada.enrolments.enrolled_at(id, ada.account, world.block) is None
