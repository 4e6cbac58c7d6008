"""
Finds what could be written wrongly in a contract: every mutant is the source with one thing changed.

* compare    a comparison is negated, and moved by one at its edge
* connect    `&&` and `||` change places; a `!` goes
* refuse     a `require`, an `if (...) revert`, a call of a `require...` function, or a guard goes
* count      `+` and `-` change places, also in `+=` and `++`

Works on the text, so that a mutant differs from its source in nothing but that place. Comments and
strings are left alone. Some mutants do not compile, and some are no change at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

_SWAPS: dict[str, dict[str, tuple[str, ...]]] = {
    "compare": {
        "==": ("!=",),
        "!=": ("==",),
        "<=": (">", "<"),
        ">=": ("<", ">"),
        "<": (">=", "<="),
        ">": ("<=", ">="),
    },
    "connect": {"&&": ("||",), "||": ("&&",), "!": ("",)},
    "count": {"+=": ("-=",), "-=": ("+=",), "++": ("--",), "--": ("++",), "+": ("-",), "-": ("+",)},
}

# Longest first; those that are not looked for are there so that no part of them is taken for another.
_OPERATORS = re.compile(r"=>|<<=|>>=|<<|>>|==|!=|<=|>=|&&|\|\||\+\+|--|\+=|-=|[+\-]|<|>|!")

_SILENT = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\b(?:pragma|import)\b[^;]*;",
    re.DOTALL,
)

_REQUIRE = re.compile(r"(?<=[;{})])\s*((?:[A-Za-z]\w*\.)*_?require\w*)\s*\(")
_IF = re.compile(r"\bif\s*\(")
_REVERT = re.compile(r"\s*(\{\s*)?revert\b")
_GUARD = re.compile(r"(?<=\s)(nonReentrant|only[A-Z]\w*(?:\([^)]*\))?)(?=[\s{])")


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: from `start` to `end` the source says `new` instead."""

    kind: str
    start: int
    end: int
    line: int
    old: str
    new: str

    def applied(self, source: str) -> str:
        """Return the source with the change made; lines keep their numbers."""
        return source[: self.start] + self.new + source[self.end :]


def find(source: str) -> list[Mutant]:
    """Return every mutant of a source, in the order of the text."""
    text = _SILENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
    places = [*_operators(text), *_refusals(text)]
    made = [
        Mutant(kind, start, end, source.count("\n", 0, start) + 1, source[start:end], new)
        for kind, start, end, new in places
    ]
    return sorted(made, key=lambda each: (each.start, each.end, each.new))


def _operators(text: str) -> Iterator[tuple[str, int, int, str]]:
    for found in _OPERATORS.finditer(text):
        for kind, swaps in _SWAPS.items():
            for new in swaps.get(found[0], ()):
                yield kind, found.start(), found.end(), new


def _refusals(text: str) -> Iterator[tuple[str, int, int, str]]:
    for found in _REQUIRE.finditer(text):
        end = _closed(text, found.end() - 1)
        if text[end : end + 1] == ";":  # else it is a declaration, or a part of something
            yield "refuse", *_emptied(text, found.start(1), end + 1)
    for found in _IF.finditer(text):
        then = _REVERT.match(text, _closed(text, found.end() - 1))
        if then:
            end = text.index("}" if then[1] else ";", then.end()) + 1
            if not re.match(r"\s*else\b", text[end:]):
                yield "refuse", *_emptied(text, found.start(), end)
    for found in _GUARD.finditer(text):
        if not text[: found.start()].rstrip().endswith("modifier"):
            yield "refuse", found.start(), found.end(), ""


def _closed(text: str, opened: int) -> int:
    depth = 0
    for place in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def _emptied(text: str, start: int, end: int) -> tuple[int, int, str]:
    # An empty block stands where a statement may: `if (a) require(b);` would lose its body otherwise.
    return start, end, "{}" + "\n" * text.count("\n", start, end)
