"""
How fast the dev chain confirms transfers, beside stock eth-tester, in one run on one machine.

All get transfers one at a time and are asked for each receipt: ours signed ones over raw HTTP,
from another process; eth-tester through its web3 provider in this process, once as its users
send (it fills in and signs) and once with signed ones. They take turns, so that a machine that
is busy for a while slows all of them.
"""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commonroot.base.errors import CommonrootError
from commonroot.base.processes import Children

_TURNS = 4
_OURS, _THEIRS = 100, 20
"""Transfers in one turn."""

_START_SECONDS = 20
# The phrase that test chains share, and its first key; everybody knows them.
_PHRASE = "test test test test test test test test test test test junk"
_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
_TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

Confirm = Callable[[str], None]
"""Sends a signed transfer and sees its receipt."""


def run() -> dict[str, object]:
    """Return confirmed transfers a second of each, and how many times faster ours is."""
    with _our_chain() as ours:
        usual, signed, their_id = _their_chains()
        mine = _signed(31337, (_TURNS + 1) * _OURS)
        other = _signed(their_id, (_TURNS + 1) * _THEIRS)
        took = [0.0, 0.0, 0.0]
        for turn in range(_TURNS + 1):
            batch = other[turn * _THEIRS : (turn + 1) * _THEIRS]
            seconds = (
                _time(ours, mine[turn * _OURS : (turn + 1) * _OURS]),
                _time(usual, batch),
                _time(signed, batch),
            )
            if turn:  # the first turn warms up
                took = [sum(pair) for pair in zip(took, seconds, strict=True)]
    return _summary(*took)


def _summary(ours: float, usual: float, signed: float) -> dict[str, object]:
    fast = _TURNS * _OURS / ours
    slow, raw = _TURNS * _THEIRS / usual, _TURNS * _THEIRS / signed
    return {
        "what": "confirmed transfers a second, one at a time",
        "devchain": round(fast, 1),
        "eth_tester": round(slow, 1),
        "eth_tester_signed": round(raw, 1),
        "ratio": round(fast / slow, 2),
        "ratio_signed": round(fast / raw, 2),
    }


def _time(confirm: Confirm, transfers: Sequence[str]) -> float:
    begin = time.perf_counter()
    for transfer in transfers:
        confirm(transfer)
    return time.perf_counter() - begin


def _signed(chain_id: int, count: int) -> list[str]:
    from eth_account import Account

    usual = {"type": 2, "chainId": chain_id, "to": _TO, "value": 1, "gas": 21_000}
    fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
    drafts = [usual | fees | {"nonce": nonce} for nonce in range(count)]
    return [Account.sign_transaction(draft, _KEY).raw_transaction.to_0x_hex() for draft in drafts]


@contextmanager
def _our_chain() -> Iterator[Confirm]:
    with tempfile.TemporaryDirectory() as folder, Children() as children:
        log = Path(folder) / "devchain.log"
        command = [sys.executable, "-m", "commonroot.devchain", "--port", "0", "--json"]
        child = children.start("the dev chain", command, log=log)
        deadline = time.monotonic() + _START_SECONDS
        while not log.read_bytes().endswith(b"}\n"):
            child.require_alive()
            if time.monotonic() > deadline:
                raise CommonrootError(f"The dev chain did not start within {_START_SECONDS} s.")
            time.sleep(0.02)
        address = urlsplit(json.loads(log.read_text())["url"]).netloc
        with closing(http.client.HTTPConnection(address)) as connection:
            yield lambda transfer: _confirm(connection, transfer)


def _confirm(connection: http.client.HTTPConnection, transfer: str) -> None:
    hash = _ask(connection, "eth_sendRawTransaction", transfer)
    receipt = _ask(connection, "eth_getTransactionReceipt", hash)
    if receipt is None or receipt["status"] != "0x1":
        raise CommonrootError(f"Transfer {hash} is not confirmed: {receipt}.")


def _ask(connection: http.client.HTTPConnection, method: str, *params: str) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    connection.request("POST", "/", json.dumps(request))
    answered = json.loads(connection.getresponse().read())
    if "error" in answered:
        raise CommonrootError(f"{method}: {answered['error']['message']}.")
    return answered["result"]


def _their_chains() -> tuple[Confirm, Confirm, int]:
    """Return stock eth-tester twice, filling in or taking what is signed, and its chain id."""
    filling, taking = _eth_tester(), _eth_tester()

    def confirm(transfer: str) -> None:
        sender = filling.eth.accounts[0]
        _check(filling, filling.eth.send_transaction({"from": sender, "to": _TO, "value": 1}))

    def confirm_signed(transfer: str) -> None:
        _check(taking, taking.eth.send_raw_transaction(bytes.fromhex(transfer[2:])))

    return confirm, confirm_signed, taking.eth.chain_id


def _check(web3: Any, hash: bytes) -> None:
    if web3.eth.get_transaction_receipt(hash)["status"] != 1:
        raise CommonrootError("eth-tester did not confirm a transfer.")


def _eth_tester() -> Any:
    from eth_tester import EthereumTester, PyEVMBackend
    from web3 import EthereumTesterProvider, Web3

    backend = PyEVMBackend.from_mnemonic(_PHRASE, hd_path="m/44'/60'/0'/0")
    return Web3(EthereumTesterProvider(EthereumTester(backend)))
