"""Methods that only a test chain has, under the names that anvil and Hardhat gave them."""

from __future__ import annotations

from typing import Any

from commonroot.devchain.answers import text
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import InvalidParams
from commonroot.devchain.parameters import Params, flag, hash32, lenient

_MOST_BLOCKS = 1_000
_MOST_SECONDS = 2**40


def mine(chain: Chain, params: Params) -> str:
    """Mine a block, with the timestamp that is given or with the present."""
    timestamp = params.opt(0, _timestamp, None)
    if timestamp is not None:
        chain.set_clock(chain.clock.choose(timestamp))
    chain.mine()
    return "0x0"


def mine_many(chain: Chain, params: Params) -> None:
    """Mine some blocks; the second parameter is the time between them."""
    count = params.opt(0, lenient, 1)
    gap = params.opt(1, lenient, 1)
    if count > _MOST_BLOCKS:
        raise InvalidParams(f"at most {_MOST_BLOCKS} blocks a request")
    for index in range(count):
        if index and gap > 1:
            chain.set_clock(chain.clock.choose(chain.head.header.timestamp + _bounded(gap)))
        chain.mine()


def increase_time(chain: Chain, params: Params) -> int:
    """Move the chain's time forward; return how far it is ahead in all."""
    chain.set_clock(chain.clock.jump(_bounded(params.get(0, lenient))))
    return chain.clock.offset


def set_next_timestamp(chain: Chain, params: Params) -> None:
    """Choose the next block's timestamp; later blocks go on from there."""
    chain.set_clock(chain.clock.choose(_bounded(params.get(0, lenient))))


def snapshot(chain: Chain, params: Params) -> str:
    """Remember this moment."""
    return hex(chain.snapshot())


def revert(chain: Chain, params: Params) -> bool:
    """Go back to a remembered moment."""
    return chain.revert(params.get(0, lenient))


def set_automine(chain: Chain, params: Params) -> bool:
    """Say whether transactions are mined as they come; if not, they wait to be mined by hand."""
    chain.automine = params.get(0, flag)
    return True


def drop_transaction(chain: Chain, params: Params) -> str | None:
    """Forget a waiting transaction; return its hash, or nothing where there is none."""
    hash = params.get(0, hash32)
    return text(hash) if chain.drop(hash) else None


def _timestamp(item: Any) -> int | None:
    if isinstance(item, dict):  # ganache's way, which anvil takes too
        given = item.get("timestamp")
        return None if given is None else _bounded(lenient(given))
    return _bounded(lenient(item))


def _bounded(seconds: int) -> int:
    if seconds > _MOST_SECONDS:
        raise InvalidParams("no time is that far away")
    return seconds
