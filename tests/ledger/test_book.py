"""The address book is whole, readable, and about one chain only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.world import World

from commonroot.ledger.book import load
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
        path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))

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
