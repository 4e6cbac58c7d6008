"""What is sealed opens with its key, under its label, unchanged; and not otherwise."""

from __future__ import annotations

import pytest
from coincurve import PublicKey
from tests.keys.samples import WALLET

from commonroot.keys.errors import BadKey, SealBroken
from commonroot.keys.sealing import OVERHEAD, new_key, open_sealed, seal, unwrap, wrap
from commonroot.keys.wallet import Wallet

KEY = bytes(range(32))


class TestSeal:
    @pytest.mark.parametrize("data", [b"", b"lanes", bytes(1000)])
    def test_opens_with_its_key_and_label(self, data: bytes) -> None:
        """
        The same bytes come out, however many.
        """
        assert open_sealed(KEY, seal(KEY, data, b"delta 3"), b"delta 3") == data

    def test_adds_a_known_length(self) -> None:
        """
        A seal is 32 bytes longer than what it seals.
        """
        assert len(seal(KEY, b"lanes", b"")) == 5 + OVERHEAD == 37

    def test_differs_every_time(self) -> None:
        """
        Equal data does not show as equal seals.
        """
        assert seal(KEY, b"lanes", b"") != seal(KEY, b"lanes", b"")

    def test_does_not_open_with_another_key(self) -> None:
        """
        The error says what was to be opened.
        """
        with pytest.raises(SealBroken, match="delta 3"):
            open_sealed(new_key(), seal(KEY, b"lanes", b"delta 3"), b"delta 3")

    def test_does_not_open_as_something_else(self) -> None:
        """
        One round's sealed delta cannot be passed off as another's.
        """
        with pytest.raises(SealBroken, match="delta 4"):
            open_sealed(KEY, seal(KEY, b"lanes", b"delta 3"), b"delta 4")

    def test_notices_every_flipped_bit(self) -> None:
        """
        Header, nonce, data and tag are all covered.
        """
        sealed = seal(KEY, b"lanes", b"delta 3")
        for bit in range(8 * len(sealed)):
            damaged = bytearray(sealed)
            damaged[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SealBroken):
                open_sealed(KEY, bytes(damaged), b"delta 3")

    @pytest.mark.parametrize("length", range(OVERHEAD))
    def test_notices_a_cut(self, length: int) -> None:
        """
        The beginning of a seal is no seal.
        """
        with pytest.raises(SealBroken):
            open_sealed(KEY, seal(KEY, b"", b"")[:length], b"")

    def test_refuses_keys_of_other_lengths(self) -> None:
        """
        A key has 32 bytes: sixteen would be a weaker cipher.
        """
        with pytest.raises(BadKey, match="32 bytes"):
            seal(KEY[:16], b"lanes", b"")


class TestWrap:
    def test_opens_with_the_recipients_secret(self) -> None:
        """
        Both spellings of a public key will do.
        """
        uncompressed = PublicKey(WALLET.public_key).format(compressed=False)

        assert unwrap(WALLET.secret, wrap(WALLET.public_key, KEY)) == KEY
        assert unwrap(WALLET.secret, wrap(uncompressed, KEY)) == KEY

    def test_does_not_open_with_another_secret(self) -> None:
        """
        Only the recipient reads it.
        """
        with pytest.raises(SealBroken, match="wrapped key"):
            unwrap(Wallet.random().secret, wrap(WALLET.public_key, KEY))

    def test_notices_every_flipped_bit(self) -> None:
        """
        Header, point, data and tag are all covered.
        """
        wrapped = wrap(WALLET.public_key, b"k")
        for bit in range(8 * len(wrapped)):
            damaged = bytearray(wrapped)
            damaged[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SealBroken):
                unwrap(WALLET.secret, bytes(damaged))

    @pytest.mark.parametrize("length", [0, 4, 36, 37, 52])
    def test_notices_a_cut(self, length: int) -> None:
        """
        The beginning of a wrapped key is none.
        """
        with pytest.raises(SealBroken):
            unwrap(WALLET.secret, wrap(WALLET.public_key, b"")[:length])

    @pytest.mark.parametrize("key", [b"", bytes(33), b"\x02" + b"\xff" * 32])
    def test_refuses_what_is_no_public_key(self, key: bytes) -> None:
        """
        Nothing is wrapped to nobody.
        """
        with pytest.raises(BadKey, match="public key"):
            wrap(key, KEY)
