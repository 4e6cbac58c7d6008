"""Where stored bytes lie: a folder, or whatever fsspec reaches (S3, SFTP, HTTP, ...)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, final

from commonroot.base.files import write_whole
from commonroot.store.errors import StoreUnusable


class Backend(Protocol):
    """Keeps bytes under names; believes and promises nothing about them."""

    @property
    def place(self) -> str:
        """Return where that is, for people."""
        ...

    def read(self, name: str, limit: int) -> bytes | None:
        """Return up to `limit` bytes under a name; None where there is nothing."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Put bytes under a name, in place of what was there."""
        ...

    def has(self, name: str) -> bool:
        """Say whether there is something under a name."""
        ...


def backend(url: str) -> Backend:
    """Return the backend at an address: a folder's path, or any that fsspec knows."""
    if "://" not in url:
        return Folder(Path(url))
    if url.startswith("file://"):
        return Folder(Path(url.removeprefix("file://")))
    from fsspec.core import url_to_fs  # not for those who keep a folder

    try:
        system, root = url_to_fs(url)
    except (ValueError, ImportError) as exc:
        raise StoreUnusable(
            url, str(exc), hint="Install what fsspec needs for such addresses, or use a folder."
        ) from exc
    return Remote(url, system, root.rstrip("/"))


@final
@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine; a file is there whole or not at all."""

    root: Path

    @property
    def place(self) -> str:
        """Return the folder's path."""
        return str(self.root)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return up to `limit` bytes of a file; None where there is none."""
        try:
            with (self.root / name).open("rb") as file:
                return file.read(limit)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole; leave one that has the same bytes alone."""
        if self.read(name, len(data) + 1) == data:
            return
        try:
            write_whole(self.root / name, data)
        except OSError as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc

    def has(self, name: str) -> bool:
        """Say whether there is a file."""
        try:
            return (self.root / name).is_file()
        except OSError as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc


@final
@dataclass(frozen=True, slots=True)
class Remote:
    """
    A file system that fsspec reaches.

    Object stores take an object whole; elsewhere a broken connection may leave a part of a file. It is
    found out when it is read, since it hashes to something else, and putting it again mends it.
    """

    place: str
    system: Any
    root: str

    def read(self, name: str, limit: int) -> bytes | None:
        """Return up to `limit` bytes of an object; None where there is none."""
        try:
            with self.system.open(f"{self.root}/{name}", "rb") as file:
                return bytes(file.read(limit))
        except FileNotFoundError:
            return None
        except _troubles() as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        path = f"{self.root}/{name}"
        try:
            self.system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self.system.pipe_file(path, data)
        except _troubles() as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc

    def has(self, name: str) -> bool:
        """Say whether there is an object."""
        try:
            return bool(self.system.exists(f"{self.root}/{name}"))
        except _troubles() as exc:
            raise StoreUnusable(self.place, _why(exc)) from exc


def _troubles() -> tuple[type[Exception], ...]:
    # fsspec's HTTP raises its library's own errors; a file system that cannot be written, the third.
    from aiohttp import ClientError

    return OSError, ClientError, NotImplementedError


def _why(exc: Exception) -> str:
    if isinstance(exc, NotImplementedError):
        return "it can only be read"
    return str(getattr(exc, "strerror", None) or exc or type(exc).__name__)
