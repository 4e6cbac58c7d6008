"""What comes out of a store has the digest that was asked for, or does not come out."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from commonroot.base.errors import DiskFull
from commonroot.protocol.hashing import keccak
from commonroot.store.artifacts import Store
from commonroot.store.errors import DigestMismatch, NotStored, StoreUnusable, TooLarge

DATA = b"lanes of a version"
DIGEST = keccak(DATA)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store in a folder, and one that is only reached through fsspec."""
    if request.param == "folder":
        yield Store.at(str(tmp_path / "store"))
        return
    yield Store.at("memory://store")
    fsspec.filesystem("memory").store.clear()


def file_of(folder: Path) -> Path:
    """Return the one file in a store's folder."""
    (file,) = (path for path in folder.rglob("*") if path.is_file())
    return file


class TestPut:
    @pytest.mark.parametrize("data", [b"", DATA, bytes(100_000)])
    def test_gives_back_what_was_put(self, store: Store, data: bytes) -> None:
        """
        The digest is the keccak of the bytes that are kept.
        """
        digest = store.put(data)

        assert digest == keccak(data)
        assert store.get(digest) == data and store.has(digest)

    def test_may_be_repeated(self, store: Store) -> None:
        """
        The same bytes have the same digest and are kept once.
        """
        assert store.put(DATA) == store.put(DATA)
        assert store.get(DIGEST) == DATA

    def test_mends_what_was_changed(self, tmp_path: Path) -> None:
        """
        Putting the bytes again takes the place of a damaged file.
        """
        store = Store.at(str(tmp_path))
        store.put(DATA)
        file_of(tmp_path).write_bytes(b"junk")

        store.put(DATA)
        assert store.get(DIGEST) == DATA

    def test_sorts_files_by_prefix(self, tmp_path: Path) -> None:
        """
        An artifact lies in a folder named by its first two digits.
        """
        Store.at(str(tmp_path)).put(DATA)

        assert file_of(tmp_path) == tmp_path / DIGEST.hex()[:2] / DIGEST.hex()

    def test_refuses_more_than_it_would_read(self, store: Store) -> None:
        """
        Nothing is kept that `get` would refuse.
        """
        small = Store(store.backend, limit=10)

        assert small.get(small.put(bytes(10))) == bytes(10)
        with pytest.raises(TooLarge, match="10 bytes"):
            small.put(bytes(11))

    def test_leaves_nothing_where_the_disk_is_full(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without space there is one clear error, and nothing under the artifact's name or beside it.
        """

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        store = Store.at(str(tmp_path))
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(DiskFull, match=DIGEST.hex()):
                store.put(DATA)
        assert not store.has(DIGEST) and not [
            path for path in tmp_path.rglob("*") if path.is_file()
        ]

    def test_leaves_nothing_half_written_in_a_crash(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Until the bytes are whole and on disk, there is nothing under the artifact's name.
        """
        store = Store.at(str(tmp_path))

        class Crash(BaseException):
            pass

        def crash(descriptor: int) -> None:
            assert not store.has(DIGEST)
            raise Crash

        monkeypatch.setattr(os, "fsync", crash)
        with pytest.raises(Crash):
            store.put(DATA)
        assert not store.has(DIGEST)


class TestGet:
    def test_names_what_is_missing(self, store: Store) -> None:
        """
        The error names the digest and the store.
        """
        with pytest.raises(NotStored, match=f"0x{DIGEST.hex()} is in .*store"):
            store.get(DIGEST)
        assert not store.has(DIGEST)

    def test_notices_every_flipped_bit(self, tmp_path: Path) -> None:
        """
        The error names the digest that was asked for and the one that was found.
        """
        store = Store.at(str(tmp_path))
        store.put(DATA)
        file = file_of(tmp_path)
        for bit in range(8 * len(DATA)):
            damaged = bytearray(DATA)
            damaged[bit // 8] ^= 1 << bit % 8
            file.write_bytes(damaged)

            with pytest.raises(DigestMismatch) as caught:
                store.get(DIGEST)
            assert caught.value.expected == DIGEST and caught.value.found == keccak(bytes(damaged))
            assert DIGEST.hex() in str(caught.value) and keccak(damaged).hex() in str(caught.value)

    def test_notices_a_change_wherever_it_lies(self, store: Store) -> None:
        """
        Bytes from elsewhere are hashed as well.
        """
        store.put(DATA)
        store.backend.write(f"{DIGEST.hex()[:2]}/{DIGEST.hex()}", b"junk")

        with pytest.raises(DigestMismatch):
            store.get(DIGEST)

    def test_reads_no_more_than_its_limit(self, store: Store) -> None:
        """
        An endless file is refused before it is read to its end.
        """
        store.backend.write(f"{DIGEST.hex()[:2]}/{DIGEST.hex()}", bytes(1000))

        with pytest.raises(TooLarge, match="10 bytes"):
            Store(store.backend, limit=10).get(DIGEST)


class TestPlaces:
    def test_takes_a_folders_url(self, tmp_path: Path) -> None:
        """
        A path and its file:// address are the same store.
        """
        Store.at(f"file://{tmp_path}").put(DATA)

        assert Store.at(str(tmp_path)).get(DIGEST) == DATA

    @pytest.mark.parametrize("url", ["nosuch://place", "s3://bucket/folder"])
    def test_refuses_an_address_nothing_reaches(self, url: str) -> None:
        """
        The error names the address; the hint says what is missing.
        """
        with pytest.raises(StoreUnusable, match=url) as caught:
            Store.at(url)
        assert "Install what fsspec needs" in caught.value.hint

    def test_says_why_a_folder_cannot_be_used(self, tmp_path: Path) -> None:
        """
        A file where the folder should be is one clear error, for reading and for writing.
        """
        (tmp_path / "file").write_text("no folder")
        store = Store.at(str(tmp_path / "file"))

        with pytest.raises(StoreUnusable, match="Not a directory"):
            store.get(DIGEST)
        with pytest.raises(StoreUnusable, match="Not a directory"):
            store.put(DATA)

    @pytest.mark.parametrize("error", [OSError("gone"), NotImplementedError()])
    def test_says_why_a_remote_place_cannot_be_used(
        self, error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What fsspec raises is translated, for reading, writing and asking.
        """

        def fail(*given: Any, **named: Any) -> None:
            raise error

        store = Store.at("memory://store")
        system = type(fsspec.filesystem("memory"))
        for name in ("open", "pipe_file", "exists"):
            monkeypatch.setattr(system, name, fail)

        for use in (lambda: store.get(DIGEST), lambda: store.put(DATA), lambda: store.has(DIGEST)):
            with pytest.raises(StoreUnusable, match=r"gone|only be read"):
                use()
