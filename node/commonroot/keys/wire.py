"""
What goes through an agent's socket: a length of four bytes, then that much canonical JSON.

Numbers are decimal strings and bytes are hexadecimal, since JSON's integers end at 2^53. A transaction
is what a contract call needs and nothing else: no access lists, no blobs, no authorizations by
which an account would be handed over.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import rfc8785

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.keys.errors import UnsignableTransaction
from commonroot.protocol.hashing import from_hex, to_address, to_digest, to_hex
from commonroot.protocol.receipt import Domain, Receipt

MOST_BYTES = 2**19
"""A message is no longer: a transaction's data, at most 128 KiB, is the largest thing in it."""

_LENGTH = struct.Struct(">I")
_NUMBERS = {
    "chainId",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "nonce",
    "type",
    "value",
}


class Misspoken(ProtocolError):
    """What came through the socket is no message."""


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    """Send one message."""
    text = rfc8785.dumps(dict(message))
    if len(text) > MOST_BYTES:
        raise Misspoken(f"A message of {len(text)} bytes is too long; {MOST_BYTES} are the most.")
    connection.sendall(_LENGTH.pack(len(text)) + text)


def receive(connection: socket.socket) -> dict[str, Any]:
    """Return the next message; raise ConnectionError where there is none."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > MOST_BYTES:
        raise Misspoken(f"A message of {length} bytes is too long; {MOST_BYTES} are the most.")
    try:
        message = load_json(_exactly(connection, length))
    except (ValueError, RecursionError) as exc:
        raise Misspoken("A message is not JSON.") from exc
    if not isinstance(message, dict):
        raise Misspoken("A message is not an object.")
    return cast("dict[str, Any]", message)


def spell_promise(receipt: Receipt, domain: Domain) -> dict[str, Any]:
    """Return a receipt and its domain as they travel."""
    spelled = {field.name: _spell(getattr(receipt, field.name)) for field in fields(Receipt)}
    return {
        "receipt": spelled,
        "domain": {"chain_id": str(domain.chain_id), "programs": domain.programs},
    }


def read_promise(message: Mapping[str, Any]) -> tuple[Receipt, Domain]:
    """Return the receipt and the domain of a message."""
    try:
        given, domain = message["receipt"], message["domain"]
        receipt = Receipt(
            program=int(given["program"]),
            round=int(given["round"]),
            epoch=int(given["epoch"]),
            base_root=to_digest(given["base_root"]),
            aggregator=to_address(given["aggregator"]),
            dataset=to_digest(given["dataset"]),
            delta_root=to_digest(given["delta_root"]),
            weight=int(given["weight"]),
            deadline=int(given["deadline"]),
        )
        return receipt, Domain(int(domain["chain_id"]), to_address(domain["programs"]))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise Misspoken(f"A message holds no receipt ({exc!r}).") from exc


def spell_transaction(transaction: Mapping[str, Any]) -> dict[str, str]:
    """Return a transaction as it travels; refuse fields that a contract call does not have."""
    spelled = {}
    for name, value in transaction.items():
        if name in _NUMBERS and isinstance(value, int | str):
            spelled[name] = str(_number(value))
        elif name in ("to", "from", "data") and isinstance(value, str | bytes):
            spelled[name] = value if isinstance(value, str) else to_hex(value)
        else:
            raise UnsignableTransaction(f"an agent does not sign the field {name} = {value!r:.60}")
    return spelled


def read_transaction(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the transaction of a message, with numbers as numbers and data as bytes."""
    try:
        given = dict(message["transaction"])
        read: dict[str, Any] = {name: int(given.pop(name)) for name in _NUMBERS & set(given)}
        read |= {name: to_address(given.pop(name)) for name in {"to", "from"} & set(given)}
        read["data"] = from_hex(given.pop("data", ""))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise Misspoken(f"A message holds no transaction ({exc!r}).") from exc
    if given:
        raise Misspoken(f"An agent does not sign the field {min(given)}.")
    return read


def _spell(value: int | str | bytes) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)


def _number(value: int | str) -> int:
    try:
        return value if isinstance(value, int) else int(value, 0)
    except ValueError as exc:
        raise UnsignableTransaction(f"{value!r:.60} is no number") from exc


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        part = connection.recv(length - len(received))
        if not part:
            raise ConnectionError("the other side hung up")
        received += part
    return bytes(received)
