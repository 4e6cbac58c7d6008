"""Methods that find logs, once or again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonroot.devchain.answers import log_answer, text
from commonroot.devchain.archive import Said, Wanted, logs_of
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import InvalidParams, RpcError
from commonroot.devchain.filters import Filter, Range
from commonroot.devchain.hashing import Hash
from commonroot.devchain.parameters import (
    Params,
    address,
    block_named,
    hash32,
    mapping,
    quantity,
)

_MOST_CHOICES = 1_000


def get_logs(chain: Chain, params: Params) -> list[dict[str, Any]]:
    """Return the logs that match."""
    fields = params.get(0, mapping)
    wanted, range = params.get(0, _wanted), params.get(0, lambda item: _range(item, chain))
    if range.only is not None and {"fromBlock", "toBlock"} & fields.keys():
        raise InvalidParams("cannot specify both BlockHash and FromBlock/ToBlock")
    return [log_answer(said) for said in _find(chain, wanted, range)]


def new_filter(chain: Chain, params: Params) -> str:
    """Open a question for logs from now on."""
    wanted = params.get(0, _wanted)
    range = params.get(0, lambda item: _range(item, chain))
    return hex(chain.filters.open(Filter(wanted, range, chain.head.number)))


def new_block_filter(chain: Chain, params: Params) -> str:
    """Open a question for blocks from now on."""
    number = chain.head.number
    return hex(chain.filters.open(Filter(None, Range(number, None), number)))


def filter_changes(chain: Chain, params: Params) -> list[Any]:
    """Return what is new since the question was last asked."""
    filter = chain.filters.find(params.get(0, quantity))
    first, last = min(filter.answered, chain.head.number) + 1, chain.head.number
    filter.answered = last
    if filter.wanted is None:
        return [text(chain.archive.hash_of(number)) for number in range(first, last + 1)]
    end = last if filter.range.last is None else min(last, filter.range.last)
    found = chain.archive.find(filter.wanted, max(first, filter.range.first), end)
    return [log_answer(said) for said in found]


def filter_logs(chain: Chain, params: Params) -> list[dict[str, Any]]:
    """Return everything that a question for logs matches."""
    filter = chain.filters.find(params.get(0, quantity))
    if filter.wanted is None:
        raise RpcError("filter not found")
    return [log_answer(said) for said in _find(chain, filter.wanted, filter.range)]


def uninstall_filter(chain: Chain, params: Params) -> bool:
    """Forget a question."""
    return chain.filters.close(params.get(0, quantity))


def _find(chain: Chain, wanted: Wanted, range: Range) -> Sequence[Said]:
    if range.only is not None:
        block = chain.archive.block_of(range.only)
        if block is None:
            raise RpcError("unknown block")
        return [said for said in logs_of(block) if wanted.accepts(said.log)]
    last = chain.head.number if range.last is None else range.last
    return chain.archive.find(wanted, range.first, last)


def _range(item: Any, chain: Chain) -> Range:
    fields = mapping(item)
    if fields.get("blockHash") is not None:
        return Range(0, None, hash32(fields["blockHash"]))
    head = chain.head.number
    first, last = (_number(fields, name, chain) for name in ("fromBlock", "toBlock"))
    if last is not None and last > head:
        raise InvalidParams("block range extends beyond current head block")
    start = head if first is None else first
    if last is not None and start > last:
        raise InvalidParams("invalid block range params")
    return Range(start, last)


def _number(fields: Mapping[str, Any], name: str, chain: Chain) -> int | None:
    named = fields.get(name)
    if named is None or named in ("latest", "pending", "safe", "finalized"):
        return None
    if isinstance(named, str) and named.startswith("0x"):
        return quantity(named)
    block = block_named(named, chain)
    return None if block is None else block.number


def _wanted(item: Any) -> Wanted:
    fields = mapping(item)
    addresses = fields.get("address")
    listed = addresses if isinstance(addresses, list) else [addresses] if addresses else []
    topics = fields.get("topics") or []
    if not isinstance(topics, list) or len(topics) > 4:
        raise InvalidParams("exceed max topics")
    if len(listed) > _MOST_CHOICES:
        raise InvalidParams("exceed max addresses")
    return Wanted(
        frozenset(address(entry) for entry in listed),
        tuple(_choices(choice) for choice in topics),
    )


def _choices(choice: Any) -> frozenset[Hash]:
    if choice is None:
        return frozenset()
    listed = choice if isinstance(choice, list) else [choice]
    if len(listed) > _MOST_CHOICES:
        raise InvalidParams("exceed max topics")
    # A null among the choices matches anything, and so does the whole position.
    return frozenset() if None in listed else frozenset(hash32(entry) for entry in listed)
