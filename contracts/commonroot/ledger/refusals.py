"""
What contracts say when they refuse, in words for people.

A contract's error is four bytes and its arguments. Errors of one contract come out of calls to
another, so all interfaces are looked through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from eth_abi.abi import decode as decode_abi
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_abi_to_4byte_selector

from commonroot.contracts import load, names
from commonroot.ledger.errors import Reverted
from commonroot.ledger.words import HINTS, PURCHASE_STAGES, STAGES, WORDS
from commonroot.protocol.hashing import to_address

_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


@final
@dataclass(frozen=True, slots=True)
class Refusal:
    """What a contract said: its error's name and arguments, as far as we know the error."""

    error: str
    arguments: Mapping[str, Any]

    def words(self) -> str:
        """Return what it means."""
        return WORDS[self.error].format(**self._readable())

    def _readable(self) -> dict[str, Any]:
        stages = {"WrongStage": STAGES, "WrongPurchaseStage": PURCHASE_STAGES}.get(self.error)
        if stages is None:
            return {name: _text(value) for name, value in self.arguments.items()}
        spoken = {name: stages[self.arguments[name]] for name in ("given", "expected")}
        return {**self.arguments, **spoken}


def refused(call: str, data: bytes) -> Reverted:
    """Return the error that says why a contract refused a call."""
    refusal = read(data)
    readable = {name: _text(value) for name, value in refusal.arguments.items()}
    hint = HINTS.get(refusal.error, "")
    return Reverted(call, refusal.error, readable, refusal.words(), hint)


def read(data: bytes) -> Refusal:
    """Return what the bytes of a revert say."""
    selector, rest = data[:4], data[4:]
    known = _errors().get(selector)
    try:
        if selector == _STRING:
            return Refusal("Error", {"said": decode_abi(["string"], rest)[0]})
        if selector == _PANIC:
            return Refusal("Panic", {"code": decode_abi(["uint256"], rest)[0]})
        if known is not None:
            return Refusal(known["name"], _arguments(known, rest))
    except DecodingError:
        pass  # four bytes that happen to be those of an error of ours
    return Refusal("Unknown", {"data": data}) if data else Refusal("Silent", {})


def _arguments(error: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    inputs = error["inputs"]
    values = decode_abi([each["type"] for each in inputs], data)
    return {
        each["name"]: to_address(value) if each["type"] == "address" else value
        for each, value in zip(inputs, values, strict=True)
    }


@cache
def _errors() -> dict[bytes, Mapping[str, Any]]:
    return {
        function_abi_to_4byte_selector(each): each  # type: ignore[arg-type]
        for name in names()
        for each in load(name).abi
        if each["type"] == "error"
    }


def _text(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    # A field's name travels as bytes32, padded with zeros; a digest hardly ever reads as ASCII.
    plain = value.rstrip(b"\0")
    return plain.decode() if plain.isascii() and plain.isalnum() else "0x" + value.hex()
