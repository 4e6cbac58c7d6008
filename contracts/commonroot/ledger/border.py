"""Where foreign exceptions become ours: whatever web3 or the network raises passes through here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from web3 import Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    ContractLogicError,
    Web3RPCError,
)

from commonroot.ledger.errors import ChainUnreachable, NotAChain, Reverted, RpcRefused
from commonroot.ledger.places import shown
from commonroot.ledger.refusals import refused


@contextmanager
def asking(web3: Web3, call: str) -> Iterator[None]:
    """Turn what goes wrong while the chain is asked for `call` into an error of ours."""
    try:
        yield
    except ContractLogicError as exc:
        raise reverted(call, exc) from exc
    except Web3RPCError as exc:
        raise RpcRefused(call, _said(exc)) from exc
    except (BadResponseFormat, json.JSONDecodeError, UnicodeDecodeError) as exc:
        raise NotAChain(url(web3), "its answer is not JSON-RPC") from exc
    except BadFunctionCallOutput as exc:
        raise RpcRefused(
            call, "no such contract there", hint="Look at the address book and at --rpc."
        ) from exc
    except requests.HTTPError as exc:
        # Not the exception's own words: they have the whole address, with whatever is secret in it.
        raise NotAChain(url(web3), f"it says {_status(exc)}") from exc
    except requests.RequestException as exc:
        raise ChainUnreachable(url(web3)) from exc


def reverted(call: str, exc: ContractLogicError) -> Reverted:
    """Return our error for a revert."""
    data = exc.data if isinstance(exc.data, str) else ""
    try:
        raw = bytes.fromhex(data.removeprefix("0x"))
    except ValueError:  # some nodes put text there, and web3 itself "no data"
        raw = b""
    return refused(call, raw)


def url(web3: Web3) -> str:
    """Return where a connection leads, without what may be a secret in it."""
    return shown(str(getattr(web3.provider, "endpoint_uri", "this process")))


def _status(exc: requests.HTTPError) -> str:
    return "nothing" if exc.response is None else f"{exc.response.status_code}"


def _said(exc: Web3RPCError) -> str:
    error: Any = (exc.rpc_response or {}).get("error")
    said = str(error["message"]) if isinstance(error, dict) and "message" in error else str(exc)
    return said.rstrip(".")
