"""What contracts refuse with is said in words, without exception."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_abi_to_4byte_selector

from commonroot.contracts import load, names
from commonroot.ledger.refusals import read, refused
from commonroot.ledger.words import HINTS, WORDS
from commonroot.protocol.hashing import keccak

ERRORS = {
    f"{name}.{each['name']}": each
    for name in names()
    for each in load(name).abi
    if each["type"] == "error"
}
SOLIDITYS = {"Error", "Panic", "Silent", "Unknown"}
SAMPLES: Mapping[str, Any] = {
    "address": "0x" + "11" * 20,
    "bytes32": b"\xee" * 32,
    "string": "text",
    "bytes4": b"\xee" * 4,
    "uint8": 2,
}


class TestWords:
    @pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
    def test_are_there_for_every_error(self, error: Mapping[str, Any]) -> None:
        """
        Every error in every interface reads as a sentence that uses none but its own arguments.
        """
        values = [SAMPLES.get(each["type"], 7) for each in error["inputs"]]
        data = function_abi_to_4byte_selector(error) + encode(  # type: ignore[arg-type]
            [each["type"] for each in error["inputs"]], values
        )

        said = refused("Some.call", data)

        assert said.error == error["name"]
        assert str(said).startswith("Some.call was refused: ")
        assert said.words.endswith(".")
        assert "{" not in said.words

    def test_are_there_for_no_other(self) -> None:
        """
        A sentence or a hint for an error that no contract has would be a dead letter.
        """
        known = {error["name"] for error in ERRORS.values()} | SOLIDITYS

        assert set(WORDS) == known
        assert set(HINTS) <= known

    def test_name_only_arguments(self) -> None:
        """
        What stands in braces is an argument of that error, in every contract that has one of the name.
        """
        for error in ERRORS.values():
            fields = {field for _, field, _, _ in Formatter().parse(WORDS[error["name"]]) if field}

            assert fields <= {each["name"] for each in error["inputs"]}


class TestRead:
    def test_says_the_field_of_impossible_rules(self) -> None:
        """
        A name that travels as thirty-two bytes reads as a name.
        """
        data = keccak(b"ImpossibleRules(bytes32)")[:4] + b"maxNodes".ljust(32, b"\0")

        assert refused("create", data).words == "no program can have these rules; look at maxNodes."

    def test_says_stages_by_name(self) -> None:
        """
        A number of a stage means nothing to a person.
        """
        data = keccak(b"WrongStage(uint8,uint8)")[:4] + encode(["uint8", "uint8"], [1, 3])

        said = refused("finalize", data)

        assert said.words == "the round is open; for this it must be proposed."
        assert said.arguments == {"given": 1, "expected": 3}

    @pytest.mark.parametrize(
        ("data", "error", "words"),
        [
            (b"", "Silent", "it gave no reason."),
            (b"\x01\x02\x03\x04rest", "Unknown", "our contracts' errors: 0x0102030472657374."),
            (b"\x08\xc3\x79\xa0" + encode(["string"], ["no"]), "Error", "no."),
            (b"\x4e\x48\x7b\x71" + encode(["uint256"], [17]), "Panic", "(code 17)."),
            (keccak(b"TooManyPending(uint8)")[:4] + b"short", "Unknown", "0x"),
        ],
    )
    def test_makes_something_of_anything(self, data: bytes, error: str, words: str) -> None:
        """
        Solidity's own errors, foreign ones, malformed ones and silence have their words too.
        """
        assert read(data).error == error
        assert words in refused("a call", data).words
