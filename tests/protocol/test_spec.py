"""A spec has one spelling, no floating point, and says what the contract says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, JSON, RULES, TABLE, altered, digest, places

from commonroot.base.errors import ProtocolError
from commonroot.protocol import spec
from commonroot.protocol.hashing import keccak
from commonroot.protocol.rules import Visibility
from commonroot.protocol.spec import SpecRefused

Document = dict[str, Any]


def composed(**changes: Any) -> spec.Spec:
    """Return a spec of the sample table and rules."""
    parts: Document = {
        "name": "glyphs",
        "architecture": {"name": "conv4", "width": 64},
        "learner": {"name": "reptile", "inner_lr": "0.001", "warm": True},
        "tasks": {"name": "drawn", "ways": 5},
        "table": TABLE,
        "validation": (digest("validation"), 200),
        "gate": (2**24, 60, 3),
        "rules": RULES,
    }
    return spec.compose(**{**parts, **changes})


def changed(change: Callable[[Document], object]) -> bytes:
    """Return the canonical bytes of the sample document after a change."""
    document = json.loads(composed().text)
    change(document)
    return rfc8785.dumps(document)


class TestCompose:
    def test_says_what_parse_reads(self) -> None:
        """
        All that went in comes out of the bytes again.
        """
        made = composed()

        assert spec.parse(made.text) == made
        assert (made.table, made.rules) == (TABLE, RULES)
        assert (made.most_norm, made.deadline, made.grace) == (2**24, 60, 3)
        assert (made.validation_digest, made.validation_tasks) == (digest("validation"), 200)
        assert made.learner["inner_lr"] == "0.001"
        assert made.digest == keccak(made.text)

    def test_holds_numbers_beyond_json(self) -> None:
        """
        Amounts are strings: a bond of 2^128 - 1 keeps its last digit.
        """
        rules = replace(
            RULES,
            reward=2**127 - 1,
            bond=2**128 - 1,
            shares_per_round=2**96 - 1,
            norm_cap=2**64 - 1,
        )

        assert composed(rules=rules).rules == rules

    @pytest.mark.parametrize(
        "learner",
        [
            {"name": "reptile", "inner_lr": 0.001},
            {"name": "reptile", "inner_lr": float("nan")},
            {"name": "reptile", "steps": -1},
            {"name": "reptile", "nested": {"a": 1}},
            {"name": "reptile", "list": [1]},
            {"name": "reptile", "none": None},
            {"inner_lr": "0.001"},
            {"name": "half \ud800 a pair"},
            {"name": "reptile", "\ud800": 1},
            {"name": "clear\x1b[2J"},
            {"name": "reptile", "line\nbreak": 1},
            {"name": "reptile", **{f"option {at}": at for at in range(50)}},
        ],
    )
    def test_refuses_other_options(self, learner: Document) -> None:
        """
        An option is a short text without control characters, a whole number or a truth.
        """
        with pytest.raises(SpecRefused):
            composed(learner=learner)

    def test_refuses_rules_for_another_table(self) -> None:
        """
        The lanes that the contract counts are those of the tensors.
        """
        with pytest.raises(SpecRefused, match=r"tensors fill 88 \+ 4 lanes, its rules say 89 \+ 4"):
            composed(rules=replace(RULES, weights=89))


class TestParse:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text + b"\n",
            lambda text: b" " + text,
            lambda text: text.replace(b'"warm":true', b'"warm": true'),
            lambda text: text.replace(b'"ways":5', b'"ways":7,"ways":5'),
            lambda text: text.replace(b'"protocol":1', b'"protocol":1,"protocol":1'),
            lambda text: text.replace(b'"glyphs"', b'"gl\\u0079phs"'),
            lambda text: json.dumps(json.loads(text), sort_keys=True).encode(),
            lambda text: json.dumps(dict(reversed(json.loads(text).items()))).encode(),
        ],
    )
    def test_refuses_another_spelling(self, spoil: Callable[[bytes], bytes]) -> None:
        """
        A key twice, another order, a blank, an escape: one meaning, but not the digest's bytes.
        """
        with pytest.raises(SpecRefused, match="not in canonical form"):
            spec.parse(spoil(composed().text))

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
    def test_refuses_another_encoding(self, encoding: str) -> None:
        """
        The same text in other bytes has another digest.
        """
        with pytest.raises(SpecRefused):
            spec.parse(composed().text.decode().encode(encoding))

    @pytest.mark.parametrize("number", [b"5.0", b"5e0", b"0.5", b"NaN", b"Infinity", b"-Infinity"])
    def test_refuses_floating_point(self, number: bytes) -> None:
        """
        No number is written in a way that two machines might read differently.
        """
        text = composed().text.replace(b'"ways":5', b'"ways":' + number)

        with pytest.raises(SpecRefused, match="is not a whole number; write fractions as strings"):
            spec.parse(text)

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"\xff\xfe", b"nul", b"[" * 100_000, b"9" * 5000, b'"\\ud8']
    )
    def test_refuses_what_is_not_json(self, text: bytes) -> None:
        """
        Broken, endlessly deep and endlessly long bytes end in one sentence.
        """
        with pytest.raises(SpecRefused, match="is not JSON"):
            spec.parse(text)

    @pytest.mark.parametrize("text", [b"null", b"[]", b"1", b'"spec"', b"{}"])
    def test_refuses_other_documents(self, text: bytes) -> None:
        """
        JSON alone is no spec.
        """
        with pytest.raises(SpecRefused, match="the document"):
            spec.parse(text)

    def test_refuses_more_than_it_reads(self) -> None:
        """
        A stranger's spec cannot fill the memory.
        """
        with pytest.raises(SpecRefused, match="at most 1048576 are read"):
            spec.parse(b" " * (2**20 + 1))

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            (lambda it: it.update(protocol=2), "protocol"),
            (lambda it: it.update(protocol=True), "protocol"),
            (lambda it: it.update(surprise=1), "the document"),
            (lambda it: it.pop("gate"), "the document"),
            (lambda it: it.update(name=""), "name"),
            (lambda it: it.update(name=5), "name"),
            (lambda it: it.update(name="x" * 201), "name"),
            (lambda it: it.update(name="bell\x07"), "name"),
            (lambda it: it.update(name="line\n"), "name"),
            (lambda it: it.update(tensors=[]), "tensors"),
            (lambda it: it.update(tensors={}), "tensors"),
            (lambda it: it["tensors"][0].update(shape=[0]), "tensors/0/shape/0"),
            (lambda it: it["tensors"][0].update(shape=[True]), "tensors/0/shape/0"),
            (lambda it: it["tensors"][0].update(shape=["3"]), "tensors/0/shape/0"),
            (lambda it: it["tensors"][0].update(shape=[1] * 9), "tensors/0/shape"),
            (lambda it: it["tensors"][0].update(kind="bias"), "tensors/0/kind"),
            (lambda it: it["tensors"][0].update(scale_bits=31), "tensors/0/scale_bits"),
            (lambda it: it["tensors"][0].update(dtype="f32"), "tensors/0"),
            (lambda it: it["validation"].update(tasks=0), "validation/tasks"),
            (lambda it: it["validation"].update(digest="0x12"), "validation/digest"),
            (lambda it: it["gate"].update(most_norm=5), "gate/most_norm"),
            (lambda it: it["gate"].update(most_norm="05"), "gate/most_norm"),
            (lambda it: it["gate"].update(most_norm="5\n"), "gate/most_norm"),
            (lambda it: it["gate"].update(most_norm="-5"), "gate/most_norm"),
            (lambda it: it["gate"].update(most_norm="٥"), "gate/most_norm"),
            (lambda it: it["gate"].update(deadline=0), "gate/deadline"),
            (lambda it: it["gate"].update(grace=-1), "gate/grace"),
            (lambda it: it["rules"].update(reward=10), "rules/reward"),
            (lambda it: it["rules"].update(reward="1" * 40), "rules/reward"),
            (lambda it: it["rules"].update(rounds=True), "rules/rounds"),
            (lambda it: it["rules"].update(rounds="9"), "rules/rounds"),
            (lambda it: it["rules"].update(rounds=-1), "rules/rounds"),
            (lambda it: it["rules"].update(aggregation="krum"), "rules/aggregation"),
            (lambda it: it["rules"].update(visibility=0), "rules/visibility"),
            (lambda it: it["rules"].update(allowlist="0x" + "AB" * 32), "rules/allowlist"),
            (lambda it: it["rules"].update(allowlist="0x" + "00" * 32 + "\n"), "rules/allowlist"),
            (lambda it: it["rules"].update(tax=1), "rules"),
        ],
    )
    def test_refuses_other_fields(self, change: Callable[[Document], object], where: str) -> None:
        """
        Every field has its type and its bounds, none may be missing and none is ignored.
        """
        with pytest.raises(SpecRefused, match=f"refused: {where}: "):
            spec.parse(changed(change))

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda it: it["rules"].update(max_nodes=0), "impossible min_nodes"),
            (lambda it: it["rules"].update(rounds=0), "impossible rounds"),
            (lambda it: it["rules"].update(rounds=2**53 - 1), "impossible rounds"),
            (lambda it: it["rules"].update(norm_cap="0"), "impossible norm_cap"),
            (lambda it: it["tensors"].append(dict(it["tensors"][0])), "same name"),
            (lambda it: it["tensors"][0].update(shape=[2**31] * 8), "at most 268435456 are taken"),
        ],
    )
    def test_refuses_impossible_values(
        self, change: Callable[[Document], object], why: str
    ) -> None:
        """
        What the schema cannot say, the rules and the table refuse by name.
        """
        with pytest.raises(ProtocolError, match=why):
            spec.parse(changed(change))

    @BOUNDED
    @given(st.data())
    def test_says_so_whatever_is_wrong(self, data: st.DataObject) -> None:
        """
        With any value at any place a document is a spec or refused by an error of ours.
        """
        text = composed().text
        path = data.draw(st.sampled_from(places(json.loads(text))[1:]))
        other = altered(text, path, data.draw(JSON))

        try:
            assert spec.parse(other).text == other
        except ProtocolError as refused:
            assert len(str(refused)) < 600

    def test_reads_tensors_in_any_order(self) -> None:
        """
        The table sorts them, however a document lists them.
        """
        other = spec.parse(changed(lambda it: it["tensors"].reverse()))

        assert other.table == TABLE
        assert other.digest != composed().digest


class TestRequire:
    def test_passes_the_chains_own(self) -> None:
        """
        Digest and rules agree: a node may join.
        """
        composed().require(composed().digest, RULES)

    def test_refuses_another_digest(self) -> None:
        """
        A spec that the chain does not name is somebody else's.
        """
        with pytest.raises(SpecRefused, match="its digest is 0x"):
            composed().require(digest("another"), RULES)

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"reward": 1}, "it says reward is 1000000000000000001, the contract says 1"),
            ({"visibility": Visibility.OPEN}, "it says visibility is 0, the contract says 1"),
            ({"owner_cut": 10_000}, "it says owner_cut is 500, the contract says 10000"),
        ],
    )
    def test_refuses_rules_that_disagree(self, change: Document, why: str) -> None:
        """
        What the contract will do counts; a spec that promises otherwise is refused by field.
        """
        made = composed()

        with pytest.raises(SpecRefused, match=why):
            made.require(made.digest, replace(RULES, **change))
