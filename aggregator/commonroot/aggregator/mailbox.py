"""Flower's grid as a post box: letters to nodes, and their replies, none of which can hold up another."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, final

import httpx
from flwr.app import Message, RecordDict

from commonroot.aggregator.members import flower_der, flower_pem
from commonroot.base.flower_private import (
    NODE_LOST,
    Arrival,
    Control,
    UploadUnfinished,
    arrivals,
)

log = logging.getLogger(__name__)

_MOST_WORDS = 300


@final
@dataclass(frozen=True, slots=True)
class Letter:
    """A reply as it came: its content, or what went wrong."""

    message: str
    """The id of the message that it answers."""
    content: RecordDict | None
    trouble: str = ""
    lost: bool = False
    """Whether the SuperLink wrote it, for a node that it no longer hears."""


class Post(Protocol):
    """Carries messages to nodes and back."""

    def nodes(self) -> Mapping[bytes, int]:
        """Return the ids of the connected nodes, by Flower key (DER)."""
        ...

    def admit(self, flower_key: bytes) -> None:
        """Let the SuperNode with a key (DER) connect."""
        ...

    def send(self, node: int, content: RecordDict, group: str, seconds: float) -> str:
        """Send a message that counts for some seconds; return its id."""
        ...

    def tell(self, node: int, content: RecordDict, group: str, seconds: float) -> None:
        """Send a message that needs no answer."""
        ...

    def collect(self) -> list[Letter]:
        """Return what has come since the last look, without waiting."""
        ...


@final
class Mailbox:
    """The post box of a running server app."""

    def __init__(self, grid: Any, control: Control, most_bytes: int) -> None:
        self._grid, self._control = grid, control
        self._most_bytes = most_bytes
        self._open: dict[str, float] = {}
        self._fetching: dict[str, Future[Message]] = {}
        # A node that announces a reply and never sends it holds one thread until its time is over.
        self._threads = ThreadPoolExecutor(max_workers=256, thread_name_prefix="fetch")

    def nodes(self) -> Mapping[bytes, int]:
        """Return the ids of the connected nodes, by Flower key (DER)."""
        return {flower_der(info.public_key): info.node_id for info in self._grid.get_nodes()}

    def admit(self, flower_key: bytes) -> None:
        """Let the SuperNode with a key (DER) connect."""
        self._control.admit(flower_pem(flower_key))

    def send(self, node: int, content: RecordDict, group: str, seconds: float) -> str:
        """Send a message that counts for some seconds; return its id."""
        identity = self._push(node, content, "train", group, seconds)
        self._open[identity] = time.monotonic() + seconds
        return identity

    def tell(self, node: int, content: RecordDict, group: str, seconds: float) -> None:
        """Send a message that needs no answer."""
        self._push(node, content, "query", group, seconds)

    def _push(self, node: int, content: RecordDict, kind: str, group: str, seconds: float) -> str:
        message = Message(content, dst_node_id=node, message_type=kind, ttl=seconds, group_id=group)
        (identity,) = self._grid.push_messages([message])
        return str(identity)

    def collect(self) -> list[Letter]:
        """Return what has come since the last look, without waiting."""
        now = time.monotonic()
        self._open = {each: end for each, end in self._open.items() if end > now}
        if self._open:
            for arrival in arrivals(self._grid, self._open):
                self._fetch(arrival, now)
        done = [each for each, fetched in self._fetching.items() if fetched.done()]
        return [self._letter(each, self._fetching.pop(each)) for each in done]

    def _fetch(self, arrival: Arrival, now: float) -> None:
        end = self._open.pop(arrival.reply_to, None)
        if end is not None:
            fetch = self._threads.submit(arrival.fetch, end - now, self._most_bytes)
            self._fetching[arrival.reply_to] = fetch

    def _letter(self, message: str, fetched: Future[Message]) -> Letter:
        # Whatever a stranger's bytes do to Flower's parsers, it concerns this one reply.
        error = fetched.exception()
        if error is not None:
            if not isinstance(error, UploadUnfinished | httpx.HTTPError):
                log.warning("A reply could not be read.", exc_info=error)
            return Letter(message, None, f"Its reply did not come whole: {_line(str(error))}")
        reply = fetched.result()
        if reply.has_error():
            said = f"An error came in place of its reply: {_line(reply.error.reason or '')}"
            return Letter(message, None, said, reply.error.code == NODE_LOST)
        return Letter(message, reply.content)


def _line(words: str) -> str:
    """Return a stranger's words as one short line that steers no terminal."""
    return "".join(each if each.isprintable() else " " for each in words[:_MOST_WORDS])
