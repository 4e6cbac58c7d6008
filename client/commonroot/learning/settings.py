"""
Reads a learner's or a net's settings out of a spec, which a stranger may have written.

Canonical JSON holds no floats, so fractions are decimal strings such as "0.001".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from commonroot.learning.errors import LearningError

Settings: TypeAlias = Mapping[str, str | int | bool]
"""A part of a spec, such as {"name": "conv4", "filters": 64}."""

_DECIMAL: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?", re.ASCII)


def whole(
    settings: Settings, most: Mapping[str, int], refusal: type[LearningError]
) -> dict[str, int]:
    """Return the settings that `most` names, each a whole number from 1 to its most."""
    found = {field: settings[field] for field in most if field in settings}
    for field, value in found.items():
        if type(value) is not int or not 1 <= value <= most[field]:
            raise refusal(f"`{field}` is {value!r}, not a whole number of 1 to {most[field]}.")
    return {field: int(value) for field, value in found.items()}


def fractions(
    settings: Settings, names: tuple[str, ...], refusal: type[LearningError]
) -> dict[str, float]:
    """Return the settings of these names, each a decimal above 0 and up to 1."""
    found = {field: settings[field] for field in names if field in settings}
    for field, value in found.items():
        if not (isinstance(value, str) and _DECIMAL.fullmatch(value) and 0 < float(value) <= 1):
            raise refusal(f'`{field}` is {value!r}, not a decimal above 0 and up to 1: "0.001".')
    return {field: float(value) for field, value in found.items()}


def require_known(settings: Settings, known: tuple[str, ...], refusal: type[LearningError]) -> None:
    """Raise for a setting that nothing reads: who wrote it would wait for its effect in vain."""
    for field in settings:
        if field not in known:
            raise refusal(f"`{settings.get('name')}` has no setting `{field}`.")


def decimal(value: float) -> str:
    """Return the spelling of a fraction in a spec."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
