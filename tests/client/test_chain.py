"""A node asks the chain in plain JSON-RPC, and takes nothing for an answer that is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.protocol.samples import account, digest

from commonroot.base.processes import free_port
from commonroot.client.chain import Chain, Round
from commonroot.client.errors import ChainSilent
from commonroot.protocol.hashing import keccak, word


class Rpc:
    """A server that answers with what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.asked: dict[str, Any] = {}
        rpc = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                rpc.asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = (
                    rpc.answer if isinstance(rpc.answer, bytes) else json.dumps(rpc.answer).encode()
                )
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
    def test_reads_a_rounds_state(self, rpc: Rpc) -> None:
        """
        Stage, epoch and parent are the struct's first three words.
        """
        words = [1, 4, 2, *[9] * 9]
        rpc.answer = {"result": "0x" + b"".join(map(word, words)).hex()}

        assert rpc.chain.round(account("programs"), 7, 3) == Round(1, 4, 2)
        call = rpc.asked["params"][0]
        assert call["to"] == account("programs")
        assert (
            call["data"] == "0x" + (keccak(b"round(uint256,uint64)")[:4] + word(7) + word(3)).hex()
        )

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
