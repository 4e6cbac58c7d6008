"""
JSON-RPC 2.0: bytes in, bytes out, and never an exception.

What is wrong with a request is said by code: -32700 not JSON, -32600 not a request, -32601 no
such method, -32602 wrong parameters, -32603 a defect of this program, 3 a revert, -32000 the
rest.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import DevchainError, RpcError
from commonroot.devchain.methods import METHODS
from commonroot.devchain.parameters import Params

log = logging.getLogger(__name__)

_MOST_IN_BATCH = 1_000
_DEEPEST = 100
# To its closing quote or to the end: a search that could fail would begin anew at every quote.
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def answer(chain: Chain, body: bytes) -> bytes:
    """Return the answer to a request or a batch; nothing where only notifications came."""
    try:
        text = body.decode()
        _require_shallow(text)
        request = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return _encode(_error(None, RpcError(f"parse error: {error}", -32700)))
    if not isinstance(request, list):
        return _encode(_answer_one(chain, request))
    if not 0 < len(request) <= _MOST_IN_BATCH:
        why = "empty batch" if not request else f"batch of more than {_MOST_IN_BATCH} requests"
        return _encode(_error(None, RpcError(why, -32600)))
    answers = (_answer_one(chain, each) for each in request)
    return _encode([each for each in answers if each is not None] or None)


def _answer_one(chain: Chain, request: Any) -> dict[str, Any] | None:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        return _error(None, RpcError("invalid request", -32600))
    name = request.get("id")
    if not _is_name(name):
        return _error(None, RpcError("invalid request", -32600))
    answered = _run(chain, request["method"], request.get("params")) | {"id": name}
    return answered if "id" in request else None


def _is_name(value: Any) -> bool:
    """Say whether a request may be called this; what is not finite could not be written back."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int | None) and not isinstance(value, bool)


def _run(chain: Chain, name: str, params: Any) -> dict[str, Any]:
    try:
        result = _call(chain, name, params)
    except RpcError as error:
        return _error(None, error)
    except DevchainError as error:
        log.error("%s", error)
        return _error(None, RpcError(str(error)))
    except Exception as error:
        # The one place that stands between a defect and a client that waits for an answer.
        log.exception("%s failed", name)
        return _error(None, RpcError(f"internal error: {type(error).__name__}: {error}", -32603))
    return {"jsonrpc": "2.0", "id": None, "result": result}


def _call(chain: Chain, name: str, params: Any) -> Any:
    method = METHODS.get(name)
    if method is None:
        raise RpcError(f"the method {name[:100]} does not exist/is not available", -32601)
    if params is not None and not isinstance(params, list):
        raise RpcError("non-array args", -32602)
    return method(chain, Params(params or ()))


def _error(name: Any, error: RpcError) -> dict[str, Any]:
    said: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        said["data"] = error.data
    return {"jsonrpc": "2.0", "id": name, "error": said}


def _encode(answer: Mapping[str, Any] | list[Any] | None) -> bytes:
    return b"" if answer is None else json.dumps(answer, separators=(",", ":")).encode()


def _require_shallow(text: str) -> None:
    """Raise if brackets nest deeper than any request's."""
    # py-evm's curves raise Python's recursion limit so far that the parser would end the process.
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEEPEST:
            raise ValueError(f"nested more than {_DEEPEST} deep")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
