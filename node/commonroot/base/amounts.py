"""Amounts of a token, between the whole units that contracts count and the decimals people write."""

from __future__ import annotations

import re

from commonroot.base.errors import UsageError

_AMOUNT = re.compile(r"(?P<whole>0|[1-9][0-9]{0,59})(\.(?P<part>[0-9]{1,30}))?")


def to_units(text: str, decimals: int = 18) -> int:
    """Return an amount such as "12.5" in the token's smallest units; refuse what is not exact."""
    found = _AMOUNT.fullmatch(text)
    part = (found["part"] or "") if found else ""
    if not found or len(part.rstrip("0")) > decimals:
        raise UsageError(
            f"{text!r} is no amount.", hint=f"Write it like 12.5; at most {decimals} decimals."
        )
    return int(found["whole"] + part[:decimals].ljust(decimals, "0"))


def from_units(units: int, decimals: int = 18) -> str:
    """Return an amount as people write it, exactly."""
    whole, part = divmod(abs(units), 10**decimals)
    spelled = f"{whole}.{part:0{decimals}}".rstrip("0").rstrip(".") if decimals else str(whole)
    return f"-{spelled}" if units < 0 else spelled


def about(units: int, decimals: int = 18) -> str:
    """Return an amount for people who compare, cut after four decimals; never more than it is."""
    if decimals <= 4:
        return from_units(units, decimals)
    return from_units(units // 10 ** (decimals - 4), 4)
