"""A node asks the chain in plain JSON-RPC, and takes nothing for an answer that is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.contracts.world import RULES, SEED, World
from tests.protocol.samples import account, digest

from commonroot.base.processes import free_port
from commonroot.client.chain import OPENED, PROPOSAL, Chain, Round
from commonroot.client.errors import ChainSilent
from commonroot.devchain.rpc import answer
from commonroot.protocol.hashing import Digest, keccak


class Rpc:
    """A server that answers with what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.asked: dict[str, Any] = {}
        rpc = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["content-length"]))
                rpc.asked = json.loads(asked)
                said = rpc.answer(asked) if callable(rpc.answer) else rpc.answer
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.chain = Chain(f"http://127.0.0.1:{self.server.server_port}")


@pytest.fixture
def rpc() -> Iterator[Rpc]:
    """Return a server for the time of a test."""
    made = Rpc()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


class TestChain:
    def test_reads_a_rounds_state(self, rpc: Rpc, world: World) -> None:
        """
        What the contract says, in every stage.
        """
        rpc.answer, id = _answers(world), world.program()
        programs = world.book.programs
        opened = world.aggregator.programs.open(id)

        state = rpc.chain.round(programs, id, 1)

        assert state == Round(1, 1, opened.opening.digest(), Digest(bytes(32)))
        assert rpc.chain.parent(programs, id, 1, state) == 0
        assert rpc.chain.base_root(programs, world.book.models, id, 0) == SEED

    def test_finds_the_root_of_a_version_that_waits(self, rpc: Rpc, world: World) -> None:
        """
        What a round proposes is the base of the next one before it is final, and the same after.
        """
        rpc.answer, places = _answers(world), (world.book.programs, world.book.models)
        rules = replace(RULES, max_pending=2)
        id = world.program(rules, bond=320)
        _, proposal, _ = world.propose(id, rules=rules)
        opened = world.aggregator.programs.open(id)
        state = rpc.chain.round(places[0], id, 2)

        assert rpc.chain.parent(places[0], id, 2, state) == opened.opening.parent == 1
        assert rpc.chain.base_root(*places, id, 1) == proposal.result_root
        assert not rpc.chain.is_final(places[0], id, 1)
        world.pass_time(rules.window)
        world.stranger.programs.finalize(id, proposal)
        assert rpc.chain.base_root(*places, id, 1) == proposal.result_root
        assert rpc.chain.is_final(places[0], id, 1)

    def test_believes_no_log_that_does_not_hash_to_the_contracts(
        self, rpc: Rpc, world: World
    ) -> None:
        """
        Whoever answers for the chain cannot put another base into its mouth.
        """
        rpc.answer, id = _answers(world), world.program()
        world.aggregator.programs.open(id)
        state = rpc.chain.round(world.book.programs, id, 1)
        lie = replace(state, commitment=digest("another opening"))

        with pytest.raises(ChainSilent, match="nobody said RoundOpened of round 1"):
            rpc.chain.parent(world.book.programs, id, 1, lie)

    def test_knows_the_events_as_the_contract_spells_them(self, world: World) -> None:
        """
        A topic is the hash of the whole signature.
        """
        events = world.stranger.programs.deployed.contract.events

        for name, said in (("RoundOpened", OPENED), ("RoundProposed", PROPOSAL)):
            assert events[name]().topic == "0x" + keccak(said.encode()).hex()

    def test_reads_a_versions_root(self, rpc: Rpc) -> None:
        """
        A root is one word.
        """
        rpc.answer = {"result": "0x" + digest("root").hex()}

        assert rpc.chain.version_root(account("models"), 7, 2) == digest("root")

    @pytest.mark.parametrize(
        "answer",
        [
            {"error": {"code": 3, "message": "execution reverted"}},
            {"result": "0x"},
            {"result": "0x1234"},
            {"result": "words"},
            {"result": None},
            [],
            b"<html>",
        ],
    )
    def test_refuses_what_is_no_answer(self, rpc: Rpc, answer: Any) -> None:
        """
        A refusal, an empty answer and a web page are not a version.
        """
        rpc.answer = answer

        with pytest.raises(ChainSilent, match="does not answer"):
            rpc.chain.version_root(account("models"), 7, 2)

    def test_names_a_chain_that_is_not_there(self) -> None:
        """
        The address is in the message.
        """
        url = f"http://127.0.0.1:{free_port()}"

        with pytest.raises(ChainSilent, match=url):
            Chain(url).version_root(account("models"), 7, 2)

    def test_asks_the_next_address_where_one_is_silent(self, rpc: Rpc) -> None:
        """
        A setting may name several; secrets in a silent one's address are not shown.
        """
        silent = f"http://me:secret@127.0.0.1:{free_port()}/key"
        rpc.answer = {"result": "0x" + digest("version 2").hex()}

        both = Chain(f"{silent},{rpc.chain.url}")
        assert both.version_root(account("models"), 7, 2) == digest("version 2")
        with pytest.raises(ChainSilent) as caught:
            Chain(silent).version_root(account("models"), 7, 2)
        assert "secret" not in str(caught.value)
        assert "key" not in str(caught.value)


def _answers(world: World) -> Callable[[bytes], bytes]:
    """Return what answers for a chain of this process."""
    return lambda asked: answer(world.chain, asked)
