"""Digests, words and accounts are what they say, whatever a document claims they are."""

from __future__ import annotations

from typing import Any

import pytest

from commonroot.base.errors import ProtocolError
from commonroot.protocol import hashing

LOWER = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
CHECKED = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


class TestKeccak:
    def test_is_keccak_and_not_sha3(self) -> None:
        """
        The empty string's digest is the one that Ethereum knows.
        """
        known = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

        assert hashing.keccak().hex() == known

    def test_hashes_its_parts_one_after_another(self) -> None:
        """
        How bytes are cut into parts does not matter.
        """
        assert hashing.keccak(b"a", b"bc") == hashing.keccak(b"abc")


class TestWord:
    def test_is_big_endian(self) -> None:
        """
        An unsigned word has its highest byte first.
        """
        assert hashing.word(258, 4).hex() == "00000102"

    def test_signs_by_twos_complement(self) -> None:
        """
        Minus one is all ones.
        """
        assert hashing.signed_word(-1, 16) == b"\xff" * 16

    @pytest.mark.parametrize(("value", "size"), [(-1, 32), (2**256, 32), (2**64, 8), (2**32, 4)])
    def test_refuses_what_does_not_fit(self, value: int, size: int) -> None:
        """
        Nothing is cut to fit a word.
        """
        with pytest.raises(ProtocolError, match=f"does not fit into {8 * size} unsigned bits"):
            hashing.word(value, size)

    @pytest.mark.parametrize("value", [2**127, -(2**127) - 1])
    def test_refuses_what_does_not_fit_with_its_sign(self, value: int) -> None:
        """
        One bit of a signed word is the sign's.
        """
        with pytest.raises(ProtocolError, match="does not fit into 128 signed bits"):
            hashing.signed_word(value, 16)


class TestToDigest:
    @pytest.mark.parametrize("raw", [b"\x01" * 32, "0x" + "01" * 32, "01" * 32])
    def test_reads_bytes_and_hexadecimal(self, raw: bytes | str) -> None:
        """
        A digest may come as bytes or as people write it.
        """
        assert hashing.to_digest(raw) == b"\x01" * 32

    @pytest.mark.parametrize("raw", ["0x12", b"\x01" * 31, b"\x01" * 33, ""])
    def test_refuses_another_length(self, raw: bytes | str) -> None:
        """
        Thirty-two bytes, no more and no fewer.
        """
        with pytest.raises(ProtocolError, match="A digest has 32 bytes"):
            hashing.to_digest(raw)

    def test_refuses_what_is_not_hexadecimal(self) -> None:
        """
        Letters beyond f are no digits.
        """
        with pytest.raises(ProtocolError, match="is not hexadecimal"):
            hashing.to_digest("0x" + "zz" * 32)

    @pytest.mark.parametrize("raw", [32, 2**50, None, True, [0] * 32, 1.5, {}])
    def test_refuses_other_types(self, raw: Any) -> None:
        """
        A count is not that many zeros, and a huge one asks for no memory.
        """
        with pytest.raises(ProtocolError, match="A digest is bytes or hexadecimal, not"):
            hashing.to_digest(raw)


class TestAddress:
    def test_has_one_spelling(self) -> None:
        """
        Any spelling that is read becomes the one with the checksum.
        """
        assert hashing.to_address(LOWER) == CHECKED
        assert hashing.to_address(bytes.fromhex(LOWER[2:])) == CHECKED

    @pytest.mark.parametrize("raw", ["0x12", "", b"\x01" * 19, None, [], 7, CHECKED + "00"])
    def test_refuses_what_is_none(self, raw: Any) -> None:
        """
        What no account could have as a name is refused by our own error.
        """
        with pytest.raises(ProtocolError, match="is not an address"):
            hashing.to_address(raw)

    @pytest.mark.parametrize("raw", [LOWER, CHECKED.replace("F4", "f4"), "0x12"])
    def test_is_hashed_in_that_spelling_alone(self, raw: Any) -> None:
        """
        A mistyped account does not reach a hash.
        """
        with pytest.raises(ProtocolError, match="not an address with a valid checksum"):
            hashing.address_bytes(raw)
