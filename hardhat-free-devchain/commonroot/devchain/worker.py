"""
The one thread in which everything touches the chain, so that nothing there needs a lock.

It is a daemon: the process can end while a call runs on, since what was told is on disk already.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, final

T = TypeVar("T")

_STACK = 512 * 2**20
"""Contracts may call each other 1,024 levels deep. Only what is touched of it is memory."""


@final
class Worker:
    """Runs one function after the other, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="chain", daemon=True)
        before = threading.stack_size(_STACK)
        try:
            self._thread.start()
        finally:
            threading.stack_size(before)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what `function` returns, once its turn has come."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def tell(set_outcome: Callable[[Any], None], outcome: Any) -> None:
            if not result.done():  # the one who asked may have gone away meanwhile
                set_outcome(outcome)

        def job() -> None:
            try:
                value = function(*arguments)
            except BaseException as error:  # noqa: BLE001  # raised again where it is awaited
                loop.call_soon_threadsafe(tell, result.set_exception, error)
            else:
                loop.call_soon_threadsafe(tell, result.set_result, value)

        self._jobs.put(job)
        return await result

    def stop(self, seconds: float) -> bool:
        """Take no more work; say whether the thread has ended within this time."""
        self._jobs.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
