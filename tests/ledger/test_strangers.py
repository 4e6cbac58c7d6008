"""What strangers put on chain as text is read whatever it is, and nobody is kept from reading on."""

from __future__ import annotations

from tests.contracts.world import RULES, World

from commonroot.ledger import events
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.strangers import one_line
from commonroot.protocol.hashing import keccak

NO_TEXT = b"\xff\xfe\x80"


def send_with(deployed: Deployed, function: str, *arguments: object) -> None:
    """Call a function with bytes that are no text in place of the word `BAD`."""
    data = bytes.fromhex(deployed.contract.encode_abi(function, arguments).removeprefix("0x"))
    assert data.count(b"BAD") == 1
    deployed.speaker.send(function, deployed.address, data.replace(b"BAD", NO_TEXT))


class TestForgive:
    def test_one_bad_program_hides_no_other(self, world: World) -> None:
        """
        A program whose address of a card is no UTF-8 is listed, and so are those around it.
        """
        before = world.program()
        world.sponsor.token.allow(world.book.programs, 80)
        charter = (*world.charter().fields()[:-1], "ipfs://BAD")
        send_with(world.sponsor.programs.deployed, "create", RULES.fields(), charter, 80)
        after = world.program()

        found = events.programs(world.stranger)

        assert [each.program for each in found] == [before, before + 1, after]
        assert found[1].charter.uri == "ipfs://" + 3 * "\N{REPLACEMENT CHARACTER}"
        assert found[2].charter.uri == "ipfs://card"

    def test_a_bad_endpoint_can_be_read_and_mended(self, world: World) -> None:
        """
        Nodes see that the endpoint is none, and see the next one.
        """
        id = world.program()
        programs = world.aggregator.programs
        send_with(programs.deployed, "setEndpoint", id, "BAD:1", keccak(b"certificate"))

        said = events.endpoint(world.stranger, id)
        assert said is not None
        assert said.endpoint == 3 * "\N{REPLACEMENT CHARACTER}" + ":1"

        programs.set_endpoint(id, "localhost:1", keccak(b"certificate"))
        said = events.endpoint(world.stranger, id)
        assert said is not None
        assert said.endpoint == "localhost:1"


class TestOneLine:
    def test_is_short_and_steers_nothing(self) -> None:
        """
        A token's name cannot rewrite the question of whether to pay for it.
        """
        assert one_line("TEST", 20) == "TEST"
        assert one_line("\x1b[2K\rFREE\n" + 100 * "x", 20) == " [2K FREE " + 10 * "x"
