"""A manifest has one spelling, and nothing in it is of another type than it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.samples import BOUNDED, JSON, account, altered, places, played

from commonroot.protocol import manifest
from commonroot.protocol.hashing import keccak
from commonroot.protocol.manifest import MOST_BYTES, Absence, Manifest, ManifestRefused

Document = dict[str, Any]

WHOLES = ("round", "epoch", "parent", "open_block", "anchor", "seats", "places", "count")


def honest() -> Manifest:
    """Return the manifest of the sample round."""
    return played().artifacts.manifest


def changed(change: Callable[[Document], object]) -> bytes:
    """Return the canonical bytes of the sample document after a change."""
    document = json.loads(honest().to_bytes())
    change(document)
    return rfc8785.dumps(document)


def put(*path: str | int, value: object) -> bytes:
    """Return the canonical bytes of the sample document with another value at a place."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return changed(change)


class TestParse:
    def test_reads_what_was_written(self) -> None:
        """
        A manifest comes back whole, amounts beyond 2^53 and all.
        """
        back = manifest.parse(honest().to_bytes())

        assert back == honest()
        assert back.digest == honest().digest == keccak(honest().to_bytes())
        assert max(each.payout for each in back.payouts) > 2**53

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text + b"\n",
            lambda text: text.replace(b'"epoch":1', b'"epoch":2,"epoch":1'),
            lambda text: text.replace(b'"epoch":1', b'"epoch": 1'),
            lambda text: text.replace(b'"protocol":1', b'"protocol":true'),
            lambda text: text.replace(b'"protocol":1', b'"protocol":1.0'),
            lambda text: text.replace(b'"protocol":1', b'"protocol":1,"note":"hello"'),
            lambda text: text.replace(b'"why":"no', b'"why":"\\u006eo'),
        ],
    )
    def test_refuses_another_spelling(self, spoil: Callable[[bytes], bytes]) -> None:
        """
        A key twice, a foreign key, a blank, an escape: not the bytes that the digest names.
        """
        with pytest.raises(ManifestRefused, match="not in its canonical form"):
            manifest.parse(spoil(honest().to_bytes()))

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
    def test_refuses_another_encoding(self, encoding: str) -> None:
        """
        The same text in other bytes has another digest.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(honest().to_bytes().decode().encode(encoding))

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"\xff\xfe", b"null", b"[]", b"5", b"[" * 100_000, b"9" * 5000, b"{}"]
    )
    def test_refuses_other_documents(self, text: bytes) -> None:
        """
        Broken, deep, long and foreign documents end in one error of ours.
        """
        with pytest.raises(ManifestRefused, match="it is not one"):
            manifest.parse(text)

    def test_refuses_more_than_it_reads(self) -> None:
        """
        A stranger's manifest cannot fill the memory.
        """
        with pytest.raises(ManifestRefused, match=f"at most {MOST_BYTES} are read"):
            manifest.parse(b" " * (MOST_BYTES + 1))

    def test_refuses_another_protocol(self) -> None:
        """
        What a later protocol means by a field is not guessed.
        """
        with pytest.raises(ManifestRefused, match="it follows protocol 2; this is protocol 1"):
            manifest.parse(put("protocol", value=2))

    @pytest.mark.parametrize("value", [True, 1.5, "3", None, -1, 2**53 - 0.5, [], {}])
    @pytest.mark.parametrize(
        "path", [*(("close", name) for name in WHOLES), ("contributions", 0, "weight")]
    )
    def test_refuses_what_is_no_count(self, path: tuple[str | int, ...], value: object) -> None:
        """
        Truths, fractions, strings and negatives are no counts, though Python would take some.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put(*path, value=value))

    @pytest.mark.parametrize(
        "value", ["", "-1", "01", "+1", "1_0", " 1", "1\n", "1.0", "0x1", "٥", "9" * 78, 1, None]
    )
    def test_refuses_what_is_no_amount(self, value: object) -> None:
        """
        An amount is written with decimal digits in one way.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put("payouts", 0, "payout", value=value))

    @pytest.mark.parametrize("value", ["-0", "--1", "9" * 5000])
    def test_refuses_what_is_no_score(self, value: str) -> None:
        """
        A score may be negative; zero has no sign.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put("payouts", 0, "score", value=value))

    @pytest.mark.parametrize(
        "value", ["0x12", "0x" + "AB" * 32, "ab" * 32, "0x" + "ab " * 32, 32, 2**50, None, [0] * 32]
    )
    @pytest.mark.parametrize("name", ["spec", "seed", "key_hash", "keyring"])
    def test_refuses_what_is_no_digest(self, name: str, value: object) -> None:
        """
        A digest is 64 small hexadecimal digits after 0x; a count is not that many zeros.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put(name, value=value))

    @pytest.mark.parametrize("value", ["0x", "0x" + "ab" * 64, "0x" + "AB" * 65, 65, None])
    @pytest.mark.parametrize("name", ["signature", "ack"])
    def test_refuses_what_is_no_signature(self, name: str, value: object) -> None:
        """
        Receipts' signatures and acks are 65 bytes.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put("contributions", 0, name, value=value))

    @pytest.mark.parametrize("value", [5, None, "0x12", "", {}, account("silent").lower()])
    def test_refuses_what_is_no_account(self, value: object) -> None:
        """
        An account is written with its checksum.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put("absent", 0, "node", value=value))

    @pytest.mark.parametrize("why", [5, None, "x" * 201, "clear\x1b[2J", "two\nlines"])
    def test_refuses_what_is_no_short_line(self, why: object) -> None:
        """
        Words that would steer a reader's terminal, or fill a page, are refused.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put("absent", 0, "why", value=why))

    @pytest.mark.parametrize("name", ["close", "base", "contributions", "absent", "payouts"])
    @pytest.mark.parametrize("value", [None, 5, "x", [5], [None], {"a": 1}])
    def test_refuses_another_shape(self, name: str, value: object) -> None:
        """
        A part of another shape is an error of ours, never one of Python's.
        """
        with pytest.raises(ManifestRefused):
            manifest.parse(put(name, value=value))

    def test_refuses_a_contribution_without_its_payout(self) -> None:
        """
        Who reads contributions and payouts side by side finds as many of the one as of the other.
        """
        with pytest.raises(ManifestRefused, match="0 payouts for"):
            manifest.parse(put("payouts", value=[]))

    @BOUNDED
    @given(st.data())
    def test_says_so_whatever_is_wrong(self, data: st.DataObject) -> None:
        """
        With any value at any place a document is a manifest or refused by one error of ours.
        """
        text = honest().to_bytes()
        path = data.draw(st.sampled_from(places(json.loads(text))[1:]))
        other = altered(text, path, data.draw(JSON))

        try:
            assert manifest.parse(other).to_bytes() == other
        except ManifestRefused as refused:
            assert len(str(refused)) < 400

    def test_says_little_of_what_it_refuses(self) -> None:
        """
        A refusal quotes a few words of a huge value, not all of it.
        """
        with pytest.raises(ManifestRefused) as refused:
            manifest.parse(put("protocol", value="x" * 10**6))

        assert len(str(refused.value)) < 400


class TestAbsence:
    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("late", "late"),
            ("x" * 5000, "x" * 200),
            ("clear\x1b[2J\x9b1A", "clear [2J 1A"),
            ("two\r\nlines", "two  lines"),
            ("half \udc80 a pair", "half   a pair"),
        ],
    )
    def test_keeps_one_short_line(self, said: str, kept: str) -> None:
        """
        A node's own words cannot make the manifest unreadable for everybody else.
        """
        absence = Absence(account("silent"), said)

        written = replace(honest(), absent=(absence,)).to_bytes()

        assert absence.why == kept
        assert manifest.parse(written).absent == (absence,)


@pytest.mark.parametrize("name", [each for each in Manifest.__match_args__ if each != "absent"])
def test_digest_says_every_part(name: str) -> None:
    """
    No part of a manifest can be taken from another round's behind its digest.
    """
    other = played(nodes=4).artifacts.manifest
    changes: Document = {
        "spec": bytes(32),
        "seed": bytes(32),
        "key_hash": bytes(32),
        "keyring": bytes(32),
        "base": other.result,
        "gradient": other.base,
    }
    value = changes.get(name, getattr(other, name))

    assert replace(honest(), **{name: value}).digest != honest().digest
