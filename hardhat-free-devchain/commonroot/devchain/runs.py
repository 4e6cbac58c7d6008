"""Methods that run code: calls, estimates, and transactions that change the chain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from commonroot.devchain.accounts import Account
from commonroot.devchain.answers import text
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import InvalidParams, Rejected, RpcError
from commonroot.devchain.parameters import CALL_GAS, Params, call_request, data, mapping
from commonroot.devchain.reads import TIP
from commonroot.devchain.transaction import Transaction, sign


def call(chain: Chain, params: Params) -> str:
    """Return what a call would return."""
    request = params.get(0, lambda item: call_request(item, CALL_GAS))
    block = params.block(1, chain)
    _refuse_overrides(params)
    outcome = chain.call(_at_home(request, chain), block)
    outcome.raise_if_failed()
    return text(outcome.output)


def estimate_gas(chain: Chain, params: Params) -> str:
    """Return a gas limit with which a transaction would succeed."""
    most = chain.settings.gas_limit
    request = params.get(0, lambda item: call_request(item, most))
    block = params.block(1, chain)
    _refuse_overrides(params)
    return hex(chain.estimate(_at_home(request, chain), block))


def send_raw(chain: Chain, params: Params) -> str:
    """Take a signed transaction; when this answers, its receipt is there."""
    return text(chain.send(params.get(0, data)))


def send(chain: Chain, params: Params) -> str:
    """Sign for one of the chain's own accounts, and send."""
    request = params.get(0, lambda item: call_request(item, chain.settings.gas_limit))
    given = params.get(0, mapping)
    account = chain.accounts.get(request.sender)
    if account is None:
        raise Rejected("unknown account")
    filled = _filled(_at_home(request, chain), given, chain)
    return text(chain.send(_signed(filled, account, chain)))


def _filled(request: Transaction, given: Any, chain: Chain) -> Transaction:
    """Put in what a wallet would: nonce, fees and gas limit."""
    named = {name for name, value in given.items() if value is not None}
    if "nonce" not in named:
        request = replace(request, nonce=chain.next_nonce(request.sender))
    if not named & {"gasPrice", "maxPriorityFeePerGas"}:
        cap = request.max_fee_per_gas if "maxFeePerGas" in named else TIP
        request = replace(request, max_priority_fee_per_gas=min(TIP, cap))
    if not named & {"gasPrice", "maxFeePerGas"}:
        room = 2 * chain.head.header.next_base_fee() + request.max_priority_fee_per_gas
        request = replace(request, max_fee_per_gas=room)
    if "gas" not in named:
        request = replace(request, gas=chain.estimate(request, None))
    return request


def _signed(request: Transaction, account: Account, chain: Chain) -> bytes:
    return sign(replace(request, chain_id=chain.settings.chain_id), account).raw


def _at_home(request: Transaction, chain: Chain) -> Transaction:
    expected = chain.settings.chain_id
    if request.chain_id not in {None, expected}:
        raise InvalidParams(
            f"chainId does not match node's (have={request.chain_id}, want={expected})"
        )
    return request


def _refuse_overrides(params: Params) -> None:
    if any(params.items[2:]):
        raise RpcError("state and block overrides are not supported")
