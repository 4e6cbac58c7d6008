"""A Unix socket that only its owner reaches, and a bounded number of conversations at it."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import stat
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import final

from commonroot.keys.errors import SocketPathTooLong, SocketTaken, SocketUnsafe

_LONGEST_PATH = 103  # macOS; Linux takes four more
_AT_ONCE = 8
_BACKLOG = 128
_PATIENCE = 5.0
_CREDENTIALS = struct.Struct("3i")


@contextmanager
def listening(path: Path | None) -> Iterator[tuple[socket.socket, Path]]:
    """Give a socket that listens at a path, or in a new private folder; leave nothing behind."""
    with _private_folder(path) as place, socket.socket(socket.AF_UNIX) as listener:
        if len(os.fsencode(place)) > _LONGEST_PATH:
            raise SocketPathTooLong(place, _LONGEST_PATH)
        _clear(place)
        listener.bind(str(place))
        try:
            place.chmod(0o600)
            listener.listen(_BACKLOG)
            yield listener, place
        finally:
            place.unlink(missing_ok=True)


@final
class Door:
    """Lets each of its user's processes say one thing, in a thread each, until the block ends."""

    def __init__(self, listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
        self._listener, self._answer = listener, answer
        self._closing, self._wake = socket.socketpair()
        self._room = threading.Semaphore(_AT_ONCE)
        self._doorman = threading.Thread(target=self._let_in, name="agent")
        self._inside: dict[socket.socket, threading.Thread] = {}
        self._turn = threading.Lock()

    def __enter__(self) -> Door:
        self._listener.setblocking(False)
        self._doorman.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()
        self._room.release()  # the doorman may be waiting for room
        self._doorman.join()
        with self._turn:
            inside = dict(self._inside)
        for connection in inside:
            with contextlib.suppress(OSError):  # it may have ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        for thread in inside.values():
            thread.join()
        self._wake.close()

    def _let_in(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not any(key.fileobj is self._wake for key, _ in selector.select()):
                # Who finds no room waits in the listener's queue, where it costs nothing.
                self._room.acquire()
                try:
                    connection, _ = self._listener.accept()
                except OSError:  # it hung up while it waited
                    self._room.release()
                else:
                    self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._converse, args=(connection,), name="agent")
        with self._turn:
            self._inside[connection] = thread
        thread.start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(_PATIENCE)
                if _is_own(connection):
                    self._answer(connection)
        except OSError:
            return  # the other side hung up or fell silent: nobody is there to be told
        finally:
            with self._turn:
                del self._inside[connection]
            self._room.release()


def _is_own(connection: socket.socket) -> bool:
    # Elsewhere than on Linux the folder's mode alone keeps others out.
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    raw = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    return bool(user == os.getuid())


@contextmanager
def _private_folder(path: Path | None) -> Iterator[Path]:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = path.parent.stat()
        if state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
            raise SocketUnsafe(path.parent)
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="commonroot-"))  # mode 0700, and short
    try:
        yield folder / "agent"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear(place: Path) -> None:
    """Remove the socket of an agent that died; refuse to remove anything else."""
    try:
        if not stat.S_ISSOCK(place.lstat().st_mode):
            raise SocketTaken(place)
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(place))
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        place.unlink()
    except (BlockingIOError, TimeoutError) as exc:  # alive, and busy
        raise SocketTaken(place) from exc
    else:
        raise SocketTaken(place)
