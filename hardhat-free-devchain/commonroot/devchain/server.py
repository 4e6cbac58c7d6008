"""
Serves a chain over HTTP: an event loop reads and writes, one thread runs what was asked.

So nothing in the chain needs a lock, and a long call does not keep the server from being stopped.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, final

import uvicorn

from commonroot.devchain.accounts import Account
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import AddressUnusable, DevchainError, PortTaken
from commonroot.devchain.rpc import answer
from commonroot.devchain.settings import Settings
from commonroot.devchain.worker import Worker

log = logging.getLogger(__name__)

_MOST_BYTES = 5 * 2**20
_BACKLOG = 1_024
_PATIENCE = 1
"""For how many seconds a running request may hold up the end."""

_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)


@final
@dataclass(frozen=True, slots=True)
class Ready:
    """What can be said once the chain listens."""

    url: str
    chain_id: int
    accounts: tuple[Account, ...]
    pid: int


def serve(settings: Settings, announce: Callable[[Ready], None]) -> None:
    """Run a chain until SIGTERM or SIGINT; `announce` is called once it listens."""
    listener = _listen(settings.host, settings.port)
    with _closed_on_error(listener):
        chain = Chain(settings)
    with _clean_end():
        asyncio.run(_Server(chain, listener).run(announce))


@final
class _Server:
    """The HTTP side of one chain."""

    def __init__(self, chain: Chain, listener: socket.socket) -> None:
        self._chain, self._listener = chain, listener
        self._worker = Worker()

    async def run(self, announce: Callable[[Ready], None]) -> None:
        """Serve until told to stop."""
        config = uvicorn.Config(
            self,
            loop="asyncio",
            http="httptools",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_PATIENCE,
        )
        server = _Announcing(config, lambda: announce(self._ready()))
        miner = asyncio.create_task(self._mine_in_time())
        try:
            await server.serve([self._listener])
        finally:
            miner.cancel()
            if self._worker.stop(_PATIENCE):
                self._chain.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request (ASGI)."""
        if scope["method"] == "OPTIONS":
            await _reply(send, 204, b"")
        elif scope["method"] != "POST":
            await _reply(send, 405, b"This is an Ethereum JSON-RPC endpoint: POST to it.\n")
        elif (body := await _body(receive)) is None:
            await _reply(send, 413, b"The request is longer than 5 MiB.\n")
        else:
            answered = await self._worker.run(answer, self._chain, body)
            await _reply(send, 200, answered, b"application/json")

    def _ready(self) -> Ready:
        host, port = self._listener.getsockname()[:2]
        return Ready(
            url=f"http://{f'[{host}]' if ':' in host else host}:{port}",
            chain_id=self._chain.settings.chain_id,
            accounts=tuple(self._chain.accounts.values()),
            pid=os.getpid(),
        )

    async def _mine_in_time(self) -> None:
        """Mine an empty block whenever the block time passed without a block."""
        period = self._chain.settings.block_time
        while period is not None:
            left = self._chain.mined_at + period - time.monotonic()
            await asyncio.sleep(max(left, 0))
            if left <= 0:
                try:
                    await self._worker.run(self._chain.mine)
                except DevchainError as error:  # a full disk may have room again later
                    log.error("No block was mined: %s", error)
                    await asyncio.sleep(period)


@final
class _Announcing(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then say so."""
        await super().startup(sockets)
        self._announce()


async def _body(receive: Any) -> bytes | None:
    """Return what was posted; None where it is too long, however it is sent."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= _MOST_BYTES:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= _MOST_BYTES else None


async def _reply(send: Any, status: int, body: bytes, kind: bytes = b"text/plain") -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [*_CORS, (b"content-type", kind), *([length] if status != 204 else [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, before the chain costs any time."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        # asyncio turns Nagle's delay of 40 ms off only where the protocol is named.
        listener = socket.socket(family, kind, protocol)
        with _closed_on_error(listener):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise AddressUnusable(host, port, error.strerror or str(error)) from error
    return listener


@contextmanager
def _closed_on_error(listener: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        listener.close()
        raise


@contextmanager
def _clean_end() -> Iterator[None]:
    """Let SIGTERM end the server, and not the process before it is done."""

    def ignore(number: int, frame: FrameType | None) -> None:
        """Do nothing: by the time this runs, the server has stopped."""

    before = signal.signal(signal.SIGTERM, ignore)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
