"""
Several endpoints of one chain, used as if they were one.

One is asked for as long as it does well, since two nodes may be a block apart. Where it falls silent, answers
what is no JSON-RPC, limits its callers or lags far behind, the next one is asked, and it is left alone
for a while. Before one is asked anything, it has shown that it is an endpoint of the same chain.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, final

import requests
from web3 import HTTPProvider
from web3.exceptions import BadResponseFormat
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from commonroot.ledger.errors import EndpointsDiffer
from commonroot.ledger.places import shown

log = logging.getLogger(__name__)

BROKEN = (requests.RequestException, json.JSONDecodeError, UnicodeDecodeError, BadResponseFormat)
"""What asking raises where no node answered as nodes do."""

Identity: TypeAlias = tuple[str, str]
"""A chain's number and the hash of its first block, in hex."""

_REST = 15.0
_CHECK = 10.0
_FEW_BLOCKS, _FEW_SECONDS = 3, 30
"""By how much the newest block of a good endpoint may differ from another's."""

_MAY_DO_BETTER = {-32005, -32601, -32603}
"""Errors that another endpoint may not have: a limit, a method it lacks, a defect of its own."""

_HEX = re.compile(r"0x[0-9a-fA-F]*")
_NEVER_NULL = {
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_getBalance",
    "eth_getCode",
    "eth_getTransactionCount",
    "eth_sendRawTransaction",
}
"""Methods whose result is always a number or bytes."""

_BYTES = {"eth_call", "eth_getCode"}
"""Those of them whose result may have no digits."""


@dataclass(slots=True, eq=False)
class _Endpoint:
    provider: HTTPProvider
    name: str
    same: bool = False
    """Whether it showed that it is of the same chain since it last failed."""
    rests_until: float = field(default=0.0)

    def ask(self, method: str, *params: Any) -> RPCResponse:
        answer = self.provider.make_request(RPCEndpoint(method), list(params))
        _require_shape(method, answer)
        return answer

    def identity(self) -> Identity:
        first = self._block("0x0")
        number: Any = self.ask("eth_chainId").get("result")
        if number is None:
            raise BadResponseFormat("A node knows its chain.")
        return hex(int(number, 16)), str(first["hash"])

    def newest(self) -> tuple[int, int]:
        block = self._block("latest")
        try:
            return int(block["number"], 16), int(block["timestamp"], 16)
        except (KeyError, TypeError, ValueError) as exc:
            raise BadResponseFormat("A block has a number and a time.") from exc

    def _block(self, which: str) -> dict[str, Any]:
        block: Any = self.ask("eth_getBlockByNumber", which, False).get("result")
        if not isinstance(block, dict) or not isinstance(block.get("hash"), str):
            raise BadResponseFormat("A node without blocks is none.")
        return block


@final
class Endpoints(JSONBaseProvider):
    """A provider that asks the best of several."""

    def __init__(self, urls: Sequence[str], timeout: float) -> None:
        super().__init__()
        self.endpoint_uri = ",".join(urls)
        self._all = [_Endpoint(_provider(url, timeout), shown(url)) for url in urls]
        self._chain: tuple[Identity, str] | None = None
        self._checking = threading.Lock()
        self._checked = float("-inf")

    def require_one_chain(self) -> None:
        """Raise if those that answer are endpoints of several chains."""
        for each in self._all:
            try:
                self._recognize(each)
            except BROKEN as exc:
                self._pass_over(each, exc)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return the first good answer; else what the last one said or raised."""
        self._check()
        refusal: RPCResponse | None = None
        failures: list[Exception] = []
        for each in self._in_order():
            try:
                self._recognize(each)
                answer = each.ask(method, *params)
            except (*BROKEN, EndpointsDiffer) as exc:
                self._pass_over(each, exc)
                failures.append(exc)
                continue
            if "error" not in answer or answer["error"].get("code") not in _MAY_DO_BETTER:
                self._prefer(each)
                return answer
            refusal = answer
        if refusal is not None:
            return refusal
        # Silence says more about what to do than whatever stood in for an answer elsewhere.
        raise min(failures, key=lambda exc: not _is_silence(exc))

    def _in_order(self) -> Iterator[_Endpoint]:
        # Those that rest are asked too, after all others: they are better than nobody.
        now = time.monotonic()
        yield from sorted(self._all, key=lambda each: each.rests_until > now)

    def _prefer(self, chosen: _Endpoint) -> None:
        if self._all[0] is not chosen:
            log.warning("%s is asked from now on", chosen.name)
            self._all = [chosen, *(each for each in self._all if each is not chosen)]

    def _pass_over(self, each: _Endpoint, why: object) -> None:
        log.warning("%s is passed over: %s", each.name, type(why).__name__)
        each.same, each.rests_until = False, time.monotonic() + _REST

    def _recognize(self, each: _Endpoint) -> None:
        if each.same:
            return
        found = each.identity()
        if self._chain is None:
            self._chain = found, each.name
        expected, first = self._chain
        if found != expected:
            raise EndpointsDiffer(first, _words(expected), each.name, _words(found))
        each.same = True

    def _check(self) -> None:
        """Look from time to time which of them lag behind the others."""
        if time.monotonic() - self._checked < _CHECK or not self._checking.acquire(blocking=False):
            return
        try:
            newest = {}
            for each in self._all:
                if each.rests_until <= time.monotonic():
                    newest.update(self._newest(each))
            if newest:
                self._leave_behind(newest)
            self._checked = time.monotonic()
        finally:
            self._checking.release()

    def _newest(self, each: _Endpoint) -> dict[_Endpoint, tuple[int, int]]:
        try:
            self._recognize(each)
            return {each: each.newest()}
        except (*BROKEN, EndpointsDiffer) as exc:
            self._pass_over(each, exc)
            return {}

    def _leave_behind(self, newest: dict[_Endpoint, tuple[int, int]]) -> None:
        height, stamp = max(newest.values())
        for each, (number, timestamp) in newest.items():
            if height - number > _FEW_BLOCKS and stamp - timestamp > _FEW_SECONDS:
                log.warning("%s is %d blocks behind", each.name, height - number)
                each.rests_until = time.monotonic() + _REST


def _provider(url: str, timeout: float) -> HTTPProvider:
    return HTTPProvider(
        url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
    )


def _require_shape(method: str, answer: Any) -> None:
    good = isinstance(answer, dict) and (
        "result" in answer or isinstance(answer.get("error"), dict)
    )
    if good and "error" not in answer and method in _NEVER_NULL:
        result = answer["result"]
        good = isinstance(result, str) and _HEX.fullmatch(result) is not None
        good = good and (len(result) > 2 or method in _BYTES)
    if not good:
        raise BadResponseFormat(f"{method} was not answered as nodes answer it.")


def _is_silence(exc: Exception) -> bool:
    return isinstance(exc, requests.RequestException) and not isinstance(exc, requests.HTTPError)


def _words(identity: Identity) -> str:
    number, genesis = identity
    return f"chain {int(number, 16)} that begins with {genesis}"
