"""
Words that strangers put on chain, read as far as they are words.

A contract takes any bytes as a string. Read strictly, one program whose address of a card is no UTF-8 would
keep everybody from reading the list of all programs; so what is no text is shown as such, and read on.
"""

from __future__ import annotations

import re
from typing import Any

from eth_abi.codec import ABICodec
from eth_abi.decoding import StringDecoder
from eth_abi.encoding import TextStringEncoder
from eth_abi.registry import BaseEquals
from web3 import Web3
from web3._utils.abi import build_strict_registry

_UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _Forgiving(StringDecoder):
    """Puts the replacement character where bytes are no UTF-8."""

    @classmethod
    def from_type_str(cls, abi_type: str, registry: Any) -> _Forgiving:
        """Return the decoder of strings."""
        return cls(handle_string_errors="replace")


def forgive(web3: Web3) -> Web3:
    """Make a connection read what strangers wrote, whatever it is; return the connection."""
    registry = build_strict_registry()
    registry.unregister("string")
    string = BaseEquals("string")  # type: ignore[no-untyped-call]
    registry.register(string, TextStringEncoder, _Forgiving, label="string")
    web3.codec = ABICodec(registry)
    return web3


def one_line(words: str, most: int) -> str:
    """Return words as one line that neither fills a screen nor steers a terminal."""
    return _UNCLEAN.sub(" ", words)[:most]
