"""
JSON that somebody else wrote, read without falling over.

Python guards its JSON reader against deep nesting by the recursion limit, but a library that Ethereum tools
import (py_ecc) raises that limit beyond what the stack holds: a hundred kilobytes of brackets then end the
process. So the depth is looked at before anything is read.
"""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 32
"""No document of this project nests as deep."""

# To its closing quote or to the end: a search that could fail would begin anew at every quote, and a
# megabyte of quotes would take hours.
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^][{}]+")


def load_json(data: bytes, **hooks: Any) -> Any:
    """Return the value that JSON bytes hold; raise ValueError where they are none or nest too deep."""
    # As `json.loads` decodes: in another encoding than the one that is looked at, brackets could hide.
    text = data.decode(json.detect_encoding(data), "surrogatepass")
    depth = 0
    for bracket in _NO_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ValueError(f"it nests deeper than {DEEPEST}")
    return json.loads(text, **hooks)
