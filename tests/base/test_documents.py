"""JSON of strangers is read as Python reads it, or refused, and never ends the process."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commonroot.base.documents import DEEPEST, load_json


@pytest.fixture
def raised_limit() -> Iterator[None]:
    """The recursion limit that py_ecc sets."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=10,
)


class TestLoadJson:
    @given(VALUES)
    def test_reads_what_json_reads(self, value: Any) -> None:
        """
        Quotes, backslashes and brackets inside strings change nothing.
        """
        assert load_json(json.dumps(value).encode()) == value

    def test_counts_no_brackets_inside_strings(self) -> None:
        """
        A string full of brackets is no nesting, even with quotes among them.
        """
        text = '\\"[[' * 100

        assert load_json(json.dumps([text]).encode()) == [text]

    @pytest.mark.parametrize("pair", ["[]", '{"":}'])
    def test_reads_the_deepest_and_refuses_the_next(self, pair: str) -> None:
        """
        The bound itself is admitted.
        """
        opening, closing = pair[:-1], pair[-1]

        load_json(f"{opening * DEEPEST}0{closing * DEEPEST}".encode())
        with pytest.raises(ValueError, match="deeper than 32"):
            load_json(f"{opening * (DEEPEST + 1)}0{closing * (DEEPEST + 1)}".encode())

    @pytest.mark.parametrize("junk", [b"[" * 10**6, b'{"":' * 10**6, b'"' + b"[" * 10**6])
    def test_survives_a_million_brackets(self, raised_limit: None, junk: bytes) -> None:
        """
        Where the recursion limit is raised, this would end a process that only calls `json.loads`.
        """
        with pytest.raises(ValueError, match=r"deeper|string"):
            load_json(junk)

    @pytest.mark.parametrize("end", [b"", b"\\", b"]"])
    def test_survives_a_million_quotes(self, end: bytes) -> None:
        """
        A string that never ends is looked through once, not once for every quote in it: that took hours.
        """
        with pytest.raises(ValueError, match="string"):
            load_json(b'["' + b'\\"' * 500_000 + end)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be"])
    def test_sees_brackets_in_every_encoding(self, encoding: str) -> None:
        """
        What Python would read in another encoding is looked at in that encoding.
        """
        assert load_json('["∀"]'.encode(encoding)) == ["∀"]
        with pytest.raises(ValueError, match="deeper than 32"):
            load_json(('["∀",' * 40).encode(encoding))

    @pytest.mark.parametrize("junk", [b"", b"\xff", b"[1", b"[1]]"])
    def test_refuses_what_is_no_json(self, junk: bytes) -> None:
        """
        Other bytes are an error that callers translate.
        """
        with pytest.raises(ValueError):
            load_json(junk)

    def test_passes_hooks_on(self) -> None:
        """
        A caller may refuse floats as it reads.
        """
        assert load_json(b"[1.5]", parse_float=str) == ["1.5"]
