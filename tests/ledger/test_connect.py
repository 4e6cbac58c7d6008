"""An RPC address becomes a connection, or one clear error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.devchain.samples import Served, served

from commonroot.base.processes import free_port
from commonroot.ledger.connect import connect
from commonroot.ledger.errors import ChainUnreachable, NotAChain, WrongChain


@pytest.fixture(scope="module")
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


@contextmanager
def website(status: int, body: bytes) -> Iterator[str]:
    """Serve one answer to whatever is posted; yield its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class TestConnect:
    def test_finds_a_chain(self, devchain: Served) -> None:
        """
        The right chain answers with its number.
        """
        assert connect(devchain.url, 31337).eth.chain_id == 31337

    def test_refuses_another_chain(self, devchain: Served) -> None:
        """
        The error names both.
        """
        with pytest.raises(WrongChain, match=r"Expected chain 1; .* is 31337") as caught:
            connect(devchain.url, 1)
        assert "--rpc" in caught.value.hint

    def test_says_that_nobody_answers(self) -> None:
        """
        One sentence with the address, and what to do.
        """
        url = f"http://127.0.0.1:{free_port()}"

        with pytest.raises(ChainUnreachable, match=url) as caught:
            connect(url)
        assert "commonroot devchain" in caught.value.hint

    @pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://localhost"])
    def test_says_that_an_address_is_none(self, url: str) -> None:
        """
        What cannot be asked does not answer.
        """
        with pytest.raises(ChainUnreachable):
            connect(url)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, b"<html>"),
            (200, b"\xff\xfe"),
            (404, b"gone"),
            (200, b"[]"),
            (200, b'{"hello": 1}'),
            (200, b'{"jsonrpc": "2.0", "id": 0, "result": {"a": 1}}'),
            (200, b'{"jsonrpc": "2.0", "id": 0, "result": null}'),
            (500, b""),
        ],
    )
    def test_says_that_something_else_answers(self, status: int, body: bytes) -> None:
        """
        A website is no Ethereum node, whatever it says.
        """
        with website(status, body) as url, pytest.raises(NotAChain, match=url):
            connect(url)

    def test_keeps_a_password_to_itself(self) -> None:
        """
        What stands before the host in an address may be a secret; errors leave it out.
        """
        port = free_port()

        with pytest.raises(ChainUnreachable) as caught:
            connect(f"http://user:secret@127.0.0.1:{port}")

        assert "secret" not in str(caught.value)
        assert str(port) in str(caught.value)
