"""Endpoints that do not do as they should: a dev chain's answers, bent on their way."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Bend: TypeAlias = Callable[[str, dict[str, Any]], tuple[int, bytes]]
"""Takes a method and the chain's answer; returns the status and the body that are given."""


def honest(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
    """Bend nothing."""
    return 200, json.dumps(answer).encode()


class Proxy:
    """Stands before a chain; what it does can be changed while it runs."""

    def __init__(self, chain: str, bend: Bend) -> None:
        self.chain, self.bend = chain, bend
        self.asked: list[str] = []
        self.url = ""


@contextmanager
def proxy(chain: str, bend: Bend = honest) -> Iterator[Proxy]:
    """Serve a chain's answers, bent."""
    made = Proxy(chain, bend)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["content-length"]))
            method = json.loads(body)["method"]
            made.asked.append(method)
            with urllib.request.urlopen(urllib.request.Request(made.chain, body)) as answered:
                answer = json.loads(answered.read())
            status, said = made.bend(method, answer)
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
