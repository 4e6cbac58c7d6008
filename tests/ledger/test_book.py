"""The address book is whole, readable, and about one chain only."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.world import World

from commonroot.ledger.book import load, load_all, of_chain
from commonroot.ledger.errors import BadBook, WrongChain
from commonroot.protocol.hashing import Digest


class TestSave:
    def test_comes_back_as_it_was(self, world: World, tmp_path: Path) -> None:
        """
        What is written is what is read.
        """
        path = tmp_path / "new" / "addresses.json"

        world.book.save(path)

        assert load(path) == world.book

    def test_keeps_the_books_of_other_chains(self, world: World, tmp_path: Path) -> None:
        """
        A home can be on several chains; of one chain there is one book, the newest.
        """
        path = tmp_path / "book.json"
        other = replace(world.book, chain_id=5)
        for book in (replace(world.book, block=1), other, world.book):
            book.save(path)

        assert load_all(path) == (other, world.book)
        assert load(path, 5) == other
        assert load(path, 31337) == world.book

    def test_loses_no_book_to_another_writer(self, world: World, tmp_path: Path) -> None:
        """
        Those who write at once come one after another.
        """
        path = tmp_path / "book.json"
        books = [replace(world.book, chain_id=number) for number in range(1, 9)]

        threads = [threading.Thread(target=book.save, args=(path,)) for book in books]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert load_all(path) == tuple(books)

    def test_replaces_nothing_that_it_cannot_read(self, world: World, tmp_path: Path) -> None:
        """
        A file that is no book may be somebody's: it stays as it is.
        """
        path = tmp_path / "book.json"
        path.write_text("notes")

        with pytest.raises(BadBook):
            world.book.save(path)
        assert path.read_text() == "notes"


class TestLoad:
    def test_says_that_there_is_none(self, tmp_path: Path) -> None:
        """
        A missing book is named, with what to do.
        """
        with pytest.raises(BadBook, match="does not exist") as caught:
            load(tmp_path / "none.json")
        assert "commonroot deploy" in caught.value.hint

    def test_says_that_it_is_a_folder(self, tmp_path: Path) -> None:
        """
        What cannot be opened is no book.
        """
        with pytest.raises(BadBook, match=r"[Dd]irectory"):
            load(tmp_path)

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"7", b"{}", b"\xff", pytest.param(b"[" * 200_000, id="deep")]
    )
    def test_refuses_what_is_malformed(self, tmp_path: Path, content: bytes) -> None:
        """
        Half a file or another one is no book.
        """
        path = tmp_path / "book.json"
        path.write_bytes(content)

        with pytest.raises(BadBook, match="malformed"):
            load(path)

    def test_asks_which_chain_where_there_are_several(self, world: World, tmp_path: Path) -> None:
        """
        Without a number, one chain is meant; with one, that chain.
        """
        path = tmp_path / "book.json"
        world.book.save(path)
        with pytest.raises(BadBook, match="nothing of chain 7, only of 31337"):
            load(path, 7)
        replace(world.book, chain_id=5).save(path)

        with pytest.raises(BadBook, match="chains 5 and 31337"):
            load(path)

    def test_refuses_a_book_under_another_number(self, world: World, tmp_path: Path) -> None:
        """
        What is filed under one chain is about it.
        """
        path = tmp_path / "book.json"
        world.book.save(path)
        path.write_text(path.read_text().replace('"31337": {', '"5": {'))

        with pytest.raises(BadBook, match="under 5 is about chain 31337"):
            load(path)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("programs", "0x12"),
            ("genesis", "0x00"),
            ("chain_id", None),
            ("block", float("inf")),
            ("nodes", 5),
        ],
    )
    def test_refuses_a_wrong_field(
        self, world: World, tmp_path: Path, field: str, value: object
    ) -> None:
        """
        An address is an address, a digest a digest.
        """
        path = tmp_path / "book.json"
        world.book.save(path)
        held = json.loads(path.read_text())
        path.write_text(json.dumps({"31337": {**held["31337"], field: value}}))

        with pytest.raises(BadBook):
            load(path)


class TestRequireChain:
    def test_accepts_its_own(self, world: World) -> None:
        """
        Number and first block are those of the book.
        """
        world.book.require_chain(world.web3)

    def test_refuses_a_chain_that_began_otherwise(self, world: World) -> None:
        """
        A dev chain that was started anew has the same number and is another chain.
        """
        other = replace(world.book, genesis=Digest(bytes(32)))

        with pytest.raises(WrongChain, match="31337 that begins with 0x0000"):
            other.require_chain(world.web3)


class TestOfChain:
    def test_finds_the_book_of_the_chain_that_answers(self, world: World, tmp_path: Path) -> None:
        """
        Which of a home's books is meant follows from the connection.
        """
        path = tmp_path / "book.json"
        replace(world.book, chain_id=5).save(path)
        with pytest.raises(BadBook, match="nothing of chain 31337"):
            of_chain(path, world.web3)
        world.book.save(path)

        assert of_chain(path, world.web3) == world.book

    def test_refuses_a_chain_that_began_otherwise(self, world: World, tmp_path: Path) -> None:
        """
        The number alone does not make it the same chain.
        """
        path = tmp_path / "book.json"
        replace(world.book, genesis=Digest(bytes(32))).save(path)

        with pytest.raises(WrongChain):
            of_chain(path, world.web3)
